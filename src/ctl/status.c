/* SPDX-License-Identifier: MIT */
/*
 * mif status: everything announced, once.
 */
#include "ctl/status.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/field.h"
#include "ctl/follow.h"
#include "ctl/gather.h"
#include "ctl/handle.h"
#include "ctl/holder.h"
#include "ctl/json.h"

static size_t count_of(const struct picture *picture, uint32_t type)
{
	const struct mif_message_pvd *pvd = NULL;
	const struct mif_message *message = NULL;
	size_t count = 0;

	if (type == MIF_PVD)
		while ((pvd = picture_next_pvd(picture, pvd)) != NULL)
			count++;
	else
		while ((message = picture_next(picture, type, 0, message)) != NULL)
			count++;
	return count;
}

/* ---- one domain ---- */

static void add_element(struct table *table, const struct mif_message *message)
{
	char name[SHOW_TEXT], generation[SHOW_TEXT];

	snprintf(generation, sizeof(generation), "generation %" PRIu32,
		message->as.element.generation);
	table_add(table, "element", field_text(message, "element", name), generation, NULL);
}

static void add_address(struct table *table, const struct mif_message *message, uint64_t now)
{
	const struct mif_message_address *address = &message->as.address;
	char where[PREFIX_TEXT + 16], valid[SHOW_TEXT], preferred[SHOW_TEXT];
	char form[MIF_ADDRESS_TEXT], life[2 * SHOW_TEXT + 32], flags[SHOW_TEXT];

	snprintf(where, sizeof(where), "%s/%" PRIu32, mif_address_format(&address->address, form),
		address->prefix_length);
	show_lifetime(address->valid_until, now, valid);
	if (address->preferred_until == address->valid_until)
		snprintf(life, sizeof(life), "valid %s", valid);
	else if (address->preferred_until <= now)
		snprintf(life, sizeof(life), "valid %s, deprecated", valid);
	else
		snprintf(life, sizeof(life), "valid %s, preferred %s", valid,
			show_lifetime(address->preferred_until, now, preferred));
	table_add(table, "address", where, life,
		address->flags != 0 ? field_list(message, "flags", flags) : NULL, NULL);
}

/* "dns-servers" is a list; people read an item. */
static const char *information_text(const struct mif_message *message, char text[SHOW_TEXT])
{
	static const char *const names[] = {
		[MIF_INFORMATION_DNS_SERVERS] = "dns",
		[MIF_INFORMATION_SEARCH_DOMAINS] = "search",
		[MIF_INFORMATION_ROUTERS] = "router",
		[MIF_INFORMATION_PREFIXES] = "prefix",
		[MIF_INFORMATION_ROUTES] = "route",
		[MIF_INFORMATION_CAPTIVE_PORTAL] = "portal",
		[MIF_INFORMATION_NTP_SERVERS] = "ntp",
		[MIF_INFORMATION_DNS_ZONES] = "zone",
	};
	uint32_t information = message->as.configuration_data.information;

	if (information < ARRAY_SIZE(names) && names[information] != NULL)
		return names[information];
	return field_text(message, "information", text);
}

/* An address, or a prefix where that is what the information is made of. */
static char *where_text(const struct mif_message_configuration_data *data, char text[PREFIX_TEXT])
{
	if (data->information == MIF_INFORMATION_ROUTES ||
		data->information == MIF_INFORMATION_PREFIXES ||
		data->information == MIF_INFORMATION_PREF64)
		return prefix_format(&data->address, data->prefix_length, text);
	return mif_address_format(&data->address, text);
}

static const char *value_text(const struct mif_message *message, uint64_t now, char text[SHOW_TEXT])
{
	const struct mif_message_configuration_data *data = &message->as.configuration_data;
	char where[PREFIX_TEXT] = "", detail[SHOW_TEXT];

	if (data->information == MIF_INFORMATION_LEASE) {
		snprintf(text, SHOW_TEXT, "%.16s in %s", data->text,
			show_lifetime(data->number, now, detail));
		return text;
	}
	if (data->address.family == AF_UNSPEC && data->text[0] == '\0') {
		snprintf(text, SHOW_TEXT, "%" PRIu64, data->number);
		return text;
	}
	if (data->address.family == AF_UNSPEC)
		return show_text(data->text, text);
	where_text(data, where);
	if (data->text[0] == '\0')
		snprintf(text, SHOW_TEXT, "%s", where);
	else
		snprintf(text, SHOW_TEXT, "%s %s%.1000s", where,
			data->information == MIF_INFORMATION_ROUTES ? "via " : "",
			show_text(data->text, detail));
	return text;
}

static void add_data(struct table *table, const struct mif_message *message, uint64_t now)
{
	const struct mif_message_configuration_data *data = &message->as.configuration_data;
	char name[SHOW_TEXT], value[SHOW_TEXT], valid[SHOW_TEXT], life[SHOW_TEXT + 16];
	char element[SHOW_TEXT], origin[SHOW_TEXT + 8];

	snprintf(life, sizeof(life), "valid %s", show_lifetime(data->valid_until, now, valid));
	snprintf(origin, sizeof(origin), "from %s", field_text(message, "origin", element));
	table_add(table, information_text(message, name), value_text(message, now, value), life,
		origin, NULL);
}

static void print_contents(const struct picture *picture, uint64_t pvd, uint64_t now, FILE *file)
{
	const struct mif_message *message = NULL;
	struct table table = {0};

	while ((message = picture_next(picture, MIF_ADDRESS, pvd, message)) != NULL)
		add_address(&table, message, now);
	while ((message = picture_next(picture, MIF_CONFIGURATION_DATA, pvd, message)) != NULL)
		add_data(&table, message, now);
	while ((message = picture_next(picture, MIF_ELEMENT, pvd, message)) != NULL)
		add_element(&table, message);
	table_print(&table, file, "    ");
}

/* Whether unbound sockets of this family use it. */
static bool is_default(const struct picture *picture, uint64_t pvd, uint32_t family)
{
	const struct mif_message *message = NULL;

	while ((message = picture_next(picture, MIF_DEFAULT_PVD, 0, message)) != NULL)
		if (message->as.default_pvd.family == family && message->as.default_pvd.pvd == pvd)
			return true;
	return false;
}

static void print_domain(
	const struct picture *picture, const struct mif_message *message, uint64_t now, FILE *file)
{
	const struct mif_message_pvd *pvd = &message->as.pvd;
	char text[SHOW_TEXT];

	fprintf(file, "\n  domain %" PRIu64 "  %s\n", pvd->pvd, show_text(pvd->name, text));
	fprintf(file, "    %s", field_text(message, "family", text));
	fprintf(file, ", %s", field_text(message, "state", text));
	fprintf(file, ", egress %s", field_text(message, "egress", text));
	if (pvd->flags != 0)
		fprintf(file, ", %s", field_list(message, "flags", text));
	if (is_default(picture, pvd->pvd, MIF_FAMILY_IPV4))
		fputs(", default for IPv4", file);
	if (is_default(picture, pvd->pvd, MIF_FAMILY_IPV6))
		fputs(", default for IPv6", file);
	fputc('\n', file);
	print_contents(picture, pvd->pvd, now, file);
}

/* ---- the whole ---- */

/* interface 0: of those who want to connect anyhow. */
static void print_holders(
	const struct picture *picture, uint64_t interface, const char *indent, FILE *file)
{
	const struct mif_message *message = NULL;
	struct table table = {0};

	while ((message = picture_next(picture, MIF_HOLDER, interface, message)) != NULL) {
		char who[SHOW_TEXT], want[SHOW_TEXT], name[SHOW_TEXT];
		uint64_t pvd = message->as.holder.pvd;

		table_add(&table, "holder", holder_text(message, who),
			field_text(message, "want", want),
			pvd != 0 ? choose_name(picture, pvd, name) : NULL, NULL);
	}
	table_print(&table, file, indent);
}

/* Why, in the words that follow "going away". */
static const char *cause_text(uint32_t cause)
{
	static const char *const texts[] = {
		[MIF_AWAY_REQUEST] = "somebody takes it down",
		[MIF_AWAY_IDLE] = "nobody wants it",
		[MIF_AWAY_SLEEP] = "the host goes to sleep",
		[MIF_AWAY_SHUTDOWN] = "the host is shut down",
		[MIF_AWAY_MANAGER] = "what manages the network takes it down",
		[MIF_AWAY_LIFETIME] = "its lease, or its router's lifetime, ends",
		[MIF_AWAY_SIGNAL] = "its signal fades",
		[MIF_AWAY_CARRIER] = "its carrier comes and goes",
	};

	return cause < ARRAY_SIZE(texts) ? texts[cause] : NULL;
}

static void print_away(const struct picture *picture, uint64_t interface, FILE *file)
{
	const struct mif_message *message =
		picture_next(picture, MIF_INTERFACE_GOING_AWAY, interface, NULL);
	const char *cause;
	uint32_t left;

	if (message == NULL)
		return;
	cause = cause_text(message->as.interface_going_away.cause);
	left = message->as.interface_going_away.deadline;
	fputs("  going away", file);
	if (left > 0)
		fprintf(file, " in %" PRIu32 ".%" PRIu32 " s", left / 1000, left / 100 % 10);
	fprintf(file, "%s%s\n", cause != NULL ? ": " : "", cause != NULL ? cause : "");
}

static void print_interface(
	const struct picture *picture, const struct mif_message *message, uint64_t now, FILE *file)
{
	const struct mif_message_interface *interface = &message->as.interface;
	const struct mif_message *pvd = NULL;
	char name[SHOW_TEXT], kind[SHOW_TEXT], flags[SHOW_TEXT];

	fprintf(file, "\ninterface %" PRIu64 "  %s\n", interface->interface,
		show_text(interface->name, name));
	if (interface->ifindex == 0 && interface->flags == 0)
		fputs("  made when a program wants to connect through it", file);
	else
		fprintf(file, "  %s, %s, mtu %" PRIu32, field_text(message, "kind", kind),
			interface->flags != 0 ? field_list(message, "flags", flags) : "down",
			interface->mtu);
	if (interface->metered == MIF_METERED_YES)
		fputs(", metered", file);
	if (interface->quality != 0)
		fprintf(file, ", signal %" PRIu32 " %%", interface->quality);
	fputc('\n', file);
	print_away(picture, interface->interface, file);
	print_holders(picture, interface->interface, "  ", file);
	while ((pvd = picture_next(picture, MIF_PVD, interface->interface, pvd)) != NULL)
		print_domain(picture, pvd, now, file);
}

static void print_counters(const struct picture *picture, FILE *file)
{
	const struct mif_message *message = NULL;
	struct table table = {0};

	while ((message = picture_next(picture, MIF_COUNTER, 0, message)) != NULL) {
		char name[SHOW_TEXT], value[32];

		snprintf(value, sizeof(value), "%" PRIu64, message->as.counter.value);
		table_add(&table, show_text(message->as.counter.name, name), value, NULL);
	}
	if (table.count > 0)
		fputs("\ncounters\n", file);
	table_print(&table, file, "  ");
}

void status_print(const struct picture *picture, const char *host, uint64_t now, FILE *file)
{
	const struct mif_message *message = NULL;
	size_t interfaces = count_of(picture, MIF_INTERFACE), pvds = count_of(picture, MIF_PVD);

	fprintf(file, "%zu interface%s, %zu provisioning domain%s, %s\n", interfaces,
		interfaces == 1 ? "" : "s", pvds, pvds == 1 ? "" : "s", host);
	while ((message = picture_next(picture, MIF_INTERFACE, 0, message)) != NULL)
		print_interface(picture, message, now, file);
	if (picture_next(picture, MIF_HOLDER, 0, NULL) != NULL)
		fputs("\nthrough any interface\n", file);
	print_holders(picture, 0, "  ", file);
	print_counters(picture, file);
}

int status_run(const struct options *options, char **arguments)
{
	_cleanup_(picture_deinit) struct picture picture = {0};
	_cleanup_(mif_closep) struct mif *mif = NULL;
	unsigned int flags = FOLLOW_DATA;
	uint64_t now;
	int r;

	(void)arguments;
	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	if (options->verbose)
		flags |= FOLLOW_COUNTERS;
	if (options->verbose || options->json)
		flags |= FOLLOW_HOLDERS;
	r = gather(mif, flags, &picture);
	if (r < 0 && r != -ETIMEDOUT)
		return handle_broken(r);
	now = clock_boottime();
	if (options->json)
		json_print(stdout, status_json(&picture, handle_host(mif), now), true);
	else
		status_print(&picture, handle_host_text(mif), now, stdout);
	if (r == -ETIMEDOUT)
		complain("the engine did not tell everything in time");
	return r == 0 ? CTL_DONE : CTL_NOT;
}
