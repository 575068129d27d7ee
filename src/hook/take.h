/* SPDX-License-Identifier: MIT */
#pragma once

#include "hook/environment.h"
#include "hook/report.h"

/*
 * From variables to the items of a report: what the clients' dialects have in common. Each function
 * takes all words of the variable that was asked for last, value, which may be NULL.
 */
struct take {
	struct environment *environment;
	struct report *report;
	uint64_t now;
	uint64_t until; /* of the items that follow */
	struct mif_address provider; /* likewise */
	unsigned int family; /* AF_INET, AF_INET6: of addresses */
};

/* An item of this kind, with provider and lifetime; NULL, complained of: there is no room. */
struct report_item *take_item(struct take *take, enum report_kind kind);

/* An address of the family, of a host; link-local ones get the link's index. False, complained of:
 * it is none. */
bool take_address(struct take *take, const char *word, struct mif_address *address);

/* "2001:db8::/32". */
bool take_prefix(struct take *take, const char *word, struct mif_address *prefix, uint32_t *length);

void take_addresses(struct take *take, uint32_t information, const char *value);
void take_names(struct take *take, uint32_t information, const char *value);
void take_text(struct take *take, uint32_t information, const char *value);
void take_mtu(struct take *take, const char *value);

/* Addresses or names: of time servers. */
void take_hosts(struct take *take, uint32_t information, const char *value);

/* A default route's gateway is a router, any other route a route. Whether it is a default route. */
bool take_route(struct take *take, const struct mif_address *destination, uint32_t length,
	const struct mif_address *gateway);

/* Destination and gateway in turn, as "192.0.2.0/24 192.0.2.1". Whether there is a default route. */
bool take_routes(struct take *take, const char *value);
