/* SPDX-License-Identifier: MIT */
/*
 * The domain rule: which facts of a link make which provisioning domains.
 *
 * IPv4: one domain a link. IPv6: one domain for each router that advertises, named by the network
 * itself (RFC 8801) or by the router; an address belongs to the router whose prefix covers it
 * longest, to several when several advertise the same prefix. What no router claims makes one
 * domain more; a link that has link-local addresses only has one of link scope.
 */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/state.h"

/* The scratch of one domains_find(). */
struct finding {
	const struct model *model;
	struct model_link *link;
	struct domain *domains;
	size_t count;
	uint64_t now;
	bool running, held;
};

/* ---- the addresses ---- */

static bool address_is_usable(const struct fact *fact, uint64_t now)
{
	const struct mif_address *address = &fact->as.address.address;

	return fact->valid_until > now && (fact->as.address.flags & FACT_ADDRESS_TENTATIVE) == 0 &&
		!address_is_loopback(address) && !address_is_unspecified(address) &&
		!address_is_multicast(address);
}

static bool provider_is_suspect(const struct model_link *link, const struct mif_address *provider)
{
	for (size_t i = 0; i < link->suspect_count; i++) {
		if (address_equal(&link->suspects[i], provider))
			return true;
	}
	return false;
}

/* The index of the domain of this key, made if need be; or -1: there is no room. */
static int domain_of(struct finding *find, uint32_t family, const struct mif_address *router)
{
	struct domain_key key = {.family = family};
	size_t i = 0;

	if (router != NULL) {
		key.router = *router;
		key.name = provider_name(find->link, router);
	}
	while (i < find->count && !domain_key_equal(&find->domains[i].key, &key))
		i++;
	if (i == MODEL_LINK_DOMAINS)
		return -1;
	if (i == find->count) {
		memset(&find->domains[i], 0, sizeof(find->domains[i]));
		find->domains[i].key = key;
		find->count++;
	}
	return (int)i;
}

/* What DHCPv4 brought may be another domain's (RFC 8801 section 3.4.2). */
static int domain_of_ipv4(struct finding *find, const struct fact *fact)
{
	const struct mif_address *router = NULL;

	if (address_is_leased4(find->link, fact))
		router = link_adopting_router(find->link);
	return domain_of(find, router != NULL ? AF_INET6 : AF_INET, router);
}

static void address_join(struct fact_entry *entry, int domain)
{
	if (domain >= 0)
		entry->domains |= 1U << domain;
}

/* Gives an address to every router whose prefix covers it longest. False: no router claims it. */
static bool address_join_routers(struct finding *find, struct fact_entry *entry)
{
	const struct mif_address *address = &entry->fact.as.address.address;
	uint32_t longest = 0;
	bool found = false;

	list_for_each (node, &find->link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_PREFIX && fact->provider.family == AF_INET6 &&
			fact->as.prefix.length >= longest &&
			address_in_prefix(
				address, &fact->as.prefix.prefix, fact->as.prefix.length)) {
			longest = fact->as.prefix.length;
			found = true;
		}
	}
	if (!found)
		return false;
	list_for_each (node, &find->link->facts) {
		const struct fact_entry *other = container_of(node, struct fact_entry, node);
		const struct fact *fact = &other->fact;

		if (fact->kind == FACT_PREFIX && fact->as.prefix.length == longest &&
			fact->provider.family == AF_INET6 &&
			!fact_is_misattributed(find->link, other) &&
			address_in_prefix(address, &fact->as.prefix.prefix, longest) &&
			!(find->held && provider_is_suspect(find->link, &fact->provider)))
			address_join(entry, domain_of(find, AF_INET6, &fact->provider));
	}
	return true;
}

static bool provider_has_prefix(const struct model_link *link, const struct mif_address *provider)
{
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_PREFIX && address_equal(&fact->provider, provider))
			return true;
	}
	return false;
}

/* Whom the addresses belong to that no prefix ties to a router. */
struct rest {
	struct mif_address silent; /* the only router known whose prefixes are not */
	size_t silent_count;
	struct mif_address only; /* the only router at all */
	size_t only_count;
};

static void router_count(
	struct mif_address *router, size_t *count, const struct mif_address *candidate)
{
	if (*count > 0 && address_equal(router, candidate))
		return;
	*router = *candidate;
	++*count;
}

/* An unprivileged process knows of a router by the kernel's default route before it hears its next
 * advertisement. */
static void rest_look(const struct finding *find, struct rest *rest)
{
	memset(rest, 0, sizeof(*rest));
	list_for_each (node, &find->link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;
		const struct mif_address *candidate = &fact->provider;

		if (fact->kind == FACT_ROUTE && fact->as.route.family == AF_INET6 &&
			address_is_link_local(&fact->as.route.gateway))
			candidate = &fact->as.route.gateway;
		else if (fact->kind != FACT_ROUTER && fact->kind != FACT_PREFIX)
			continue;
		if (candidate->family != AF_INET6)
			continue;
		router_count(&rest->only, &rest->only_count, candidate);
		if (!provider_has_prefix(find->link, candidate))
			router_count(&rest->silent, &rest->silent_count, candidate);
	}
}

/* What was leased, or made of an advertisement, comes by a router even if none advertises its prefix
 * (any more): DHCPv6 need not have one, and RFC 4862 5.5.3 lets an address outlive its prefix. */
static bool address_is_learned(const struct fact *fact)
{
	return fact->element == MIF_ELEMENT_RA || fact->element == MIF_ELEMENT_DHCPV6 ||
		(fact->element == MIF_ELEMENT_ANY && fact->valid_until != TIME_FOREVER);
}

static void address_join_rest(
	struct finding *find, struct fact_entry *entry, const struct rest *rest)
{
	const struct mif_address *router = NULL;

	if (rest->silent_count == 1)
		router = &rest->silent;
	else if (rest->only_count == 1 && address_is_learned(&entry->fact))
		router = &rest->only;
	if (router == NULL || !find->held || !provider_is_suspect(find->link, router))
		address_join(entry, domain_of(find, AF_INET6, router));
}

static void addresses_join(struct finding *find)
{
	struct rest rest;

	rest_look(find, &rest);
	list_for_each (node, &find->link->addresses) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);
		const struct mif_address *address = &entry->fact.as.address.address;

		if (!address_is_usable(&entry->fact, find->now) || address_is_link_local(address))
			continue;
		if (address->family == AF_INET)
			address_join(entry, domain_of_ipv4(find, &entry->fact));
		else if (!address_join_routers(find, entry))
			address_join_rest(find, entry, &rest);
	}
	if (find->count > 0)
		return;
	list_for_each (node, &find->link->addresses) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (address_is_usable(&entry->fact, find->now) &&
			address_is_link_local(&entry->fact.as.address.address))
			address_join(entry, domain_of(find, AF_UNSPEC, NULL));
	}
}

/* ---- what a domain is like ---- */

/* What the facts tell of the domain's routers. */
struct routers {
	bool advertised; /* a default router advertises itself */
	bool routed; /* the kernel has a default route by it */
	bool by_hand; /* and it is not one that an advertisement made */
	uint64_t advertised_until;
};

static void routers_look(struct finding *find, const struct domain *domain, const struct fact *fact,
	struct routers *routers)
{
	if (!domain_has_fact(find->link, &domain->key, fact))
		return;
	if (fact->kind == FACT_ROUTER) {
		routers->advertised = true;
		routers->advertised_until = MAX(routers->advertised_until, fact->valid_until);
	} else if (fact->kind == FACT_ROUTE) {
		routers->routed = true;
		routers->by_hand |= !fact->as.route.advertised;
	}
}

/* Addresses that no router claims leave by a router that has a domain of its own. */
static bool route_is_borrowed(
	const struct model_link *link, const struct domain *domain, const struct fact *route)
{
	return domain->key.router.family == AF_UNSPEC &&
		provider_has_prefix(link, &route->as.route.gateway);
}

static void domain_gather(struct finding *find, size_t index, struct routers *routers)
{
	struct domain *domain = &find->domains[index];

	list_for_each (node, &find->link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		routers_look(find, domain, fact, routers);
		if (fact->kind == FACT_ROUTE && fact->as.route.advertised &&
			domain_has_fact(find->link, &domain->key, fact) &&
			!route_is_borrowed(find->link, domain, fact))
			element_join(domain, MIF_ELEMENT_RA, 0);
	}
	elements_gather(find->model, find->link, domain);
	/* The kernel does not tell when it prolongs a route that an advertisement made, and takes it away
	 * late; so its end counts for nothing, and nor does the route where routers are heard. */
	domain->advertised = routers->advertised;
	if (routers->advertised)
		domain->routers_until = routers->advertised_until;
	else if (routers->by_hand || (routers->routed && !find->link->advertised))
		domain->routers_until = TIME_FOREVER;
}

/* INTERFACE:ROUTER, or INTERFACE:PREFIX of the first address. Not the DHCP server, which a domain
 * outlives, and not the IPv4 gateway, which is often not known yet when the address comes. */
void domain_name(const struct model_link *link, struct domain *domain, size_t index)
{
	char text[PREFIX_TEXT] = "";
	struct mif_address router = domain->key.router;

	router.scope = 0;
	if (router.family != AF_UNSPEC)
		mif_address_format(&router, text);
	list_for_each (node, &link->addresses) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);
		uint32_t length;

		if (text[0] != '\0')
			break;
		if ((entry->domains & 1U << index) == 0)
			continue;
		length = entry->fact.as.address.prefix_length;
		if (domain->key.family == AF_UNSPEC)
			length = entry->fact.as.address.address.family == AF_INET ? 16 : 64;

		struct mif_address network =
			address_network(&entry->fact.as.address.address, length);

		prefix_format(&network, length, text);
	}
	strcpy(domain->as.name, link_fact(link)->as.link.name);
	strcat(domain->as.name, ":");
	strcat(domain->as.name, text);
}

/* As long as none of those who advertise it has been heard again. */
static bool domain_is_suspect(const struct finding *find, const struct domain *domain)
{
	bool suspect = false;

	list_for_each (node, &find->link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if ((fact->kind != FACT_ROUTER && fact->kind != FACT_PREFIX) ||
			domain->key.router.family == AF_UNSPEC ||
			!domain_has_fact(find->link, &domain->key, fact))
			continue;
		if (!provider_is_suspect(find->link, &fact->provider))
			return false;
		suspect = true;
	}
	return suspect;
}

static uint32_t domain_family(const struct model_link *link, const struct domain_key *key)
{
	if (key->family == AF_INET)
		return MIF_FAMILY_IPV4;
	return key->family == AF_INET6 && !domain_adopts(link, key) ? MIF_FAMILY_IPV6
								    : MIF_FAMILY_ANY;
}

static void domain_describe(struct finding *find, size_t index)
{
	struct domain *domain = &find->domains[index];
	struct routers routers = {0};
	struct mif_message_pvd *as = &domain->as;
	bool preferred;

	domain->way = domain_way(find->link, &domain->key);
	preferred = elements_gather_addresses(find->link, domain, index, find->now);
	domain_gather(find, index, &routers);
	if (domain->elements == 0)
		element_join(domain, MIF_ELEMENT_STATIC, 0);
	elements_join_gateways(find->link, domain);
	as->family = domain_family(find->link, &domain->key);
	if (domain->key.name != NULL) {
		strcpy(as->name, domain->key.name);
		as->flags |= MIF_PVD_EXPLICIT;
	}
	as->egress = domain_egress(find->model, find->link, domain, index, &routers.routed);
	if (routers.advertised || routers.routed)
		as->flags |= MIF_PVD_DEFAULT_ROUTE;
	if (domain->key.family == AF_UNSPEC)
		as->flags |= MIF_PVD_LINK_SCOPE;
	if (!find->running || domain_is_suspect(find, domain))
		as->state = MIF_PVD_SUSPECT;
	else if (!preferred)
		as->state = MIF_PVD_DEPRECATED;
	else if ((as->flags & MIF_PVD_DEFAULT_ROUTE) == 0)
		as->state = MIF_PVD_NO_ROUTER;
	else
		as->state = MIF_PVD_USABLE;
}

size_t domains_find(
	const struct model *model, struct model_link *link, struct domain *domains, uint64_t now)
{
	const struct fact *own = link_fact(link);
	struct finding find = {.model = model, .link = link, .domains = domains, .now = now};

	list_for_each (node, &link->addresses)
		container_of(node, struct fact_entry, node)->domains = 0;
	link->leased = link->shared = false;
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		link->leased |= fact->kind == FACT_LEASE;
		link->shared |= fact->provider.reserved != 0;
	}
	if (own == NULL || own->as.link.kind == MIF_KIND_LOOPBACK ||
		(own->as.link.flags & MIF_INTERFACE_UP) == 0)
		return 0;
	find.running = (own->as.link.flags & MIF_INTERFACE_RUNNING) != 0;
	find.held = now >= link->hold_until;
	if (!find.running && find.held)
		return 0;
	addresses_join(&find);
	for (size_t i = 0; i < find.count; i++)
		domain_describe(&find, i);
	return find.count;
}
