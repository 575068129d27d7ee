/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/cursor.h"

/* How much one message may bring; what comes beyond is refused and counted. */
enum dhcp_limit {
	DHCP_MESSAGE_MAX = 4096, /* octets, without the headers of IP and UDP */
	DHCP_SERVER_MAX = 8, /* of DNS, and as many of NTP, routers and encrypted resolvers */
	DHCP_SEARCH_MAX = 16,
	DHCP_ROUTE_MAX = 32,
	DHCP_ITEM_MAX = 96, /* all together */
	DHCP_LEASE_MAX = 8,
	DHCP_OPTION_MAX = 64,
};

/* Why a whole message is dropped. */
enum dhcp_fault {
	DHCP_VALID = 0,
	DHCP_LONG, /* more than DHCP_MESSAGE_MAX */
	DHCP_SHORT, /* less than its header */
	DHCP_FOREIGN, /* not DHCP: BOOTP, or another use of its ports */
	DHCP_FRAMING, /* an option goes beyond its end */
	DHCP_FAULTS,
};

/* What was skipped in one that is valid as a whole. */
enum dhcp_skip {
	DHCP_SKIP_MALFORMED, /* an option whose contents are against its RFC */
	DHCP_SKIP_LIMIT, /* an item beyond its limit */
	DHCP_SKIPS,
};

/* What a message is for, as far as it matters here. */
enum dhcp_kind {
	DHCP_OTHER, /* offers and the like, which nobody has accepted yet */
	DHCP_ASKS_LEASE, /* of a client: discover, request; solicit, request, renew, rebind */
	DHCP_ASKS_DATA, /* of a client: inform; information-request */
	DHCP_ASKS_CONFIRMATION, /* of a client: confirm */
	DHCP_GIVES_BACK, /* of a client: release, decline */
	DHCP_ANSWERS, /* of a server: ack; reply */
	DHCP_REFUSES, /* of a server: nak; reply with a status that ends a lease */
};

/* One item of configuration information: see values.def for what each kind carries. */
struct dhcp_item {
	uint32_t information; /* enum mif_information */
	struct mif_address address;
	uint32_t prefix_length;
	uint64_t number;
	char text[MIF_TEXT_SIZE];
};

/* Lifetimes are in seconds as they came; UINT32_MAX: infinity. */
struct dhcp_lease {
	struct mif_address address;
	uint32_t renew, rebind; /* 0: not told */
	uint32_t valid;
};

/* An option as it came. */
struct dhcp_option {
	uint32_t code;
	size_t size;
	const uint8_t *octets;
};

/* What one message says. Its raw options point into the message and into itself. */
struct dhcp_message {
	uint32_t family; /* AF_INET, AF_INET6 */
	enum dhcp_kind kind;
	uint32_t transaction;
	uint8_t hardware[6]; /* DHCPv4: of the client; zeroes: not of this size */
	bool relayed; /* DHCPv4: by the host itself, for somebody else */
	struct mif_address server; /* DHCPv4: option 54, else AF_UNSPEC */
	uint32_t server_hash; /* of the identifier of the server that is named; 0: none */
	struct mif_address client; /* DHCPv4: what the client has by now */
	uint32_t lifetime; /* the longest of its leases, delegated prefixes included */
	uint32_t refresh; /* RFC 8415 section 21.23: seconds; 0: not told */
	uint32_t lease_count, item_count, option_count;
	struct dhcp_lease leases[DHCP_LEASE_MAX]; /* given, or given back */
	struct dhcp_item items[DHCP_ITEM_MAX];
	struct dhcp_option options[DHCP_OPTION_MAX];
	uint32_t skipped[DHCP_SKIPS];
	uint8_t octets[DHCP_MESSAGE_MAX]; /* DHCPv4: pieces of options, put together */
};

/* DHCP_VALID: *message holds it, as long as the octets do; else enum dhcp_fault. */
int dhcp4_parse(struct dhcp_message *message, struct reader octets);
int dhcp6_parse(struct dhcp_message *message, struct reader octets);

/* ---- what both have in common: dhcp-message.c ---- */

/* An empty one. Not all of it is written: it is large, and comes with every packet. */
void dhcp_message_init(struct dhcp_message *message, uint32_t family);

/* For dhcp_message.server_hash: never 0. */
uint32_t dhcp_server_hash(struct reader identifier);

/* One item more, unless there are as many of its kind already, or the same. */
void dhcp_item_put(struct dhcp_message *message, const struct dhcp_item *item, uint32_t limit);

/* The same, by the parts that differ. */
void dhcp_address_put(struct dhcp_message *message, uint32_t information,
	const struct mif_address *address, uint32_t limit);
void dhcp_text_put(
	struct dhcp_message *message, uint32_t information, const char *text, uint32_t limit);

/* The only one of its kind. */
bool dhcp_uri_read(struct dhcp_message *message, uint32_t information, struct reader body);

/* A list of addresses that packets can be sent to. */
bool dhcp_addresses_read(
	struct dhcp_message *message, uint32_t information, struct reader body, bool ipv4);

/* A list of names; with compression, if whole is not NULL. */
bool dhcp_names_read(struct dhcp_message *message, uint32_t information, struct reader body,
	const struct reader *whole);

struct option_resolver;
void dhcp_resolver_put(struct dhcp_message *message, const struct option_resolver *resolver);

void dhcp_option_put(
	struct dhcp_message *message, uint32_t code, const uint8_t *octets, size_t size);
void dhcp_lease_put(struct dhcp_message *message, const struct dhcp_lease *lease);
