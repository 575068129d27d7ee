/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/address.h>

/*
 * From what is known of a domain to the routes and rules that send its packets by its own router.
 */
#define PLAN_ADDRESSES 32
#define PLAN_PREFIXES 16
#define PLAN_ROUTES 32
#define PLAN_ROUTERS 4

struct plan_address {
	struct mif_address address;
	uint32_t prefix_length;
};

struct plan_prefix {
	struct mif_address prefix;
	uint32_t length;
	struct mif_address gateway; /* of a route; AF_UNSPEC: by the domain's router */
	bool on_link; /* a route without a gateway */
	bool advertised; /* a prefix that a router advertises: its addresses are the domain's */
	uint64_t until;
};

struct plan_router {
	struct mif_address address;
	uint64_t until;
};

struct plan_domain {
	uint32_t ifindex;
	bool named; /* explicit: all of its routers are of the domain */
	bool has_default; /* one without a gateway, if there is no router */
	struct plan_address addresses[PLAN_ADDRESSES];
	struct plan_prefix prefixes[PLAN_PREFIXES]; /* on the link */
	struct plan_prefix routes[PLAN_ROUTES];
	struct plan_router routers[PLAN_ROUTERS]; /* best first */
	struct plan_router others[PLAN_ROUTERS]; /* of domains with all of its IPv6 addresses */
	size_t address_count, prefix_count, route_count, router_count, other_count;
};

struct ledger;

/* Whether it has an address of this family. */
bool plan_has_family(const struct plan_domain *domain, uint32_t family);

/* Whether there is anything to be steered: an address, and a way beyond the link. */
bool plan_is_worth_it(const struct plan_domain *domain);

/* A rule that the plan has, if it has any: by it a slot is found again. */
struct verb;
bool plan_first_rule(const struct plan_domain *domain, struct verb *verb);

/* Wants all of it in this slot, and nothing else. main_first: where the main table has a route to
 * somewhere, that comes before the domain's default one. 0; -ENOSPC, -ENOMEM: not all. */
int plan_want(
	const struct plan_domain *domain, struct ledger *ledger, uint32_t slot, bool main_first);
