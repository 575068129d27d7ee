/* SPDX-License-Identifier: MIT */
/*
 * Interfaces that are going away or up. Reasons come from the host, from sources (engine/model.h),
 * from subscribers (link-request.c) and from links on demand (demand.c); who must know is told
 * (notice.c) before anything is withdrawn; when nobody holds the interface any more, or its deadline
 * has come, the host gets the order to take it down. Nothing here touches a link.
 */
#include "engine/departure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/want.h"

#define OURS (1U << CAUSE_REQUEST | 1U << CAUSE_DEMAND)

static struct departure *departure_new(
	struct engine *engine, struct model_link *link, enum departure_state state)
{
	struct departure *departure = calloc(1, sizeof(*departure));

	if (departure == NULL)
		return NULL;
	departure->link = link;
	departure->state = state;
	departure->deadline = TIME_FOREVER;
	departure->why = MIF_AWAY_UNKNOWN;
	list_init(&departure->in_orders);
	list_init(&departure->notices);
	list_init(&departure->waiters);
	list_append(&engine->departures, &departure->in_engine);
	link->departure = departure;
	return departure;
}

/* A notice that nobody has fetched is spared who would hear of the end together with the beginning. */
static void notice_end(struct notice *notice, bool stays)
{
	list_remove(&notice->in_departure);
	notice->departure = NULL;
	if (stays && notice->told) {
		notice->kind = NOTICE_UP;
		session_queue_last(notice->session, &notice->out);
	} else if (stays || list_empty(&notice->out.queue)) {
		notice_free(notice);
	}
}

void departure_end(struct departure *departure, bool stays)
{
	list_for_each_safe (node, &departure->notices) {
		struct notice *notice = container_of(node, struct notice, in_departure);

		notice->deadline = departure->deadline;
		notice->why = departure->why;
		notice_end(notice, stays);
	}
	departure->link->departure = NULL;
	list_remove(&departure->in_engine);
	list_remove(&departure->in_orders);
	free(departure);
}

void departure_fail(struct departure *departure, int error, const char *text)
{
	waiters_answer(departure, 0, error, text);
	list_for_each_safe (node, &departure->notices) {
		struct notice *notice = container_of(node, struct notice, in_departure);
		const struct session *session = notice->session;

		if (session_wants(session, departure->link) &&
			(session->flags & SESSION_STRICT) == 0)
			notice_fail(notice, error, text);
	}
	departure_end(departure, false);
}

/* Of several reasons the one counts whose deadline comes first. Who must know is told of another one.
 * 0, or -ENOMEM. */
static int departure_judge(struct engine *engine, struct departure *departure)
{
	const struct departure_reason *first = NULL;

	for (uint32_t i = 0; i < CAUSES; i++) {
		const struct departure_reason *reason = &departure->reasons[i];

		if ((departure->causes & 1U << i) != 0 &&
			(first == NULL || reason->deadline < first->deadline))
			first = reason;
	}
	if (first == NULL || departure->order != 0 ||
		(first->deadline == departure->deadline && first->why == departure->why))
		return 0;
	departure->deadline = first->deadline;
	departure->why = first->why;
	return notices_queue(engine, departure->link, departure, NOTICE_AWAY);
}

/* A source's own word replaces what it said before; of several requests the one that is in a hurry
 * counts. */
static void reason_set(struct departure *departure, uint32_t cause,
	const struct departure_reason *reason, uint64_t now)
{
	struct departure_reason *to = &departure->reasons[cause];
	uint64_t deadline = MIN(reason->deadline, now + DEPARTURE_LONGEST * NSEC_PER_MSEC);

	if (cause == CAUSE_REQUEST && (departure->causes & 1U << cause) != 0)
		deadline = MIN(deadline, to->deadline);
	*to = (struct departure_reason){.deadline = deadline, .why = reason->why};
	departure->causes |= 1U << cause;
}

int departure_begin(struct engine *engine, struct model_link *link, uint32_t cause,
	const struct departure_reason *reason, uint64_t now)
{
	struct departure *departure = link->departure;
	bool alone;
	int r;

	if (departure != NULL && departure->state == DEPARTURE_UP) {
		waiters_answer(departure, 0, ECANCELED, "it is going away");
		departure_end(departure, false);
		departure = NULL;
	}
	if (departure == NULL)
		departure = departure_new(engine, link, DEPARTURE_AWAY);
	if (departure == NULL)
		return -ENOMEM;
	/* Nobody held it, but somebody may do so by now. */
	if (departure->order == 0)
		departure->state = DEPARTURE_AWAY;
	alone = departure->causes == 0;
	reason_set(departure, cause, reason, now);
	engine_set_time(engine, now);
	engine->departures_stale = engine->deadline_stale = true;
	r = departure_judge(engine, departure);
	if (r < 0 && alone) {
		/* Nobody has heard of it yet. */
		departure_end(departure, true);
		return r;
	}
	return 0;
}

void departure_call_off(struct engine *engine, struct model_link *link, uint32_t cause)
{
	struct departure *departure = link->departure;

	if (departure == NULL || departure->state == DEPARTURE_UP ||
		(departure->causes & 1U << cause) == 0)
		return;
	departure->causes &= ~(1U << cause);
	engine->departures_stale = engine->deadline_stale = true;
	if (departure->order != 0)
		return;
	/* Without memory it is told of the deadline that was. */
	if (departure->causes != 0) {
		departure_judge(engine, departure);
		return;
	}
	waiters_answer(departure, 0, ECANCELED, "it was called off");
	departure_end(departure, true);
}

void departure_is_over(struct engine *engine, struct model_link *link, uint32_t cause, uint64_t now)
{
	struct departure *departure = link->departure;

	if (departure == NULL || departure->state == DEPARTURE_UP ||
		(departure->causes & 1U << cause) == 0 || departure->reasons[cause].over_at != 0)
		return;
	departure->reasons[cause].over_at = now + DEPARTURE_GRACE;
	engine->departures_stale = engine->deadline_stale = true;
}

bool link_leads(const struct model_link *link)
{
	list_for_each (node, &link->interface->children) {
		const struct object *pvd = container_of(node, struct object, siblings);

		if ((pvd->pvd.flags & MIF_PVD_LINK_SCOPE) == 0)
			return true;
	}
	return false;
}

/* What is over is no reason any more: the link has gone, or is there after all. Whether the departure is
 * over, too. */
static bool reasons_end(struct engine *engine, struct departure *departure, uint64_t now)
{
	bool leads = link_leads(departure->link);
	uint32_t over = 0;

	for (uint32_t i = 0; i < CAUSES; i++) {
		uint64_t at = departure->reasons[i].over_at;

		if ((departure->causes & 1U << i) != 0 && at != 0 && (!leads || at <= now))
			over |= 1U << i;
	}
	if (over == 0 || departure->order != 0)
		return false;
	departure->causes &= ~over;
	/* Without memory it is told of the deadline that was. */
	if (departure->causes != 0) {
		departure_judge(engine, departure);
		return false;
	}
	waiters_answer(departure, 0, 0, "it has gone");
	departure_end(departure, leads);
	return true;
}

static uint64_t reasons_deadline(const struct departure *departure)
{
	uint64_t deadline = TIME_FOREVER;

	for (uint32_t i = 0; i < CAUSES; i++) {
		uint64_t at = departure->reasons[i].over_at;

		if ((departure->causes & 1U << i) != 0 && at != 0)
			deadline = MIN(deadline, at);
	}
	return deadline;
}

/* ---- orders ---- */

static struct link_order order_of(const struct departure *departure)
{
	struct link_order order = {
		.id = departure->order,
		.up = departure->state == DEPARTURE_UP,
		.ifindex = departure->link->ifindex,
	};

	memcpy(order.name, departure->link->interface->interface.name, sizeof(order.name) - 1);
	return order;
}

/* To a source that carries such orders out, or to the host. */
static void order_give(struct engine *engine, struct departure *departure)
{
	struct link_order order;

	departure->order = ++engine->last_order;
	order = order_of(departure);
	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if (source->ops->order == NULL || !source->ops->order(source, &order))
			continue;
		engine_called(engine, source);
		return;
	}
	list_append(&engine->orders, &departure->in_orders);
}

bool engine_next_order(struct engine *engine, struct link_order *order)
{
	struct departure *departure;

	if (list_empty(&engine->orders))
		return false;
	departure = container_of(engine->orders.next, struct departure, in_orders);
	list_remove(&departure->in_orders);
	*order = order_of(departure);
	return true;
}

int departure_raise(struct engine *engine, struct model_link *link, uint32_t cause, uint64_t now)
{
	struct departure *departure = departure_new(engine, link, DEPARTURE_UP);
	int r;

	if (departure == NULL)
		return -ENOMEM;
	r = notices_queue(engine, link, departure, NOTICE_UP);
	if (r < 0) {
		departure_end(departure, true);
		return r;
	}
	departure->causes = 1U << cause;
	departure->deadline = now + DEPARTURE_RAISE;
	order_give(engine, departure);
	engine->deadline_stale = true;
	return 0;
}

static void order_down_done(
	struct engine *engine, struct departure *departure, int error, const char *text)
{
	waiters_answer(departure, 0, error, text);
	/* What was taken down on request is not brought up by who wanted it before. */
	if (error == 0 && (departure->causes & 1U << CAUSE_REQUEST) != 0)
		departure->link->declined = true;
	departure->causes &= ~OURS;
	if (error == 0)
		departure_end(departure, false);
	else if (departure->causes == 0)
		departure_end(departure, true);
	engine->departures_stale = true;
}

static void order_up_done(struct engine *engine, struct departure *departure, int error,
	const char *text, uint64_t now)
{
	bool on_demand = (departure->causes & 1U << CAUSE_DEMAND) != 0;
	const struct model_link *link = departure->link;

	if (error != 0) {
		departure_fail(departure, error, text);
		demand_raised(engine, link, false, now);
		return;
	}
	waiters_answer(departure, 0, 0, text);
	/* That may take a while. */
	departure->deadline = now + DEPARTURE_RAISE;
	if (on_demand && !link_has_come(engine, link))
		return;
	departure_end(departure, false);
	demand_raised(engine, link, true, now);
}

void engine_order_done(
	struct engine *engine, uint64_t id, int error, const char *text, uint64_t now)
{
	engine->deadline_stale = true;
	list_for_each_safe (node, &engine->departures) {
		struct departure *departure = container_of(node, struct departure, in_engine);

		if (departure->order != id || id == 0)
			continue;
		departure->order = 0;
		if (departure->state == DEPARTURE_UP)
			order_up_done(engine, departure, error, text, now);
		else
			order_down_done(engine, departure, error, text);
		break;
	}
	departures_run(engine, now);
	/* The host shall look after who was told. */
	engine->departures_stale = true;
}

/* ---- what is due ---- */

static void departure_leave(struct engine *engine, struct departure *departure, uint64_t now)
{
	departure->state = DEPARTURE_LEAVING;
	if (departure->link->held == 0)
		waiters_answer(departure, MIF_LET_GO, 0, "nobody wants it any more");
	else
		waiters_answer(departure, MIF_LET_GO, ETIMEDOUT, "it is still wanted");
	departure_is_over(engine, departure->link, CAUSE_OTHERS, now);
	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if ((departure->causes & 1U << i) == 0 || source->ops->released == NULL)
			continue;
		source->ops->released(source, departure->link->ifindex, now);
		engine_called(engine, source);
	}
}

static void departure_run(struct engine *engine, struct departure *departure, uint64_t now)
{
	const struct model_link *link = departure->link;

	if (departure->state != DEPARTURE_UP && reasons_end(engine, departure, now))
		return;
	if (departure->state == DEPARTURE_AWAY && (link->held == 0 || departure->deadline <= now))
		departure_leave(engine, departure, now);
	if (departure->state == DEPARTURE_LEAVING && departure->order == 0 &&
		(departure->causes & OURS) != 0)
		order_give(engine, departure);
	if (departure->state == DEPARTURE_UP && departure->order == 0) {
		if (link_has_come(engine, link)) {
			departure_end(departure, false);
			demand_raised(engine, link, true, now);
		} else if (departure->deadline <= now) {
			departure_fail(departure, ETIMEDOUT,
				link->ifindex == 0	? "it does not exist"
					: link->running ? "it has got no address"
							: "it has got no carrier");
			demand_raised(engine, link, false, now);
		}
	}
}

void departures_run(struct engine *engine, uint64_t now)
{
	engine_set_time(engine, now);
	now = engine->now;
	engine->departures_stale = false;
	absents_run(engine);
	forecasts_run(engine, now);
	list_for_each_safe (node, &engine->departures)
		departure_run(engine, container_of(node, struct departure, in_engine), now);
	demands_run(engine, now);
}

uint64_t departures_deadline(const struct engine *engine)
{
	uint64_t deadline = engine->departures_stale ? 0 : demands_deadline(engine);

	deadline = MIN(deadline, forecasts_deadline(engine));
	list_for_each (node, &engine->departures) {
		const struct departure *departure = container_of(node, struct departure, in_engine);

		if (departure->order != 0)
			continue;
		if (departure->state != DEPARTURE_LEAVING)
			deadline = MIN(deadline, departure->deadline);
		if (departure->state != DEPARTURE_UP)
			deadline = MIN(deadline, reasons_deadline(departure));
	}
	return deadline;
}

void departure_note(struct engine *engine, const struct object *interface, enum change change)
{
	struct departure *departure = interface->link->departure;
	bool up = (interface->interface.flags & MIF_INTERFACE_UP) != 0;

	engine->departures_stale = engine->deadline_stale = true;
	if (departure == NULL)
		return;
	if (change == CHANGE_GONE) {
		waiters_answer(departure, MIF_TAKE_DOWN, 0, "it is gone");
		waiters_answer(departure, 0, ENODEV, "it is gone");
		departure_end(departure, false);
	} else if (!up && departure->state != DEPARTURE_UP && departure->order == 0) {
		/* Somebody else was quicker. */
		waiters_answer(departure, 0, 0, "it is down");
		departure_end(departure, false);
	}
}

void departure_note_ending(struct engine *engine, struct model_link *link, uint64_t now)
{
	const struct departure_reason reason = {.deadline = link->ends, .why = MIF_AWAY_LIFETIME};

	/* Without memory it is not told. */
	if (link->ending)
		departure_begin(engine, link, CAUSE_LIFETIME, &reason, now);
	else
		departure_call_off(engine, link, CAUSE_LIFETIME);
}

/* ---- what sources and the host say ---- */

static struct model_link *link_of(const struct engine *engine, uint32_t ifindex)
{
	list_for_each (node, &engine->model->interfaces) {
		struct object *interface = container_of(node, struct object, siblings);

		if (interface->link->ifindex == ifindex)
			return interface->link;
	}
	return NULL;
}

/* The host ends or sleeps, and its own loopback with it, which nobody need be told. */
static bool goes_with_all(const struct model_link *link)
{
	const struct interface_state *interface = &link->interface->interface;

	return (interface->flags & MIF_INTERFACE_UP) != 0 && interface->kind != MIF_KIND_LOOPBACK;
}

static void say_away(struct engine *engine, uint32_t cause, uint32_t ifindex,
	const struct departure_reason *reason, uint64_t now)
{
	/* Without memory it goes unannounced, as it did before there was anybody to say so. */
	list_for_each (node, &engine->model->interfaces) {
		struct model_link *link = container_of(node, struct object, siblings)->link;

		if (ifindex == 0 ? goes_with_all(link) : link->ifindex == ifindex)
			departure_begin(engine, link, cause, reason, now);
	}
}

static void say_up(struct engine *engine, uint32_t cause, uint32_t ifindex)
{
	struct model_link *link = link_of(engine, ifindex);

	if (link == NULL)
		return;
	if (link->departure == NULL)
		notices_queue(engine, link, NULL, NOTICE_UP);
	else
		departure_call_off(engine, link, cause);
}

static void say_stays(struct engine *engine, uint32_t cause, uint32_t ifindex)
{
	list_for_each_safe (node, &engine->departures) {
		struct model_link *link = container_of(node, struct departure, in_engine)->link;

		if (ifindex == 0 || link->ifindex == ifindex)
			departure_call_off(engine, link, cause);
	}
}

void engine_going_away(
	struct engine *engine, uint32_t ifindex, uint32_t why, uint64_t deadline, uint64_t now)
{
	const struct departure_reason reason = {.deadline = deadline, .why = why};

	say_away(engine, CAUSE_HOST, ifindex, &reason, now);
}

void engine_going_up(struct engine *engine, uint32_t ifindex)
{
	say_up(engine, CAUSE_HOST, ifindex);
}

void engine_staying(struct engine *engine, uint32_t ifindex)
{
	say_stays(engine, CAUSE_HOST, ifindex);
}

/* A model without an engine has nobody to tell. */
void model_going_away(struct model *model, uint32_t owner, uint32_t ifindex, uint32_t why,
	uint64_t deadline, uint64_t now)
{
	const struct departure_reason reason = {.deadline = deadline, .why = why};

	if (model->engine != NULL)
		say_away(model->engine, owner, ifindex, &reason, now);
}

void model_going_up(struct model *model, uint32_t owner, uint32_t ifindex)
{
	if (model->engine != NULL)
		say_up(model->engine, owner, ifindex);
}

void model_staying(struct model *model, uint32_t owner, uint32_t ifindex)
{
	if (model->engine != NULL)
		say_stays(model->engine, owner, ifindex);
}

bool model_is_held(const struct model *model, uint32_t owner)
{
	if (model->engine == NULL)
		return false;
	list_for_each (node, &model->engine->departures) {
		const struct departure *departure = container_of(node, struct departure, in_engine);

		if (departure->state == DEPARTURE_AWAY && departure->link->held > 0 &&
			(departure->causes & 1U << owner) != 0)
			return true;
	}
	return false;
}

void engine_tell_lifetimes(struct engine *engine, uint64_t notice)
{
	model_tell_lifetimes(engine->model, notice);
	engine->deadline_stale = true;
}

void model_has_gone(struct model *model, uint32_t owner, uint32_t ifindex, uint64_t now)
{
	struct model_link *link = model->engine != NULL ? link_of(model->engine, ifindex) : NULL;

	if (link != NULL)
		departure_is_over(model->engine, link, owner, now);
}

int model_allow_link(struct model *model, const struct link_policy *policy)
{
	return model->engine != NULL ? engine_allow_link(model->engine, policy) : 0;
}

void model_order_done(struct model *model, uint64_t id, int error, const char *text, uint64_t now)
{
	if (model->engine != NULL)
		engine_order_done(model->engine, id, error, text, now);
}
