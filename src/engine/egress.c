/* SPDX-License-Identifier: MIT */
/*
 * By which router a domain's packets leave, and from which of its addresses. When a socket is bound to one
 * of these and to its link, first come the kernel's rules for that source (FACT_STEER), whoever made them;
 * where they say nothing, the main table, which is certain only where the link has one router of the family.
 */
#include "base/address.h"
#include "engine/state.h"

/* ---- bound to nothing ---- */

static bool is_way(const struct fact *fact)
{
	if (fact->kind == FACT_DATA)
		return fact->as.data.information == MIF_INFORMATION_ROUTERS &&
			fact->as.data.address.family == AF_INET;
	return fact->kind == FACT_ROUTE && fact->as.route.family == AF_INET;
}

/* The kernel's word comes before DHCP's, and of its routes the one that it would take. */
static bool way_is_better(const struct fact *way, const struct fact *than)
{
	if (than == NULL || way->kind == FACT_DATA)
		return than == NULL;
	return than->kind == FACT_DATA || way->as.route.metric < than->as.route.metric;
}

const struct fact *domain_way(const struct model_link *link, const struct domain_key *key)
{
	const struct fact *way = NULL;

	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (is_way(fact) && way_is_better(fact, way) && domain_has_fact(link, key, fact))
			way = fact;
	}
	return way;
}

bool way_has_source(const struct fact *way, const struct fact *address)
{
	const struct mif_address *own = &address->as.address.address;

	if (way == NULL)
		return false;
	if (way->kind == FACT_ROUTE && way->as.route.source.family != AF_UNSPEC)
		return address_equal(&way->as.route.source, own);
	return address_in_prefix(
		way->kind == FACT_ROUTE ? &way->as.route.gateway : &way->as.data.address, own,
		address->as.address.prefix_length);
}

/* ---- bound to one of its addresses ---- */

/* Of the family of one address. */
struct gateways {
	size_t count; /* that the main table would choose between */
	struct mif_address last;
	bool own; /* the domain's is among them */
};

static struct gateways gateways_find(
	const struct model_link *link, const struct domain *domain, uint32_t family)
{
	struct gateways gateways = {0};

	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind != FACT_ROUTE || fact->as.route.family != family)
			continue;
		gateways.own |= domain_has_fact(link, &domain->key, fact);
		if (gateways.count == 0 || !address_equal(&gateways.last, &fact->as.route.gateway))
			gateways.count++;
		gateways.last = fact->as.route.gateway;
	}
	return gateways;
}

/* That of the longest prefix that covers the address, or NULL. */
static const struct fact *steer_find(
	const struct model_link *link, const struct mif_address *address)
{
	const struct fact *best = NULL;

	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_STEER &&
			(best == NULL || fact->as.steer.length > best->as.steer.length) &&
			address_in_prefix(address, &fact->as.steer.prefix, fact->as.steer.length))
			best = fact;
	}
	return best;
}

/* An IPv6 router is known by its own address. Any that a rule names for an IPv4 address is right, as
 * is any for an IPv6 address that no router claims. */
static bool steer_is_own(const struct model_link *link, const struct domain *domain,
	const struct fact *steer, uint32_t family)
{
	const struct mif_address *gateway = &steer->as.steer.gateway;

	if (family == AF_INET6 && domain->key.router.family != AF_UNSPEC)
		return gateway_has_key(link, &domain->key, gateway);
	return gateway->family == AF_UNSPEC || !address_is_unspecified(gateway);
}

/* Without a gateway, only what is for every source says that the link leads anywhere: that what has
 * its own source leaves by it goes without saying, and may be our own doing. */
static bool steer_is_default(const struct fact *steer)
{
	return steer->as.steer.gateway.family != AF_UNSPEC || steer->as.steer.length == 0;
}

static uint32_t address_egress(const struct model *model, const struct model_link *link,
	const struct domain *domain, const struct gateways *gateways,
	const struct mif_address *address, bool *routed)
{
	const struct fact *steer = steer_find(link, address);
	bool first = steer != NULL ? steer->as.steer.first : model->first_link == link->ifindex;

	/* The answers would be dropped: they come in by a link by which nothing that is bound to the
	 * address alone would leave. */
	if (address->family == AF_INET && link_fact(link)->as.link.strict && !first)
		return MIF_EGRESS_IMPOSSIBLE;
	*routed |= steer != NULL && steer_is_default(steer);
	if (steer != NULL)
		return steer_is_own(link, domain, steer, address->family) ? MIF_EGRESS_CERTAIN
									  : MIF_EGRESS_UNCERTAIN;
	if (gateways->count > 1)
		return MIF_EGRESS_UNCERTAIN;
	return gateways->count == 1 && gateways->own ? MIF_EGRESS_CERTAIN : MIF_EGRESS_IMPOSSIBLE;
}

uint32_t domain_egress(const struct model *model, const struct model_link *link,
	const struct domain *domain, size_t index, bool *routed)
{
	const struct gateways by_ipv4 = gateways_find(link, domain, AF_INET);
	const struct gateways by_ipv6 = gateways_find(link, domain, AF_INET6);
	uint32_t seen = 0;

	if (domain->key.family == AF_UNSPEC)
		return MIF_EGRESS_IMPOSSIBLE;
	list_for_each (node, &link->addresses) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);
		const struct mif_address *address = &entry->fact.as.address.address;

		if ((entry->domains & 1U << index) != 0)
			seen |= 1U << address_egress(model, link, domain,
					address->family == AF_INET ? &by_ipv4 : &by_ipv6, address,
					routed);
	}
	if (seen == 1U << MIF_EGRESS_CERTAIN)
		return MIF_EGRESS_CERTAIN;
	return seen == 1U << MIF_EGRESS_IMPOSSIBLE ? MIF_EGRESS_IMPOSSIBLE : MIF_EGRESS_UNCERTAIN;
}
