/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/model.h"
#include "source/dhcp-ask.h"
#include "source/dhcp-facts.h"

/* Newcomers beyond these are not looked at. */
#define DHCP_LINKS 4096
#define DHCP_LINK_ADDRESSES 6 /* of a family */
/* Questions of the host's clients that may be answered; the oldest gives way, and only the host itself
 * can make one. */
#define DHCP_LINK_TRANSACTIONS 4
/* Servers whose answers to one question are taken: IPv4 has one domain a link, IPv6 one a router. */
#define DHCP_SERVERS_IPV4 1
#define DHCP_SERVERS_IPV6 4

#define DHCP_BUCKETS 256

/* What the kernel tells of links is looked at so long after it came: those who wait for the same news are
 * told first, and one look does for all that comes together. */
#define DHCP_LOOK (100 * NSEC_PER_MSEC)

/* Which answer a binding holds: a link has one of each. */
struct dhcp_slot {
	uint32_t family;
	int32_t trust; /* enum fact_trust */
	bool leased; /* with addresses, or data alone */
	struct mif_address server; /* of probes in IPv6, where each router may have one */
};

/* What a server told: the message, from which its facts follow. */
struct dhcp_binding {
	struct list node;
	struct dhcp_slot slot;
	struct dhcp_facts facts;
	struct mif_address address; /* it ends with this address of the link */
	bool was_there; /* the address has come */
	uint64_t end_at; /* TIME_FOREVER: as long as its address */
	size_t size;
	uint8_t octets[];
};

/* A question that a client of this host has asked. */
struct dhcp_transaction {
	uint32_t family;
	uint32_t number;
	enum dhcp_kind kind;
	uint32_t server; /* which one was asked: see struct dhcp_message; 0: any */
	bool answered;
	uint64_t until; /* 0: this place is free */
};

struct dhcp_address {
	struct mif_address address;
	uint32_t length; /* of its prefix */
};

struct dhcp_link {
	struct list node;
	struct list in_bucket;
	struct list in_dirty; /* of those that have changed, or in no list */
	uint32_t ifindex;
	uint32_t kind; /* enum mif_kind */
	bool gone;
	bool running; /* it is up, and has a carrier */
	bool came_up; /* and its servers are to be asked */
	uint8_t hardware[6]; /* zeroes: none */
	uint32_t address_count;
	struct dhcp_address *addresses; /* usable ones; at most DHCP_LINK_ADDRESSES of a family */
	struct mif_address asker[2]; /* IPv4, IPv6: from which the servers are asked */
	struct dhcp_ask ask[2];
	struct dhcp_transaction
		*transactions; /* DHCP_LINK_TRANSACTIONS; NULL: no client has asked */
	struct list bindings;
};

struct dhcp_links {
	struct list links, dirty;
	struct list buckets[DHCP_BUCKETS];
	uint32_t count;
	uint32_t refused;
	uint64_t look_at; /* at those that have changed */
};

static inline unsigned int dhcp_index(uint32_t family)
{
	return family == AF_INET6;
}

void dhcp_links_init(struct dhcp_links *links);
void dhcp_links_deinit(struct dhcp_links *links);

/* NULL: not known. */
struct dhcp_link *dhcp_links_find(const struct dhcp_links *links, uint32_t ifindex);

/* What the kernel has: FACT_LINK and FACT_ADDRESS. Marks the link dirty if that matters. */
void dhcp_links_notice(struct dhcp_links *links, const struct fact *fact, bool there, uint64_t now);

/* It has come up, and its servers are to be asked. */
void dhcp_link_came_up(struct dhcp_links *links, struct dhcp_link *link, uint64_t now);

void dhcp_link_touch(struct dhcp_links *links, struct dhcp_link *link, uint64_t now);
void dhcp_link_free(struct dhcp_links *links, struct dhcp_link *link);

bool dhcp_link_has_address(const struct dhcp_link *link, const struct mif_address *address);
bool dhcp_link_has_hardware(const struct dhcp_link *link);

/* The first usable address of this family to ask from: IPv6: link-local. NULL: there is none, or nobody to
 * be asked. */
const struct dhcp_address *dhcp_link_asker(const struct dhcp_link *link, uint32_t family);

/* ---- the clients' questions ---- */

void dhcp_link_asked(struct dhcp_link *link, const struct dhcp_message *question, uint64_t until);

/* What this is the answer to, or NULL: nothing, or asked too long ago. */
struct dhcp_transaction *dhcp_link_question(
	struct dhcp_link *link, const struct dhcp_message *answer, uint64_t now);

/* ---- the servers' answers ---- */

/* NULL: there is none. */
struct dhcp_binding *dhcp_link_binding(const struct dhcp_link *link, const struct dhcp_slot *slot);

/* One more. 0, or -ENOMEM. */
int dhcp_binding_new(struct dhcp_link *link, const struct dhcp_slot *slot,
	const struct dhcp_facts *facts, const struct mif_address *address, const void *octets,
	size_t size);
void dhcp_binding_free(struct dhcp_binding *binding);

/* What was answered to a question of our own from the last IPv4 address ends with this one. */
void dhcp_link_move_answer(struct dhcp_link *link, const struct mif_address *address);
