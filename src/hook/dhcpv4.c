/* SPDX-License-Identifier: MIT */
/*
 * The variables of dhclient-script(8) and dhcpcd-run-hooks(8) about DHCPv4: "new_" and the name of the
 * option, which the two spell alike but for classless static routes and the captive portal, that each
 * administrator of a dhclient declares anew.
 */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "hook/dialect.h"

/* Seconds to the left of what is told as a moment of the wall clock, if they make sense. */
static uint32_t seconds_left(uint32_t seconds, uint32_t expiry, uint64_t realtime)
{
	uint64_t now = realtime / NSEC_PER_SEC;

	if (expiry <= now)
		return 0;
	return expiry - now < seconds ? (uint32_t)(expiry - now) : seconds;
}

/* How many octets there are; 0, complained of: something else is among them, or too much. */
static size_t octets_parse(struct take *take, const char *value, uint8_t *octets, size_t size)
{
	char word[8];
	size_t count = 0;

	while (environment_word(&value, word, sizeof(word))) {
		unsigned long octet = strtoul(word, NULL, 10);

		if (count == size || strspn(word, "0123456789") != strlen(word) || octet > 255) {
			environment_complain(take->environment, word, "is not an octet of a route");
			return 0;
		}
		octets[count++] = (uint8_t)octet;
	}
	return count;
}

/* "24 192 0 2 192 0 2 1": the octets of option 121 (RFC 3442). False: there is no default route. */
static bool octet_routes_take(struct take *take, const char *value)
{
	uint8_t octets[255];
	struct reader reader;
	bool found = false;

	if (value == NULL)
		return false;
	reader = reader_of(octets, octets_parse(take, value, octets, sizeof(octets)));
	while (reader_left(&reader) > 0) {
		uint32_t length = reader_u8(&reader);
		uint8_t prefix[4] = {0}, router[4];
		struct mif_address destination, gateway;

		reader_copy(&reader, prefix, MIN((length + 7) / 8, sizeof(prefix)));
		reader_copy(&reader, router, sizeof(router));
		if (reader.failed || length > 32) {
			environment_complain(take->environment, value, "is not a list of routes");
			break;
		}
		destination = address_ipv4(prefix);
		gateway = address_ipv4(router);
		found |= take_route(take, &destination, length, &gateway);
	}
	return found;
}

/* Netmask or prefix length; 32 where neither makes sense. */
static uint32_t length_take(struct take *take)
{
	struct environment *environment = take->environment;
	const char *mask = environment_get(environment, "new_subnet_mask");
	struct mif_address address;
	uint32_t length = 0, bits = 0;

	if (mask == NULL)
		return environment_number(environment, 32, &length, "new_subnet_cidr") ? length
										       : 32;
	if (mif_address_parse(&address, mask) < 0 || address.family != AF_INET) {
		environment_complain(environment, mask, "is not a netmask");
		return 32;
	}
	for (size_t i = 0; i < 4; i++)
		bits = bits << 8 | address.octets[i];
	while (length < 32 && (bits & 1U << (31 - length)) != 0)
		length++;
	if (length < 32 && bits << length != 0) {
		environment_complain(environment, mask, "is not a netmask");
		return 32;
	}
	return length;
}

static void lease_take(struct take *take, const struct client_clock *clock, bool fresh)
{
	struct environment *environment = take->environment;
	uint32_t seconds = UINT32_MAX, expiry, renew = 0, rebind = 0;
	struct mif_address address;
	struct report_item *item;
	const char *value;

	environment_number(environment, UINT32_MAX, &seconds, "new_dhcp_lease_time");
	if (!fresh && environment_number(environment, UINT32_MAX, &expiry, "new_expiry"))
		seconds = seconds_left(seconds, expiry, clock->realtime);
	take->until = clock_after(take->now, seconds);
	value = environment_get(environment, "new_dhcp_server_identifier");
	if (value != NULL && take_address(take, value, &address))
		take->provider = address;
	value = environment_get(environment, "new_ip_address");
	if (value == NULL || !take_address(take, value, &address))
		return;
	item = take_item(take, REPORT_LEASE);
	item->address = address;
	item->prefix_length = length_take(take);
	if (fresh && environment_number(environment, UINT32_MAX, &renew, "new_dhcp_renewal_time"))
		item->renew_at = clock_after(take->now, renew);
	if (fresh &&
		environment_number(environment, UINT32_MAX, &rebind, "new_dhcp_rebinding_time"))
		item->rebind_at = clock_after(take->now, rebind);
}

static void routes_take(struct take *take)
{
	struct environment *environment = take->environment;
	bool found = octet_routes_take(
		take, environment_get(environment, "new_rfc3442_classless_static_routes"));

	/* RFC 3442: who understands this option ignores the routers of the other one. */
	found |= take_routes(take, environment_get(environment, "new_classless_static_routes"));
	if (!found)
		take_addresses(
			take, MIF_INFORMATION_ROUTERS, environment_get(environment, "new_routers"));
}

void dhcpv4_take(struct take *take, const struct client_clock *clock, bool fresh)
{
	struct environment *environment = take->environment;

	lease_take(take, clock, fresh);
	take_addresses(take, MIF_INFORMATION_DNS_SERVERS,
		environment_get(environment, "new_domain_name_servers"));
	take_names(take, MIF_INFORMATION_SEARCH_DOMAINS,
		environment_get(environment, "new_domain_search"));
	take_names(take, MIF_INFORMATION_DOMAIN, environment_get(environment, "new_domain_name"));
	take_names(take, MIF_INFORMATION_HOSTNAME, environment_get(environment, "new_host_name"));
	take_hosts(
		take, MIF_INFORMATION_NTP_SERVERS, environment_get(environment, "new_ntp_servers"));
	take_mtu(take, environment_get(environment, "new_interface_mtu"));
	take_text(take, MIF_INFORMATION_CAPTIVE_PORTAL,
		environment_get(environment, "new_captive_portal"));
	take_text(take, MIF_INFORMATION_CAPTIVE_PORTAL,
		environment_get(environment, "new_captive_portal_uri"));
	routes_take(take);
}
