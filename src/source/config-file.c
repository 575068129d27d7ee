/* SPDX-License-Identifier: MIT */
/*
 * mifd.conf(5) to facts. Every key of an interface's section is here; other sections belong to
 * others, which is checked by name, so that a slip of the pen is found.
 */
#include "source/config-file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ini.h"
#include "base/name.h"
#include "source/config.h"

struct reading {
	struct ini ini;
	struct config_facts *facts;
	char names[CONFIG_INTERFACES][IFNAMSIZ];
	size_t name_count;
	bool ours; /* within an interface's section */
	uint32_t seen; /* keys of this section, by bit */
};

void config_facts_deinit(struct config_facts *facts)
{
	free(facts->facts);
	*facts = (struct config_facts){0};
}

/* A new fact about the section's interface; NULL without memory. */
static struct fact *fact_add(struct reading *reading, enum fact_kind kind)
{
	struct config_facts *facts = reading->facts;
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

/* Cuts the next word off a list with commas or blanks. False: there is none. */
static bool word_next(const char **list, char *word, size_t size)
{
	size_t length;

	*list += strspn(*list, ", \t");
	length = strcspn(*list, ", \t");
	if (length == 0)
		return false;
	memcpy(word, *list, MIN(length, size - 1));
	word[MIN(length, size - 1)] = '\0';
	*list += length;
	return true;
}

static bool is_server(const struct mif_address *address)
{
	return address->family != AF_UNSPEC && !address_is_unspecified(address) &&
		!address_is_multicast(address);
}

static int dns_read(struct reading *reading)
{
	const char *list = reading->ini.value;
	char word[INI_LINE_MAX];
	size_t count = 0;

	while (word_next(&list, word, sizeof(word))) {
		struct mif_address address;
		struct fact *fact;

		if (strchr(word, '%') != NULL)
			return ini_fail(&reading->ini,
				"\"%.60s\": a scope is not needed: the section names the link",
				word);
		if (mif_address_parse(&address, word) < 0 || !is_server(&address))
			return ini_fail(
				&reading->ini, "\"%.60s\" is not the address of a server", word);
		if (count++ == CONFIG_SERVERS)
			return ini_fail(&reading->ini, "more than %d DNS servers", CONFIG_SERVERS);
		fact = fact_add(reading, FACT_DATA);
		if (fact == NULL)
			return -ENOMEM;
		fact->as.data.information = MIF_INFORMATION_DNS_SERVERS;
		fact->as.data.address = address;
	}
	return count > 0 ? 0 : ini_fail(&reading->ini, "no DNS server");
}

static int search_read(struct reading *reading)
{
	const char *list = reading->ini.value;
	char word[INI_LINE_MAX];
	size_t count = 0;

	while (word_next(&list, word, sizeof(word))) {
		struct fact *fact;

		if (!name_normalise(word))
			return ini_fail(&reading->ini, "\"%.60s\" is not a domain name", word);
		if (count++ == CONFIG_SEARCH)
			return ini_fail(
				&reading->ini, "more than %d search domains", CONFIG_SEARCH);
		fact = fact_add(reading, FACT_DATA);
		if (fact == NULL)
			return -ENOMEM;
		fact->as.data.information = MIF_INFORMATION_SEARCH_DOMAINS;
		strcpy(fact->as.data.text, word);
	}
	return count > 0 ? 0 : ini_fail(&reading->ini, "no search domain");
}

static int metered_read(struct reading *reading)
{
	bool yes = strcmp(reading->ini.value, "yes") == 0;
	struct fact *fact;

	if (!yes && strcmp(reading->ini.value, "no") != 0)
		return ini_fail(
			&reading->ini, "\"%.60s\" is neither yes nor no", reading->ini.value);
	fact = fact_add(reading, FACT_LINK);
	if (fact == NULL)
		return -ENOMEM;
	fact->as.link.metered = yes ? MIF_METERED_YES : MIF_METERED_NO;
	return 0;
}

/* ---- keys and sections ---- */

static const struct {
	const char *key;
	int (*read)(struct reading *reading);
} keys[] = {
	{"dns", dns_read},
	{"search", search_read},
	{"metered", metered_read},
};

static int key_take(struct reading *reading)
{
	struct ini *ini = &reading->ini;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(ini->key, keys[i].key) != 0)
			continue;
		if ((reading->seen & 1U << i) != 0)
			return ini_fail(ini, "the key \"%s\" a second time", ini->key);
		reading->seen |= 1U << i;
		return keys[i].read(reading);
	}
	return ini_fail(ini, "an interface has no key \"%.40s\"", ini->key);
}

static int section_take(struct reading *reading)
{
	struct ini *ini = &reading->ini;

	reading->ours = strcmp(ini->section, "interface") == 0;
	if (!reading->ours && strcmp(ini->section, "mifd") == 0) /* the daemon's */
		return ini->argument[0] == '\0' ? 0 : ini_fail(ini, "[mifd] has no argument");
	if (!reading->ours)
		return ini_fail(ini, "there is no section \"%.40s\"", ini->section);
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
	strcpy(reading->names[reading->name_count++], ini->argument);
	reading->seen = 0;
	return 0;
}

static int file_take(struct reading *reading)
{
	int r;

	while ((r = ini_next(&reading->ini)) > 0) {
		if (reading->ini.key == NULL)
			r = section_take(reading);
		else if (reading->ini.section[0] == '\0')
			r = ini_fail(&reading->ini, "a key before the first section");
		else if (reading->ours)
			r = key_take(reading);
		if (r < 0)
			break;
	}
	return MIN(r, 0);
}

int config_file_read(struct config_facts *facts, const char *path, char error[256])
{
	struct reading reading = {.facts = facts};
	int r = ini_open(&reading.ini, path);

	*facts = (struct config_facts){0};
	if (r == 0) {
		r = file_take(&reading);
		ini_close(&reading.ini);
	}
	if (r < 0) {
		config_facts_deinit(facts);
		memcpy(error, reading.ini.error, sizeof(reading.ini.error));
		if (r == -ENOMEM)
			strcpy(error, "out of memory");
	}
	return r;
}
