/* SPDX-License-Identifier: MIT */
/*
 * From the octets of a DHCPv6 message (RFC 8415) to a struct dhcp_message. A fault of framing drops
 * the whole; a malformed option in a sound frame is skipped, with all options within it.
 */
#include "source/dhcp-message.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "source/option-resolver.h"
#include "source/option-text.h"

enum dhcp6_type {
	DHCP6_SOLICIT = 1,
	DHCP6_ADVERTISE,
	DHCP6_REQUEST,
	DHCP6_CONFIRM,
	DHCP6_RENEW,
	DHCP6_REBIND,
	DHCP6_REPLY,
	DHCP6_RELEASE,
	DHCP6_DECLINE,
	DHCP6_RECONFIGURE,
	DHCP6_INFORMATION_REQUEST,
};

enum dhcp6_option {
	DHCP6_SERVER = 2,
	DHCP6_IA_NA = 3,
	DHCP6_IA_TA = 4,
	DHCP6_IA_ADDRESS = 5,
	DHCP6_STATUS = 13,
	DHCP6_DNS_SERVERS = 23, /* RFC 3646 */
	DHCP6_SEARCH = 24, /* RFC 3646 */
	DHCP6_IA_PD = 25,
	DHCP6_IA_PREFIX = 26,
	DHCP6_SNTP_SERVERS = 31, /* RFC 4075 */
	DHCP6_REFRESH_TIME = 32,
	DHCP6_NTP_SERVER = 56, /* RFC 5908 */
	DHCP6_CAPTIVE_PORTAL = 103, /* RFC 8910 section 2.2 */
	DHCP6_ENCRYPTED_DNS = 144, /* RFC 9463 section 4 */
};

/* RFC 5908 section 4: options within DHCP6_NTP_SERVER. */
enum dhcp6_ntp {
	DHCP6_NTP_ADDRESS = 1,
	DHCP6_NTP_MULTICAST = 2,
	DHCP6_NTP_NAME = 3,
};

/* RFC 8415 section 21.13. */
enum dhcp6_status {
	DHCP6_SUCCESS = 0,
	DHCP6_NO_BINDING = 3,
	DHCP6_NOT_ON_LINK = 4,
};

/* Section 7.6: as soon as this, and no sooner, a server can be asked again. */
#define REFRESH_MINIMUM 600

/* The next option of a list; its code is 0 when there is none left. */
static struct reader option_next(struct reader *list, uint16_t *code)
{
	*code = 0;
	if (reader_left(list) == 0)
		return reader_of(NULL, 0);
	*code = reader_u16(list);
	return reader_part(list, reader_u16(list));
}

static bool is_framed(struct reader list)
{
	uint16_t code;

	while (reader_left(&list) > 0)
		option_next(&list, &code);
	return !list.failed;
}

/* Of a list that is framed. */
static uint16_t status_find(struct reader list)
{
	uint16_t code;

	while (reader_left(&list) > 0) {
		struct reader body = option_next(&list, &code);

		if (code == DHCP6_STATUS && reader_left(&body) >= 2)
			return reader_u16(&body);
	}
	return DHCP6_SUCCESS;
}

static void server_find(struct dhcp_message *message, struct reader list)
{
	uint16_t code;

	while (reader_left(&list) > 0) {
		struct reader body = option_next(&list, &code);

		if (code == DHCP6_SERVER)
			message->server_hash = dhcp_server_hash(body);
	}
}

/* ---- addresses and prefixes: what comes within their identity association ---- */

/* What both kinds of identity association begin with. */
struct association {
	uint32_t renew, rebind;
};

static bool address_read(
	struct dhcp_message *message, struct reader body, const struct association *association)
{
	uint8_t octets[16];
	struct dhcp_lease lease = {.renew = association->renew, .rebind = association->rebind};

	reader_copy(&body, octets, sizeof(octets));
	reader_u32(&body);
	lease.valid = reader_u32(&body);
	lease.address = address_ipv6(octets, 0);
	if (body.failed || !is_framed(body) || !option_address_is_usable(&lease.address) ||
		address_is_link_local(&lease.address))
		return false;
	if (status_find(body) != DHCP6_SUCCESS)
		return true;
	/* Valid 0 takes it away; in a release all lifetimes may be 0. */
	if (lease.valid == 0 && message->kind == DHCP_ANSWERS)
		return true;
	message->lifetime = MAX(message->lifetime, lease.valid);
	dhcp_lease_put(message, &lease);
	return true;
}

/* A delegated prefix is for routers behind the host: only its lifetime says something here. */
static bool prefix_read(struct dhcp_message *message, struct reader body)
{
	uint32_t valid;

	reader_u32(&body);
	valid = reader_u32(&body);
	reader_take(&body, 17);
	if (body.failed || !is_framed(body))
		return false;
	if (status_find(body) == DHCP6_SUCCESS)
		message->lifetime = MAX(message->lifetime, valid);
	return true;
}

static bool association_read(struct dhcp_message *message, uint16_t type, struct reader body)
{
	struct association association = {0};
	bool good = true;

	reader_u32(&body);
	if (type != DHCP6_IA_TA) {
		association.renew = reader_u32(&body);
		association.rebind = reader_u32(&body);
	}
	if (body.failed || !is_framed(body))
		return false;
	if (status_find(body) != DHCP6_SUCCESS)
		return true;
	while (reader_left(&body) > 0) {
		uint16_t code;
		struct reader inner = option_next(&body, &code);

		if (code == DHCP6_IA_ADDRESS && type != DHCP6_IA_PD)
			good &= address_read(message, inner, &association);
		else if (code == DHCP6_IA_PREFIX && type == DHCP6_IA_PD)
			good &= prefix_read(message, inner);
	}
	return good;
}

/* ---- single options: false when malformed ---- */

static bool ntp_read_one(struct dhcp_message *message, uint16_t code, struct reader body)
{
	char name[MIF_TEXT_SIZE];

	if (code == DHCP6_NTP_ADDRESS)
		return reader_left(&body) == 16 &&
			dhcp_addresses_read(message, MIF_INFORMATION_NTP_SERVERS, body, false);
	if (code != DHCP6_NTP_NAME)
		return true;
	if (!option_name(&body, name) || reader_left(&body) > 0)
		return false;
	dhcp_text_put(message, MIF_INFORMATION_NTP_SERVERS, name, DHCP_SERVER_MAX);
	return true;
}

static bool ntp_read(struct dhcp_message *message, struct reader body)
{
	bool good = is_framed(body) && reader_left(&body) > 0;

	while (good && reader_left(&body) > 0) {
		uint16_t code;
		struct reader inner = option_next(&body, &code);

		good = ntp_read_one(message, code, inner);
	}
	return good;
}

static bool resolver_read(struct dhcp_message *message, struct reader body)
{
	struct option_resolver resolver;

	if (!option_resolver_read(&resolver, body, OPTION_RESOLVER_DHCPV6))
		return false;
	dhcp_resolver_put(message, &resolver);
	return true;
}

static bool refresh_read(struct dhcp_message *message, struct reader body)
{
	uint32_t seconds = reader_u32(&body);

	if (body.failed || reader_left(&body) > 0)
		return false;
	message->refresh = MAX(seconds, REFRESH_MINIMUM);
	return true;
}

static bool data_read(struct dhcp_message *message, uint16_t code, struct reader body)
{
	switch (code) {
	case DHCP6_IA_NA:
	case DHCP6_IA_TA:
	case DHCP6_IA_PD:
		return association_read(message, code, body);
	case DHCP6_DNS_SERVERS:
		return dhcp_addresses_read(message, MIF_INFORMATION_DNS_SERVERS, body, false);
	case DHCP6_SNTP_SERVERS:
		return dhcp_addresses_read(message, MIF_INFORMATION_NTP_SERVERS, body, false);
	case DHCP6_SEARCH:
		return dhcp_names_read(message, MIF_INFORMATION_SEARCH_DOMAINS, body, NULL);
	case DHCP6_NTP_SERVER:
		return ntp_read(message, body);
	case DHCP6_CAPTIVE_PORTAL:
		return dhcp_uri_read(message, MIF_INFORMATION_CAPTIVE_PORTAL, body);
	case DHCP6_ENCRYPTED_DNS:
		return resolver_read(message, body);
	case DHCP6_REFRESH_TIME:
		return refresh_read(message, body);
	default:
		return true;
	}
}

/* ---- all of them ---- */

static enum dhcp_kind kind_of(uint8_t type, uint16_t status)
{
	static const enum dhcp_kind kinds[] = {
		[DHCP6_SOLICIT] = DHCP_ASKS_LEASE,
		[DHCP6_REQUEST] = DHCP_ASKS_LEASE,
		[DHCP6_CONFIRM] = DHCP_ASKS_CONFIRMATION,
		[DHCP6_RENEW] = DHCP_ASKS_LEASE,
		[DHCP6_REBIND] = DHCP_ASKS_LEASE,
		[DHCP6_REPLY] = DHCP_ANSWERS,
		[DHCP6_RELEASE] = DHCP_GIVES_BACK,
		[DHCP6_DECLINE] = DHCP_GIVES_BACK,
		[DHCP6_INFORMATION_REQUEST] = DHCP_ASKS_DATA,
	};

	if (type == DHCP6_REPLY && (status == DHCP6_NO_BINDING || status == DHCP6_NOT_ON_LINK))
		return DHCP_REFUSES;
	if (type == DHCP6_REPLY && status != DHCP6_SUCCESS)
		return DHCP_OTHER;
	return type < ARRAY_SIZE(kinds) ? kinds[type] : DHCP_OTHER;
}

static void options_read(struct dhcp_message *message, struct reader list)
{
	while (reader_left(&list) > 0) {
		uint16_t code;
		struct reader body = option_next(&list, &code);

		dhcp_option_put(message, code, body.at, reader_left(&body));
		if (!data_read(message, code, body))
			message->skipped[DHCP_SKIP_MALFORMED]++;
	}
}

/* Section 8. Messages between relays and servers have another header, and are not read. */
int dhcp6_parse(struct dhcp_message *message, struct reader octets)
{
	uint8_t type;

	dhcp_message_init(message, AF_INET6);
	if (reader_left(&octets) > DHCP_MESSAGE_MAX)
		return DHCP_LONG;
	type = reader_u8(&octets);
	message->transaction = (uint32_t)reader_number(&octets, 3);
	if (octets.failed)
		return DHCP_SHORT;
	if (type < DHCP6_SOLICIT || type > DHCP6_INFORMATION_REQUEST)
		return DHCP_FOREIGN;
	if (!is_framed(octets))
		return DHCP_FRAMING;
	message->kind = kind_of(type, status_find(octets));
	server_find(message, octets);
	if (message->kind == DHCP_ANSWERS || message->kind == DHCP_GIVES_BACK)
		options_read(message, octets);
	return DHCP_VALID;
}
