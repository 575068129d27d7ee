/* SPDX-License-Identifier: MIT */
/*
 * A picture of the host, made of reports. They are only collected as they come; sorting them at the
 * end by what they are about, and by when they came, brings the last word on each thing to light
 * and gives the order in which people read them.
 */
#include "ctl/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"

/* What a report is about. */
struct key {
	uint32_t type; /* of the report that announces it */
	uint64_t parent, id;
	struct mif_address address;
};

struct picture_entry {
	struct key key;
	size_t number; /* when it came */
	bool withdrawn;
	struct mif_message message;
};

void picture_deinit(struct picture *picture)
{
	free(picture->entries);
	*picture = (struct picture){0};
}

/* ---- keys ---- */

static struct key pvd_key(uint64_t interface, uint64_t pvd)
{
	return (struct key){.type = MIF_PVD, .parent = interface, .id = pvd};
}

static struct key address_key(uint64_t pvd, struct mif_address address)
{
	return (struct key){.type = MIF_ADDRESS, .parent = pvd, .address = address};
}

static struct key data_key(const struct mif_message_configuration_data *data)
{
	return (struct key){
		.type = MIF_CONFIGURATION_DATA,
		.parent = data->pvd,
		.id = (uint64_t)data->information << 32 | data->index,
	};
}

static bool report_withdraws(const struct mif_message *report)
{
	return report->type == MIF_NO_INTERFACE || report->type == MIF_NO_PVD ||
		report->type == MIF_NO_ELEMENT || report->type == MIF_NO_ADDRESS ||
		report->type == MIF_INTERFACE_GOING_UP;
}

/* number: of the entry, for what has no identity of its own. False: it is about nothing. */
static bool key_make(struct key *key, const struct mif_message *report, size_t number)
{
	*key = (struct key){.type = report->type};
	switch (report->type) {
	case MIF_INTERFACE:
	case MIF_NO_INTERFACE:
		key->type = MIF_INTERFACE;
		key->id = report->as.interface.interface;
		return true;
	case MIF_PVD:
		*key = pvd_key(report->as.pvd.interface, report->as.pvd.pvd);
		return true;
	case MIF_NO_PVD:
		*key = pvd_key(report->as.no_pvd.interface, report->as.no_pvd.pvd);
		return true;
	case MIF_ELEMENT:
	case MIF_NO_ELEMENT:
		key->type = MIF_ELEMENT;
		key->parent = report->as.element.pvd;
		key->id = report->as.element.element;
		return true;
	case MIF_ADDRESS:
		*key = address_key(report->as.address.pvd, report->as.address.address);
		return true;
	case MIF_NO_ADDRESS:
		*key = address_key(report->as.no_address.pvd, report->as.no_address.address);
		return true;
	case MIF_CONFIGURATION_DATA:
		*key = data_key(&report->as.configuration_data);
		return true;
	case MIF_INTERFACE_GOING_AWAY:
	case MIF_INTERFACE_GOING_UP:
		key->type = MIF_INTERFACE_GOING_AWAY;
		key->parent = report->as.interface_going_away.interface;
		return true;
	case MIF_DEFAULT_PVD:
		key->id = report->as.default_pvd.family;
		return true;
	case MIF_HOLDER:
		key->parent = report->as.holder.interface;
		key->id = number;
		return true;
	case MIF_COUNTER:
		key->id = number;
		return true;
	default:
		return false;
	}
}

static int number_compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int key_compare(const struct key *a, const struct key *b)
{
	int order = number_compare(a->type, b->type);

	if (order == 0)
		order = number_compare(a->parent, b->parent);
	if (order == 0)
		order = number_compare(a->id, b->id);
	return order != 0 ? order : address_compare(&a->address, &b->address);
}

static int entry_compare(const void *a, const void *b)
{
	const struct picture_entry *left = a, *right = b;
	int order = key_compare(&left->key, &right->key);

	return order != 0 ? order : number_compare(left->number, right->number);
}

/* ---- collecting ---- */

int picture_add(struct picture *picture, const struct mif_message *report)
{
	struct picture_entry entry = {
		.number = picture->count,
		.withdrawn = report_withdraws(report),
		.message = *report,
	};

	if (!key_make(&entry.key, report, entry.number))
		return 0;
	if (picture->count == picture->room) {
		size_t room = picture->room == 0 ? 64 : 2 * picture->room;
		struct picture_entry *entries =
			reallocarray(picture->entries, room, sizeof(*entries));

		if (entries == NULL)
			return -ENOMEM;
		picture->entries = entries;
		picture->room = room;
	}
	picture->entries[picture->count++] = entry;
	return 0;
}

void picture_settle(struct picture *picture)
{
	struct picture_entry *entries = picture->entries;
	size_t kept = 0;

	if (picture->count > 0)
		qsort(entries, picture->count, sizeof(*entries), entry_compare);
	for (size_t i = 0; i < picture->count; i++) {
		bool last = i + 1 == picture->count ||
			key_compare(&entries[i].key, &entries[i + 1].key) != 0;

		if (last && !entries[i].withdrawn)
			entries[kept++] = entries[i];
	}
	picture->count = kept;
}

/* ---- looking ---- */

/* The first entry that is not before this key. */
static size_t picture_place(const struct picture *picture, const struct key *key)
{
	size_t low = 0, high = picture->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (key_compare(&picture->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t entry_after(const struct picture *picture, const struct mif_message *message)
{
	const char *entry = (const char *)message - offsetof(struct picture_entry, message);

	return (size_t)(entry - (const char *)picture->entries) / sizeof(*picture->entries) + 1;
}

const struct mif_message *picture_next(const struct picture *picture, uint32_t type,
	uint64_t parent, const struct mif_message *previous)
{
	const struct key first = {.type = type, .parent = parent};
	const struct picture_entry *entry;
	size_t place =
		previous != NULL ? entry_after(picture, previous) : picture_place(picture, &first);

	if (place >= picture->count)
		return NULL;
	entry = &picture->entries[place];
	return entry->key.type == type && entry->key.parent == parent ? &entry->message : NULL;
}

const struct mif_message_pvd *picture_next_pvd(
	const struct picture *picture, const struct mif_message_pvd *previous)
{
	const struct key first = {.type = MIF_PVD};
	size_t place = picture_place(picture, &first);

	if (previous != NULL) {
		const struct key after = pvd_key(previous->interface, previous->pvd);

		place = picture_place(picture, &after) + 1;
	}
	if (place >= picture->count || picture->entries[place].key.type != MIF_PVD)
		return NULL;
	return &picture->entries[place].message.as.pvd;
}

const struct mif_message_pvd *picture_pvd(const struct picture *picture, uint64_t pvd)
{
	const struct mif_message_pvd *found = NULL;

	while ((found = picture_next_pvd(picture, found)) != NULL)
		if (found->pvd == pvd)
			break;
	return found;
}

int picture_find_pvd(const struct picture *picture, const char *text, uint64_t *pvd)
{
	const struct mif_message_pvd *found = NULL;
	size_t named = 0;
	uint64_t number;
	char *end;

	while ((found = picture_next_pvd(picture, found)) != NULL) {
		if (strcmp(found->name, text) == 0) {
			*pvd = found->pvd;
			named++;
		}
	}
	if (named > 0)
		return named == 1 ? 0 : -ENOTUNIQ;
	if (*text == '#')
		text++;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || picture_pvd(picture, number) == NULL)
		return -ENOENT;
	*pvd = number;
	return 0;
}
