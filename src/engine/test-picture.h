/* SPDX-License-Identifier: MIT */
#pragma once

/* A run by chance: its facts and subscribers, and what must hold after every commit. */
#include <errno.h>
#include <stdarg.h>

#include "engine/picture.h"
#include "tap.h"
#include "test-failing.h"
#include "test-subscriber.h"
#include "test-world.h"

#define SEEDS 2000
#define STEPS 80
#define SUBSCRIBERS 5
#define EAGER 0 /* follows everything and reads after every commit */
#define LAZY 1 /* follows everything and reads now and then */
#define DEAF 2 /* asks for everything once, and never reads */
#define LINES 512

struct run {
	struct world world;
	struct subscriber *subscribers[SUBSCRIBERS];
	size_t objects; /* the most that there were at once */
	char error[1600];
};

struct lines {
	size_t count;
	char text[LINES][512];
};

__attribute__((format(printf, 2, 3))) static int run_fail(struct run *run, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (run->error[0] == '\0')
		vsnprintf(run->error, sizeof(run->error), format, arguments);
	va_end(arguments);
	return -1;
}

__attribute__((format(printf, 2, 3))) static void run_say(
	const struct run *run, const char *format, ...)
{
	va_list arguments;

	if (!run->world.verbose)
		return;
	printf("# %6.1f ", (double)(run->world.now - WORLD_BEGIN) / 1e9);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

static uint32_t chance(struct run *run, uint32_t below)
{
	return world_random(&run->world, below);
}

/* ---- the model as text ---- */

static char *lines_add(struct lines *lines)
{
	if (lines->count == LINES)
		abort();
	return lines->text[lines->count++];
}

/* What a domain is to somebody who does not know its identifier, nor when it was named. */
static void domain_text(const struct object *pvd, char *text, size_t size)
{
	char router[MIF_ADDRESS_TEXT];

	snprintf(text, size, "%u/%u/%s/%s", object_link(pvd)->ifindex, pvd->key.family,
		pvd->key.name != NULL ? pvd->key.name : "",
		mif_address_format(&pvd->key.router, router));
}

static void lines_add_domain(struct lines *lines, const struct object *pvd)
{
	char domain[300], address[MIF_ADDRESS_TEXT];

	domain_text(pvd, domain, sizeof(domain));
	snprintf(lines_add(lines), sizeof(lines->text[0]), "%s flags %u state %u egress %u", domain,
		pvd->pvd.flags, pvd->pvd.state, pvd->pvd.egress);
	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);
		const struct address_state *as = &child->address;

		if (child->kind == OBJECT_ELEMENT)
			snprintf(lines_add(lines), sizeof(lines->text[0]), "%s element %u", domain,
				child->element.element);
		else
			snprintf(lines_add(lines), sizeof(lines->text[0]),
				"%s address %s/%u flags %u until %llu %llu", domain,
				mif_address_format(&as->address, address), child->prefix_length,
				child->flags, (unsigned long long)as->valid_until,
				(unsigned long long)as->preferred_until);
	}
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void model_text(const struct model *model, struct lines *lines)
{
	lines->count = 0;
	list_for_each (node, &model->interfaces) {
		const struct object *interface = container_of(node, struct object, siblings);
		const struct interface_state *as = &interface->interface;

		snprintf(lines_add(lines), sizeof(lines->text[0]), "%u %s %u %u %u %u", as->ifindex,
			as->name, as->kind, as->flags, as->mtu, as->metered);
		list_for_each (pvd_node, &interface->children)
			lines_add_domain(lines, container_of(pvd_node, struct object, siblings));
	}
	for (size_t i = 0; i < 2; i++) {
		const struct object *pvd = model_pvd(model, model->default_pvd[i]);
		char domain[300] = "none";

		if (pvd != NULL)
			domain_text(pvd, domain, sizeof(domain));
		snprintf(lines_add(lines), sizeof(lines->text[0]), "default %zu %s", i, domain);
	}
	qsort(lines->text, lines->count, sizeof(lines->text[0]), line_compare);
}

/* ---- the same facts, put into another model in one go ---- */

static struct model_link *link_of(const struct model *model, uint32_t ifindex)
{
	list_for_each (node, &model->links) {
		struct model_link *link = container_of(node, struct model_link, node);

		if (link->ifindex == ifindex)
			return link;
	}
	return NULL;
}

static void facts_copy(struct model *to, const struct list *facts)
{
	list_for_each (node, facts) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (model_put(to, entry->owner, &entry->fact) < 0)
			abort();
	}
}

/* Suspicion has a history, which is taken over. */
static void link_copy(struct model *to, const struct model_link *link)
{
	struct model_link *copy;

	facts_copy(to, &link->facts);
	facts_copy(to, &link->addresses);
	copy = link_of(to, link->ifindex);
	if (copy == NULL)
		return;
	copy->running = link->running;
	copy->hold_until = link->hold_until;
	copy->suspect_count = link->suspect_count;
	if (link->suspects == NULL)
		return;
	copy->suspects = calloc(MODEL_LINK_PROVIDERS, sizeof(*copy->suspects));
	if (copy->suspects == NULL)
		abort();
	memcpy(copy->suspects, link->suspects, MODEL_LINK_PROVIDERS * sizeof(*copy->suspects));
}

static int check_history(struct run *run)
{
	static struct lines now, anew;
	struct model *model;
	int r = 0;

	if (model_new(&model) < 0)
		abort();
	list_for_each (node, &run->world.engine->model->links)
		link_copy(model, container_of(node, struct model_link, node));
	facts_copy(model, &run->world.engine->model->named);
	model_commit(model, run->world.now);
	model_text(run->world.engine->model, &now);
	model_text(model, &anew);
	for (size_t i = 0; r == 0 && i < MAX(now.count, anew.count); i++) {
		if (i >= now.count || i >= anew.count || strcmp(now.text[i], anew.text[i]) != 0)
			r = run_fail(run, "there is: %s\n#   the same facts put anew: %s",
				i < now.count ? now.text[i] : "-",
				i < anew.count ? anew.text[i] : "-");
	}
	model_free(model);
	return r;
}

/* ---- what must hold after every commit ---- */

static int check_domain(struct run *run, const struct object *pvd)
{
	size_t addresses = 0, elements = 0;

	list_for_each (node, &pvd->children) {
		if (container_of(node, struct object, siblings)->kind == OBJECT_ADDRESS)
			addresses++;
		else
			elements++;
	}
	if (addresses == 0 || elements == 0 || pvd->pvd.name[0] == '\0')
		return run_fail(run, "M10: %s has %zu addresses and %zu elements", pvd->pvd.name,
			addresses, elements);
	run->objects += addresses + elements + 1;
	return 0;
}

static int check_facts(struct run *run, const struct list *facts)
{
	list_for_each (node, facts) {
		const struct fact_entry *entry = container_of(node, struct fact_entry, node);

		if (entry->fact.valid_until <= run->world.now)
			return run_fail(run, "M18: a fact of kind %d outlived its lifetime",
				(int)entry->fact.kind);
	}
	return 0;
}

static int check_model(struct run *run)
{
	const struct model *model = run->world.engine->model;
	size_t most = run->objects;
	int r = check_facts(run, &model->named);

	run->objects = 0;
	list_for_each (link_node, &model->links) {
		const struct model_link *link = container_of(link_node, struct model_link, node);

		r |= check_facts(run, &link->facts);
		r |= check_facts(run, &link->addresses);
	}
	list_for_each (node, &model->interfaces) {
		const struct object *interface = container_of(node, struct object, siblings);

		run->objects++;
		list_for_each (pvd_node, &interface->children)
			r |= check_domain(run, container_of(pvd_node, struct object, siblings));
	}
	run->objects = MAX(run->objects, most);
	if (engine_deadline(run->world.engine) <= run->world.now)
		r = run_fail(run, "a deadline that has passed is still there");
	return r;
}

static size_t queued_reports(const struct session *session)
{
	size_t count = 0;

	list_for_each (node, &session->queue)
		count += container_of(node, struct outgoing, queue)->kind == OUTGOING_REPORT;
	return count;
}

/* Who was told of objects that are gone waits for as many withdrawals, at most. */
static int check_bounds(struct run *run)
{
	for (size_t i = 0; i < SUBSCRIBERS; i++) {
		const struct session *session;
		size_t tellings;

		if (run->subscribers[i] == NULL)
			continue;
		session = run->subscribers[i]->session;
		tellings = session_tellings(session);
		if (tellings > (i == DEAF ? 1 : 2) * run->objects)
			return run_fail(run, "M6: %zu things to tell, of %zu objects", tellings,
				run->objects);
		if (list_count(&session->queue) >
			tellings + queued_reports(session) + ARRAY_SIZE(session->defaults))
			return run_fail(run, "M6: the queue holds something twice");
	}
	return 0;
}

/* ---- subscribers ---- */

static int subscriber_drain(struct run *run, struct subscriber *subscriber)
{
	int r;

	do
		r = subscriber_read(subscriber, 100000, run->world.now);
	while (r > 0);
	if (r < 0)
		return run_fail(run, "%s", subscriber->error);
	return subscriber->ends == 0 ? 0 : run_fail(run, "M4: an end never came");
}

static struct subscriber *follower_new(struct run *run)
{
	struct subscriber *subscriber = subscriber_new(run->world.engine, true, false);
	struct mif_message request = {.type = MIF_ANNOUNCE_INTERFACES};

	if (subscriber == NULL)
		abort();
	subscriber_post(subscriber, &request, run->world.now);
	request.type = MIF_ANNOUNCE_DEFAULT_PVD;
	subscriber_post(subscriber, &request, run->world.now);
	return subscriber;
}

/* Without what a subscriber need not have heard of. */
static struct mif_message item_plain(const struct mif_message *item, bool refreshes)
{
	struct mif_message plain = *item;

	if (item->type == MIF_ADDRESS && !refreshes)
		plain.as.address.valid_until = plain.as.address.preferred_until = 0;
	return plain;
}

static int check_picture(struct run *run, size_t index, struct subscriber *fresh)
{
	struct subscriber *subscriber = run->subscribers[index];
	char text[1024];

	for (size_t i = 0; i < subscriber->count; i++) {
		const struct mif_message *known = &subscriber->items[i];
		const struct mif_message *told = item_find(fresh, known);
		const struct interest *interest = interest_find(subscriber, known);
		struct mif_message a, b;

		message_format(known, true, text, sizeof(text));
		if (told == NULL || interest == NULL)
			return run_fail(run, "subscriber %zu knows what is not: %s", index, text);
		a = item_plain(known, interest->refreshes);
		b = item_plain(told, interest->refreshes);
		if (memcmp(&a, &b, sizeof(a)) != 0)
			return run_fail(run, "subscriber %zu knows it as it was: %s", index, text);
	}
	for (size_t i = 0; i < fresh->count; i++) {
		if (interest_find(subscriber, &fresh->items[i]) == NULL ||
			item_find(subscriber, &fresh->items[i]) != NULL)
			continue;
		message_format(&fresh->items[i], true, text, sizeof(text));
		return run_fail(run, "subscriber %zu does not know: %s", index, text);
	}
	if (subscriber->wants_default &&
		memcmp(subscriber->defaults, fresh->defaults, sizeof(fresh->defaults)) != 0)
		return run_fail(run, "subscriber %zu knows other default domains", index);
	return 0;
}

/* Everybody who reads, against one who has just come. */
static int check_pictures(struct run *run)
{
	struct subscriber *fresh = follower_new(run);
	int r = subscriber_drain(run, fresh);

	for (size_t i = 0; r == 0 && i < SUBSCRIBERS; i++) {
		if (i == DEAF || run->subscribers[i] == NULL)
			continue;
		r = subscriber_drain(run, run->subscribers[i]);
		if (r == 0)
			r = check_picture(run, i, fresh);
	}
	subscriber_free(fresh);
	return r;
}
