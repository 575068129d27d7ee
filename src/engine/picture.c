/* SPDX-License-Identifier: MIT */
/*
 * What subscribers know, against what the facts want: the differences, and the order in which they
 * are told. Removal goes child first, so that a domain is withdrawn before its interface (3.3.7.5)
 * and every identifier that a client holds is still valid when it is named (M12).
 */
#include "engine/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* ---- objects ---- */

int object_tell(struct model *model, struct object *object, enum change change)
{
	int r = 0;

	if (object->kind == OBJECT_PVD && change != CHANGE_REFRESHED)
		model->defaults_dirty = true;
	if (object->untold && change != CHANGE_GONE)
		change = CHANGE_NEW;
	if (model->changed != NULL)
		r = model->changed(model->context, object, change);
	object->untold = r < 0;
	return r;
}

void object_withdraw(struct model *model, struct object *object)
{
	if (!object_is_leaf(object)) {
		list_for_each_safe (node, &object->children)
			object_withdraw(model, container_of(node, struct object, siblings));
	}
	object_tell(model, object, CHANGE_GONE);
	object_free(model, object);
}

static void children_mark(struct object *object)
{
	list_for_each (node, &object->children)
		container_of(node, struct object, siblings)->present = false;
}

static void children_sweep(struct model *model, struct object *object)
{
	list_for_each_safe (node, &object->children) {
		struct object *child = container_of(node, struct object, siblings);

		if (!child->present)
			object_withdraw(model, child);
	}
}

/* ---- the carrier ---- */

/* Everybody on the link is under suspicion until heard again. 0, or -ENOMEM. */
static int carrier_lost(struct model_link *link, uint64_t now)
{
	if (link->suspects == NULL)
		link->suspects = calloc(MODEL_LINK_PROVIDERS, sizeof(*link->suspects));
	if (link->suspects == NULL)
		return -ENOMEM;
	link->hold_until = now + MODEL_HOLD_DOWN;
	link->suspect_count = 0;
	list_for_each (node, &link->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;
		size_t i = 0;

		/* Only who advertises can be heard again. */
		if (fact->kind != FACT_ROUTER && fact->kind != FACT_PREFIX)
			continue;
		while (i < link->suspect_count &&
			!address_equal(&link->suspects[i], &fact->provider))
			i++;
		if (i == link->suspect_count && i < MODEL_LINK_PROVIDERS)
			link->suspects[link->suspect_count++] = fact->provider;
	}
	return 0;
}

/* 0, or -ENOMEM. */
static int carrier_update(struct model *model, struct model_link *link, uint64_t now)
{
	const struct fact *own = link_fact(link);
	bool running = own != NULL && (own->as.link.flags & MIF_INTERFACE_UP) != 0 &&
		(own->as.link.flags & MIF_INTERFACE_RUNNING) != 0;
	int r = 0;

	if (running == link->running)
		return 0;
	if (!running)
		r = carrier_lost(link, now);
	if (r < 0)
		return r;
	link->running = running;
	model->defaults_dirty = true;
	if (!running)
		return 0;
	link->hold_until = now + MODEL_HOLD_DOWN;
	if (model->came_up != NULL && own->as.link.kind != MIF_KIND_LOOPBACK)
		model->came_up(model->context, link->ifindex, now);
	return 0;
}

/* ---- addresses and elements ---- */

static struct mif_message_address address_announcement(const struct model_link *link,
	const struct fact *way, const struct fact *fact, uint64_t pvd, uint64_t now)
{
	struct mif_message_address as;
	bool deprecated;

	memset(&as, 0, sizeof(as));
	as.pvd = pvd;
	as.address = fact->as.address.address;
	as.prefix_length = fact->as.address.prefix_length;
	as.flags = address_flags(fact, way, now);
	as.valid_until = address_until(link, fact);
	deprecated = (as.flags & MIF_ADDRESS_DEPRECATED) != 0;
	as.preferred_until = deprecated ? 0 : MIN(fact->preferred_until, as.valid_until);
	return as;
}

static void addresses_mark(struct model_link *link, struct object *pvd, size_t index)
{
	struct list *last = &pvd->children;

	list_for_each (node, &link->addresses) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);
		struct object *child;

		if ((entry->domains & 1U << index) == 0)
			continue;
		child = object_address(pvd, &entry->fact.as.address.address, &last);
		if (child != NULL)
			child->present = true;
	}
}

static int addresses_announce(struct model *model, struct model_link *link, struct object *pvd,
	const struct domain *domain, size_t index, uint64_t now)
{
	struct list *last = &pvd->children;

	list_for_each (node, &link->addresses) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);
		struct mif_message_address as, was;
		struct object *child;
		enum change change;
		int r;

		if ((entry->domains & 1U << index) == 0)
			continue;
		as = address_announcement(link, domain->way, &entry->fact, object_id(pvd), now);
		child = object_address(pvd, &as.address, &last);
		if (child == NULL) {
			child = object_new(model, OBJECT_ADDRESS, pvd, &pvd->children);
			if (child == NULL)
				return -ENOMEM;
		}
		object_get_address(child, &was);
		if (!child->untold && memcmp(&was, &as, sizeof(as)) == 0)
			continue;
		change = was.flags == as.flags && was.prefix_length == as.prefix_length
			? CHANGE_REFRESHED
			: CHANGE_CHANGED;
		object_set_address(child, &as);
		r = object_tell(model, child, change);
		if (r < 0)
			return r;
	}
	return 0;
}

static struct object *element_find(const struct object *pvd, uint32_t element)
{
	list_for_each (node, &pvd->children) {
		struct object *child = container_of(node, struct object, siblings);

		if (child->kind == OBJECT_ELEMENT && child->element.element == element)
			return child;
	}
	return NULL;
}

/* A renewed lease is news (M14), which the same lease from another source is not. */
static bool element_is_renewed(const struct object *element, uint64_t ends)
{
	const struct element_state *known = &element->element;

	return known->ends != 0 && ends > known->ends && !lifetime_is_same(ends, known->ends);
}

static int elements_announce(struct model *model, struct object *pvd, const struct domain *domain)
{
	for (uint32_t type = 0; type < ARRAY_SIZE(domain->element_digest); type++) {
		struct object *child;
		int r;

		if ((domain->elements & 1U << type) == 0)
			continue;
		child = element_find(pvd, type);
		if (child != NULL && !child->untold &&
			child->element.digest == domain->element_digest[type] &&
			!element_is_renewed(child, domain->element_ends[type])) {
			child->element.ends = domain->element_ends[type];
			continue;
		}
		if (child == NULL) {
			child = object_new(model, OBJECT_ELEMENT, pvd, &pvd->children);
			if (child == NULL)
				return -ENOMEM;
			child->element.element = type;
		}
		if (child->element.generation == 0 ||
			child->element.digest != domain->element_digest[type] ||
			element_is_renewed(child, domain->element_ends[type]))
			child->element.generation++;
		child->element.ends = domain->element_ends[type];
		child->element.digest = domain->element_digest[type];
		r = object_tell(model, child, CHANGE_CHANGED);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- domains ---- */

/* Whether a domain that subscribers know is this one, of which more is known now: its router is
 * heard for the first time, or says its explicit name. It keeps its identifier. */
static bool domain_refines(const struct model_link *link, const struct domain *domain, size_t index,
	const struct object *pvd)
{
	const struct domain_key *old = &pvd->key, *new = &domain->key;

	if (old->family != AF_INET6 || new->family != AF_INET6 || old->name != NULL)
		return false;
	if (old->router.family != AF_UNSPEC)
		return new->name != NULL &&provider_equal(&old->router, &new->router);
	list_for_each (node, &link->addresses) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);
		struct list *last = (struct list *)&pvd->children;

		if ((entry->domains & 1U << index) != 0 &&
			object_address(pvd, &entry->fact.as.address.address, &last) != NULL)
			return true;
	}
	return false;
}

static struct object *domain_object(const struct model_link *link, const struct domain *domain)
{
	list_for_each (node, &link->interface->children) {
		struct object *pvd = container_of(node, struct object, siblings);

		if (domain_key_equal(&pvd->key, &domain->key))
			return pvd;
	}
	return NULL;
}

/* Finds, for each domain that the facts want, the object that subscribers know. */
static void domains_match(const struct model_link *link, const struct domain *domains, size_t count,
	struct object **objects)
{
	for (size_t i = 0; i < count; i++) {
		objects[i] = domain_object(link, &domains[i]);
		if (objects[i] != NULL)
			objects[i]->present = true;
	}
	for (size_t i = 0; i < count; i++) {
		list_for_each (node, &link->interface->children) {
			struct object *pvd = container_of(node, struct object, siblings);

			if (objects[i] == NULL && !pvd->present &&
				domain_refines(link, &domains[i], i, pvd)) {
				objects[i] = pvd;
				pvd->present = true;
			}
		}
	}
}

/* Whether the name is that of a prefix which an address had only for the blink of an eye: ifconfig(8)
 * gives it the prefix length of its class before the one that it was told. */
static bool domain_is_misnamed(
	const struct model_link *link, const struct object *pvd, size_t index)
{
	const char *named = strchr(pvd->pvd.name, ':');
	struct list *last = (struct list *)&pvd->children;
	char text[PREFIX_TEXT];

	if (named == NULL || pvd->key.family != AF_INET)
		return false;
	list_for_each (node, &link->addresses) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);
		const struct mif_address *address = &entry->fact.as.address.address;
		const struct object *child = NULL;
		struct mif_address network;

		if ((entry->domains & 1U << index) != 0)
			child = object_address(pvd, address, &last);
		if (child == NULL || child->prefix_length == entry->fact.as.address.prefix_length)
			continue;
		network = address_network(address, child->prefix_length);
		prefix_format(&network, child->prefix_length, text);
		if (strcmp(named + 1, text) == 0)
			return true;
	}
	return false;
}

/* Withdraws the children that a domain does not have any more. */
static void domain_shrink(struct model *model, struct model_link *link, struct object *pvd,
	const struct domain *domain, size_t index)
{
	children_mark(pvd);
	addresses_mark(link, pvd, index);
	list_for_each (node, &pvd->children) {
		struct object *child = container_of(node, struct object, siblings);

		if (child->kind == OBJECT_ELEMENT &&
			(domain->elements & 1U << child->element.element) != 0)
			child->present = true;
	}
	children_sweep(model, pvd);
}

static int domain_announce(struct model *model, struct model_link *link, struct object **pvdp,
	struct domain *domain, size_t index, uint64_t now)
{
	struct object *pvd = *pvdp;
	bool changed;
	int r;

	if (pvd == NULL) {
		pvd = object_new(model, OBJECT_PVD, link->interface, &link->interface->children);
		if (pvd == NULL)
			return -ENOMEM;
	}
	if (domain->key.name == NULL && pvd->pvd.name != NULL &&
		domain_key_equal(&pvd->key, &domain->key) && !domain_is_misnamed(link, pvd, index))
		/* The name was made when the domain was acquired, and stays. */
		strcpy(domain->as.name, pvd->pvd.name);
	else if (domain->key.name == NULL)
		domain_name(link, domain, index);
	r = object_set_pvd(pvd, &domain->as);
	if (r < 0 && pvd->pvd.name == NULL)
		object_free(model, pvd);
	if (r < 0)
		return r;
	changed = pvd->untold || r > 0;
	pvd->key = domain->key;
	if (pvd->key.name != NULL)
		pvd->key.name = pvd->pvd.name;
	pvd->digest = domain->digest;
	r = changed ? object_tell(model, pvd, CHANGE_CHANGED) : 0;
	if (r == 0)
		r = elements_announce(model, pvd, domain);
	return r < 0 ? r : addresses_announce(model, link, pvd, domain, index, now);
}

/* ---- interfaces ---- */

static bool link_is_known_better(const struct fact *fact, const struct fact *than)
{
	bool by_hand = fact->element == MIF_ELEMENT_STATIC;

	if (than == NULL || by_hand != (than->element == MIF_ELEMENT_STATIC))
		return than == NULL || by_hand;
	return fact->trust > than->trust;
}

/* What is said of a link by its name is more than what the kernel knows: by an administrator before
 * all, then by what manages the network. */
static void link_describe(
	const struct model *model, const struct model_link *link, struct mif_message_interface *as)
{
	const struct fact *metered = NULL, *quality = NULL;

	list_for_each (node, &model->named) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (fact->kind != FACT_LINK || !fact_names_link(fact, link))
			continue;
		if (fact->as.link.kind != MIF_KIND_UNKNOWN)
			as->kind = fact->as.link.kind;
		if (fact->as.link.metered != MIF_METERED_UNKNOWN &&
			link_is_known_better(fact, metered))
			metered = fact;
		if (fact->as.link.quality != 0 && link_is_known_better(fact, quality))
			quality = fact;
	}
	if (metered != NULL)
		as->metered = metered->as.link.metered;
	if (quality != NULL)
		as->quality = quality->as.link.quality;
}

static int interface_announce(struct model *model, struct model_link *link, const struct fact *own)
{
	struct mif_message_interface as;

	if (link->interface == NULL && model->becomes != NULL)
		model->becomes(model->context, link, own->as.link.name);
	if (link->interface == NULL)
		link->interface = interface_new(model, link);
	if (link->interface == NULL)
		return -ENOMEM;
	link->was_interface = true;
	memset(&as, 0, sizeof(as));
	memcpy(as.name, own->as.link.name, IFNAMSIZ);
	as.ifindex = link->ifindex;
	as.kind = own->as.link.kind;
	as.flags = own->as.link.flags;
	as.mtu = own->as.link.mtu;
	as.metered = own->as.link.metered;
	as.quality = own->as.link.quality;
	link_describe(model, link, &as);
	if (!object_set_interface(link->interface, &as) && !link->interface->untold)
		return 0;
	return object_tell(model, link->interface, CHANGE_CHANGED);
}

/* When the picture changes by itself: the next lifetime that ends. */
static uint64_t link_deadline(
	const struct model *model, const struct model_link *link, uint64_t now)
{
	uint64_t deadline = ending_deadline(model, link, now);

	list_for_each (node, &link->facts)
		deadline = MIN(
			deadline, container_of(node, struct fact_entry, node)->fact.valid_until);
	list_for_each (node, &link->addresses) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		deadline = MIN(deadline, fact->valid_until);
		if (fact->preferred_until > now)
			deadline = MIN(deadline, fact->preferred_until);
	}
	if ((!link->running || link->suspect_count > 0) && link->hold_until > now)
		deadline = MIN(deadline, link->hold_until);
	return deadline;
}

static void link_withdraw(struct model *model, struct model_link *link)
{
	struct object *interface = link->interface;

	if (interface == NULL)
		return;
	list_for_each_safe (node, &interface->children)
		object_withdraw(model, container_of(node, struct object, siblings));
	if (model->remains == NULL || !model->remains(model->context, link))
		object_withdraw(model, interface);
	link->interface = NULL;
}

int picture_update(struct model *model, struct model_link *link, uint64_t now)
{
	struct domain domains[MODEL_LINK_DOMAINS];
	struct object *objects[MODEL_LINK_DOMAINS] = {NULL};
	const struct fact *own = link_fact(link);
	bool ending_told;
	size_t count;
	int r;

	r = carrier_update(model, link, now);
	if (r < 0)
		return r;
	count = domains_find(model, link, domains, now);
	if (own == NULL) {
		link->deadline = link_deadline(model, link, now);
		link_withdraw(model, link);
		return 0;
	}
	ending_told = !ending_judge(model, link, domains, count, now);
	if (link->interface != NULL) {
		children_mark(link->interface);
		domains_match(link, domains, count, objects);
		children_sweep(model, link->interface);
		for (size_t i = 0; i < count; i++) {
			if (objects[i] != NULL)
				domain_shrink(model, link, objects[i], &domains[i], i);
		}
	}
	r = interface_announce(model, link, own);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = domain_announce(model, link, &objects[i], &domains[i], i, now);
	link->deadline = link_deadline(model, link, now);
	if (!ending_told && model->ending != NULL && link->interface != NULL)
		model->ending(model->context, link, now);
	return r;
}
