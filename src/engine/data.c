/* SPDX-License-Identifier: MIT */
/*
 * Configuration information (M21, M22): what the elements of a domain brought, read from the facts
 * when it is asked for.
 */
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/state.h"

/* RFC 8106 section 5.3.1: DHCP before RA. What somebody wrote by hand is before both. */
static unsigned int element_rank(uint32_t element)
{
	switch (element) {
	case MIF_ELEMENT_STATIC:
		return 0;
	case MIF_ELEMENT_DHCPV4:
	case MIF_ELEMENT_DHCPV6:
		return 1;
	case MIF_ELEMENT_RA:
		return 2;
	default:
		return 3;
	}
}

static bool item_is_equal(const struct data_item *a, const struct data_item *b)
{
	return address_equal(&a->address, &b->address) && a->prefix_length == b->prefix_length &&
		a->number == b->number && a->part == b->part && strcmp(a->text, b->text) == 0;
}

static bool item_precedes(const struct data_item *a, const struct data_item *b)
{
	unsigned int rank_a = element_rank(a->origin), rank_b = element_rank(b->origin);

	if (rank_a != rank_b)
		return rank_a < rank_b;
	return a->trust != b->trust ? a->trust > b->trust : a->part < b->part;
}

/* In the order of ranks, of trust, of pieces, and as they came. What several elements or sources
 * brought counts as the best one's, and lives as long as the longest. Returns the count. */
static size_t item_insert(struct data_item *items, size_t count, struct data_item item)
{
	size_t at = 0;

	while (at < count && !item_is_equal(&items[at], &item))
		at++;
	if (at < count) {
		item.valid_until = MAX(items[at].valid_until, item.valid_until);
		items[at].valid_until = item.valid_until;
		if (!item_precedes(&item, &items[at]))
			return count;
		count--;
		memmove(&items[at], &items[at + 1], (count - at) * sizeof(*items));
	}
	if (count == DATA_ITEMS)
		return count;
	at = count;
	while (at > 0 && item_precedes(&item, &items[at - 1]))
		at--;
	memmove(&items[at + 1], &items[at], (count - at) * sizeof(*items));
	items[at] = item;
	return count + 1;
}

/* As it came; what is said twice in the same way takes one place. Returns the count. */
static size_t item_add(struct data_item *items, size_t count, const struct data_item *item)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].origin == item->origin && items[i].trust == item->trust &&
			item_is_equal(&items[i], item)) {
			items[i].valid_until = MAX(items[i].valid_until, item->valid_until);
			return count;
		}
	}
	if (count == DATA_ITEMS)
		return count;
	items[count] = *item;
	return count + 1;
}

/* Whether something more trusted speaks of the same element; a rumour is of no element in particular,
 * so anything silences it. */
static bool item_is_silenced(
	const struct data_item *items, size_t count, const struct data_item *item)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].trust > item->trust &&
			(items[i].origin == item->origin || item->trust == FACT_TRUST_RUMOUR))
			return true;
	}
	return false;
}

/* Who is believed may not know how long, where the wire tells: then of the same item of the same element
 * the first end counts. */
static void item_limit(const struct data_item *said, size_t count, struct data_item *item)
{
	for (size_t i = 0; i < count; i++) {
		if (said[i].origin == item->origin && said[i].trust < item->trust &&
			item_is_equal(&said[i], item))
			item->valid_until = MIN(item->valid_until, said[i].valid_until);
	}
}

/* What is believed of what was said, each item once. Whoever is not believed must not lend what he says
 * his place, nor a longer lifetime. Returns how many items are left. */
static size_t items_believe(
	const struct data_item *said, size_t count, struct data_item items[DATA_ITEMS])
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		struct data_item item = said[i];

		item_limit(said, count, &item);
		if (!item_is_silenced(said, count, &said[i]))
			left = item_insert(items, left, item);
	}
	return left;
}

/* What is asked for. */
struct question {
	const struct object *pvd;
	uint32_t element; /* ANY: of whichever */
	uint32_t information, option;
	unsigned int nth; /* of the items of one fact */
};

/* When the client asks for more, asks anybody for more, and must stop. */
static bool lease_item(const struct fact *fact, unsigned int nth, struct data_item *item)
{
	static const char *const texts[] = {"renew", "rebind", "expire"};
	const uint64_t times[] = {
		fact->as.lease.renew_at, fact->as.lease.rebind_at, fact->valid_until};

	item->address = fact->as.lease.address;
	item->text = texts[nth];
	item->number = times[nth];
	item->part = nth;
	return times[nth] != 0;
}

/* What a fact says in answer, if anything. */
static bool fact_item(
	const struct fact *fact, const struct question *question, struct data_item *item)
{
	uint32_t information = question->information;

	*item = (struct data_item){.origin = fact->element,
		.trust = fact->trust,
		.valid_until = fact->valid_until,
		.text = ""};
	switch (fact->kind) {
	case FACT_DATA:
		if (fact->as.data.information != information ||
			fact->as.data.option != question->option)
			return false;
		item->part = fact->as.data.part;
		item->address = fact->as.data.address;
		item->prefix_length = fact->as.data.prefix_length;
		item->number = fact->as.data.number;
		item->text = fact->as.data.text;
		return true;
	case FACT_ROUTER:
		item->address = fact->provider;
		item->address.reserved = 0;
		return information == MIF_INFORMATION_ROUTERS;
	case FACT_ROUTE:
		item->address = fact->as.route.gateway;
		if (fact->as.route.advertised)
			item->origin = MIF_ELEMENT_RA;
		return information == MIF_INFORMATION_ROUTERS && item->address.family != AF_UNSPEC;
	case FACT_PREFIX:
		item->address = fact->as.prefix.prefix;
		item->prefix_length = fact->as.prefix.length;
		return information == MIF_INFORMATION_PREFIXES && fact->as.prefix.on_link;
	case FACT_LEASE:
		return information == MIF_INFORMATION_LEASE &&
			lease_item(fact, question->nth, item);
	case FACT_LINK:
	case FACT_ADDRESS:
	case FACT_PVD:
	case FACT_STEER:
	case FACT_KINDS:
		break;
	}
	return false;
}

/* Whether an element can have brought addresses and routes of a family. */
static bool element_configures(uint32_t element, uint32_t family)
{
	switch (element) {
	case MIF_ELEMENT_RA:
	case MIF_ELEMENT_DHCPV6:
		return family != AF_INET;
	case MIF_ELEMENT_DHCPV4:
		return family != AF_INET6;
	case MIF_ELEMENT_STATIC:
		return true;
	default:
		return false;
	}
}

/* Facts of the kernel (addresses, routes) do not say what brought them: the domain's own element
 * does, when there is but one that can have. */
static uint32_t only_element(const struct object *pvd, uint32_t family)
{
	uint32_t element = MIF_ELEMENT_ANY;

	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);

		if (child->kind != OBJECT_ELEMENT ||
			!element_configures(child->element.element, family))
			continue;
		if (element != MIF_ELEMENT_ANY)
			return MIF_ELEMENT_STATIC;
		element = child->element.element;
	}
	return element;
}

/* Whether a fact without the index of a link is about the domain's. */
static bool named_is_of(
	const struct model *model, const struct fact *fact, const struct object *pvd)
{
	if (fact->trust == FACT_TRUST_RUMOUR)
		return rumour_is_of(model, fact, pvd);
	return fact_names_link(fact, object_link(pvd));
}

/* By what means it came, where the fact does not say so. */
static uint32_t fact_origin(const struct fact *fact, const struct object *pvd, uint32_t family)
{
	return fact->trust == FACT_TRUST_RUMOUR ? MIF_ELEMENT_STATIC : only_element(pvd, family);
}

static size_t data_find_in(const struct model *model, const struct list *facts,
	const struct question *question, struct data_item *items, size_t count)
{
	const struct object *pvd = question->pvd;
	bool named = facts == &model->named;

	list_for_each (node, facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;
		struct data_item item;

		if (!fact_item(fact, question, &item) ||
			!domain_has_fact(object_link(pvd), &pvd->key, fact) ||
			(named && !named_is_of(model, fact, pvd)))
			continue;
		if (item.origin == MIF_ELEMENT_ANY)
			item.origin = fact_origin(fact, pvd, item.address.family);
		/* Who wrote the name of a link could not know its index. */
		if (named && item.address.family == AF_INET6 &&
			address_is_link_local(&item.address))
			item.address.scope = object_link(pvd)->ifindex;
		if (question->element == MIF_ELEMENT_ANY || item.origin == question->element)
			count = item_add(items, count, &item);
	}
	return count;
}

static bool domain_has_prefixes(const struct object *pvd)
{
	list_for_each (node, &object_link(pvd)->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind == FACT_PREFIX && domain_has_fact(object_link(pvd), &pvd->key, fact))
			return true;
	}
	return false;
}

/* Where nobody advertises any, the on-link prefixes are those of the addresses. */
static size_t data_find_address_prefixes(
	const struct question *question, struct data_item *items, size_t count)
{
	list_for_each (node, &question->pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);
		struct data_item item = {.text = ""};

		if (child->kind != OBJECT_ADDRESS)
			continue;
		item.origin = only_element(question->pvd, child->address.address.family);
		if (question->element != MIF_ELEMENT_ANY && question->element != item.origin)
			continue;
		item.address = address_network(&child->address.address, child->prefix_length);
		item.prefix_length = child->prefix_length;
		item.valid_until = child->address.valid_until;
		count = item_add(items, count, &item);
	}
	return count;
}

size_t data_find(const struct model *model, const struct object *pvd, uint32_t element,
	uint32_t information, uint32_t option, struct data_item items[DATA_ITEMS])
{
	struct question question = {
		.pvd = pvd, .element = element, .information = information, .option = option};
	struct data_item said[DATA_ITEMS];
	size_t count = 0;

	do {
		count = data_find_in(model, &object_link(pvd)->facts, &question, said, count);
		count = data_find_in(model, &model->named, &question, said, count);
	} while (information == MIF_INFORMATION_LEASE && ++question.nth < 3);
	if (information == MIF_INFORMATION_PREFIXES && !domain_has_prefixes(pvd))
		count = data_find_address_prefixes(&question, said, count);
	return items_believe(said, count, items);
}
