/* SPDX-License-Identifier: MIT */
/*
 * Through what the owner wants to connect, and what it was told of an interface's future, over the
 * loss of a daemon: the new engine is told as soon as it has announced the interface or the domain,
 * which is before anybody could ask it to take something down without knowing of its holders for long.
 */
#include "client/steady-hold.h"

#include <errno.h>
#include <stdlib.h>

#include "client/steady-link.h"

void holds_init(struct holds *holds)
{
	*holds = (struct holds){0};
	list_init(&holds->list);
}

static void hold_remove(struct holds *holds, struct hold *hold)
{
	holds->count--;
	list_remove(&hold->node);
	free(hold);
}

void holds_deinit(struct holds *holds)
{
	list_for_each_safe (node, &holds->list)
		hold_remove(holds, container_of(node, struct hold, node));
}

/* ---- what the owner posts ---- */

static struct hold *hold_find(const struct holds *holds, uint64_t interface, uint64_t pvd)
{
	list_for_each (node, &holds->list) {
		struct hold *hold = container_of(node, struct hold, node);

		/* A domain says by itself on which interface it is. */
		if (hold->pvd == pvd && (pvd != 0 || hold->interface == interface))
			return hold;
	}
	return NULL;
}

int holds_posted(struct holds *holds, const struct mif_message *request, bool live)
{
	/* The three begin with the same fields. */
	const struct mif_message_wants_to_connect *want = &request->as.wants_to_connect;
	struct hold *hold;

	if (request->type != MIF_WANTS_TO_CONNECT && request->type != MIF_CONNECTION_IS_IDLE &&
		request->type != MIF_CONNECTION_CAN_BE_BROKEN)
		return 0;
	hold = hold_find(holds, want->interface, want->pvd);
	if (request->type == MIF_CONNECTION_IS_IDLE) {
		if (hold != NULL)
			hold_remove(holds, hold);
		return 0;
	}
	/* More than that the engine refuses. */
	if (hold == NULL && holds->count >= STEADY_HOLDS)
		return 0;
	if (hold == NULL) {
		hold = calloc(1, sizeof(*hold));
		if (hold == NULL)
			return -ENOMEM;
		hold->interface = want->interface;
		hold->pvd = want->pvd;
		list_append(&holds->list, &hold->node);
		holds->count++;
	}
	hold->type = request->type;
	/* While there is no engine, the request itself waits for one, behind those before it. */
	hold->sent |= live;
	return 0;
}

/* ---- what the owner is told ---- */

static void away_set(struct holds *holds, uint64_t interface, bool away)
{
	size_t i = 0;

	while (i < holds->away_count && holds->away[i] != interface)
		i++;
	if (away && i == holds->away_count && i < STEADY_AWAY)
		holds->away[holds->away_count++] = interface;
	else if (!away && i < holds->away_count)
		holds->away[i] = holds->away[--holds->away_count];
}

static void hold_end(struct holds *holds, uint64_t interface, uint64_t pvd)
{
	list_for_each_safe (node, &holds->list) {
		struct hold *hold = container_of(node, struct hold, node);

		if ((interface != 0 && hold->interface == interface) ||
			(pvd != 0 && hold->pvd == pvd))
			hold_remove(holds, hold);
	}
}

void holds_told(struct holds *holds, const struct mif_message *report)
{
	switch (report->type) {
	case MIF_INTERFACE_GOING_AWAY:
		away_set(holds, report->as.interface_going_away.interface, true);
		break;
	case MIF_INTERFACE_GOING_UP:
		away_set(holds, report->as.interface_going_up.interface, false);
		break;
	case MIF_INTERFACE:
		if ((report->as.interface.flags & MIF_INTERFACE_UP) == 0)
			away_set(holds, report->as.interface.interface, false);
		break;
	case MIF_NO_INTERFACE:
		away_set(holds, report->as.no_interface.interface, false);
		hold_end(holds, report->as.no_interface.interface, 0);
		break;
	case MIF_NO_PVD:
		hold_end(holds, 0, report->as.no_pvd.pvd);
		break;
	default:
		break;
	}
}

/* ---- another engine ---- */

void holds_lost(struct holds *holds)
{
	list_for_each (node, &holds->list)
		container_of(node, struct hold, node)->sent = false;
	holds->fresh_count = 0;
}

/* The engine's identifier of what the owner calls so; 0: it has not announced it. */
static uint64_t fresh_id(const struct steady *steady, enum rank rank, uint64_t owner_id)
{
	list_for_each (node, &steady->fresh->ranks[rank]) {
		const struct object *object = container_of(node, struct object, in_rank);

		if (object->owner_id == owner_id)
			return object->subject.id;
	}
	return 0;
}

static bool hold_push(struct steady *steady, struct hold *hold)
{
	struct mif_message request = {.type = hold->type, .serial = steady->serial};
	struct mif_message_wants_to_connect *want = &request.as.wants_to_connect;

	if (hold->pvd != 0)
		want->pvd = fresh_id(steady, RANK_PVD, hold->pvd);
	else if (hold->interface != 0)
		want->interface = fresh_id(steady, RANK_INTERFACE, hold->interface);
	if ((hold->pvd != 0 && want->pvd == 0) ||
		(hold->pvd == 0 && hold->interface != 0 && want->interface == 0))
		return true;
	hold->sent = steady_send(steady, &request, true) == 0;
	return hold->sent;
}

void holds_push(struct steady *steady)
{
	list_for_each (node, &steady->holds.list) {
		struct hold *hold = container_of(node, struct hold, node);

		if (!hold->sent && !hold_push(steady, hold))
			return;
	}
}

bool holds_report(struct holds *holds, const struct mif_message *report)
{
	if (report->type == MIF_INTERFACE_GOING_AWAY || report->type == MIF_INTERFACE_GOING_UP) {
		if (holds->fresh_count < STEADY_AWAY)
			holds->fresh[holds->fresh_count++] = *report;
		return true;
	}
	return (report->type == MIF_ERROR &&
		       (report->as.error.request == MIF_WANTS_TO_CONNECT ||
			       report->as.error.request == MIF_CONNECTION_CAN_BE_BROKEN)) ||
		report->type == MIF_LINK_DONE;
}

/* Whether the new engine has said so, too. */
static bool is_away_still(const struct steady *steady, uint64_t interface)
{
	const struct holds *holds = &steady->holds;
	uint64_t id = fresh_id(steady, RANK_INTERFACE, interface);
	bool away = false;

	for (size_t i = 0; i < holds->fresh_count; i++) {
		if (holds->fresh[i].as.interface_going_away.interface == id)
			away = holds->fresh[i].type == MIF_INTERFACE_GOING_AWAY;
	}
	return away;
}

void holds_commit(struct steady *steady)
{
	struct holds *holds = &steady->holds;

	for (size_t i = holds->away_count; i-- > 0;) {
		struct mif_message report = {.type = MIF_INTERFACE_GOING_UP};

		report.as.interface_going_up.interface = holds->away[i];
		if (is_away_still(steady, holds->away[i]))
			continue;
		holds_told(holds, &report);
		steady_queue(steady, &report);
	}
	for (size_t i = 0; i < holds->fresh_count; i++) {
		struct mif_message report = holds->fresh[i];

		/* One that the owner does not know it cannot be told of. */
		if (names_by_engine(steady->names, report.as.interface_going_away.interface) ==
				NULL ||
			names_to_owner(steady->names, &report) < 0)
			continue;
		holds_told(holds, &report);
		steady_queue(steady, &report);
	}
	holds->fresh_count = 0;
	holds_push(steady);
}
