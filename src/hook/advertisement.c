/* SPDX-License-Identifier: MIT */
/*
 * dhcpcd's variables about router advertisements: one group a router, "nd1_", with its address. They
 * tell when the advertisement came, on a clock of their own.
 */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/dialect.h"

#define ROUTERS 16
#define OPTIONS 8 /* of a kind, of one router */

/* A lifetime that has been running since the advertisement came. */
static uint64_t life_end(struct take *take, uint32_t life, uint32_t age)
{
	return clock_after(take->now, life == UINT32_MAX ? life : life - MIN(life, age));
}

static bool life_take(struct take *take, unsigned int router, const char *option,
	unsigned int index, uint32_t age, uint64_t *until)
{
	uint32_t life = UINT32_MAX;

	environment_number(
		take->environment, UINT32_MAX, &life, "nd%u_%s%u_lifetime", router, option, index);
	*until = life_end(take, life, age);
	return life > age;
}

static void prefixes_take(struct take *take, unsigned int router, uint32_t age)
{
	struct environment *environment = take->environment;

	for (unsigned int i = 1; i <= OPTIONS; i++) {
		uint32_t valid = UINT32_MAX, preferred = UINT32_MAX, length = 64;
		const char *flags, *value;
		struct mif_address prefix;
		struct report_item *item;

		environment_number(environment, UINT32_MAX, &valid,
			"nd%u_prefix_information%u_vltime", router, i);
		environment_number(environment, UINT32_MAX, &preferred,
			"nd%u_prefix_information%u_pltime", router, i);
		environment_number(
			environment, 128, &length, "nd%u_prefix_information%u_length", router, i);
		flags = environment_get(environment, "nd%u_prefix_information%u_flags", router, i);
		value = environment_get(environment, "nd%u_prefix_information%u_prefix", router, i);
		if (value == NULL)
			return;
		if (!take_address(take, value, &prefix) || length == 0 || valid <= age)
			continue;
		take->until = life_end(take, valid, age);
		item = take_item(take, REPORT_PREFIX);
		if (item == NULL)
			return;
		item->address = address_network(&prefix, length);
		item->prefix_length = length;
		item->preferred_until = life_end(take, preferred, age);
		item->on_link = flags != NULL && strchr(flags, 'L') != NULL;
		item->autonomous = flags != NULL && strchr(flags, 'A') != NULL;
	}
}

static void resolvers_take(struct take *take, unsigned int router, uint32_t age)
{
	struct environment *environment = take->environment;

	for (unsigned int i = 1; i <= OPTIONS; i++) {
		if (life_take(take, router, "rdnss", i, age, &take->until))
			take_addresses(take, MIF_INFORMATION_DNS_SERVERS,
				environment_get(environment, "nd%u_rdnss%u_servers", router, i));
		if (life_take(take, router, "dnssl", i, age, &take->until))
			take_names(take, MIF_INFORMATION_SEARCH_DOMAINS,
				environment_get(environment, "nd%u_dnssl%u_search", router, i));
	}
}

static void router_take(struct take *take, unsigned int router, uint32_t life, uint32_t age)
{
	const char *flags = environment_get(take->environment, "nd%u_flags", router);
	struct report_item *item;

	/* Who is no default router still provides the rest (RFC 4861 section 4.2). */
	if (life <= age)
		return;
	take->until = life_end(take, life, age);
	item = take_item(take, REPORT_ROUTER);
	if (item == NULL)
		return;
	item->managed = flags != NULL && strchr(flags, 'M') != NULL;
	item->other = flags != NULL && strchr(flags, 'O') != NULL;
}

/* The latest end of what the router has told so far. */
static uint64_t latest_end(const struct take *take, size_t first)
{
	uint64_t latest = take->now;

	for (size_t i = first; i < take->report->count; i++)
		latest = MAX(latest, take->report->items[i].valid_until);
	return latest;
}

void advertisement_take(struct take *take)
{
	struct environment *environment = take->environment;

	for (unsigned int i = 1; i <= ROUTERS; i++) {
		uint32_t acquired = 0, now = 0, age = 0, life = 0;
		const char *value = environment_get(environment, "nd%u_from", i);
		size_t first = take->report->count;

		if (value == NULL)
			return;
		if (!take_address(take, value, &take->provider))
			continue;
		if (!address_is_link_local(&take->provider)) {
			environment_complain(environment, value, "is not a router's address");
			continue;
		}
		environment_number(environment, UINT32_MAX, &acquired, "nd%u_acquired", i);
		environment_number(environment, UINT32_MAX, &now, "nd%u_now", i);
		environment_number(environment, UINT16_MAX, &life, "nd%u_lifetime", i);
		if (now > acquired)
			age = now - acquired;
		router_take(take, i, life, age);
		prefixes_take(take, i, age);
		resolvers_take(take, i, age);
		/* What has no lifetime lasts as long as all else. */
		take->until = latest_end(take, first);
		if (take->until > take->now)
			take_mtu(take, environment_get(environment, "nd%u_mtu", i));
	}
}
