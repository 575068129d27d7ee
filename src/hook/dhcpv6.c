/* SPDX-License-Identifier: MIT */
/*
 * The variables of dhclient-script(8) and dhcpcd-run-hooks(8) about DHCPv6. Neither tells the server's
 * address on the link, so the items are of a server that is not known. dhclient calls once for each
 * address, and the last one counts; dhcpcd tells all at once, numbered.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/dialect.h"

#define ADDRESSES 16

static void lease_add(struct take *take, const char *value, uint32_t length, uint64_t until,
	uint64_t renew_at, uint64_t rebind_at)
{
	struct mif_address address;
	struct report_item *item;

	if (!take_address(take, value, &address))
		return;
	take->until = until;
	item = take_item(take, REPORT_LEASE);
	if (item == NULL)
		return;
	item->address = address;
	item->prefix_length = length;
	item->renew_at = renew_at;
	item->rebind_at = rebind_at;
}

/* How long ago on the wall clock, unless that clock has been set meanwhile. */
static uint64_t since(
	struct take *take, const struct client_clock *clock, uint32_t longest, const char *variable)
{
	uint64_t now = clock->realtime / NSEC_PER_SEC;
	uint32_t start;

	if (!environment_number(take->environment, UINT32_MAX, &start, "%s", variable) ||
		start > now || now - start > longest)
		return 0;
	return (now - start) * NSEC_PER_SEC;
}

/* Seconds after a moment that is so long ago; 0: not told. */
static uint64_t after(
	struct take *take, uint64_t ago, uint64_t unsaid, uint32_t *seconds, const char *variable)
{
	uint64_t when;

	if (!environment_number(take->environment, UINT32_MAX, seconds, "%s", variable))
		return unsaid;
	when = clock_after(take->now, *seconds);
	return when == TIME_FOREVER ? when : when - MIN(ago, when);
}

static void dhclient_lease_take(struct take *take, const struct client_clock *clock)
{
	struct environment *environment = take->environment;
	const char *value = environment_get(environment, "new_ip6_address");
	uint32_t length = 128, life = UINT32_MAX, seconds;
	uint64_t ago, until, renew_at, rebind_at;

	if (value == NULL)
		return;
	environment_number(environment, 128, &length, "new_ip6_prefixlen");
	environment_number(environment, UINT32_MAX, &life, "new_max_life");
	ago = since(take, clock, life, "new_life_starts");
	until = after(take, ago, TIME_FOREVER, &life, "new_max_life");
	ago = since(take, clock, life, "new_starts");
	renew_at = after(take, ago, 0, &seconds, "new_renew");
	rebind_at = after(take, ago, 0, &seconds, "new_rebind");
	value = environment_get(environment, "new_ip6_address");
	lease_add(take, value, length, until, renew_at, rebind_at);
}

static void dhcpcd_lease_take(struct take *take, unsigned int association)
{
	struct environment *environment = take->environment;
	uint64_t longest = 0;
	uint32_t t1, t2;
	bool renewed = environment_number(
		environment, UINT32_MAX, &t1, "new_dhcp6_ia_na%u_t1", association);
	bool rebound = environment_number(
		environment, UINT32_MAX, &t2, "new_dhcp6_ia_na%u_t2", association);

	for (unsigned int i = 1; i <= ADDRESSES; i++) {
		uint32_t life = UINT32_MAX;
		const char *value;

		environment_number(environment, UINT32_MAX, &life,
			"new_dhcp6_ia_na%u_ia_addr%u_vltime", association, i);
		value = environment_get(environment, "new_dhcp6_ia_na%u_ia_addr%u", association, i);
		if (value == NULL)
			break;
		lease_add(take, value, 128, clock_after(take->now, life),
			renewed ? clock_after(take->now, t1) : 0,
			rebound ? clock_after(take->now, t2) : 0);
		longest = MAX(longest, take->until);
	}
	if (longest > 0)
		take->until = longest;
}

void dhcpv6_take(struct take *take, const struct client_clock *clock)
{
	struct environment *environment = take->environment;

	dhclient_lease_take(take, clock);
	dhcpcd_lease_take(take, 1);
	/* Without a lease it holds until something else is told: RFC 8415 has a time to ask again
	 * (section 21.23), not one to forget. */
	take_addresses(take, MIF_INFORMATION_DNS_SERVERS,
		environment_get(environment, "new_dhcp6_name_servers"));
	take_names(take, MIF_INFORMATION_SEARCH_DOMAINS,
		environment_get(environment, "new_dhcp6_domain_search"));
	take_hosts(take, MIF_INFORMATION_NTP_SERVERS,
		environment_get(environment, "new_dhcp6_sntp_servers"));
	take_text(take, MIF_INFORMATION_CAPTIVE_PORTAL,
		environment_get(environment, "new_dhcp6_captive_portal_uri"));
}
