/* SPDX-License-Identifier: MIT */
/*
 * Links on demand that do not exist while nobody wants them: their command makes them, and takes them away. So
 * that somebody can want one, it is announced as an interface that is down and has no index, as long as no link has
 * its name; the link that comes then is this interface, with the same identifier and all who want it, and when it
 * goes the interface is what it was before.
 *
 * What stands for it is a link without facts, of which the model knows nothing but the interface.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/departure.h"
#include "engine/picture.h"
#include "engine/want.h"

static struct allowed *absent_find(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->allowed_count; i++) {
		struct allowed *allowed = &engine->allowed[i];

		if (allowed->absent != NULL &&
			strncmp(allowed->policy.name, name, sizeof(allowed->policy.name)) == 0)
			return allowed;
	}
	return NULL;
}

/* ---- what stands for it ---- */

int absent_allow(struct engine *engine, struct allowed *allowed)
{
	struct model_link *link;

	if (!allowed->policy.created || allowed->absent != NULL)
		return 0;
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		return -ENOMEM;
	list_init(&link->node);
	list_init(&link->in_bucket);
	list_init(&link->in_dirty);
	list_init(&link->addresses);
	list_init(&link->facts);
	list_init(&link->wants);
	allowed->absent = link;
	engine->departures_stale = engine->deadline_stale = true;
	return 0;
}

void absents_free(struct engine *engine)
{
	for (size_t i = 0; i < engine->allowed_count; i++) {
		struct model_link *link = engine->allowed[i].absent;

		if (link != NULL && link->interface != NULL)
			object_free(engine->model, link->interface);
		free(link);
	}
}

/* What wants it, and what becomes of it, goes along. */
static void interface_move(struct engine *engine, struct model_link *from, struct model_link *to)
{
	to->interface = from->interface;
	to->interface->link = to;
	from->interface = NULL;
	list_for_each_safe (node, &from->wants) {
		struct want *want = container_of(node, struct want, in_link);

		list_remove(&want->in_link);
		list_append(&to->wants, &want->in_link);
		want->link = to;
	}
	to->held = from->held;
	to->guests = from->guests;
	to->declined = from->declined;
	from->held = from->guests = 0;
	to->departure = from->departure;
	from->departure = NULL;
	if (to->departure != NULL)
		to->departure->link = to;
	for (size_t i = 0; i < engine->allowed_count; i++) {
		if (engine->allowed[i].link == from)
			engine->allowed[i].link = to;
	}
}

/* Down, and without an index. 0, or -ENOMEM. */
static int absent_tell(struct engine *engine, struct allowed *allowed)
{
	struct object *interface = allowed->absent->interface;
	struct mif_message_interface as = {0};

	memcpy(as.name, allowed->policy.name, sizeof(allowed->policy.name));
	as.kind = interface->interface.kind;
	object_set_interface(interface, &as);
	return object_tell(engine->model, interface, CHANGE_CHANGED);
}

/* ---- it comes and goes ---- */

bool absent_becomes(struct engine *engine, struct model_link *link, const char *name)
{
	struct allowed *allowed = absent_find(engine, name);

	if (allowed == NULL || allowed->absent->interface == NULL)
		return false;
	interface_move(engine, allowed->absent, link);
	return true;
}

bool absent_remains(struct engine *engine, struct model_link *link)
{
	struct object *interface = link->interface;
	struct allowed *allowed = absent_find(engine, interface->interface.name);

	if (allowed == NULL || allowed->absent->interface != NULL || allowed->link != link)
		return false;
	/* What was told of the link's future ends with the link. */
	interface->interface.flags = 0;
	departure_note(engine, interface, CHANGE_CHANGED);
	forecast_note(engine, interface, CHANGE_GONE);
	interface_move(engine, link, allowed->absent);
	absent_tell(engine, allowed);
	return true;
}

static bool is_there(const struct engine *engine, const struct allowed *allowed)
{
	list_for_each (node, &engine->model->interfaces) {
		const struct object *interface = container_of(node, struct object, siblings);

		if (interface->link != allowed->absent &&
			strcmp(interface->interface.name, allowed->policy.name) == 0)
			return true;
	}
	return false;
}

/* Another link may have got its name, or given it away. */
static void absent_run(struct engine *engine, struct allowed *allowed)
{
	struct model *model = engine->model;
	struct model_link *link = allowed->absent;
	bool there = is_there(engine, allowed);

	if (there && link->interface != NULL) {
		object_withdraw(model, link->interface);
		link->interface = NULL;
	} else if (!there && link->interface == NULL) {
		link->interface = interface_new(model, link);
	}
	if (link->interface != NULL && link->interface->untold && absent_tell(engine, allowed) < 0)
		engine->departures_stale = true;
}

void absents_run(struct engine *engine)
{
	for (size_t i = 0; i < engine->allowed_count; i++) {
		if (engine->allowed[i].absent != NULL)
			absent_run(engine, &engine->allowed[i]);
	}
}
