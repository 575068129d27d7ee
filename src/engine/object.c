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

struct object *object_new(
	struct model *model, enum object_kind kind, struct object *parent, struct list *siblings)
{
	static const size_t sizes[] = {
		[OBJECT_INTERFACE] = offsetof(struct object, link) + sizeof(struct model_link *),
		[OBJECT_PVD] = offsetof(struct object, digest) + sizeof(uint64_t),
		[OBJECT_ELEMENT] = offsetof(struct object, element) + sizeof(struct element_state),
		[OBJECT_ADDRESS] = offsetof(struct object, address) + sizeof(struct address_state),
	};
	struct object *object = allocate(sizes[kind]);

	if (object == NULL)
		return NULL;
	object->kind = (uint8_t)kind;
	object->parent = parent;
	object->present = object->untold = true;
	list_init(&object->tellings);
	list_append(siblings, &object->siblings);
	if (object_is_leaf(object))
		return object;
	list_init(&object->children);
	list_init(&object->subscriptions);
	table_add(&model->objects, &object->by_id, model->next_id++);
	return object;
}

struct object *interface_new(struct model *model, struct model_link *link)
{
	struct object *interface = object_new(model, OBJECT_INTERFACE, NULL, &model->interfaces);

	if (interface != NULL)
		interface->link = link;
	return interface;
}

void object_free(struct model *model, struct object *object)
{
	if (!object_is_leaf(object)) {
		list_for_each_safe (node, &object->children)
			object_free(model, container_of(node, struct object, siblings));
		table_remove(&model->objects, &object->by_id);
	}
	if (object->kind == OBJECT_PVD)
		free(object->pvd.name);
	list_remove(&object->siblings);
	free(object);
}

/* ---- what is told of them ---- */

void object_get_interface(const struct object *object, struct mif_message_interface *message)
{
	const struct interface_state *state = &object->interface;

	*message = (struct mif_message_interface){
		.interface = object_id(object),
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
	struct interface_state *state = &object->interface;
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
	const struct pvd_state *state = &object->pvd;

	*message = (struct mif_message_pvd){
		.interface = object_id(object->parent),
		.pvd = object_id(object),
		.family = state->family,
		.flags = state->flags,
		.state = state->state,
		.egress = state->egress,
	};
	memcpy(message->name, state->name, strlen(state->name));
}

int object_set_pvd(struct object *object, const struct mif_message_pvd *message)
{
	struct pvd_state *state = &object->pvd;
	struct pvd_state new = {
		.name = state->name,
		.flags = (uint16_t)message->flags,
		.family = (uint8_t)message->family,
		.state = (uint8_t)message->state,
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

void object_get_element(const struct object *object, struct mif_message_element *message)
{
	const struct element_state *state = &object->element;

	*message = (struct mif_message_element){
		.pvd = object_id(object->parent),
		.element = state->element,
		.generation = state->generation,
		.digest = state->digest,
	};
}

void object_get_address(const struct object *object, struct mif_message_address *message)
{
	const struct address_state *state = &object->address;

	*message = (struct mif_message_address){
		.pvd = object_id(object->parent),
		.address = state->address,
		.prefix_length = object->prefix_length,
		.flags = object->flags,
		.valid_until = state->valid_until,
		.preferred_until = state->preferred_until,
	};
}

void object_set_address(struct object *object, const struct mif_message_address *message)
{
	object->prefix_length = (uint8_t)message->prefix_length;
	object->flags = (uint8_t)message->flags;
	object->address = (struct address_state){
		.address = message->address,
		.valid_until = message->valid_until,
		.preferred_until = message->preferred_until,
	};
}

/* ---- looking up ---- */

static struct object *object_find(const struct model *model, enum object_kind kind, uint64_t id)
{
	list_for_each (node, table_bucket(&model->objects, id)) {
		struct object *object = container_of(node, struct object, by_id.node);

		if (object_id(object) == id)
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
			address_equal(&child->address.address, address)) {
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
