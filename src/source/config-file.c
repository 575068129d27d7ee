/* SPDX-License-Identifier: MIT */
/*
 * mifd.conf(5) to facts. Every key of an interface's section is here; other sections belong to
 * others, which is checked by name, so that a slip of the pen is found.
 */
#include "source/config-file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/name.h"
#include "source/config.h"

void config_facts_deinit(struct config_facts *facts)
{
	free(facts->facts);
	*facts = (struct config_facts){0};
}

/* A new fact about the section's interface; NULL without memory. */
static struct fact *fact_add(struct config_reading *reading, enum fact_kind kind)
{
	struct config_facts *facts = &reading->facts;
	struct fact *fact;

	if (facts->count == facts->room) {
		size_t room = facts->room > 0 ? 2 * facts->room : 16;

		fact = realloc(facts->facts, room * sizeof(*fact));
		if (fact == NULL)
			return NULL;
		facts->facts = fact;
		facts->room = room;
	}
	fact = &facts->facts[facts->count++];
	*fact = (struct fact){
		.kind = kind,
		.element = MIF_ELEMENT_STATIC,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
	};
	strcpy(fact->ifname, reading->names[reading->name_count - 1]);
	return fact;
}

/* ---- values ---- */

static bool is_server(const struct mif_address *address)
{
	return address->family != AF_UNSPEC && !address_is_unspecified(address) &&
		!address_is_multicast(address);
}

static int dns_read(struct ini *ini, void *context)
{
	struct config_reading *reading = context;
	const char *list = ini->value;
	char word[INI_LINE_MAX];
	size_t count = 0;

	while (ini_word(&list, word)) {
		struct mif_address address;
		struct fact *fact;

		if (strchr(word, '%') != NULL)
			return ini_fail(ini,
				"\"%.60s\": a scope is not needed: the section names the link",
				word);
		if (mif_address_parse(&address, word) < 0 || !is_server(&address))
			return ini_fail(ini, "\"%.60s\" is not the address of a server", word);
		if (count++ == CONFIG_SERVERS)
			return ini_fail(ini, "more than %d DNS servers", CONFIG_SERVERS);
		fact = fact_add(reading, FACT_DATA);
		if (fact == NULL)
			return -ENOMEM;
		fact->as.data.information = MIF_INFORMATION_DNS_SERVERS;
		fact->as.data.address = address;
	}
	return count > 0 ? 0 : ini_fail(ini, "no DNS server");
}

struct names_kind {
	uint32_t information;
	size_t max;
	const char *name;
};

/* A list of domain names. */
static int names_read(
	struct ini *ini, struct config_reading *reading, const struct names_kind *kind)
{
	const char *list = ini->value;
	char word[INI_LINE_MAX];
	size_t count = 0;

	while (ini_word(&list, word)) {
		struct fact *fact;

		/* The root is a zone, and no suffix. */
		if (!name_normalise(word) &&
			(kind->information != MIF_INFORMATION_DNS_ZONES || strcmp(word, ".") != 0))
			return ini_fail(ini, "\"%.60s\" is not a domain name", word);
		if (count++ == kind->max)
			return ini_fail(ini, "more than %zu %ss", kind->max, kind->name);
		fact = fact_add(reading, FACT_DATA);
		if (fact == NULL)
			return -ENOMEM;
		fact->as.data.information = kind->information;
		strcpy(fact->as.data.text, word);
	}
	return count > 0 ? 0 : ini_fail(ini, "no %s", kind->name);
}

static int search_read(struct ini *ini, void *context)
{
	static const struct names_kind kind = {
		MIF_INFORMATION_SEARCH_DOMAINS, CONFIG_SEARCH, "search domain"};

	return names_read(ini, context, &kind);
}

static int zones_read(struct ini *ini, void *context)
{
	static const struct names_kind kind = {MIF_INFORMATION_DNS_ZONES, CONFIG_ZONES, "zone"};

	return names_read(ini, context, &kind);
}

/* That there is one is what a network says that has not been told otherwise. */
static int internet_read(struct ini *ini, void *context)
{
	struct fact *fact;
	bool yes;
	int r = ini_answer(ini, &yes);

	if (r < 0 || yes)
		return r;
	fact = fact_add(context, FACT_DATA);
	if (fact == NULL)
		return -ENOMEM;
	fact->as.data.information = MIF_INFORMATION_NO_INTERNET;
	fact->as.data.number = 1;
	return 0;
}

static int metered_read(struct ini *ini, void *context)
{
	struct fact *fact;
	bool yes;
	int r = ini_answer(ini, &yes);

	if (r < 0)
		return r;
	fact = fact_add(context, FACT_LINK);
	if (fact == NULL)
		return -ENOMEM;
	fact->as.link.metered = yes ? MIF_METERED_YES : MIF_METERED_NO;
	return 0;
}

/* ---- what may be done with the link ---- */

static struct link_policy *policy_of(void *context)
{
	struct config_reading *reading = context;

	return &reading->links[reading->name_count - 1];
}

static int control_read(struct ini *ini, void *context)
{
	return ini_answer(ini, &policy_of(context)->control);
}

static int on_demand_read(struct ini *ini, void *context)
{
	return ini_answer(ini, &policy_of(context)->on_demand);
}

static int create_read(struct ini *ini, void *context)
{
	return ini_answer(ini, &policy_of(context)->created);
}

static int idle_time_read(struct ini *ini, void *context)
{
	uint32_t seconds;
	int r = ini_number(ini, &seconds, 0, CONFIG_IDLE_TIME_MAX);

	if (r == 0)
		policy_of(context)->idle_time = seconds * NSEC_PER_SEC;
	return r;
}

static int hold_limit_read(struct ini *ini, void *context)
{
	return ini_number(ini, &policy_of(context)->hold_limit, 1, CONFIG_HOLD_LIMIT_MAX);
}

/* An absolute path, and arguments; no shell sees it. */
static int command_read(struct ini *ini, struct config_reading *reading, char to[CONFIG_COMMAND])
{
	const char *rest = ini->value;
	size_t words = 0;

	if (*rest != '/')
		return ini_fail(ini, "\"%.60s\" does not begin with an absolute path", ini->value);
	if (strlen(ini->value) >= CONFIG_COMMAND)
		return ini_fail(ini, "longer than %d octets", CONFIG_COMMAND - 1);
	for (; *rest != '\0'; rest += strspn(rest, " \t"), words++)
		rest += strcspn(rest, " \t");
	if (words > CONFIG_COMMAND_WORDS)
		return ini_fail(ini, "more than %d words", CONFIG_COMMAND_WORDS);
	strcpy(to, ini->value);
	policy_of(reading)->by_command = true;
	return 0;
}

static int up_command_read(struct ini *ini, void *context)
{
	struct config_reading *reading = context;

	return command_read(ini, reading, reading->commands[reading->name_count - 1].up);
}

static int down_command_read(struct ini *ini, void *context)
{
	struct config_reading *reading = context;

	return command_read(ini, reading, reading->commands[reading->name_count - 1].down);
}

/* ---- what is seen of the link ---- */

static struct forecast_policy *forecast_of(void *context)
{
	struct config_reading *reading = context;

	return &reading->forecasts[reading->name_count - 1];
}

/* dBm, below 0. */
static int signal_read(struct ini *ini, void *context)
{
	char *end;
	intmax_t number = strtoimax(ini->value, &end, 10);

	if (ini->value[0] != '-' || *end != '\0' || number >= 0 || number < CONFIG_SIGNAL_MIN)
		return ini_fail(ini, "\"%.40s\" is not a number from %d to -1", ini->value,
			CONFIG_SIGNAL_MIN);
	forecast_of(context)->signal = (int32_t)number;
	return 0;
}

static int hysteresis_read(struct ini *ini, void *context)
{
	return ini_number(ini, &forecast_of(context)->hysteresis, 0, CONFIG_HYSTERESIS_MAX);
}

static int seconds_read(struct ini *ini, uint64_t *time, uint32_t from)
{
	uint32_t seconds;
	int r = ini_number(ini, &seconds, from, CONFIG_FORECAST_TIME_MAX);

	if (r == 0)
		*time = seconds * NSEC_PER_SEC;
	return r;
}

static int signal_time_read(struct ini *ini, void *context)
{
	return seconds_read(ini, &forecast_of(context)->signal_time, 0);
}

static int losses_read(struct ini *ini, void *context)
{
	return ini_number(ini, &forecast_of(context)->losses, 1, FORECAST_LOSSES);
}

static int carrier_time_read(struct ini *ini, void *context)
{
	return seconds_read(ini, &forecast_of(context)->carrier_time, 1);
}

/* ---- keys and sections ---- */

static const struct ini_key keys[] = {
	{"dns", dns_read},
	{"search", search_read},
	{"zones", zones_read},
	{"internet", internet_read},
	{"metered", metered_read},
	{"control", control_read},
	{"on-demand", on_demand_read},
	{"create", create_read},
	{"idle-time", idle_time_read},
	{"hold-limit", hold_limit_read},
	{"up-command", up_command_read},
	{"down-command", down_command_read},
	{"signal", signal_read},
	{"signal-hysteresis", hysteresis_read},
	{"signal-time", signal_time_read},
	{"carrier-losses", losses_read},
	{"carrier-time", carrier_time_read},
};

static int interface_begin(struct ini *ini, void *context)
{
	struct config_reading *reading = context;

	if (ini->argument[0] == '\0')
		return ini_fail(ini, "which interface? [interface NAME]");
	if (strlen(ini->argument) >= IFNAMSIZ || strchr(ini->argument, '/') != NULL)
		return ini_fail(ini, "\"%.40s\" cannot be an interface's name", ini->argument);
	for (size_t i = 0; i < reading->name_count; i++) {
		if (strcmp(reading->names[i], ini->argument) == 0)
			return ini_fail(ini, "the interface \"%s\" a second time", ini->argument);
	}
	if (reading->name_count == CONFIG_INTERFACES)
		return ini_fail(ini, "more than %d interfaces", CONFIG_INTERFACES);
	reading->links[reading->name_count] =
		(struct link_policy){.idle_time = CONFIG_IDLE_TIME * NSEC_PER_SEC};
	strcpy(reading->links[reading->name_count].name, ini->argument);
	reading->forecasts[reading->name_count] = (struct forecast_policy){
		.hysteresis = CONFIG_HYSTERESIS,
		.signal_time = CONFIG_SIGNAL_TIME * NSEC_PER_SEC,
		.carrier_time = CONFIG_CARRIER_TIME * NSEC_PER_SEC,
	};
	strcpy(reading->forecasts[reading->name_count].name, ini->argument);
	strcpy(reading->names[reading->name_count++], ini->argument);
	return 0;
}

struct ini_section config_file_section(struct config_reading *reading)
{
	return (struct ini_section){.name = "interface",
		.begin = interface_begin,
		.keys = keys,
		.count = ARRAY_SIZE(keys),
		.context = reading};
}

/* Of those interfaces of which anything is too much. */
static void forecasts_take(struct config_facts *facts, const struct config_reading *reading)
{
	facts->forecast_count = 0;
	for (size_t i = 0; i < reading->name_count; i++) {
		const struct forecast_policy *policy = &reading->forecasts[i];

		if (policy->signal != 0 || policy->losses != 0)
			facts->forecasts[facts->forecast_count++] = *policy;
	}
}

int config_file_read(struct config_facts *facts, const char *path, char error[256])
{
	struct config_reading reading = {0};
	const struct ini_section sections[] = {
		config_file_section(&reading),
		/* The daemon's. */
		{.name = "mifd"},
		{.name = "clients"},
		{.name = "names"},
	};
	struct ini ini;
	int r = ini_open(&ini, path);

	if (r == 0) {
		r = ini_read(&ini, sections, ARRAY_SIZE(sections), NULL);
		ini_close(&ini);
	}
	if (r == 0) {
		*facts = reading.facts;
		forecasts_take(facts, &reading);
		return 0;
	}
	config_facts_deinit(&reading.facts);
	*facts = (struct config_facts){0};
	memcpy(error, ini.error, sizeof(ini.error));
	if (r == -ENOMEM)
		strcpy(error, "out of memory");
	return r;
}
