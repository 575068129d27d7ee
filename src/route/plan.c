/* SPDX-License-Identifier: MIT */
/*
 * The plan of a domain: a table with the prefixes of its link, its more specific routes and its
 * default route, and rules that send by it whatever has a source of the domain. Rules for single
 * addresses come before those for prefixes (net/steer.h), since two links may have the same prefix;
 * those for prefixes are there before an address has passed duplicate address detection.
 */
#include "route/plan.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "net/steer.h"
#include "net/verb.h"
#include "route/ledger.h"

static const uint32_t families[] = {AF_INET, AF_INET6};

struct planning {
	const struct plan_domain *domain;
	struct ledger *ledger;
	uint32_t slot;
	bool main_first;
	int result;
};

bool plan_has_family(const struct plan_domain *domain, uint32_t family)
{
	for (size_t i = 0; i < domain->address_count; i++) {
		if (domain->addresses[i].address.family == family)
			return true;
	}
	return false;
}

static size_t domain_routers(const struct plan_domain *domain, uint32_t family)
{
	size_t count = 0;

	for (size_t i = 0; i < domain->router_count; i++)
		count += domain->routers[i].address.family == family;
	return count;
}

/* Addresses of which it is not known (yet) which of a link's routers they came from: no plan is better
 * than a wrong one. */
static bool domain_is_unclear(const struct plan_domain *domain, uint32_t family)
{
	return family == AF_INET6 && !domain->named && domain_routers(domain, AF_INET6) > 1;
}

static bool domain_plans_family(const struct plan_domain *domain, uint32_t family)
{
	return plan_has_family(domain, family) && !domain_is_unclear(domain, family);
}

/* The router for a family: RFC 5549 lets IPv4 go by an IPv6 router, where there is no other. */
static const struct plan_router *domain_router(const struct plan_domain *domain, uint32_t family)
{
	for (size_t i = 0; i < domain->router_count; i++) {
		if (domain->routers[i].address.family == family)
			return &domain->routers[i];
	}
	if (family == AF_INET6 || domain->router_count == 0 || plan_has_family(domain, AF_INET6))
		return NULL;
	return &domain->routers[0];
}

bool plan_is_worth_it(const struct plan_domain *domain)
{
	bool plans = domain_plans_family(domain, AF_INET) || domain_plans_family(domain, AF_INET6);

	return plans && (domain->router_count > 0 || domain->has_default);
}

/* ---- routes ---- */

/* Of the domain's IPv4 addresses the one in the network where it goes, or else in the router's; or else the
 * first. */
static struct mif_address route_source(const struct plan_domain *domain,
	const struct mif_address *prefix, uint32_t length, const struct mif_address *gateway)
{
	struct mif_address first = {0};

	for (size_t i = 0; i < domain->address_count; i++) {
		const struct plan_address *own = &domain->addresses[i];

		if (own->address.family != AF_INET)
			continue;
		if (gateway == NULL ? address_in_prefix(&own->address, prefix, length)
				    : address_in_prefix(gateway, &own->address, own->prefix_length))
			return own->address;
		if (first.family == AF_UNSPEC)
			first = own->address;
	}
	return first;
}

static void route_want_ranked(struct planning *plan, const struct mif_address *prefix,
	uint32_t length, const struct mif_address *gateway, uint32_t rank, uint64_t until)
{
	struct verb verb = {.type = VERB_PUT_ROUTE};
	struct verb_route *route = &verb.as.put_route;
	int r;

	route->slot = plan->slot;
	route->destination = *prefix;
	route->length = length;
	route->ifindex = plan->domain->ifindex;
	route->rank = rank;
	if (gateway != NULL)
		route->gateway = *gateway;
	if (prefix->family == AF_INET)
		route->source = route_source(plan->domain, prefix, length, gateway);
	r = ledger_want(plan->ledger, &verb, prefix->family == AF_INET ? TIME_FOREVER : until);
	plan->result = r < 0 ? r : plan->result;
}

static void route_want(struct planning *plan, const struct mif_address *prefix, uint32_t length,
	const struct mif_address *gateway, uint64_t until)
{
	route_want_ranked(plan, prefix, length, gateway, VERB_RANK_FIRST, until);
}

static void links_want(struct planning *plan, uint32_t family)
{
	const struct plan_domain *domain = plan->domain;

	for (size_t i = 0; i < domain->address_count && family == AF_INET; i++) {
		const struct plan_address *own = &domain->addresses[i];
		struct mif_address network;

		if (own->address.family != AF_INET || own->prefix_length >= 32)
			continue;
		network = address_network(&own->address, own->prefix_length);
		route_want(plan, &network, own->prefix_length, NULL, TIME_FOREVER);
	}
	for (size_t i = 0; i < domain->prefix_count && family == AF_INET6; i++) {
		const struct plan_prefix *prefix = &domain->prefixes[i];

		if (prefix->prefix.family == AF_INET6)
			route_want(plan, &prefix->prefix, prefix->length, NULL, prefix->until);
	}
}

/* For the time that the router is dead, and still advertised: those that the domain has besides, and, since
 * a rule knows a source and not whose it is, those that have given it the same addresses. */
static void routes_want_instead(struct planning *plan, const struct plan_router *first)
{
	const struct plan_domain *domain = plan->domain;
	const struct mif_address all = {.family = AF_INET6};

	for (size_t i = 0; i < domain->router_count; i++) {
		const struct plan_router *router = &domain->routers[i];

		if (router != first && router->address.family == AF_INET6)
			route_want_ranked(
				plan, &all, 0, &router->address, VERB_RANK_INSTEAD, router->until);
	}
	for (size_t i = 0; i < domain->other_count; i++)
		route_want_ranked(plan, &all, 0, &domain->others[i].address, VERB_RANK_INSTEAD,
			domain->others[i].until);
}

static void routes_want(struct planning *plan, uint32_t family)
{
	const struct plan_domain *domain = plan->domain;
	const struct plan_router *router = domain_router(domain, family);
	const struct mif_address all = {.family = (uint16_t)family};

	for (size_t i = 0; i < domain->route_count; i++) {
		const struct plan_prefix *route = &domain->routes[i];
		const struct mif_address *gateway = &route->gateway;

		if (route->prefix.family != family || route->length == 0)
			continue;
		if (gateway->family == AF_UNSPEC && router != NULL)
			gateway = &router->address;
		if (route->on_link || gateway->family != AF_UNSPEC)
			route_want(plan, &route->prefix, route->length,
				route->on_link ? NULL : gateway, route->until);
	}
	if (router != NULL)
		route_want(plan, &all, 0, &router->address, router->until);
	else if (domain->has_default && domain->router_count == 0)
		route_want(plan, &all, 0, NULL, TIME_FOREVER);
	if (router != NULL && family == AF_INET6)
		routes_want_instead(plan, router);
}

/* ---- rules ---- */

static bool rule_of(const struct mif_address *source, uint32_t length, struct verb *verb)
{
	uint32_t bits = source->family == AF_INET ? 32 : 128;

	if (address_is_link_local(source) || (length != bits && length < STEER_LENGTH_MIN) ||
		length > bits)
		return false;
	*verb = (struct verb){.type = VERB_PUT_RULE};
	verb->as.put_rule.kind = VERB_RULE_ALL;
	verb->as.put_rule.length = length;
	verb->as.put_rule.source = *source;
	verb->as.put_rule.source.scope = 0;
	return true;
}

static void rules_want(struct planning *plan, const struct mif_address *source, uint32_t length)
{
	struct verb verb;

	if (!rule_of(source, length, &verb))
		return;
	verb.as.put_rule.slot = plan->slot;
	for (uint32_t kind = plan->main_first ? VERB_RULE_OWN : VERB_RULE_ALL;
		kind < VERB_RULE_KINDS; kind++) {
		int r;

		verb.as.put_rule.kind = kind;
		r = ledger_want(plan->ledger, &verb, TIME_FOREVER);
		plan->result = r < 0 ? r : plan->result;
	}
}

bool plan_first_rule(const struct plan_domain *domain, struct verb *verb)
{
	for (size_t i = 0; i < domain->address_count; i++) {
		const struct mif_address *address = &domain->addresses[i].address;

		if (rule_of(address, 8 * (uint32_t)address_size(address), verb))
			return true;
	}
	return false;
}

int plan_want(
	const struct plan_domain *domain, struct ledger *ledger, uint32_t slot, bool main_first)
{
	struct planning plan = {
		.domain = domain, .ledger = ledger, .slot = slot, .main_first = main_first};

	ledger_begin(ledger, slot);
	if (plan_is_worth_it(domain)) {
		for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
			if (!domain_plans_family(domain, families[i]))
				continue;
			links_want(&plan, families[i]);
			routes_want(&plan, families[i]);
		}
		for (size_t i = 0; i < domain->address_count; i++) {
			const struct mif_address *address = &domain->addresses[i].address;

			if (domain_plans_family(domain, address->family))
				rules_want(&plan, address, 8 * (uint32_t)address_size(address));
		}
		for (size_t i = 0; i < domain->prefix_count; i++) {
			if (domain->prefixes[i].advertised &&
				domain_plans_family(domain, domain->prefixes[i].prefix.family))
				rules_want(&plan, &domain->prefixes[i].prefix,
					domain->prefixes[i].length);
		}
	}
	ledger_commit(ledger, slot);
	return plan.result;
}
