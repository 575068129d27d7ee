/* SPDX-License-Identifier: MIT */
/*
 * The options of a router advertisement, one function each. An option is taken whole or not at all:
 * each function reads everything first, and writes to the struct ra only after the last check.
 * An item that is there already is replaced; one beyond its limit is refused.
 */
#include "source/ra-option.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "source/option-resolver.h"
#include "source/option-text.h"

#include <errno.h>

/* RFC 8200 section 5: no link has less. */
#define MTU_MIN 1280

bool ra_option_preference(uint8_t flags, int8_t *preference)
{
	static const int8_t values[] = {0, 1, 0, -1};
	unsigned int bits = flags >> 3 & 3;

	*preference = values[bits];
	return bits != 2;
}

/* RFC 4861 section 4.6.2 says it of link-local prefixes; multicast makes no more sense. */
static bool is_prefix_usable(const struct mif_address *prefix)
{
	return !address_is_link_local(prefix) && !address_is_multicast(prefix);
}

static bool prefix_read(struct ra *ra, struct reader body)
{
	struct ra_prefix new = {.length = reader_u8(&body)};
	uint8_t flags = reader_u8(&body), octets[16];

	new.on_link = flags & 0x80;
	new.autonomous = flags & 0x40;
	new.valid = reader_u32(&body);
	new.preferred = reader_u32(&body);
	reader_u32(&body);
	reader_copy(&body, octets, 16);
	if (body.failed || reader_left(&body) > 0 || new.length > 128)
		return false;
	new.prefix = address_ipv6(octets, 0);
	new.prefix = address_network(&new.prefix, new.length);
	/* ::/0 would take in every address of every other domain. */
	if (new.length == 0 || !is_prefix_usable(&new.prefix))
		return false;
	/* RFC 4862 section 5.5.3 (c). */
	if (new.preferred > new.valid)
		return false;

	uint32_t i = 0;

	while (i < ra->prefix_count &&
		(ra->prefixes[i].length != new.length ||
			!address_equal(&ra->prefixes[i].prefix, &new.prefix)))
		i++;
	if (i == RA_PREFIX_MAX) {
		ra->skipped[RA_SKIP_LIMIT]++;
		return true;
	}
	ra->prefixes[i] = new;
	ra->prefix_count = MAX(ra->prefix_count, i + 1);
	return true;
}

static void item_put(struct ra *ra, struct ra_item *items, uint32_t *count, uint32_t limit,
	const struct ra_item *new)
{
	uint32_t i = 0;

	while (i < *count &&
		(items[i].length != new->length ||
			!address_equal(&items[i].address, &new->address)))
		i++;
	if (i == limit) {
		ra->skipped[RA_SKIP_LIMIT]++;
		return;
	}
	items[i] = *new;
	*count = MAX(*count, i + 1);
}

static bool route_read(struct ra *ra, struct reader body)
{
	struct ra_item new = {.length = reader_u8(&body)};
	bool known = ra_option_preference(reader_u8(&body), &new.preference);
	uint8_t octets[16] = {0};

	new.lifetime = reader_u32(&body);

	/* The prefix is sent in 0, 8 or 16 octets, at least as many as it has. */
	size_t sent = reader_left(&body);

	reader_copy(&body, octets, MIN(sent, sizeof(octets)));
	if (body.failed || reader_left(&body) > 0 || new.length > sent * 8 || !known)
		return false;
	new.address = address_ipv6(octets, 0);
	new.address = address_network(&new.address, new.length);
	if (!is_prefix_usable(&new.address))
		return false;
	item_put(ra, ra->routes, &ra->route_count, RA_ROUTE_MAX, &new);
	return true;
}

static bool servers_read(struct ra *ra, struct reader body)
{
	reader_u16(&body);

	uint32_t lifetime = reader_u32(&body);
	size_t count = reader_left(&body) / 16;
	struct reader check = body;

	if (body.failed || count == 0 || reader_left(&body) % 16 != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct mif_address server = address_ipv6(reader_take(&check, 16), 0);

		if (!option_address_is_usable(&server))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct ra_item new = {.lifetime = lifetime};

		new.address = address_ipv6(reader_take(&body, 16), ra->ifindex);
		item_put(ra, ra->servers, &ra->server_count, RA_SERVER_MAX, &new);
	}
	return true;
}

static void search_put(struct ra *ra, const char *name, uint32_t lifetime)
{
	uint32_t i = 0;

	while (i < ra->search_count && strcmp(ra->search[i].name, name) != 0)
		i++;
	if (i == RA_SEARCH_MAX) {
		ra->skipped[RA_SKIP_LIMIT]++;
		return;
	}
	strcpy(ra->search[i].name, name);
	ra->search[i].lifetime = lifetime;
	ra->search_count = MAX(ra->search_count, i + 1);
}

/* Whether nothing but padding is left. */
static bool is_padding(struct reader rest)
{
	while (reader_left(&rest) > 0)
		if (reader_u8(&rest) != 0)
			return false;
	return !rest.failed;
}

static bool search_read(struct ra *ra, struct reader body)
{
	reader_u16(&body);

	uint32_t lifetime = reader_u32(&body);
	struct reader check = body;
	char name[MIF_TEXT_SIZE];
	size_t count = 0;

	for (; !is_padding(check); count++)
		if (!option_name(&check, name))
			return false;
	for (size_t i = 0; i < count; i++)
		if (option_name(&body, name))
			search_put(ra, name, lifetime);
	return count > 0;
}

static bool link_layer_read(struct ra *ra, struct reader body)
{
	/* Links other than Ethernet and Wi-Fi have addresses of other sizes. */
	if (reader_left(&body) == sizeof(ra->link_layer))
		reader_copy(&body, ra->link_layer, sizeof(ra->link_layer));
	return true;
}

static bool mtu_read(struct ra *ra, struct reader body)
{
	reader_u16(&body);

	uint32_t mtu = reader_u32(&body);

	if (body.failed || reader_left(&body) > 0 || mtu < MTU_MIN)
		return false;
	ra->mtu = mtu;
	return true;
}

static bool captive_portal_read(struct ra *ra, struct reader body)
{
	char uri[MIF_TEXT_SIZE] = "";
	int r = option_uri(body, uri);

	if (r == 0)
		memcpy(ra->captive_portal, uri, sizeof(uri));
	else if (r == -ENAMETOOLONG)
		ra->skipped[RA_SKIP_LIMIT]++;
	return r != -EBADMSG;
}

static bool pref64_read(struct ra *ra, struct reader body)
{
	static const uint8_t lengths[] = {96, 64, 56, 48, 40, 32};
	uint16_t scaled = reader_u16(&body);
	unsigned int code = scaled & 7;
	/* 13 bits in units of 8 seconds: the field without its last three bits. */
	struct ra_item new = {.lifetime = scaled & ~7U};
	uint8_t octets[16] = {0};

	reader_copy(&body, octets, 12);
	if (body.failed || reader_left(&body) > 0 || code >= ARRAY_SIZE(lengths))
		return false;
	new.length = lengths[code];
	new.address = address_ipv6(octets, 0);
	new.address = address_network(&new.address, new.length);
	if (!is_prefix_usable(&new.address))
		return false;
	item_put(ra, ra->pref64, &ra->pref64_count, RA_PREF64_MAX, &new);
	return true;
}

static void resolver_put(struct ra *ra, const struct ra_resolver *new)
{
	uint32_t i = 0;

	while (i < ra->resolver_count &&
		(!address_equal(&ra->resolvers[i].address, &new->address) ||
			strcmp(ra->resolvers[i].text, new->text) != 0))
		i++;
	if (i == RA_RESOLVER_MAX) {
		ra->skipped[RA_SKIP_LIMIT]++;
		return;
	}
	ra->resolvers[i] = *new;
	ra->resolver_count = MAX(ra->resolver_count, i + 1);
}

static bool resolver_read(struct ra *ra, struct reader body)
{
	struct option_resolver resolver;
	struct ra_resolver new = {0};

	if (!option_resolver_read(&resolver, body, OPTION_RESOLVER_RA))
		return false;
	ra->skipped[RA_SKIP_LIMIT] += resolver.left_out;
	new.priority = resolver.priority;
	new.lifetime = resolver.lifetime;
	memcpy(new.text, resolver.text, sizeof(new.text));
	if (resolver.count == 0)
		resolver_put(ra, &new);
	for (uint32_t i = 0; i < resolver.count; i++) {
		new.address = address_ipv6(resolver.addresses[i].octets, ra->ifindex);
		resolver_put(ra, &new);
	}
	return true;
}

void ra_option_read(struct ra *ra, uint8_t type, struct reader body)
{
	static bool (*const readers[])(struct ra *, struct reader) = {
		[RA_OPTION_LINK_LAYER] = link_layer_read,
		[RA_OPTION_PREFIX] = prefix_read,
		[RA_OPTION_MTU] = mtu_read,
		[RA_OPTION_ROUTE] = route_read,
		[RA_OPTION_SERVERS] = servers_read,
		[RA_OPTION_SEARCH] = search_read,
		[RA_OPTION_CAPTIVE_PORTAL] = captive_portal_read,
		[RA_OPTION_PREF64] = pref64_read,
		[RA_OPTION_ENCRYPTED_DNS] = resolver_read,
	};

	if (type >= ARRAY_SIZE(readers) || readers[type] == NULL)
		ra->skipped[RA_SKIP_UNKNOWN]++;
	else if (!readers[type](ra, body))
		ra->skipped[RA_SKIP_MALFORMED]++;
}
