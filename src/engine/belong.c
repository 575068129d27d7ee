/* SPDX-License-Identifier: MIT */
/*
 * Which domain of its link a fact belongs to: by who provided it, and by what routers say of DHCP.
 */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/state.h"

const struct fact *link_fact(const struct model_link *link)
{
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_LINK)
			return fact;
	}
	return NULL;
}

bool fact_names_link(const struct fact *fact, const struct model_link *link)
{
	const struct fact *own = link_fact(link);

	return own != NULL && strncmp(fact->ifname, own->as.link.name, IFNAMSIZ) == 0;
}

bool domain_key_equal(const struct domain_key *a, const struct domain_key *b)
{
	if (a->family != b->family || (a->name == NULL) != (b->name == NULL))
		return false;
	if (a->name != NULL)
		return strcmp(a->name, b->name) == 0;
	return address_equal(&a->router, &b->router);
}

/* ---- routers ---- */

bool provider_equal(const struct mif_address *a, const struct mif_address *b)
{
	return a->reserved == b->reserved && address_equal(a, b);
}

const char *provider_name(const struct model_link *link, const struct mif_address *provider)
{
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_PVD && provider_equal(&fact->provider, provider))
			return fact->as.pvd.name;
	}
	return NULL;
}

bool provider_has_key(const struct model_link *link, const struct domain_key *key,
	const struct mif_address *provider)
{
	const char *name;

	if (key->family != provider->family)
		return false;
	if (provider_equal(&key->router, provider))
		return true;
	name = key->name != NULL ? provider_name(link, provider) : NULL;
	return name != NULL && strcmp(name, key->name) == 0;
}

bool gateway_has_key(const struct model_link *link, const struct domain_key *key,
	const struct mif_address *gateway)
{
	if (key->family != gateway->family)
		return false;
	if (address_equal(&key->router, gateway))
		return true;
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (key->name != NULL && fact->kind == FACT_PVD &&
			address_equal(&fact->provider, gateway) &&
			strcmp(fact->as.pvd.name, key->name) == 0)
			return true;
	}
	return false;
}

static bool is_same_thing(const struct fact_entry *a, const struct fact_entry *b)
{
	if (a->fact.kind != b->fact.kind)
		return false;
	if (a->fact.kind == FACT_PREFIX)
		return a->fact.as.prefix.length == b->fact.as.prefix.length &&
			address_equal(&a->fact.as.prefix.prefix, &b->fact.as.prefix.prefix);
	return a->fact.kind == FACT_DATA && a->digest == b->digest;
}

bool fact_is_misattributed(const struct model_link *link, const struct fact_entry *entry)
{
	const struct fact *fact = &entry->fact;

	if (!link->shared || fact->element != MIF_ELEMENT_RA || fact->provider.reserved != 0)
		return false;
	list_for_each (node, &link->facts) {
		const struct fact_entry *other = container_of(node, struct fact_entry, node);

		if (other->owner != entry->owner && other->fact.provider.reserved != 0 &&
			address_equal(&other->fact.provider, &fact->provider) &&
			is_same_thing(other, entry))
			return true;
	}
	return false;
}

/* ---- DHCPv4 ---- */

const struct mif_address *link_adopting_router(const struct model_link *link)
{
	const struct fact *adopter = NULL;

	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind != FACT_PVD || (fact->as.pvd.flags & FACT_PVD_L) == 0)
			continue;
		if (adopter != NULL && strcmp(adopter->as.pvd.name, fact->as.pvd.name) != 0)
			return NULL;
		adopter = fact;
	}
	return adopter != NULL ? &adopter->provider : NULL;
}

bool domain_adopts(const struct model_link *link, const struct domain_key *key)
{
	const struct mif_address *router = key->name != NULL ? link_adopting_router(link) : NULL;

	return router != NULL && provider_has_key(link, key, router);
}

const struct fact *address_lease(const struct model_link *link, const struct mif_address *address)
{
	const struct fact *lease = NULL;

	if (!link->leased)
		return NULL;
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_LEASE && address_equal(&fact->as.lease.address, address) &&
			(lease == NULL || fact->valid_until > lease->valid_until))
			lease = fact;
	}
	return lease;
}

/* The kernel does not know a lifetime that its client did not tell it. */
uint64_t address_until(const struct model_link *link, const struct fact *fact)
{
	const struct fact *lease = fact->valid_until == TIME_FOREVER
		? address_lease(link, &fact->as.address.address)
		: NULL;

	return lease != NULL ? lease->valid_until : fact->valid_until;
}

uint32_t address_flags(const struct fact *fact, const struct fact *way, uint64_t now)
{
	uint32_t flags = 0;

	if (fact->preferred_until <= now || (fact->as.address.flags & FACT_ADDRESS_DEPRECATED) != 0)
		flags |= MIF_ADDRESS_DEPRECATED;
	if ((fact->as.address.flags & FACT_ADDRESS_TEMPORARY) != 0)
		flags |= MIF_ADDRESS_TEMPORARY;
	if (address_is_link_local(&fact->as.address.address))
		flags |= MIF_ADDRESS_LINK_SCOPE;
	if (way_has_source(way, fact))
		flags |= MIF_ADDRESS_ROUTED;
	return flags;
}

bool address_is_leased4(const struct model_link *link, const struct fact *fact)
{
	/* Only a lease gives an IPv4 address a lifetime. */
	return fact->element == MIF_ELEMENT_DHCPV4 || fact->valid_until != TIME_FOREVER ||
		address_lease(link, &fact->as.address.address) != NULL;
}

/* Of the IPv4 domain, or of the explicit one that takes in what DHCPv4 brought. */
static bool domain_has_ipv4(
	const struct model_link *link, const struct domain_key *key, const struct fact *fact)
{
	if (fact->element == MIF_ELEMENT_DHCPV4 && link_adopting_router(link) != NULL)
		return domain_adopts(link, key);
	return key->family == AF_INET || (fact->kind == FACT_ROUTE && domain_adopts(link, key));
}

/* ---- DHCPv6 ---- */

static bool router_refers(const struct fact *router)
{
	return router->as.router.managed || router->as.router.other;
}

/* RFC 8801 section 3.4.1: DHCPv6 configures the domains whose advertisements refer to it. A server
 * that is such a router itself speaks for its own domain. Where no advertisement refers to DHCPv6,
 * somebody asked all the same, and where there is but one router it is clear for whom. */
static bool domain_has_dhcpv6(
	const struct model_link *link, const struct domain_key *key, const struct fact *fact)
{
	bool referred = false, by_own = false, spoken = false, for_own = false;
	size_t others = 0;

	list_for_each (node, &link->facts) {
		const struct fact *other = &container_of(node, struct fact_entry, node)->fact;
		bool same, refers, speaks;

		if (other->kind != FACT_ROUTER)
			continue;
		same = provider_has_key(link, key, &other->provider);
		refers = router_refers(other);
		speaks = refers && address_equal(&other->provider, &fact->provider);
		others += !same;
		referred |= refers;
		by_own |= same && refers;
		spoken |= speaks;
		for_own |= same && speaks;
	}
	if (spoken)
		return for_own;
	if (referred)
		return by_own;
	return gateway_has_key(link, key, &fact->provider) || others == 0;
}

/* ---- all of them ---- */

static bool data_has_family(const struct fact *fact, uint32_t family)
{
	return fact->kind != FACT_DATA || fact->as.data.address.family == AF_UNSPEC ||
		family == AF_UNSPEC || fact->as.data.address.family == family;
}

bool domain_has_fact(
	const struct model_link *link, const struct domain_key *key, const struct fact *fact)
{
	if (fact->kind == FACT_LINK || fact->kind == FACT_STEER ||
		fact_is_misattributed(link, container_of(fact, struct fact_entry, fact)))
		return false;
	if (fact->kind == FACT_ROUTE && fact->as.route.family == AF_INET)
		return domain_has_ipv4(link, key, fact);
	if (fact->kind == FACT_ROUTE)
		return fact->as.route.family == key->family &&
			(key->router.family == AF_UNSPEC ||
				gateway_has_key(link, key, &fact->as.route.gateway));
	if (fact->element == MIF_ELEMENT_DHCPV4 || fact->provider.family == AF_INET)
		return domain_has_ipv4(link, key, fact);
	/* Of the link as a whole: what was configured by hand. */
	if (fact->provider.family == AF_UNSPEC)
		return data_has_family(fact, key->family);
	if (key->family != AF_INET6)
		return false;
	return fact->element == MIF_ELEMENT_DHCPV6 ? domain_has_dhcpv6(link, key, fact)
						   : provider_has_key(link, key, &fact->provider);
}
