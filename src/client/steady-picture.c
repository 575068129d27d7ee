/* SPDX-License-Identifier: MIT */
/*
 * A picture of the host: of each object the last announcement. One holds what the owner of a steady
 * link was told, in the owner's identifiers; after a loss a second one collects what the new engine
 * says, in the engine's. Reports enter by picture_put() and picture_remove(); nothing leaves but
 * what steady-resume.c finds different.
 */
#include "client/steady-picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/allocate.h"
#include "client/steady.h"
#include "message/message.h"

bool subject_of(const struct mif_message *report, struct subject *subject)
{
	*subject = (struct subject){0};
	switch (report->type) {
	case MIF_INTERFACE:
		subject->id = report->as.interface.interface;
		return true;
	case MIF_NO_INTERFACE:
		subject->gone = true;
		subject->id = report->as.no_interface.interface;
		return true;
	case MIF_PVD:
		subject->rank = RANK_PVD;
		subject->scope = report->as.pvd.interface;
		subject->id = report->as.pvd.pvd;
		return true;
	case MIF_NO_PVD:
		subject->rank = RANK_PVD;
		subject->gone = true;
		subject->scope = report->as.no_pvd.interface;
		subject->id = report->as.no_pvd.pvd;
		return true;
	case MIF_ELEMENT:
		subject->rank = RANK_ELEMENT;
		subject->scope = report->as.element.pvd;
		subject->number = report->as.element.element;
		return true;
	case MIF_NO_ELEMENT:
		subject->rank = RANK_ELEMENT;
		subject->gone = true;
		subject->scope = report->as.no_element.pvd;
		subject->number = report->as.no_element.element;
		return true;
	case MIF_ADDRESS:
		subject->rank = RANK_ADDRESS;
		subject->scope = report->as.address.pvd;
		subject->address = report->as.address.address;
		return true;
	case MIF_NO_ADDRESS:
		subject->rank = RANK_ADDRESS;
		subject->gone = true;
		subject->scope = report->as.no_address.pvd;
		subject->address = report->as.no_address.address;
		return true;
	case MIF_DEFAULT_PVD:
		subject->rank = RANK_DEFAULT;
		subject->number = report->as.default_pvd.family;
		return true;
	default:
		return false;
	}
}

void picture_init(struct picture *picture)
{
	table_init(&picture->objects);
	for (size_t i = 0; i < RANKS; i++)
		list_init(&picture->ranks[i]);
}

void picture_deinit(struct picture *picture)
{
	table_deinit(&picture->objects);
}

static uint64_t subject_hash(const struct subject *subject)
{
	uint64_t scope = subject->rank == RANK_PVD ? 0 : subject->scope;
	uint64_t hash = scope * 31 + subject->id + subject->number;
	uint64_t words[2];

	_Static_assert(sizeof(words) == sizeof(subject->address.octets), "all of them");
	memcpy(words, subject->address.octets, sizeof(words));
	hash = ((hash * 31 + words[0]) * 31 + words[1]) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

struct object *picture_find(const struct picture *picture, const struct subject *subject)
{
	list_for_each (node, table_bucket(&picture->objects, subject_hash(subject))) {
		struct object *object = container_of(node, struct object, in_picture.node);

		if (object->subject.rank == subject->rank &&
			(object->subject.scope == subject->scope || subject->rank == RANK_PVD) &&
			object->subject.id == subject->id &&
			object->subject.number == subject->number &&
			address_equal(&object->subject.address, &subject->address))
			return object;
	}
	return NULL;
}

size_t picture_message_size(uint32_t type)
{
	static const size_t sizes[] = {
		[FIELD_TYPE_U16] = sizeof(uint16_t),
		[FIELD_TYPE_U32] = sizeof(uint32_t),
		[FIELD_TYPE_U64] = sizeof(uint64_t),
		[FIELD_TYPE_ADDRESS] = sizeof(struct mif_address),
		[FIELD_TYPE_ENDPOINT] = sizeof(struct mif_endpoint),
		[FIELD_TYPE_TEXT] = MIF_TEXT_SIZE,
		[FIELD_TYPE_FD] = sizeof(int),
	};
	const struct message_info *info = message_info(type);
	const struct field_info *last;

	if (info == NULL || info->count == 0)
		return offsetof(struct mif_message, as);
	last = &info->fields[info->count - 1];
	return last->offset + sizes[last->type];
}

void picture_message(struct mif_message *message, const struct mif_message *stored)
{
	memset(message, 0, sizeof(*message));
	memcpy(message, stored, picture_message_size(stored->type));
}

struct object *picture_put(struct picture *picture, const struct mif_message *report)
{
	size_t size = picture_message_size(report->type);
	struct subject subject;
	struct object *object;

	subject_of(report, &subject);
	object = picture_find(picture, &subject);
	if (object == NULL && picture->objects.count >= STEADY_OBJECTS)
		return NULL;
	if (object == NULL) {
		object = allocate(offsetof(struct object, message) + size);
		if (object == NULL)
			return NULL;
		object->subject = subject;
		table_add(&picture->objects, &object->in_picture, subject_hash(&subject));
		list_append(&picture->ranks[subject.rank], &object->in_rank);
	}
	memcpy(&object->message, report, size);
	object->serial = report->serial;
	return object;
}

void picture_remove(struct picture *picture, struct object *object)
{
	table_remove(&picture->objects, &object->in_picture);
	list_remove(&object->in_rank);
	free(object);
}

static bool same_interface(
	const struct mif_message_interface *a, const struct mif_message_interface *b)
{
	return strcmp(a->name, b->name) == 0 && a->ifindex == b->ifindex && a->kind == b->kind &&
		a->flags == b->flags && a->mtu == b->mtu && a->metered == b->metered &&
		a->quality == b->quality;
}

static bool same_pvd(const struct mif_message_pvd *a, const struct mif_message_pvd *b)
{
	return strcmp(a->name, b->name) == 0 && a->family == b->family && a->flags == b->flags &&
		a->state == b->state && a->egress == b->egress;
}

static bool same_address(
	const struct mif_message_address *a, const struct mif_message_address *b, bool refreshes)
{
	if (a->prefix_length != b->prefix_length || a->flags != b->flags)
		return false;
	return !refreshes ||
		(a->valid_until == b->valid_until && a->preferred_until == b->preferred_until);
}

bool picture_same(const struct mif_message *a, const struct mif_message *b, bool refreshes)
{
	switch (a->type) {
	case MIF_INTERFACE:
		return same_interface(&a->as.interface, &b->as.interface);
	case MIF_PVD:
		return same_pvd(&a->as.pvd, &b->as.pvd);
	case MIF_ELEMENT:
		return a->as.element.digest == b->as.element.digest;
	case MIF_ADDRESS:
		return same_address(&a->as.address, &b->as.address, refreshes);
	case MIF_DEFAULT_PVD:
		return a->as.default_pvd.pvd == b->as.default_pvd.pvd;
	default:
		return false;
	}
}

void picture_withdraw(struct mif_message *report, const struct object *object)
{
	const struct subject *subject = &object->subject;

	memset(report, 0, sizeof(*report));
	report->tag = object->message.tag;
	switch (subject->rank) {
	case RANK_INTERFACE:
		report->type = MIF_NO_INTERFACE;
		report->as.no_interface.interface = subject->id;
		break;
	case RANK_PVD:
		report->type = MIF_NO_PVD;
		report->as.no_pvd.interface = subject->scope;
		report->as.no_pvd.pvd = subject->id;
		break;
	case RANK_ELEMENT:
		report->type = MIF_NO_ELEMENT;
		report->as.no_element.pvd = subject->scope;
		report->as.no_element.element = subject->number;
		break;
	default:
		report->type = MIF_NO_ADDRESS;
		report->as.no_address.pvd = subject->scope;
		report->as.no_address.address = subject->address;
		break;
	}
}
