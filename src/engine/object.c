/* SPDX-License-Identifier: MIT */
/*
 * Objects, and what is kept of what is told of them. A host may have thousands of interfaces, each with
 * domains, elements and addresses, so an object has no more than its kind needs, and a name takes as much
 * as it is long, not as a message has room for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/allocate.h"
#include "base/cleanup.h"
#include "engine/state.h"

struct object *object_new(struct model *model, enum object_kind kind, struct model_link *link,
	struct object *parent, struct list *siblings)
{
	static const size_t sizes[] = {
		[OBJECT_INTERFACE] = sizeof(struct interface_state),
		[OBJECT_PVD] = sizeof(struct pvd_state),
		[OBJECT_ELEMENT] = sizeof(struct mif_message_element),
		[OBJECT_ADDRESS] = sizeof(struct mif_message_address),
	};
	bool leaf = kind == OBJECT_ELEMENT || kind == OBJECT_ADDRESS;
	size_t size = leaf ? offsetof(struct object, id) : sizeof(struct object);
	struct object *object = allocate(size + sizes[kind]);

	if (object == NULL)
		return NULL;
	object->as.octets = (char *)object + size;
	object->kind = kind;
	object->link = link;
	object->parent = parent;
	object->present = object->untold = true;
	list_init(&object->tellings);
	list_append(siblings, &object->siblings);
	if (leaf)
		return object;
	list_init(&object->children);
	list_init(&object->subscriptions);
	object->id = model->next_id++;
	table_add(&model->objects, &object->by_id, object->id);
	return object;
}

void object_free(struct model *model, struct object *object)
{
	if (!object_is_leaf(object)) {
		list_for_each_safe (node, &object->children)
			object_free(model, container_of(node, struct object, siblings));
		table_remove(&model->objects, &object->by_id);
	}
	if (object->kind == OBJECT_PVD)
		free(object->as.pvd->name);
	list_remove(&object->siblings);
	free(object);
}

/* ---- what is told of them ---- */

void object_get_interface(const struct object *object, struct mif_message_interface *message)
{
	const struct interface_state *state = object->as.interface;

	*message = (struct mif_message_interface){
		.interface = object->id,
		.ifindex = state->ifindex,
		.kind = state->kind,
		.flags = state->flags,
		.mtu = state->mtu,
		.metered = state->metered,
		.quality = state->quality,
	};
	memcpy(message->name, state->name, sizeof(state->name));
}

bool object_set_interface(struct object *object, const struct mif_message_interface *message)
{
	struct interface_state *state = object->as.interface;
	struct interface_state new = {
		.ifindex = message->ifindex,
		.kind = message->kind,
		.flags = message->flags,
		.mtu = message->mtu,
		.metered = message->metered,
		.quality = message->quality,
	};
	bool changed;

	memcpy(new.name, message->name, sizeof(new.name));
	changed = memcmp(state, &new, sizeof(new)) != 0;
	*state = new;
	return changed;
}

void object_get_pvd(const struct object *object, struct mif_message_pvd *message)
{
	const struct pvd_state *state = object->as.pvd;

	*message = (struct mif_message_pvd){
		.interface = object->parent->id,
		.pvd = object->id,
		.family = state->family,
		.flags = state->flags,
		.state = state->state,
		.egress = state->egress,
	};
	memcpy(message->name, state->name, strlen(state->name));
}

int object_set_pvd(struct object *object, const struct mif_message_pvd *message)
{
	struct pvd_state *state = object->as.pvd;
	struct pvd_state new = {
		.name = state->name,
		.family = message->family,
		.flags = message->flags,
		.state = message->state,
		.egress = message->egress,
	};
	bool changed;

	if (state->name == NULL || strcmp(state->name, message->name) != 0) {
		new.name = calloc(1, strlen(message->name) + 1);
		if (new.name == NULL)
			return -ENOMEM;
		strcpy(new.name, message->name);
		free(state->name);
		state->name = NULL;
	}
	changed = memcmp(state, &new, sizeof(new)) != 0;
	*state = new;
	return changed;
}

/* ---- looking up ---- */

static struct object *object_find(const struct model *model, enum object_kind kind, uint64_t id)
{
	list_for_each (node, table_bucket(&model->objects, id)) {
		struct object *object = container_of(node, struct object, by_id.node);

		if (object->id == id)
			return object->kind == kind ? object : NULL;
	}
	return NULL;
}

struct object *model_interface(const struct model *model, uint64_t id)
{
	return object_find(model, OBJECT_INTERFACE, id);
}

struct object *model_pvd(const struct model *model, uint64_t id)
{
	return object_find(model, OBJECT_PVD, id);
}

struct object *object_address(
	const struct object *pvd, const struct mif_address *address, struct list **lastp)
{
	struct list *node = *lastp;

	do {
		node = node->next;
		if (node == &pvd->children)
			continue;

		struct object *child = container_of(node, struct object, siblings);

		if (child->kind == OBJECT_ADDRESS &&
			address_equal(&child->as.address->address, address)) {
			*lastp = node;
			return child;
		}
	} while (node != *lastp);
	return NULL;
}

struct object *model_find(
	const struct model *model, const struct mif_address *address, uint32_t ifindex)
{
	list_for_each (interface_node, &model->interfaces) {
		struct object *interface = container_of(interface_node, struct object, siblings);

		if (ifindex != 0 && interface->link->ifindex != ifindex)
			continue;
		list_for_each (node, &interface->children) {
			struct object *pvd = container_of(node, struct object, siblings);
			struct list *last = &pvd->children;

			if (object_address(pvd, address, &last) != NULL)
				return pvd;
		}
	}
	return NULL;
}
