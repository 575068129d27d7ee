/* SPDX-License-Identifier: MIT */
/*
 * From the octets of a DHCPv4 message (RFC 2131, RFC 2132) to a struct dhcp_message.
 *
 * Options come in up to three fields (section 4.1: overload), and one option may come in pieces, to
 * be put together in their order before anything in it is read (RFC 3396). A fault of framing drops
 * the whole; a malformed option in a sound frame is skipped.
 */
#include "source/dhcp-message.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "source/option-resolver.h"
#include "source/option-text.h"

#define MAGIC 0x63825363
#define SERVER_NAME_SIZE 64
#define FILE_SIZE 128
#define HARDWARE_ETHERNET 1

enum dhcp4_type {
	DHCP4_DISCOVER = 1,
	DHCP4_OFFER,
	DHCP4_REQUEST,
	DHCP4_DECLINE,
	DHCP4_ACK,
	DHCP4_NAK,
	DHCP4_RELEASE,
	DHCP4_INFORM,
};

enum dhcp4_option {
	DHCP4_PAD = 0,
	DHCP4_ROUTERS = 3,
	DHCP4_DNS_SERVERS = 6,
	DHCP4_HOSTNAME = 12,
	DHCP4_DOMAIN = 15,
	DHCP4_MTU = 26,
	DHCP4_NTP_SERVERS = 42,
	DHCP4_ADDRESS = 50,
	DHCP4_LEASE_TIME = 51,
	DHCP4_OVERLOAD = 52,
	DHCP4_TYPE = 53,
	DHCP4_SERVER = 54,
	DHCP4_RENEWAL_TIME = 58,
	DHCP4_REBINDING_TIME = 59,
	DHCP4_CAPTIVE_PORTAL = 114, /* RFC 8910 section 2.1 */
	DHCP4_SEARCH = 119, /* RFC 3397 */
	DHCP4_ROUTES = 121, /* RFC 3442 */
	DHCP4_ENCRYPTED_DNS = 162, /* RFC 9463 section 5 */
	DHCP4_ROUTES_OLD = 249, /* what 121 was called before it had a number */
	DHCP4_PROXY = 252, /* never standardised: the URI of a proxy configuration script */
	DHCP4_END = 255,
};

/* The fields that may hold options, in the order in which pieces are put together. */
struct fields {
	struct reader options, file, server_name;
};

/* Where each option is in the message's octets, once all pieces are together. */
struct pieces {
	uint16_t at[256], size[256];
	bool seen[256];
	uint8_t order[256];
	size_t count;
};

/* ---- putting the pieces together ---- */

/* Calls for each option of a field. False: one of them goes beyond its end. */
static bool field_walk(struct reader field, struct pieces *pieces, uint8_t *octets)
{
	while (reader_left(&field) > 0) {
		uint8_t code = reader_u8(&field);

		if (code == DHCP4_PAD)
			continue;
		if (code == DHCP4_END)
			break;

		size_t size = reader_u8(&field);
		const uint8_t *piece = reader_take(&field, size);

		if (field.failed)
			return false;
		if (octets != NULL) {
			memcpy(octets + pieces->at[code] + pieces->size[code], piece, size);
		} else if (!pieces->seen[code]) {
			pieces->seen[code] = true;
			pieces->order[pieces->count++] = code;
		}
		pieces->size[code] = (uint16_t)(pieces->size[code] + size);
	}
	return true;
}

static bool fields_walk(
	const struct fields *fields, unsigned int overload, struct pieces *pieces, uint8_t *octets)
{
	memset(pieces->size, 0, sizeof(pieces->size));
	return field_walk(fields->options, pieces, octets) &&
		((overload & 1) == 0 || field_walk(fields->file, pieces, octets)) &&
		((overload & 2) == 0 || field_walk(fields->server_name, pieces, octets));
}

/* In the options field alone, or it would say of itself where it is. */
static unsigned int overload_find(struct reader field)
{
	while (reader_left(&field) > 0) {
		uint8_t code = reader_u8(&field);
		struct reader body;

		if (code == DHCP4_PAD)
			continue;
		if (code == DHCP4_END)
			break;
		body = reader_part(&field, reader_u8(&field));
		if (code == DHCP4_OVERLOAD && reader_left(&body) == 1)
			return reader_u8(&body);
	}
	return 0;
}

/* First how long each of them is, then where it goes, then the octets. */
static bool pieces_gather(
	struct dhcp_message *message, const struct fields *fields, struct pieces *pieces)
{
	unsigned int overload = overload_find(fields->options);
	size_t at = 0;

	if (!fields_walk(fields, overload, pieces, NULL))
		return false;
	for (size_t i = 0; i < pieces->count; i++) {
		pieces->at[pieces->order[i]] = (uint16_t)at;
		at += pieces->size[pieces->order[i]];
	}
	return fields_walk(fields, overload, pieces, message->octets);
}

/* ---- single options: false when malformed ---- */

static bool seconds_read(uint32_t *seconds, struct reader body)
{
	*seconds = reader_u32(&body);
	return !body.failed && reader_left(&body) == 0;
}

static bool name_read(struct dhcp_message *message, uint32_t information, struct reader body)
{
	char name[MIF_TEXT_SIZE];

	if (!option_name_plain(body, name))
		return false;
	dhcp_text_put(message, information, name, 1);
	return true;
}

/* RFC 2132 section 5.1: 68 is the least that a link may have (RFC 791). */
static bool mtu_read(struct dhcp_message *message, struct reader body)
{
	struct dhcp_item item = {.information = MIF_INFORMATION_MTU, .number = reader_u16(&body)};

	if (body.failed || reader_left(&body) > 0 || item.number < 68)
		return false;
	dhcp_item_put(message, &item, 1);
	return true;
}

/* RFC 3442: the prefix in as many octets as it has, then the router. */
static bool route_read(struct reader *body, struct dhcp_item *item)
{
	uint8_t octets[4] = {0};
	struct mif_address router;
	const uint8_t *next;

	item->prefix_length = reader_u8(body);
	if (item->prefix_length > 32)
		return false;
	reader_copy(body, octets, (item->prefix_length + 7) / 8);
	next = reader_take(body, 4);
	if (next == NULL || body->failed)
		return false;
	item->address = address_ipv4(octets);
	item->address = address_network(&item->address, item->prefix_length);
	router = address_ipv4(next);
	/* 0.0.0.0: the destination is on the link. */
	item->text[0] = '\0';
	if (!address_is_unspecified(&router))
		mif_address_format(&router, item->text);
	return address_is_unspecified(&router) || option_address_is_usable(&router);
}

/* The default route among them is a router as any other. */
static void route_put(struct dhcp_message *message, const struct dhcp_item *item)
{
	struct mif_address router;

	if (item->prefix_length > 0)
		dhcp_item_put(message, item, DHCP_ROUTE_MAX);
	else if (mif_address_parse(&router, item->text) == 0)
		dhcp_address_put(message, MIF_INFORMATION_ROUTERS, &router, DHCP_SERVER_MAX);
}

static bool routes_read(struct dhcp_message *message, struct reader body)
{
	struct dhcp_item item = {.information = MIF_INFORMATION_ROUTES};
	struct reader check = body;

	if (reader_left(&body) == 0)
		return false;
	while (reader_left(&check) > 0)
		if (!route_read(&check, &item))
			return false;
	while (reader_left(&body) > 0 && route_read(&body, &item))
		route_put(message, &item);
	return true;
}

/* Several instances, each with its length. */
static bool resolvers_read(struct dhcp_message *message, struct reader body)
{
	bool good = reader_left(&body) > 0;

	while (reader_left(&body) > 0) {
		struct reader instance = reader_part(&body, reader_u16(&body));
		struct option_resolver resolver;

		if (instance.failed)
			return false;
		if (option_resolver_read(&resolver, instance, OPTION_RESOLVER_DHCPV4))
			dhcp_resolver_put(message, &resolver);
		else
			good = false;
	}
	return good;
}

/* ---- all of them ---- */

static struct reader body_of(
	const struct dhcp_message *message, const struct pieces *pieces, uint8_t code)
{
	return reader_of(message->octets + pieces->at[code], pieces->size[code]);
}

static bool data_read(struct dhcp_message *message, uint8_t code, struct reader body)
{
	switch (code) {
	case DHCP4_DNS_SERVERS:
		return dhcp_addresses_read(message, MIF_INFORMATION_DNS_SERVERS, body, true);
	case DHCP4_NTP_SERVERS:
		return dhcp_addresses_read(message, MIF_INFORMATION_NTP_SERVERS, body, true);
	case DHCP4_ROUTERS:
		return dhcp_addresses_read(message, MIF_INFORMATION_ROUTERS, body, true);
	case DHCP4_HOSTNAME:
		return name_read(message, MIF_INFORMATION_HOSTNAME, body);
	case DHCP4_DOMAIN:
		return name_read(message, MIF_INFORMATION_DOMAIN, body);
	case DHCP4_MTU:
		return mtu_read(message, body);
	case DHCP4_SEARCH:
		return dhcp_names_read(message, MIF_INFORMATION_SEARCH_DOMAINS, body, &body);
	case DHCP4_ROUTES:
	case DHCP4_ROUTES_OLD:
		return routes_read(message, body);
	case DHCP4_ENCRYPTED_DNS:
		return resolvers_read(message, body);
	case DHCP4_CAPTIVE_PORTAL:
		return dhcp_uri_read(message, MIF_INFORMATION_CAPTIVE_PORTAL, body);
	case DHCP4_PROXY:
		return dhcp_uri_read(message, MIF_INFORMATION_PROXY, body);
	default:
		return true;
	}
}

/* RFC 3442: with classless routes the routers are not to be used; and the old number counts only
 * without the new one. */
static bool is_superseded(const struct pieces *pieces, uint8_t code)
{
	return (code == DHCP4_ROUTERS &&
		       (pieces->seen[DHCP4_ROUTES] || pieces->seen[DHCP4_ROUTES_OLD])) ||
		(code == DHCP4_ROUTES_OLD && pieces->seen[DHCP4_ROUTES]);
}

static void options_read(struct dhcp_message *message, const struct pieces *pieces)
{
	char name[MIF_TEXT_SIZE];

	for (size_t i = 0; i < pieces->count; i++) {
		uint8_t code = pieces->order[i];
		struct reader body = body_of(message, pieces, code);

		dhcp_option_put(
			message, code, message->octets + pieces->at[code], pieces->size[code]);
		if (!is_superseded(pieces, code) && !data_read(message, code, body))
			message->skipped[DHCP_SKIP_MALFORMED]++;
	}
	/* Where no list is told, names are looked up in the host's own domain. */
	if (!pieces->seen[DHCP4_SEARCH] && pieces->seen[DHCP4_DOMAIN] &&
		option_name_plain(body_of(message, pieces, DHCP4_DOMAIN), name))
		dhcp_text_put(message, MIF_INFORMATION_SEARCH_DOMAINS, name, DHCP_SEARCH_MAX);
}

static struct mif_address address_read(struct reader body)
{
	const uint8_t *octets = reader_left(&body) == 4 ? reader_take(&body, 4) : NULL;
	struct mif_address address = {0};

	if (octets != NULL)
		address = address_ipv4(octets);
	return option_address_is_usable(&address) ? address : (struct mif_address){0};
}

/* Section 4.4.5: the times of a server that tells none. */
static void lease_read(struct dhcp_message *message, const struct pieces *pieces,
	const struct mif_address *address)
{
	struct dhcp_lease lease = {.address = *address};

	if (!seconds_read(&lease.valid, body_of(message, pieces, DHCP4_LEASE_TIME)) ||
		lease.valid == 0 || address->family == AF_UNSPEC)
		return;
	if (!seconds_read(&lease.renew, body_of(message, pieces, DHCP4_RENEWAL_TIME)))
		lease.renew = lease.valid == UINT32_MAX ? UINT32_MAX : lease.valid / 2;
	if (!seconds_read(&lease.rebind, body_of(message, pieces, DHCP4_REBINDING_TIME)))
		lease.rebind = lease.valid == UINT32_MAX
			? UINT32_MAX
			: (uint32_t)((uint64_t)lease.valid * 7 / 8);
	message->lifetime = lease.valid;
	dhcp_lease_put(message, &lease);
}

static enum dhcp_kind kind_of(uint8_t type)
{
	static const enum dhcp_kind kinds[] = {
		[DHCP4_DISCOVER] = DHCP_ASKS_LEASE,
		[DHCP4_REQUEST] = DHCP_ASKS_LEASE,
		[DHCP4_INFORM] = DHCP_ASKS_DATA,
		[DHCP4_DECLINE] = DHCP_GIVES_BACK,
		[DHCP4_RELEASE] = DHCP_GIVES_BACK,
		[DHCP4_ACK] = DHCP_ANSWERS,
		[DHCP4_NAK] = DHCP_REFUSES,
	};

	return type < ARRAY_SIZE(kinds) ? kinds[type] : DHCP_OTHER;
}

/* Section 2. Requests are of clients, replies of servers, whatever their type claims. */
static int header_read(struct dhcp_message *message, struct reader *octets, struct fields *fields,
	bool *request, struct mif_address *given)
{
	uint8_t operation = reader_u8(octets), type = reader_u8(octets);
	uint8_t size = reader_u8(octets);
	struct reader addresses, hardware;

	reader_u8(octets);
	message->transaction = reader_u32(octets);
	reader_u32(octets);
	addresses = reader_part(octets, 16);
	hardware = reader_part(octets, 16);
	fields->server_name = reader_part(octets, SERVER_NAME_SIZE);
	fields->file = reader_part(octets, FILE_SIZE);
	if (octets->failed)
		return DHCP_SHORT;
	if (reader_u32(octets) != MAGIC || operation < 1 || operation > 2)
		return octets->failed ? DHCP_SHORT : DHCP_FOREIGN;
	fields->options = *octets;
	*request = operation == 1;
	if (type == HARDWARE_ETHERNET && size == sizeof(message->hardware))
		reader_copy(&hardware, message->hardware, sizeof(message->hardware));
	message->client = address_read(reader_part(&addresses, 4));
	*given = address_read(reader_part(&addresses, 4));
	if (given->family != AF_UNSPEC)
		message->client = *given;
	reader_u32(&addresses);
	message->relayed = reader_u32(&addresses) != 0 && *request;
	return DHCP_VALID;
}

int dhcp4_parse(struct dhcp_message *message, struct reader octets)
{
	struct fields fields = {0};
	struct pieces pieces = {0};
	struct mif_address given;
	struct reader type;
	bool request;
	int fault;

	dhcp_message_init(message, AF_INET);
	if (reader_left(&octets) > DHCP_MESSAGE_MAX)
		return DHCP_LONG;
	fault = header_read(message, &octets, &fields, &request, &given);
	if (fault != DHCP_VALID)
		return fault;
	if (!pieces_gather(message, &fields, &pieces))
		return DHCP_FRAMING;
	type = body_of(message, &pieces, DHCP4_TYPE);
	if (reader_left(&type) != 1)
		return DHCP_FOREIGN;
	message->kind = kind_of(reader_u8(&type));
	if (request != (message->kind != DHCP_ANSWERS && message->kind != DHCP_REFUSES))
		message->kind = DHCP_OTHER;
	message->server = address_read(body_of(message, &pieces, DHCP4_SERVER));
	if (pieces.seen[DHCP4_SERVER])
		message->server_hash = dhcp_server_hash(body_of(message, &pieces, DHCP4_SERVER));
	if (message->kind == DHCP_ANSWERS) {
		lease_read(message, &pieces, &given);
		options_read(message, &pieces);
	} else if (message->client.family == AF_UNSPEC) {
		message->client = address_read(body_of(message, &pieces, DHCP4_ADDRESS));
	}
	return DHCP_VALID;
}
