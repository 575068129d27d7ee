/* SPDX-License-Identifier: MIT */
/*
 * The variables of odhcp6c: what DHCPv6 brought, and what router advertisements did, merged over all
 * routers. Only its routes name a router; with more than one of them nobody can tell whose the rest
 * is, and nothing is told.
 */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/dialect.h"

#define WORD_SIZE 256
#define FIELDS 5

/* Cuts the next entry of a list off, "2001:db8::1/64,300,600", and it into its fields. Returns how
 * many there are, 0: no entry is left. */
static size_t entry_next(const char **list, char word[WORD_SIZE], const char *fields[FIELDS])
{
	size_t length, count = 0;
	char *rest = word;

	*list += strspn(*list, " ");
	length = strcspn(*list, " ");
	if (length == 0)
		return 0;
	memcpy(word, *list, MIN(length, WORD_SIZE - 1));
	word[MIN(length, WORD_SIZE - 1)] = '\0';
	*list += length;
	while (count < FIELDS && (fields[count] = strsep(&rest, ",")) != NULL)
		count++;
	return count;
}

static bool seconds_parse(struct take *take, const char *text, uint32_t *seconds)
{
	uint64_t number = 0;

	for (const char *c = text; *c >= '0' && *c <= '9' && number <= UINT32_MAX; c++)
		number = 10 * number + (uint64_t)(*c - '0');
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || number > UINT32_MAX) {
		environment_complain(take->environment, text, "is not a time");
		return false;
	}
	*seconds = (uint32_t)number;
	return true;
}

/* "ADDRESS/LENGTH,preferred,valid,t1,t2" */
static void leases_take(struct take *take, const char *value)
{
	char word[WORD_SIZE];
	const char *fields[FIELDS];
	uint64_t longest = 0;
	size_t count;

	while (value != NULL && (count = entry_next(&value, word, fields)) > 0) {
		uint32_t valid, t1 = 0, t2 = 0, length;
		struct mif_address address;
		struct report_item *item;

		if (count < 3 || !take_prefix(take, fields[0], &address, &length) ||
			!seconds_parse(take, fields[2], &valid) ||
			(count > 3 && !seconds_parse(take, fields[3], &t1)) ||
			(count > 4 && !seconds_parse(take, fields[4], &t2)))
			continue;
		take->until = clock_after(take->now, valid);
		item = take_item(take, REPORT_LEASE);
		if (item == NULL)
			break;
		item->address = address;
		item->prefix_length = length;
		item->renew_at = t1 > 0 ? clock_after(take->now, t1) : 0;
		item->rebind_at = t2 > 0 ? clock_after(take->now, t2) : 0;
		longest = MAX(longest, take->until);
	}
	if (longest > 0)
		take->until = longest;
}

void odhcp6c_take_dhcpv6(struct take *take)
{
	struct environment *environment = take->environment;
	const char *value = environment_get(environment, "SERVER");
	char word[WORD_SIZE];

	/* No server has answered: it is only advertisements that are told. */
	if (value == NULL || !environment_word(&value, word, sizeof(word)) ||
		!take_address(take, word, &take->provider))
		return;
	leases_take(take, environment_get(environment, "ADDRESSES"));
	take_addresses(take, MIF_INFORMATION_DNS_SERVERS, environment_get(environment, "RDNSS"));
	take_names(take, MIF_INFORMATION_SEARCH_DOMAINS, environment_get(environment, "DOMAINS"));
	take_hosts(take, MIF_INFORMATION_NTP_SERVERS, environment_get(environment, "NTP_IP"));
	take_hosts(take, MIF_INFORMATION_NTP_SERVERS, environment_get(environment, "NTP_FQDN"));
	take_hosts(take, MIF_INFORMATION_NTP_SERVERS, environment_get(environment, "SNTP_IP"));
	take_text(take, MIF_INFORMATION_CAPTIVE_PORTAL,
		environment_get(environment, "CAPTIVE_PORTAL_URI"));
}

/* The only router of "DESTINATION/LENGTH,router,valid,priority", and how long it is one by default;
 * false: there is none, or more than one. */
static bool router_find(struct take *take, uint32_t *life)
{
	const char *value = environment_get(take->environment, "RA_ROUTES");
	const char *fields[FIELDS];
	char word[WORD_SIZE];
	size_t count;
	bool found = false;

	*life = 0;
	while (value != NULL && (count = entry_next(&value, word, fields)) > 0) {
		struct mif_address router, destination;
		uint32_t length, valid;

		if (count < 3 || fields[1][0] == '\0')
			continue;
		if (!take_address(take, fields[1], &router) ||
			!take_prefix(take, fields[0], &destination, &length) ||
			!seconds_parse(take, fields[2], &valid))
			return false;
		if (found && !address_equal(&router, &take->provider))
			return false;
		found = true;
		take->provider = router;
		if (length == 0)
			*life = valid;
	}
	return found && address_is_link_local(&take->provider);
}

/* "ADDRESS/LENGTH,preferred,valid": of the host, made of the router's prefixes. */
static void prefixes_take(struct take *take, const char *value)
{
	char word[WORD_SIZE];
	const char *fields[FIELDS];
	size_t count;

	while (value != NULL && (count = entry_next(&value, word, fields)) > 0) {
		struct mif_address address;
		uint32_t length, preferred, valid;
		struct report_item *item;

		if (count < 3 || !take_prefix(take, fields[0], &address, &length) || length == 0 ||
			!seconds_parse(take, fields[1], &preferred) ||
			!seconds_parse(take, fields[2], &valid) || valid == 0)
			continue;
		take->until = clock_after(take->now, valid);
		item = take_item(take, REPORT_PREFIX);
		if (item == NULL)
			return;
		item->address = address_network(&address, length);
		item->prefix_length = length;
		item->preferred_until = clock_after(take->now, preferred);
		item->on_link = item->autonomous = true;
	}
}

void odhcp6c_take_advertisement(struct take *take)
{
	struct environment *environment = take->environment;
	uint32_t life;

	if (!router_find(take, &life))
		return;
	take->until = clock_after(take->now, life);
	if (life > 0)
		take_item(take, REPORT_ROUTER);
	prefixes_take(take, environment_get(environment, "RA_ADDRESSES"));
	/* Their lifetimes are not told: it calls again when they end. */
	take->until = TIME_FOREVER;
	take_addresses(take, MIF_INFORMATION_DNS_SERVERS, environment_get(environment, "RA_DNS"));
	take_names(
		take, MIF_INFORMATION_SEARCH_DOMAINS, environment_get(environment, "RA_DOMAINS"));
	if (environment_get(environment, "SERVER") == NULL)
		take_text(take, MIF_INFORMATION_CAPTIVE_PORTAL,
			environment_get(environment, "CAPTIVE_PORTAL_URI"));
	take_mtu(take, environment_get(environment, "RA_MTU"));
}
