/* SPDX-License-Identifier: MIT */
/*
 * The configuration elements of a domain (M14): which there are, and digests over what they hold.
 * Only what is believed counts, and what several sources say counts once: another source that says
 * the same is no news.
 */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/state.h"

#define DIGEST_BEGIN UINT64_C(0xcbf29ce484222325)
#define INFORMATIONS 32 /* identifiers of enum mif_information */

_Static_assert(MIF_INFORMATION_NO_INTERNET < INFORMATIONS, "the table of trust is too small");

/* Over one more piece, eight octets at a time. A product spreads to the left, so half of it goes back. */
static inline uint64_t digest_of(uint64_t digest, const void *octets, size_t size)
{
	const char *at = octets;

	while (size > 0) {
		size_t part = MIN(size, sizeof(uint64_t));
		uint64_t word = 0;

		memcpy(&word, at, part);
		digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		digest ^= digest >> 32;
		at += part;
		size -= part;
	}
	return digest;
}

static uint64_t data_digest(uint64_t digest, const struct fact *fact)
{
	digest = digest_of(digest, &fact->as.data.information, sizeof(uint32_t));
	digest = digest_of(digest, &fact->as.data.address, sizeof(struct mif_address));
	digest = digest_of(digest, &fact->as.data.prefix_length, sizeof(uint32_t));
	digest = digest_of(digest, &fact->as.data.option, sizeof(uint32_t));
	digest = digest_of(digest, &fact->as.data.part, sizeof(uint32_t));
	digest = digest_of(digest, &fact->as.data.number, sizeof(uint64_t));
	/* Lifetimes run down in raw options, too, which are no news. */
	if (fact->as.data.information == MIF_INFORMATION_OPTION)
		return digest;
	return digest_of(digest, fact->as.data.text, strlen(fact->as.data.text));
}

uint64_t fact_digest(const struct fact *fact)
{
	uint64_t digest = digest_of(DIGEST_BEGIN, &fact->kind, sizeof(fact->kind));

	digest = digest_of(digest, &fact->element, sizeof(fact->element));
	/* Who said it is part of what it is, but for what is only read. */
	if (fact->kind == FACT_DATA)
		return data_digest(digest, fact);
	digest = digest_of(digest, &fact->provider, sizeof(fact->provider));
	switch (fact->kind) {
	case FACT_ROUTER:
		digest = digest_of(digest, &fact->as.router.preference, sizeof(int32_t));
		digest = digest_of(digest, &fact->as.router.managed, sizeof(bool));
		return digest_of(digest, &fact->as.router.other, sizeof(bool));
	case FACT_PREFIX:
		digest = digest_of(digest, &fact->as.prefix.prefix, sizeof(struct mif_address));
		digest = digest_of(digest, &fact->as.prefix.length, sizeof(uint32_t));
		digest = digest_of(digest, &fact->as.prefix.on_link, sizeof(bool));
		return digest_of(digest, &fact->as.prefix.autonomous, sizeof(bool));
	case FACT_PVD:
		digest = digest_of(digest, &fact->as.pvd.flags, sizeof(uint32_t));
		digest = digest_of(digest, &fact->as.pvd.sequence, sizeof(uint16_t));
		return digest_of(digest, fact->as.pvd.name, strlen(fact->as.pvd.name));
	case FACT_LEASE:
		return digest_of(digest, &fact->as.lease.address, sizeof(struct mif_address));
	case FACT_ADDRESS:
		return digest_of(digest, &fact->as.address.address, sizeof(struct mif_address));
	case FACT_DATA:
	case FACT_LINK:
	case FACT_ROUTE:
	case FACT_STEER:
	case FACT_KINDS:
		break;
	}
	return digest;
}

/* The scratch of one elements_gather(). */
struct gathering {
	const struct model *model;
	const struct model_link *link;
	struct domain *domain;
	int8_t believed[DOMAIN_ELEMENTS][INFORMATIONS]; /* the highest trust */
};

static bool gathering_has(const struct gathering *gather, const struct fact *fact)
{
	if (fact->ifindex == 0 && !fact_names_link(fact, gather->link))
		return false;
	return domain_has_fact(gather->link, &gather->domain->key, fact);
}

static void trust_look(struct gathering *gather, const struct list *facts)
{
	list_for_each (node, facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;
		int8_t *believed;

		if (fact->kind != FACT_DATA || fact->element >= DOMAIN_ELEMENTS ||
			fact->as.data.information >= INFORMATIONS || !gathering_has(gather, fact))
			continue;
		believed = &gather->believed[fact->element][fact->as.data.information];
		*believed = (int8_t)MAX(*believed, fact->trust);
	}
}

/* Whether something more trusted speaks; of any element, where a rumour is concerned. */
static bool fact_is_silenced(const struct gathering *gather, const struct fact *fact)
{
	uint32_t information = fact->as.data.information;

	if (fact->kind != FACT_DATA || fact->element >= DOMAIN_ELEMENTS ||
		information >= INFORMATIONS)
		return false;
	for (uint32_t element = 0; element < DOMAIN_ELEMENTS; element++) {
		if (gather->believed[element][information] > fact->trust &&
			(element == fact->element || fact->trust == FACT_TRUST_RUMOUR))
			return true;
	}
	return false;
}

/* Whether a fact of these, up to the end, says the same of the domain. */
static bool fact_is_repeated(const struct gathering *gather, const struct list *facts,
	const struct list *end, const struct fact_entry *entry)
{
	for (const struct list *node = facts->next; node != end; node = node->next) {
		const struct fact_entry *other = container_of(node, const struct fact_entry, node);

		if (other->digest == entry->digest && gathering_has(gather, &other->fact) &&
			!fact_is_silenced(gather, &other->fact))
			return true;
	}
	return false;
}

void element_join(struct domain *domain, uint32_t element, uint64_t digest)
{
	if (element == MIF_ELEMENT_ANY || element >= DOMAIN_ELEMENTS)
		return;
	domain->elements |= 1U << element;
	/* A sum: the order in which facts were put says nothing. */
	domain->element_digest[element] += digest;
	domain->digest += digest;
}

static void fact_join(struct gathering *gather, const struct fact_entry *entry)
{
	const struct fact *fact = &entry->fact;
	struct domain *domain = gather->domain;

	element_join(domain, fact->element, entry->digest);
	if (fact->kind == FACT_LEASE && fact->element < DOMAIN_ELEMENTS)
		domain->element_ends[fact->element] =
			MAX(domain->element_ends[fact->element], fact->valid_until);
}

static void facts_join(struct gathering *gather, const struct list *facts)
{
	const struct list *own = &gather->link->facts;

	list_for_each (node, facts) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (entry->fact.kind == FACT_ROUTE || !gathering_has(gather, &entry->fact) ||
			fact_is_silenced(gather, &entry->fact) ||
			fact_is_repeated(gather, facts, node, entry) ||
			(facts != own && fact_is_repeated(gather, own, own, entry)))
			continue;
		fact_join(gather, entry);
	}
}

void elements_gather(
	const struct model *model, const struct model_link *link, struct domain *domain)
{
	struct gathering gather;

	gather.model = model;
	gather.link = link;
	gather.domain = domain;
	memset(gather.believed, INT8_MIN, sizeof(gather.believed));
	trust_look(&gather, &link->facts);
	trust_look(&gather, &model->named);
	facts_join(&gather, &link->facts);
	facts_join(&gather, &model->named);
}

/* Whether another fact of the link, up to the end, names the same router. One that is less trusted does not
 * count: what it says holds only as long as the kernel has no router. */
static bool gateway_is_repeated(
	const struct model_link *link, const struct list *end, const struct fact *route)
{
	const struct mif_address *gateway = &route->as.route.gateway;
	bool before = true;

	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		before &= node != end;
		if (fact->kind == FACT_ROUTE
				? before && address_equal(&fact->as.route.gateway, gateway)
				: fact->kind == FACT_ROUTER &&
					address_equal(&fact->provider, gateway))
			return true;
		if (fact->kind == FACT_DATA && address_equal(&fact->as.data.address, gateway) &&
			fact->as.data.information == MIF_INFORMATION_ROUTERS &&
			fact->trust >= route->trust)
			return true;
	}
	return false;
}

/* Routers that the kernel alone knows of are information of whatever configured the family. One that has
 * said that it is none any more is among them, until the kernel has forgotten it, too. */
void elements_join_gateways(const struct model_link *link, struct domain *domain)
{
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;
		uint32_t element = MIF_ELEMENT_STATIC;
		uint64_t digest;

		if (fact->kind != FACT_ROUTE || !domain_has_fact(link, &domain->key, fact) ||
			gateway_is_repeated(link, node, fact))
			continue;
		if (fact->as.route.advertised)
			element = MIF_ELEMENT_RA;
		else if (fact->as.route.family == AF_INET &&
			(domain->elements & 1U << MIF_ELEMENT_DHCPV4) != 0)
			element = MIF_ELEMENT_DHCPV4;
		digest = digest_of(
			DIGEST_BEGIN, &fact->as.route.gateway, sizeof(fact->as.route.gateway));
		if ((domain->elements & 1U << element) != 0)
			element_join(domain, element, digest);
	}
}

bool elements_gather_addresses(
	const struct model_link *link, struct domain *domain, size_t index, uint64_t now)
{
	bool preferred = false;

	list_for_each (node, &link->addresses) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);
		const struct fact *fact = &entry->fact;
		const struct mif_address *address = &fact->as.address.address;
		uint32_t flags;

		if ((entry->domains & 1U << index) == 0)
			continue;
		flags = address_flags(fact, domain->way, now);
		preferred |= (flags & MIF_ADDRESS_DEPRECATED) == 0;
		domain->addresses_until = MAX(domain->addresses_until, address_until(link, fact));
		domain->digest += digest_of(entry->digest, &flags, sizeof(flags));
		if (fact->element != MIF_ELEMENT_ANY)
			element_join(domain, fact->element, 0);
		else if (address->family == AF_INET && address_is_leased4(link, fact))
			element_join(domain, MIF_ELEMENT_DHCPV4, 0);
	}
	return preferred;
}
