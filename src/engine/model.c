/* SPDX-License-Identifier: MIT */
/*
 * The facts. Sources put and drop them here; a commit hands every link that changed to picture.c,
 * which compares what the facts want with what subscribers know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/allocate.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/picture.h"

int model_new(struct model **modelp)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model == NULL)
		return -ENOMEM;
	list_init(&model->links);
	list_init(&model->dirty);
	for (size_t i = 0; i < MODEL_BUCKETS; i++)
		list_init(&model->buckets[i]);
	list_init(&model->named);
	list_init(&model->interfaces);
	table_init(&model->objects);
	list_init(&model->subscriptions);
	model->next_id = 1;
	model->deadline = model->named_deadline = model->retry_at = TIME_FOREVER;
	*modelp = model;
	return 0;
}

static void facts_free(struct list *facts)
{
	list_for_each_safe (node, facts) {
		list_remove(node);
		free(container_of(node, struct fact_entry, node));
	}
}

void model_free(struct model *model)
{
	if (model == NULL)
		return;
	list_for_each_safe (node, &model->links) {
		struct model_link *link = container_of(node, struct model_link, node);

		facts_free(&link->addresses);
		facts_free(&link->facts);
		if (link->interface != NULL)
			object_free(model, link->interface);
		free(link->suspects);
		free(link);
	}
	facts_free(&model->named);
	table_deinit(&model->objects);
	free(model);
}

/* ---- keys ---- */

/* How much of struct fact a fact of this kind needs. Texts come last in their members. */
static size_t fact_size(const struct fact *fact)
{
	size_t head = offsetof(struct fact, as);

	switch (fact->kind) {
	case FACT_LINK:
		return head + sizeof(fact->as.link);
	case FACT_ADDRESS:
		return head + sizeof(fact->as.address);
	case FACT_ROUTE:
		return head + sizeof(fact->as.route);
	case FACT_ROUTER:
		return head + sizeof(fact->as.router);
	case FACT_PREFIX:
		return head + sizeof(fact->as.prefix);
	case FACT_PVD:
		return offsetof(struct fact, as.pvd.name) + strlen(fact->as.pvd.name) + 1;
	case FACT_DATA:
		return offsetof(struct fact, as.data.text) + strlen(fact->as.data.text) + 1;
	case FACT_LEASE:
		return head + sizeof(fact->as.lease);
	case FACT_STEER:
		return head + sizeof(fact->as.steer);
	case FACT_KINDS:
		break;
	}
	return 0;
}

/* A piece of what is longer than a text is known by its place, anything else by what it says. */
static bool data_has_key(const struct fact *a, const struct fact *b)
{
	return a->element == b->element && a->as.data.information == b->as.data.information &&
		a->as.data.option == b->as.data.option && a->as.data.part == b->as.data.part &&
		a->as.data.prefix_length == b->as.data.prefix_length &&
		address_equal(&a->as.data.address, &b->as.data.address) &&
		(information_in_parts(a->as.data.information) ||
			strcmp(a->as.data.text, b->as.data.text) == 0);
}

static bool value_has_key(const struct fact *a, const struct fact *b)
{
	switch (a->kind) {
	case FACT_ADDRESS:
		return address_equal(&a->as.address.address, &b->as.address.address);
	case FACT_ROUTE:
		return a->as.route.family == b->as.route.family &&
			a->as.route.metric == b->as.route.metric &&
			address_equal(&a->as.route.gateway, &b->as.route.gateway);
	case FACT_PREFIX:
		return a->as.prefix.length == b->as.prefix.length &&
			address_equal(&a->as.prefix.prefix, &b->as.prefix.prefix);
	case FACT_DATA:
		return data_has_key(a, b);
	case FACT_LEASE:
		return address_equal(&a->as.lease.address, &b->as.lease.address);
	case FACT_STEER:
		return a->as.steer.length == b->as.steer.length &&
			address_equal(&a->as.steer.prefix, &b->as.steer.prefix);
	case FACT_LINK:
	case FACT_ROUTER:
	case FACT_PVD:
	case FACT_KINDS:
		break;
	}
	return true;
}

static bool fact_has_key(const struct fact_entry *entry, uint32_t owner, const struct fact *fact)
{
	return entry->fact.kind == fact->kind && entry->owner == owner &&
		entry->fact.trust == fact->trust && value_has_key(&entry->fact, fact) &&
		provider_equal(&entry->fact.provider, &fact->provider) &&
		strncmp(entry->fact.ifname, fact->ifname, IFNAMSIZ) == 0;
}

bool lifetime_is_same(uint64_t a, uint64_t b)
{
	return a == b ||
		(a != TIME_FOREVER && b != TIME_FOREVER && (a > b ? a - b : b - a) < SAME_LIFETIME);
}

/* Whether putting fact over old would change anything. */
static bool fact_is_same(const struct fact *old, const struct fact *fact)
{
	size_t head = offsetof(struct fact, as);

	return fact_size(old) == fact_size(fact) && old->element == fact->element &&
		lifetime_is_same(old->valid_until, fact->valid_until) &&
		lifetime_is_same(old->preferred_until, fact->preferred_until) &&
		memcmp((const char *)old + head, (const char *)fact + head,
			fact_size(fact) - head) == 0;
}

static bool fact_is_sane(const struct fact *fact)
{
	bool indexed = fact->ifindex != 0, named = fact->ifname[0] != '\0';
	bool rumour = fact->trust == FACT_TRUST_RUMOUR && fact->kind == FACT_DATA;

	/* Only a rumour may be about no link that anybody knows. */
	if (fact->kind >= FACT_KINDS || (indexed && named) || (!indexed && !named && !rumour) ||
		memchr(fact->ifname, '\0', IFNAMSIZ) == NULL)
		return false;
	if (fact->kind == FACT_PVD)
		return memchr(fact->as.pvd.name, '\0', MIF_TEXT_SIZE) != NULL;
	if (fact->kind == FACT_DATA)
		return memchr(fact->as.data.text, '\0', MIF_TEXT_SIZE) != NULL;
	if (fact->kind == FACT_LINK)
		return memchr(fact->as.link.name, '\0', IFNAMSIZ) != NULL;
	return true;
}

/* ---- links ---- */

static struct model_link *link_find(const struct model *model, uint32_t ifindex)
{
	list_for_each (node, &model->buckets[ifindex % MODEL_BUCKETS]) {
		struct model_link *link = container_of(node, struct model_link, in_bucket);

		if (link->ifindex == ifindex)
			return link;
	}
	return NULL;
}

static int link_make(struct model *model, uint32_t ifindex, struct model_link **linkp)
{
	struct model_link *link = link_find(model, ifindex);

	if (link == NULL) {
		if (model->link_count == MODEL_LINKS)
			return -ENOSPC;
		link = calloc(1, sizeof(*link));
		if (link == NULL)
			return -ENOMEM;
		link->ifindex = ifindex;
		link->deadline = link->ends = TIME_FOREVER;
		list_init(&link->addresses);
		list_init(&link->facts);
		list_init(&link->wants);
		list_init(&link->in_dirty);
		list_append(&model->links, &link->node);
		list_append(&model->buckets[ifindex % MODEL_BUCKETS], &link->in_bucket);
		model->link_count++;
	}
	*linkp = link;
	return 0;
}

static void link_touch(struct model *model, struct model_link *link)
{
	if (list_empty(&link->in_dirty))
		list_append(&model->dirty, &link->in_dirty);
}

void model_touch(struct model *model, uint32_t ifindex)
{
	struct model_link *link = link_find(model, ifindex);

	if (link != NULL)
		link_touch(model, link);
}

void model_tell_lifetimes(struct model *model, uint64_t notice)
{
	model->notice = notice;
}

static void link_free(struct model *model, struct model_link *link)
{
	list_remove(&link->node);
	list_remove(&link->in_bucket);
	list_remove(&link->in_dirty);
	model->link_count--;
	free(link->suspects);
	free(link);
}

/* 0, or -ENOSPC when this newcomer is one too many. Facts of the kernel have no provider. */
static int link_has_room(const struct model_link *link, const struct fact *fact)
{
	struct mif_address known[MODEL_LINK_PROVIDERS];
	size_t known_count = 0, same = 0;

	if (fact->kind == FACT_ADDRESS)
		return link->address_count < MODEL_LINK_ADDRESSES ? 0 : -ENOSPC;
	list_for_each (node, &link->facts) {
		const struct fact *other = &container_of(node, struct fact_entry, node)->fact;
		size_t i = 0;

		same += provider_equal(&other->provider, &fact->provider);
		while (i < known_count && !provider_equal(&known[i], &other->provider))
			i++;
		if (i == known_count && other->provider.family != AF_UNSPEC &&
			known_count < MODEL_LINK_PROVIDERS)
			known[known_count++] = other->provider;
	}
	if (same >= MODEL_PROVIDER_FACTS)
		return -ENOSPC;
	if (same == 0 && fact->provider.family != AF_UNSPEC && known_count == MODEL_LINK_PROVIDERS)
		return -ENOSPC;
	return 0;
}

/* ---- what sources call ---- */

/* Where facts of this kind are, of a link or (NULL) of those that are named. */
static struct list *facts_of(struct model *model, struct model_link *link, enum fact_kind kind)
{
	if (link == NULL)
		return &model->named;
	return kind == FACT_ADDRESS ? &link->addresses : &link->facts;
}

static struct fact_entry *entry_find(struct list *facts, uint32_t owner, const struct fact *fact)
{
	list_for_each (node, facts) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (fact_has_key(entry, owner, fact))
			return entry;
	}
	return NULL;
}

static void entry_touched(
	struct model *model, struct model_link *link, const struct fact *fact, bool there)
{
	bool of_kernel = fact->kind == FACT_LINK || fact->kind == FACT_ADDRESS;

	if (link == NULL)
		model->named_dirty = true;
	else
		link_touch(model, link);
	/* A gateway that takes another name is another domain's. */
	if (fact->kind == FACT_ROUTE || fact->kind == FACT_ROUTER || fact->kind == FACT_PVD)
		model->defaults_dirty = true;
	if (of_kernel && link != NULL && model->noticed != NULL)
		model->noticed(model->context, fact, there);
}

/* Facts that tell a DNS zone, of a link or (NULL) of those that are named: zone.c. */
static uint32_t *zone_count(struct model *model, struct model_link *link)
{
	return link != NULL ? &link->zone_count : &model->named_zone_count;
}

static bool is_zone(const struct fact *fact)
{
	return fact->kind == FACT_DATA && fact->as.data.information == MIF_INFORMATION_DNS_ZONES;
}

static void entry_remove(struct model *model, struct model_link *link, struct fact_entry *entry)
{
	entry_touched(model, link, &entry->fact, false);
	*zone_count(model, link) -= is_zone(&entry->fact);
	if (link == NULL)
		model->named_count--;
	else
		link->address_count -= entry->fact.kind == FACT_ADDRESS;
	list_remove(&entry->node);
	free(entry);
}

static struct fact_entry *entry_new(uint32_t owner, const struct fact *fact)
{
	size_t size = fact_size(fact);
	struct fact_entry *entry = allocate(offsetof(struct fact_entry, fact) + size);

	if (entry == NULL)
		return NULL;
	entry->owner = (uint16_t)owner;
	entry->digest = fact_digest(fact);
	memcpy(&entry->fact, fact, size);
	return entry;
}

/* In place of old, so that the order of facts (and of what is announced) stays. */
static int entry_replace(struct model *model, struct model_link *link, struct fact_entry *old,
	const struct fact *fact)
{
	struct fact_entry *entry;

	old->stale = false;
	if (fact_is_same(&old->fact, fact))
		return 0;
	entry = entry_new(old->owner, fact);
	if (entry == NULL)
		return -ENOMEM;
	list_append(&old->node, &entry->node);
	list_remove(&old->node);
	free(old);
	entry_touched(model, link, fact, true);
	return 0;
}

int model_put(struct model *model, uint32_t owner, const struct fact *fact)
{
	struct model_link *link = NULL;
	struct fact_entry *entry;
	struct list *facts;
	int r = 0;

	if (!fact_is_sane(fact))
		return -EINVAL;
	if (fact->ifindex != 0)
		r = link_make(model, fact->ifindex, &link);
	if (r < 0)
		goto refused;
	facts = facts_of(model, link, fact->kind);
	entry = entry_find(facts, owner, fact);
	if (entry != NULL)
		return entry_replace(model, link, entry, fact);
	r = link != NULL			   ? link_has_room(link, fact)
		: model->named_count < MODEL_NAMED ? 0
						   : -ENOSPC;
	if (r < 0)
		goto refused;
	entry = entry_new(owner, fact);
	if (entry == NULL)
		return -ENOMEM;
	list_append(facts, &entry->node);
	if (link != NULL)
		link->address_count += fact->kind == FACT_ADDRESS;
	else
		model->named_count++;
	*zone_count(model, link) += is_zone(fact);
	entry_touched(model, link, fact, true);
	return 0;
refused:
	if (r == -ENOSPC)
		model->refused++;
	return r;
}

void model_drop(struct model *model, uint32_t owner, const struct fact *fact)
{
	struct model_link *link = fact->ifindex != 0 ? link_find(model, fact->ifindex) : NULL;
	struct fact_entry *entry;

	if (fact->ifindex != 0 && link == NULL)
		return;
	entry = entry_find(facts_of(model, link, fact->kind), owner, fact);
	if (entry != NULL)
		entry_remove(model, link, entry);
}

static void facts_drop(
	struct model *model, struct model_link *link, struct list *facts, uint32_t owner)
{
	list_for_each_safe (node, facts) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (entry->owner == owner)
			entry_remove(model, link, entry);
	}
}

void model_drop_link(struct model *model, uint32_t owner, uint32_t ifindex)
{
	struct model_link *link = link_find(model, ifindex);

	if (link == NULL)
		return;
	facts_drop(model, link, &link->addresses, owner);
	facts_drop(model, link, &link->facts, owner);
}

/* Whether there are any. */
static bool facts_mark(struct list *facts, uint32_t owner, uint32_t kinds)
{
	bool marked = false;

	list_for_each (node, facts) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (entry->owner == owner && (kinds & 1U << entry->fact.kind) != 0)
			entry->stale = marked = true;
	}
	return marked;
}

void model_begin(struct model *model, uint32_t owner, uint32_t kinds)
{
	if (facts_mark(&model->named, owner, kinds))
		model->named_dirty = true;
	list_for_each (node, &model->links) {
		struct model_link *link = container_of(node, struct model_link, node);

		if (facts_mark(&link->addresses, owner, kinds))
			link_touch(model, link);
		if (facts_mark(&link->facts, owner, kinds))
			link_touch(model, link);
	}
}

void model_heard(struct model *model, uint32_t ifindex, const struct mif_address *provider)
{
	struct model_link *link = link_find(model, ifindex);

	for (size_t i = 0; link != NULL && i < link->suspect_count; i++) {
		if (address_equal(&link->suspects[i], provider)) {
			link->suspects[i] = link->suspects[--link->suspect_count];
			link_touch(model, link);
		}
	}
}

/* ---- commit ---- */

/* Drops what a snapshot did not bring again and what has expired. */
static void facts_sweep(
	struct model *model, struct model_link *link, struct list *facts, uint64_t now)
{
	list_for_each_safe (node, facts) {
		struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (entry->stale || entry->fact.valid_until <= now)
			entry_remove(model, link, entry);
	}
}

/* An interface that is gone leaves nothing behind: what routers said on it has lifetimes of its own,
 * and the kernel may give its index to another one. */
static void link_forget(struct model *model, struct model_link *link)
{
	list_for_each_safe (node, &link->addresses)
		entry_remove(model, link, container_of(node, struct fact_entry, node));
	list_for_each_safe (node, &link->facts)
		entry_remove(model, link, container_of(node, struct fact_entry, node));
}

/* Named facts touch the links that bear the name; which is found out by the picture. */
static void named_commit(struct model *model, uint64_t now)
{
	facts_sweep(model, NULL, &model->named, now);
	model->named_deadline = TIME_FOREVER;
	list_for_each (node, &model->named)
		model->named_deadline = MIN(model->named_deadline,
			container_of(node, struct fact_entry, node)->fact.valid_until);
	list_for_each (node, &model->links)
		link_touch(model, container_of(node, struct model_link, node));
	model->named_dirty = false;
}

/* Those whose picture changes by itself now. */
static void links_touch_due(struct model *model, uint64_t now)
{
	model->deadline = TIME_FOREVER;
	list_for_each (node, &model->links) {
		struct model_link *link = container_of(node, struct model_link, node);

		if (link->deadline <= now)
			link_touch(model, link);
		else
			model->deadline = MIN(model->deadline, link->deadline);
	}
}

/* Frees it, if nothing is left. It is dirty until all of it is told: who calls again after a failure
 * goes on with the rest. */
static int link_commit(struct model *model, struct model_link *link, uint64_t now)
{
	int r;

	facts_sweep(model, link, &link->addresses, now);
	facts_sweep(model, link, &link->facts, now);
	r = picture_update(model, link, now);
	if (r < 0)
		return r;
	if (link->interface == NULL && link->was_interface)
		link_forget(model, link);
	list_remove(&link->in_dirty);
	model->deadline = MIN(model->deadline, link->deadline);
	if (link->interface == NULL && list_empty(&link->addresses) && list_empty(&link->facts))
		link_free(model, link);
	return 0;
}

void model_hold(struct model *model)
{
	model->held = true;
}

int model_release(struct model *model, uint64_t now)
{
	bool awaited = model->awaited;

	model->held = model->awaited = false;
	return awaited ? model_commit(model, now) : 0;
}

int model_commit(struct model *model, uint64_t now)
{
	int r;

	model->awaited |= model->held;
	if (model->held)
		return 0;
	model->retry_at = now + MODEL_RETRY;
	if (model->named_dirty || model->named_deadline <= now)
		named_commit(model, now);
	if (model->deadline <= now)
		links_touch_due(model, now);
	/* The best default route, once known, may change what is true of its link, and the last one's. */
	do {
		list_for_each_safe (node, &model->dirty) {
			r = link_commit(
				model, container_of(node, struct model_link, in_dirty), now);
			if (r < 0)
				return r;
		}
		if (model->defaults_dirty)
			picture_update_defaults(model);
	} while (!list_empty(&model->dirty));
	model->retry_at = TIME_FOREVER;
	if (model->committed != NULL)
		model->committed(model->context, now);
	return 0;
}

/* May be too early, when what would have ended then has been prolonged. */
uint64_t model_deadline(const struct model *model)
{
	return model->retry_at != TIME_FOREVER ? model->retry_at
					       : MIN(model->deadline, model->named_deadline);
}
