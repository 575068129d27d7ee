/* SPDX-License-Identifier: MIT */
/*
 * Subscribes to everything, and asks each new domain for its data. Reports come in by follow_report();
 * requests leave by mif_post(), or wait here when its queues are full.
 */
#include "ctl/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/field.h"

/* ---- sets of identifiers ---- */

static size_t id_set_place(const struct id_set *set, uint64_t id)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool id_set_has(const struct id_set *set, uint64_t id)
{
	size_t place = id_set_place(set, id);

	return place < set->count && set->ids[place] == id;
}

/* 1: added; 0: was there; -ENOMEM. */
static int id_set_add(struct id_set *set, uint64_t id)
{
	size_t place = id_set_place(set, id);

	if (id_set_has(set, id))
		return 0;
	if (set->count == set->room) {
		size_t room = set->room == 0 ? 16 : 2 * set->room;
		uint64_t *ids = reallocarray(set->ids, room, sizeof(*ids));

		if (ids == NULL)
			return -ENOMEM;
		set->ids = ids;
		set->room = room;
	}
	memmove(&set->ids[place + 1], &set->ids[place], (set->count - place) * sizeof(*set->ids));
	set->ids[place] = id;
	set->count++;
	return 1;
}

static void id_set_remove(struct id_set *set, uint64_t id)
{
	size_t place = id_set_place(set, id);

	if (!id_set_has(set, id))
		return;
	set->count--;
	memmove(&set->ids[place], &set->ids[place + 1], (set->count - place) * sizeof(*set->ids));
}

/* ---- requests ---- */

static int follow_ask(struct follow *follow, const struct mif_message *request)
{
	if (follow->first == follow->count)
		follow->first = follow->count = 0;
	if (follow->count == follow->room) {
		size_t room = follow->room == 0 ? 16 : 2 * follow->room;
		struct mif_message *requests =
			reallocarray(follow->requests, room, sizeof(*requests));

		if (requests == NULL)
			return -ENOMEM;
		follow->requests = requests;
		follow->room = room;
	}
	follow->requests[follow->count++] = *request;
	follow->unanswered++;
	return 0;
}

int follow_post(struct follow *follow)
{
	while (follow_waits(follow)) {
		int r = mif_post(follow->mif, &follow->requests[follow->first]);

		if (r == -EAGAIN || r == -ENOBUFS)
			return 0;
		if (r < 0)
			return r;
		follow->first++;
	}
	return 0;
}

static int ask_simply(struct follow *follow, uint32_t type)
{
	return follow_ask(follow, &(struct mif_message){.type = type});
}

static int ask_for_all(struct follow *follow)
{
	struct mif_message request = {.type = MIF_ANNOUNCE_INTERFACES};

	request.as.announce_interfaces.below = MIF_BELOW_PVDS;
	if ((follow->flags & FOLLOW_PVDS) == 0)
		request.as.announce_interfaces.below |= MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES;
	return follow_ask(follow, &request);
}

static int ask_for_data(struct follow *follow, uint64_t pvd)
{
	const struct values_info *values =
		field_find(MIF_GET_CONFIGURATION_DATA, "information")->values;
	int r = 0;

	/* Every kind that the table has. */
	for (size_t i = 0; r == 0 && i < values->count; i++) {
		struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA};

		request.as.get_configuration_data.pvd = pvd;
		request.as.get_configuration_data.information = values->values[i].number;
		r = follow_ask(follow, &request);
	}
	return r;
}

/* ---- reports ---- */

/* Every request is answered: by one END_OF_ANNOUNCEMENTS or ERROR, or by the last item of data. */
static void follow_answered(struct follow *follow, const struct mif_message *report)
{
	const struct mif_message_configuration_data *data = &report->as.configuration_data;
	bool last = report->type == MIF_END_OF_ANNOUNCEMENTS || report->type == MIF_ERROR ||
		report->type == MIF_NO_CONFIGURATION_DATA ||
		(report->type == MIF_CONFIGURATION_DATA && data->index + 1 >= data->count);

	if (last && follow->unanswered > 0)
		follow->unanswered--;
}

static int follow_known(struct follow *follow, const struct mif_message *report)
{
	int r;

	if (report->type == MIF_NO_PVD)
		id_set_remove(&follow->pvds, report->as.no_pvd.pvd);
	if (report->type != MIF_PVD || (follow->flags & FOLLOW_DATA) == 0)
		return 0;
	r = id_set_add(&follow->pvds, report->as.pvd.pvd);
	return r == 1 ? ask_for_data(follow, report->as.pvd.pvd) : r;
}

int follow_report(struct follow *follow, const struct mif_message *report)
{
	int r;

	follow_answered(follow, report);
	r = follow_known(follow, report);
	return r < 0 ? r : follow_post(follow);
}

int follow_init(struct follow *follow, struct mif *mif, unsigned int flags)
{
	int r;

	*follow = (struct follow){.mif = mif, .flags = flags};
	r = ask_for_all(follow);
	if (r == 0 && (flags & FOLLOW_PVDS) == 0)
		r = ask_simply(follow, MIF_ANNOUNCE_DEFAULT_PVD);
	if (r == 0 && (flags & FOLLOW_COUNTERS) != 0)
		r = ask_simply(follow, MIF_GET_COUNTERS);
	if (r == 0 && (flags & FOLLOW_HOLDERS) != 0)
		r = ask_simply(follow, MIF_GET_HOLDERS);
	return r < 0 ? r : follow_post(follow);
}

void follow_deinit(struct follow *follow)
{
	free(follow->pvds.ids);
	free(follow->requests);
}
