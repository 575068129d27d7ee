/* SPDX-License-Identifier: MIT */
/*
 * The variables of BusyBox' udhcpc. Options that it does not know by name are hexadecimal, "opt114".
 */
#include <string.h>

#include "base/clock.h"
#include "hook/dialect.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The octets, as many as fit; SIZE_MAX: it is not hexadecimal. */
static size_t octets_of(const char *text, uint8_t *octets, size_t size)
{
	size_t count = 0;

	for (; text[0] != '\0'; text += 2, count++) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			return SIZE_MAX;
		if (count < size)
			octets[count] = (uint8_t)(high << 4 | low);
	}
	return count;
}

static bool seconds_take(struct take *take, unsigned int option, uint32_t *seconds)
{
	const char *value = environment_get(take->environment, "opt%u", option);
	uint8_t octets[4];

	if (value == NULL)
		return false;
	if (octets_of(value, octets, sizeof(octets)) != 4) {
		environment_complain(take->environment, value, "is not a time");
		return false;
	}
	*seconds = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
		(uint32_t)octets[2] << 8 | octets[3];
	return true;
}

static void portal_take(struct take *take)
{
	const char *value = environment_get(take->environment, "opt114");
	uint8_t octets[MIF_TEXT_SIZE];
	char text[MIF_TEXT_SIZE];
	size_t size;

	if (value == NULL)
		return;
	size = octets_of(value, octets, sizeof(octets));
	if (size >= sizeof(text) || memchr(octets, '\0', size) != NULL) {
		environment_complain(take->environment, value, "is not a URI, or too long");
		return;
	}
	memcpy(text, octets, size);
	text[size] = '\0';
	take_text(take, MIF_INFORMATION_CAPTIVE_PORTAL, text);
}

static void lease_take(struct take *take)
{
	struct environment *environment = take->environment;
	uint32_t seconds = UINT32_MAX, length = 32, renew, rebind;
	struct mif_address address;
	struct report_item *item;
	const char *value;

	environment_number(environment, UINT32_MAX, &seconds, "lease");
	take->until = clock_after(take->now, seconds);
	value = environment_get(environment, "serverid");
	if (value != NULL && take_address(take, value, &address))
		take->provider = address;
	value = environment_get(environment, "ip");
	if (value == NULL || !take_address(take, value, &address))
		return;
	item = take_item(take, REPORT_LEASE);
	item->address = address;
	environment_number(environment, 32, &length, "mask");
	item->prefix_length = length;
	if (seconds_take(take, 58, &renew))
		item->renew_at = clock_after(take->now, renew);
	if (seconds_take(take, 59, &rebind))
		item->rebind_at = clock_after(take->now, rebind);
}

void udhcpc_take(struct take *take)
{
	struct environment *environment = take->environment;

	lease_take(take);
	take_addresses(take, MIF_INFORMATION_DNS_SERVERS, environment_get(environment, "dns"));
	take_names(take, MIF_INFORMATION_SEARCH_DOMAINS, environment_get(environment, "search"));
	take_names(take, MIF_INFORMATION_DOMAIN, environment_get(environment, "domain"));
	take_names(take, MIF_INFORMATION_HOSTNAME, environment_get(environment, "hostname"));
	take_hosts(take, MIF_INFORMATION_NTP_SERVERS, environment_get(environment, "ntpsrv"));
	take_mtu(take, environment_get(environment, "mtu"));
	take_text(take, MIF_INFORMATION_PROXY, environment_get(environment, "wpad"));
	portal_take(take);
	/* RFC 3442: who understands this option ignores the routers of the other one. */
	if (!take_routes(take, environment_get(environment, "staticroutes")))
		take_addresses(
			take, MIF_INFORMATION_ROUTERS, environment_get(environment, "router"));
}
