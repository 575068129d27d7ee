/* SPDX-License-Identifier: MIT */
/*
 * Nothing of a kind is delivered after its Stop was posted (M5, M9, M16, M19, M24), though the
 * engine may have sent some before it knew. Each report carries the serial number of the last
 * request that the engine had done by then; so a report that matches a Stop and is older than it
 * is dropped, and a report that is not older shows that the engine knows, and the Stop may be
 * forgotten.
 *
 * Translations are remembered the other way round, those in use, since their identifiers must be
 * told apart from those in use anyway: what belongs to none of them is dropped.
 */
#include "client/filter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

enum stop_kind {
	STOP_NONE,
	STOP_INTERFACES,
	STOP_PVDS,
	STOP_ELEMENTS,
	STOP_ADDRESSES,
	STOP_DEFAULT_PVD,
};

struct filter_stop {
	enum stop_kind kind;
	uint32_t serial;
	uint64_t scope; /* interface or domain; 0: all */
};

struct filter_translation {
	uint64_t id;
	uint32_t serial;
	uint32_t tag; /* the caller's; the request went with its serial for a tag */
};

void filter_init(struct filter *filter)
{
	*filter = (struct filter){0};
}

void filter_deinit(struct filter *filter)
{
	free(filter->stops);
	free(filter->translations);
	filter_init(filter);
}

/* ---- what a message is about ---- */

static struct filter_stop stop_of_request(const struct mif_message *request)
{
	switch (request->type) {
	case MIF_STOP_ANNOUNCING_INTERFACES:
		return (struct filter_stop){.kind = STOP_INTERFACES};
	case MIF_STOP_ANNOUNCING_PVDS:
		return (struct filter_stop){
			.kind = STOP_PVDS, .scope = request->as.stop_announcing_pvds.interface};
	case MIF_STOP_ANNOUNCING_ELEMENTS:
		return (struct filter_stop){
			.kind = STOP_ELEMENTS, .scope = request->as.stop_announcing_elements.pvd};
	case MIF_STOP_ANNOUNCING_ADDRESSES:
		return (struct filter_stop){
			.kind = STOP_ADDRESSES, .scope = request->as.stop_announcing_addresses.pvd};
	case MIF_STOP_ANNOUNCING_DEFAULT_PVD:
		return (struct filter_stop){.kind = STOP_DEFAULT_PVD};
	default:
		return (struct filter_stop){.kind = STOP_NONE};
	}
}

/* What ends together with the announcements of interfaces: all of these kinds, by MIF_BELOW_*. */
static const struct {
	uint32_t below;
	enum stop_kind kind;
} below_kinds[] = {
	{MIF_BELOW_PVDS | MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES, STOP_PVDS},
	{MIF_BELOW_ELEMENTS, STOP_ELEMENTS},
	{MIF_BELOW_ADDRESSES, STOP_ADDRESSES},
};

static bool is_below(const struct filter *filter, enum stop_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(below_kinds); i++) {
		if (below_kinds[i].kind == kind)
			return (filter->below & below_kinds[i].below) != 0;
	}
	return false;
}

/* What becomes of an interface is told to who wants it, too. An END_OF_ANNOUNCEMENTS or an ERROR answers
 * its request, stopped or not. */
static struct filter_stop stop_of_report(const struct mif_message *report, bool holder)
{
	switch (report->type) {
	case MIF_INTERFACE:
	case MIF_NO_INTERFACE:
		return (struct filter_stop){.kind = STOP_INTERFACES};
	case MIF_INTERFACE_GOING_AWAY:
	case MIF_INTERFACE_GOING_UP:
		return (struct filter_stop){.kind = holder ? STOP_NONE : STOP_INTERFACES};
	case MIF_PVD:
		return (struct filter_stop){.kind = STOP_PVDS, .scope = report->as.pvd.interface};
	case MIF_NO_PVD:
		return (struct filter_stop){
			.kind = STOP_PVDS, .scope = report->as.no_pvd.interface};
	case MIF_ELEMENT:
		return (struct filter_stop){.kind = STOP_ELEMENTS, .scope = report->as.element.pvd};
	case MIF_NO_ELEMENT:
		return (struct filter_stop){
			.kind = STOP_ELEMENTS, .scope = report->as.no_element.pvd};
	case MIF_ADDRESS:
		return (struct filter_stop){
			.kind = STOP_ADDRESSES, .scope = report->as.address.pvd};
	case MIF_NO_ADDRESS:
		return (struct filter_stop){
			.kind = STOP_ADDRESSES, .scope = report->as.no_address.pvd};
	case MIF_DEFAULT_PVD:
		return (struct filter_stop){.kind = STOP_DEFAULT_PVD};
	default:
		return (struct filter_stop){.kind = STOP_NONE};
	}
}

static struct filter_stop *find_stop(struct filter *filter, const struct filter_stop *like)
{
	for (size_t i = 0; i < filter->stop_count; i++) {
		if (filter->stops[i].kind == like->kind && filter->stops[i].scope == like->scope)
			return &filter->stops[i];
	}
	return NULL;
}

static struct filter_translation *find_translation(struct filter *filter, uint64_t id)
{
	if (filter->last < filter->translation_count && filter->translations[filter->last].id == id)
		return &filter->translations[filter->last];
	for (size_t i = 0; i < filter->translation_count; i++) {
		if (filter->translations[i].id == id) {
			filter->last = i;
			return &filter->translations[i];
		}
	}
	return NULL;
}

/* The translation that a report is about. An ERROR has no field for it, but the tag that the
 * request went with. */
static struct filter_translation *translation_of_report(
	struct filter *filter, const struct mif_message *report)
{
	if (report->type == MIF_NAME_TRANSLATION)
		return find_translation(filter, report->as.name_translation.translation);
	if (report->type == MIF_SERVICE_TRANSLATION)
		return find_translation(filter, report->as.service_translation.translation);
	if (report->type == MIF_NAME_TRANSLATION_DONE)
		return find_translation(filter, report->as.name_translation_done.translation);
	for (size_t i = 0; i < filter->translation_count; i++) {
		if (filter->translations[i].serial == report->tag)
			return &filter->translations[i];
	}
	return NULL;
}

static bool is_of_translation(const struct mif_message *report)
{
	return report->type == MIF_NAME_TRANSLATION || report->type == MIF_SERVICE_TRANSLATION ||
		report->type == MIF_NAME_TRANSLATION_DONE ||
		(report->type == MIF_ERROR && report->as.error.request == MIF_TRANSLATE_NAME);
}

static void translation_remove(struct filter *filter, struct filter_translation *translation)
{
	if (translation != NULL)
		*translation = filter->translations[--filter->translation_count];
}

/* ---- requests ---- */

static int room(void **array, size_t count, size_t size, size_t max)
{
	size_t grown = count < 8 ? 8 : 2 * count;
	void *larger;

	if (count >= max)
		return -ENOBUFS;
	if (*array != NULL && (count < 8 || (count & (count - 1)) != 0))
		return 0;
	larger = reallocarray(*array, MIN(grown, max), size);
	if (larger == NULL)
		return -ENOMEM;
	*array = larger;
	return 0;
}

/* The end of the announcements of interfaces may be that of other kinds, too. */
static int stops_room(struct filter *filter, const struct filter_stop *stop)
{
	size_t more =
		stop->kind == STOP_INTERFACES && filter->below != 0 ? ARRAY_SIZE(below_kinds) : 0;
	void *array = filter->stops;
	int r = 0;

	if (more == 0 && find_stop(filter, stop) != NULL)
		return 0;
	for (size_t i = 0; r == 0 && i <= more; i++)
		r = room(&array, filter->stop_count + i, sizeof(*filter->stops), FILTER_STOPS_MAX);
	filter->stops = array;
	return r;
}

int filter_check(struct filter *filter, const struct mif_message *request)
{
	struct filter_stop stop = stop_of_request(request);
	void *array;
	int r = 0;

	if (request->type == MIF_TRANSLATE_NAME) {
		/* Most number them upwards. */
		if (request->as.translate_name.translation <= filter->highest &&
			find_translation(filter, request->as.translate_name.translation) != NULL)
			return -EEXIST;
		array = filter->translations;
		r = room(&array, filter->translation_count, sizeof(*filter->translations),
			FILTER_TRANSLATIONS_MAX);
		filter->translations = array;
	} else if (is_below(filter, stop.kind)) {
		r = -EBUSY;
	} else if (stop.kind != STOP_NONE) {
		r = stops_room(filter, &stop);
	}
	return r;
}

static void stop_add(struct filter *filter, const struct filter_stop *stop)
{
	struct filter_stop *known = find_stop(filter, stop);

	if (known != NULL)
		*known = *stop;
	else
		filter->stops[filter->stop_count++] = *stop;
}

static void stops_add_below(struct filter *filter, uint32_t serial)
{
	for (size_t i = 0; i < ARRAY_SIZE(below_kinds); i++) {
		struct filter_stop stop = {.kind = below_kinds[i].kind, .serial = serial};

		if (is_below(filter, stop.kind))
			stop_add(filter, &stop);
	}
	filter->below = 0;
}

void filter_posted(struct filter *filter, const struct mif_message *request, uint32_t request_tag)
{
	struct filter_stop stop = stop_of_request(request);

	filter->holder |= request->type == MIF_WANTS_TO_CONNECT ||
		request->type == MIF_CONNECTION_CAN_BE_BROKEN;
	if (request->type == MIF_TRANSLATE_NAME) {
		filter->translations[filter->translation_count++] = (struct filter_translation){
			.id = request->as.translate_name.translation,
			.serial = request->serial,
			.tag = request_tag,
		};
		filter->highest = MAX(filter->highest, request->as.translate_name.translation);
		return;
	}
	if (request->type == MIF_STOP_TRANSLATING_NAME) {
		translation_remove(filter,
			find_translation(filter, request->as.stop_translating_name.translation));
		return;
	}
	if (request->type == MIF_ANNOUNCE_INTERFACES)
		filter->below |= request->as.announce_interfaces.below;
	if (stop.kind == STOP_NONE)
		return;
	stop.serial = request->serial;
	stop_add(filter, &stop);
	if (stop.kind == STOP_INTERFACES)
		stops_add_below(filter, stop.serial);
}

/* ---- reports ---- */

/* The engine has done all requests up to this serial. */
static void forget_stops(struct filter *filter, uint32_t serial)
{
	size_t kept = 0;

	for (size_t i = 0; i < filter->stop_count; i++) {
		if (serial_older(serial, filter->stops[i].serial))
			filter->stops[kept++] = filter->stops[i];
	}
	filter->stop_count = kept;
}

bool filter_pass(struct filter *filter, const struct mif_message *report)
{
	const struct filter_translation *translation;
	struct filter_stop stop;

	if (filter->stop_count > 0)
		forget_stops(filter, report->serial);
	if (is_of_translation(report)) {
		translation = translation_of_report(filter, report);
		/* An older one belongs to a translation of the same identifier, stopped. */
		return translation != NULL && !serial_older(report->serial, translation->serial);
	}
	if (filter->stop_count == 0)
		return true;
	stop = stop_of_report(report, filter->holder);
	if (stop.kind == STOP_NONE)
		return true;
	if (find_stop(filter, &stop) != NULL)
		return false;
	stop.scope = 0;
	return find_stop(filter, &stop) == NULL;
}

void filter_delivered(struct filter *filter, struct mif_message *report)
{
	struct filter_translation *translation;

	if (!is_of_translation(report))
		return;
	translation = translation_of_report(filter, report);
	if (translation == NULL)
		return;
	report->tag = translation->tag;
	if (report->type != MIF_NAME_TRANSLATION && report->type != MIF_SERVICE_TRANSLATION)
		translation_remove(filter, translation);
}
