/* SPDX-License-Identifier: MIT */
/*
 * dhclient.leases(5) as dhclient writes it. What an option is called there is what its variable is called,
 * but for "-", "." and "new_", so the rest is dhclient's dialect (dhcpv4.c, dhcpv6.c).
 */
#include "hook/lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/lease-text.h"

/* ---- variables ---- */

/* The beginning of a new one; NULL: there is no room. */
static char *variable_begin(struct lease *lease, const char *prefix, const char *name)
{
	char *variable = lease->text + lease->used;
	size_t room = sizeof(lease->text) - lease->used;
	int length = snprintf(variable, room, "%s%s=", prefix, name);

	if (lease->count == LEASE_VARIABLES || length < 0 || (size_t)length >= room)
		return NULL;
	for (char *c = variable; *c != '='; c++)
		*c = *c == '-' || *c == '.' ? '_' : *c;
	return variable;
}

/* False: there is no room. */
static bool variable_add(struct lease *lease, char *variable, const char *word)
{
	size_t length = strlen(variable), room = sizeof(lease->text) - lease->used;
	bool first = variable[length - 1] == '=';
	int more = snprintf(variable + length, room - length, first ? "%s" : " %s", word);

	return more >= 0 && (size_t)more < room - length;
}

static void variable_end(struct lease *lease, char *variable)
{
	lease->variables[lease->count++] = variable;
	lease->used += strlen(variable) + 1;
}

/* The values up to the end of the statement. What finds no room counts as not said. */
static enum lease_token values_take(
	struct lease_reader *reader, struct lease *lease, char *variable)
{
	bool fits = variable != NULL;
	char word[LEASE_WORD];
	enum lease_token token;

	while ((token = lease_token_read(reader, word)) == TOKEN_WORD || token == TOKEN_STRING ||
		token == TOKEN_COMMA) {
		if (token != TOKEN_COMMA)
			fits = fits && variable_add(lease, variable, word);
	}
	if (fits && token == TOKEN_SEMICOLON)
		variable_end(lease, variable);
	return token;
}

/* ---- statements ---- */

/* "4 2026/11/26 14:03:07", of UTC; "epoch 1795701787"; "never". 0: not told. */
static uint64_t time_parse(const char *const words[3], size_t count)
{
	struct tm time = {0};
	char rest;

	if (count == 1 && strcmp(words[0], "never") == 0)
		return UINT64_MAX;
	if (count == 2 && strcmp(words[0], "epoch") == 0)
		return strtoull(words[1], NULL, 10);
	if (count != 3 ||
		sscanf(words[1], "%4d/%2d/%2d%c", &time.tm_year, &time.tm_mon, &time.tm_mday,
			&rest) != 3 ||
		sscanf(words[2], "%2d:%2d:%2d%c", &time.tm_hour, &time.tm_min, &time.tm_sec,
			&rest) != 3)
		return 0;
	if (time.tm_year < 1970 || time.tm_mon < 1 || time.tm_mon > 12 || time.tm_mday < 1 ||
		time.tm_mday > 31 || time.tm_hour < 0 || time.tm_min < 0 || time.tm_sec < 0)
		return 0;
	time.tm_year -= 1900;
	time.tm_mon--;
	return (uint64_t)timegm(&time);
}

static enum lease_token time_take(struct lease_reader *reader, uint64_t *when)
{
	char words[4][LEASE_WORD];
	const char *const told[3] = {words[0], words[1], words[2]};
	size_t count = 0;
	enum lease_token token;

	while ((token = lease_token_read(reader, words[count])) == TOKEN_WORD) {
		if (count < ARRAY_SIZE(told))
			count++;
	}
	if (token == TOKEN_SEMICOLON)
		*when = time_parse(told, count);
	return token;
}

enum lease_token lease_interface_take(struct lease_reader *reader, struct lease *lease)
{
	char word[LEASE_WORD], more[LEASE_WORD];
	enum lease_token token = lease_token_read(reader, word);

	if (token != TOKEN_STRING)
		return token;
	token = lease_token_read(reader, more);
	if (token == TOKEN_SEMICOLON && report_interface_is_sane(word))
		strcpy(lease->interface, word);
	return token;
}

static enum lease_token address_take(struct lease_reader *reader, struct lease *lease)
{
	size_t count = lease->count;
	enum lease_token token =
		values_take(reader, lease, variable_begin(lease, "new_", "ip_address"));
	const char *value = count < lease->count ? strchr(lease->variables[count], '=') + 1 : "";
	struct mif_address address;

	lease->address_count = 0;
	if (mif_address_parse(&address, value) == 0 && address.family == AF_INET)
		lease->addresses[lease->address_count++].address = address;
	return token;
}

enum lease_token lease_option_take(struct lease_reader *reader, struct lease *lease)
{
	char name[LEASE_WORD];
	enum lease_token token = lease_token_read(reader, name);

	if (token != TOKEN_WORD)
		return token;
	return values_take(reader, lease, variable_begin(lease, "new_", name));
}

static enum lease_token statement_take(struct lease_reader *reader, struct lease *lease)
{
	char word[LEASE_WORD];
	enum lease_token token = lease_token_read(reader, word);

	if (token != TOKEN_WORD)
		return lease_skip(reader, token);
	if (strcmp(word, "interface") == 0)
		token = lease_interface_take(reader, lease);
	else if (strcmp(word, "fixed-address") == 0)
		token = address_take(reader, lease);
	else if (strcmp(word, "option") == 0)
		token = lease_option_take(reader, lease);
	else if (strcmp(word, "renew") == 0)
		token = time_take(reader, &lease->renew);
	else if (strcmp(word, "rebind") == 0)
		token = time_take(reader, &lease->rebind);
	else if (strcmp(word, "expire") == 0)
		token = time_take(reader, &lease->expire);
	return lease_skip(reader, token);
}

static uint32_t element_of(const char *word)
{
	if (strcmp(word, "lease") == 0)
		return MIF_ELEMENT_DHCPV4;
	return strcmp(word, "lease6") == 0 ? MIF_ELEMENT_DHCPV6 : MIF_ELEMENT_ANY;
}

bool lease_next(struct lease_reader *reader, struct lease *lease)
{
	char word[LEASE_WORD];
	enum lease_token token;

	while ((token = lease_token_read(reader, word)) != TOKEN_END) {
		uint32_t element = token == TOKEN_WORD ? element_of(word) : MIF_ELEMENT_ANY;

		if (element == MIF_ELEMENT_ANY ||
			(token = lease_token_read(reader, word)) != TOKEN_OPEN) {
			lease_skip(reader, token);
			continue;
		}
		*lease = (struct lease){.element = element};
		do
			token = element == MIF_ELEMENT_DHCPV4
				? statement_take(reader, lease)
				: lease6_statement_take(reader, lease);
		while (token == TOKEN_SEMICOLON);
		/* One that is cut short is none: it is being written. */
		if (token != TOKEN_CLOSE || lease->interface[0] == '\0' ||
			(element == MIF_ELEMENT_DHCPV4 && lease->address_count == 0))
			continue;
		if (lease->released) {
			lease->address_count = 0;
			lease->expire = 0;
		}
		return true;
	}
	return false;
}

/* ---- reports ---- */

/* A moment of the wall clock, on ours; 0: it is past. */
static uint64_t moment(const struct client_clock *clock, uint64_t seconds)
{
	uint64_t now = clock->realtime / NSEC_PER_SEC;

	if (seconds <= now || seconds - now > UINT32_MAX)
		return 0;
	return clock_after(clock->now, (uint32_t)(seconds - now));
}

/* What the variables say, with some that are not in the file. */
static void variables_report(struct lease *lease, uint32_t ifindex, struct environment *environment,
	const struct client_clock *clock, struct report *report)
{
	struct client_event event = {.client = CLIENT_DHCLIENT};
	static char reason[] = "reason=TIMEOUT"; /* an old lease, with what is left of it */
	char expiry[32];
	size_t count = lease->count;

	strcpy(event.interface, lease->interface);
	lease->variables[count++] = reason;
	if (lease->expire > 0 && lease->expire <= UINT32_MAX) {
		snprintf(expiry, sizeof(expiry), "new_expiry=%llu",
			(unsigned long long)lease->expire);
		lease->variables[count++] = expiry;
	}
	lease->variables[count] = NULL;
	environment_init(environment, lease->variables);
	client_report(&event, lease->element, ifindex, environment, clock, report);
	lease->variables[lease->count] = NULL;
	environment->count = lease->count;
}

/* Each address has times of its own, and what else was said holds as long as the last of them. */
static void addresses_report(
	const struct lease *lease, const struct client_clock *clock, struct report *report)
{
	uint64_t longest =
		lease->expire == UINT64_MAX ? TIME_FOREVER : moment(clock, lease->expire);

	report->count = MIN(report->count, (size_t)REPORT_ITEMS - lease->address_count);
	for (size_t i = 0; i < report->count; i++)
		report->items[i].valid_until = longest;
	for (size_t i = 0; i < lease->address_count; i++) {
		const struct lease_address *from = &lease->addresses[i];
		uint64_t until =
			from->expire == UINT64_MAX ? TIME_FOREVER : moment(clock, from->expire);
		struct report_item *item;

		if (until == 0)
			continue;
		item = report_add(report, REPORT_LEASE);
		item->provider.family = AF_INET6;
		item->address = from->address;
		item->prefix_length = 128;
		item->valid_until = until;
		item->renew_at = moment(clock, from->renew);
		item->rebind_at = moment(clock, from->rebind);
	}
}

void lease_report(struct lease *lease, uint32_t ifindex, struct environment *environment,
	const struct client_clock *clock, struct report *report)
{
	variables_report(lease, ifindex, environment, clock, report);
	if (lease->expire != UINT64_MAX && moment(clock, lease->expire) == 0) {
		report->count = 0;
		return;
	}
	if (lease->element == MIF_ELEMENT_DHCPV6) {
		addresses_report(lease, clock, report);
		return;
	}
	for (size_t i = 0; i < report->count; i++) {
		if (report->items[i].kind != REPORT_LEASE)
			continue;
		report->items[i].renew_at = moment(clock, lease->renew);
		report->items[i].rebind_at = moment(clock, lease->rebind);
	}
}
