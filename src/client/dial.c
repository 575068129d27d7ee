/* SPDX-License-Identifier: MIT */
/*
 * Dial: connect by name over all domains (3.3.2, and the example of 3.4). Drives a race: asks the
 * name services of every domain through the view's link, opens and closes sockets as the race
 * says, tells it what became of them, and ends in one CONNECTED or NOT_CONNECTED. News come from
 * the view, the sockets and one timer; all of them end in dial_advance().
 */
#include "client/dial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "client/attempt.h"
#include "client/race-choice.h"

/* One race in so many begins without prejudice. */
#define DIAL_UNPREJUDICED 16

/* Where the fastest is wanted: from one attempt to the next, and how long others may take. */
#define DIAL_STAGGER (10 * NSEC_PER_MSEC)
#define DIAL_WINDOW (100 * NSEC_PER_MSEC)

static struct dial *dial_of(struct task *task)
{
	return container_of(task, struct dial, task);
}

/* ---- the end ---- */

static void query_stop(struct dial *dial, const struct dial_query *query)
{
	struct mif_message request = {
		.type = MIF_STOP_TRANSLATING_NAME,
		.as.stop_translating_name.translation = query->translation,
	};

	if (!query->done)
		view_post(&dial->task.mif->view, &request);
}

static void slot_free(struct dial_slot *slot)
{
	if (slot->attempt == 0)
		return;
	loop_unwatch(&slot->dial->task.mif->loop, &slot->watch);
	slot->fd = attempt_abandon(slot->fd);
	slot->attempt = 0;
	slot->up = false;
}

static void dial_free(struct task *task)
{
	struct dial *dial = dial_of(task);

	timer_stop(&dial->timer);
	for (size_t i = 0; i < dial->query_count; i++)
		query_stop(dial, &dial->queries[i]);
	for (size_t i = 0; i < ARRAY_SIZE(dial->slots); i++)
		slot_free(&dial->slots[i]);
	task_deinit(task);
	free(dial);
}

static void dial_failed(struct dial *dial, int error, const char *why)
{
	char text[MIF_TEXT_SIZE];

	dial_text(text, dial->request.host, &dial->race, &dial->zone, why);
	task_failed(&dial->task, error, text);
}

/* ---- attempts ---- */

void dial_report(struct dial *dial, const struct race_attempt *attempt, uint32_t number,
	uint32_t outcome, uint64_t time)
{
	struct mif_message message = {.type = MIF_ATTEMPT, .tag = dial->task.answer->message.tag};

	message.as.attempt = (struct mif_message_attempt){
		.connection = dial->request.connection,
		.attempt = number,
		.outcome = outcome,
		.pvd = attempt->pvd,
		.source = attempt->from,
		.destination = attempt->to,
		.error = (uint32_t)attempt->error,
		.time = time,
		.reason = attempt->reason,
		.ifindex = attempt->ifindex,
	};
	/* Steps are for people: those that find no room are lost, the answer is not. */
	outbox_add(dial->task.outbox, &message);
}

static void report_attempt(struct dial *dial, uint32_t id, uint64_t now)
{
	const struct race_attempt *attempt = &dial->race.attempts[id - 1];

	if (dial->request.verbose != 0)
		dial_report(dial, attempt, id, attempt->outcome, now - dial->started);
}

static struct dial_slot *slot_find(struct dial *dial, uint32_t attempt)
{
	for (size_t i = 0; i < ARRAY_SIZE(dial->slots); i++)
		if (dial->slots[i].attempt == attempt)
			return &dial->slots[i];
	return NULL;
}

/* This host itself teaches nothing about networks. */
static void attempt_learn(struct dial *dial, uint32_t id, int error, uint64_t now)
{
	const struct race_attempt *attempt = &dial->race.attempts[id - 1];
	struct memory *memory = &dial->task.mif->memory;

	if (attempt->pvd == 0)
		return;
	if (error == 0)
		memory_connected(
			memory, attempt->pvd, &attempt->to.address, now - attempt->started, now);
	else
		memory_failed(memory, attempt->pvd, &attempt->to.address, error, now);
}

/* One that was silent for as long as the others waited for it was silent. */
static void attempt_called_off(struct dial *dial, uint32_t id, uint64_t now)
{
	const struct race_attempt *attempt = &dial->race.attempts[id - 1];

	slot_free(slot_find(dial, id));
	if (attempt->outcome == MIF_ATTEMPT_ABANDONED && !attempt->up &&
		now - attempt->started >= MAX(attempt->delay, RACE_DELAY_LEAST))
		attempt_learn(dial, id, ETIMEDOUT, now);
	report_attempt(dial, id, now);
}

/* Tells the race, once. The socket of the winner stays. */
static void slot_ended(struct dial_slot *slot, int error, uint64_t now)
{
	struct dial *dial = slot->dial;
	uint32_t attempt = slot->attempt;

	race_attempt_result(&dial->race, attempt, error, now);
	attempt_learn(dial, attempt, error, now);
	if (error != 0) {
		slot_free(slot);
	} else {
		loop_unwatch(&dial->task.mif->loop, &slot->watch);
		slot->up = true;
	}
	report_attempt(dial, attempt, now);
}

static void dial_advance(struct dial *dial, uint64_t now);

static void slot_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	struct dial_slot *slot = container_of(watch, struct dial_slot, watch);
	struct dial *dial = slot->dial;
	int r = attempt_outcome(slot->fd);

	(void)events;
	if (r == -EINPROGRESS)
		return;
	slot_ended(slot, -r, now);
	dial_advance(dial, now);
}

/* As attempt_open(). */
static int slot_open(struct dial_slot *slot, const struct race_attempt *attempt)
{
	struct dial *dial = slot->dial;
	/* To this host itself no source needs to be chosen. */
	struct mif_endpoint from = attempt->pvd != 0 ? attempt->from : (struct mif_endpoint){0};
	int r = attempt_open(&slot->fd, attempt->ifindex, &from, &attempt->to);

	slot->watch.fd = -1;
	if (r == -EINPROGRESS && !dial->polled) {
		int watched = loop_watch(
			&dial->task.mif->loop, &slot->watch, slot->fd, EPOLLOUT, slot_ready);

		if (watched < 0)
			return watched;
	}
	return r;
}

static void attempt_begin(struct dial *dial, uint32_t id, uint64_t now)
{
	struct dial_slot *slot = slot_find(dial, 0);
	struct race_attempt *attempt = &dial->race.attempts[id - 1];
	int r;

	/* The race has no more attempts running than there are slots. */
	slot->attempt = id;
	slot->fd = -1;
	r = slot_open(slot, attempt);
	if (dial->request.verbose != 0 && slot->fd >= 0)
		attempt_source(slot->fd, &attempt->from);
	report_attempt(dial, id, now);
	if (r != -EINPROGRESS)
		slot_ended(slot, -r, now);
}

/* Whether that is allowed, or there is room for it, is told as of any other request, or not at all: the
 * connection stands. */
static void dial_hold(struct dial *dial, int fd, uint64_t pvd)
{
	struct mif_message request = {.type = MIF_WANTS_TO_CONNECT};
	struct mif *mif = dial->task.mif;

	request.as.wants_to_connect.pvd = pvd;
	if ((dial->request.flags & MIF_DIAL_HOLD) != 0 && pvd != 0 &&
		client_post(mif, &request) == 0)
		held_add(&mif->held, fd, pvd, clock_boottime());
}

static void dial_won(struct dial *dial, uint32_t id)
{
	struct dial_slot *slot = slot_find(dial, id);
	const struct race_attempt *attempt = &dial->race.attempts[id - 1];
	struct mif_endpoint source = attempt->from;
	int fd = slot->fd;

	slot->attempt = 0;
	slot->up = false;
	attempt_source(fd, &source);
	dial_hold(dial, fd, attempt->pvd);
	task_connected(&dial->task, fd, attempt->pvd, &source, &attempt->to,
		dial_service_alpn(dial, attempt));
}

/* All answers first, or those that come in time: a plan is made of what is known. False: there is nothing to be planned, and the
 * race may say why. Else it ends the dial, or waits. */
static bool dial_advance_plan(struct dial *dial, uint64_t now)
{
	uint64_t until = dial->race.limit;

	if (dial->request.window != 0 && dial->race.positive != TIME_FOREVER)
		until = MIN(until, dial->race.positive + dial->request.window);
	for (size_t i = 0; i < dial->race.domain_count && now < until; i++) {
		if (!race_domain_pending(&dial->race.domains[i]))
			continue;
		loop_set_timer(&dial->task.mif->loop, &dial->timer, until);
		return true;
	}
	/* What the time that the answers took has cost is not the plan's. */
	dial->race.limit = now + dial->race.options.limit;
	if (dial_plan(dial, now) == 0)
		return false;
	dial_failed(dial, ECANCELED, "a plan: nothing was connected to");
	return true;
}

/* Does what the race wants done now. May end the dial. */
static void dial_advance(struct dial *dial, uint64_t now)
{
	if (dial->waits) {
		if (now < dial->race.limit)
			return;
		dial_failed(dial, ETIMEDOUT, "the engine has not told its domains in time");
		return;
	}
	if (dial->request.plan != 0 && dial_advance_plan(dial, now))
		return;
	for (;;) {
		struct race_action action = race_next(&dial->race, now);

		switch (action.verb) {
		case RACE_START:
			attempt_begin(dial, action.attempt, now);
			break;
		case RACE_CANCEL:
			attempt_called_off(dial, action.attempt, now);
			break;
		case RACE_CONNECTED:
			dial_won(dial, action.attempt);
			return;
		case RACE_FAILED:
			dial_failed(dial, dial->race.error, NULL);
			return;
		case RACE_WAIT:
			loop_set_timer(
				&dial->task.mif->loop, &dial->timer, race_deadline(&dial->race));
			return;
		}
	}
}

void dial_ready(struct dial *dial, int fd, uint64_t now)
{
	for (size_t i = 0; i < ARRAY_SIZE(dial->slots); i++) {
		struct dial_slot *slot = &dial->slots[i];
		socklen_t size = sizeof(int);
		int error = 0;

		if (slot->attempt == 0 || slot->fd != fd)
			continue;
		/* poll(2) has said already that it is decided. */
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			error = errno;
		slot_ended(slot, error, now);
		dial_advance(dial, now);
		return;
	}
}

static void dial_due(struct timer *timer, uint64_t now)
{
	dial_advance(container_of(timer, struct dial, timer), now);
}

/* No domain can take part. */
static void dial_nowhere(struct dial *dial)
{
	const struct view *view = &dial->task.mif->view;

	if (dial->request.pvd != 0 && view_pvd(view, dial->request.pvd) == NULL)
		dial_failed(dial, ENODEV, "no such provisioning domain");
	else if (view->pvd_count == 0)
		dial_failed(dial, ENETDOWN, "no provisioning domain");
	else if (!dial_domain_is_any_allowed(dial))
		dial_failed(dial, ENETDOWN, "no provisioning domain that is allowed");
	else
		dial_failed(dial, ENETUNREACH, "no provisioning domain has a fitting address");
}

/* The view has settled: the race begins, or goes on with what is new. May end the dial. */
static void dial_settled(struct dial *dial, uint64_t now)
{
	dial_domain_join_all(dial, now);
	if (dial->waits && dial->race.domain_count == 0 && !dial->refreshed &&
		view_refresh(&dial->task.mif->view) == 0) {
		/* The caller may have heard of a domain before the view did. */
		dial->refreshed = true;
		return;
	}
	dial->waits = false;
	if (dial->race.domain_count == 0) {
		dial_nowhere(dial);
		return;
	}
	dial_advance(dial, now);
}

/* ---- news ---- */

static struct dial_query *query_find(struct dial *dial, uint64_t translation)
{
	for (size_t i = 0; i < dial->query_count; i++)
		if (dial->queries[i].translation == translation && !dial->queries[i].done)
			return &dial->queries[i];
	return NULL;
}

/* Whose the name is, for people. */
static void query_not_asked(
	struct dial *dial, const struct mif_message_name_translation_done *report)
{
	const struct view_pvd *pvd = view_pvd(&dial->task.mif->view, report->pvd);

	if (report->zone[0] == '\0')
		return;
	memcpy(dial->zone.zone, report->zone, sizeof(dial->zone.zone));
	snprintf(dial->zone.domain, sizeof(dial->zone.domain), "%s",
		pvd != NULL ? pvd->name : "another domain");
}

static void query_done(struct dial *dial, struct dial_query *query, uint32_t status, uint64_t now)
{
	if (query == NULL)
		return;
	dial_query_done(dial, query, status);
	dial_advance(dial, now);
}

static void query_answer(
	struct dial *dial, const struct mif_message_name_translation *report, uint64_t now)
{
	const struct dial_query *query = query_find(dial, report->translation);

	if (query == NULL)
		return;
	if (query->family == 0)
		dial_service_hint(dial, query, report, now);
	/* The hosts file may name this host itself; a network may not. */
	else if (report->system == MIF_SYSTEM_HOSTS && address_is_loopback(&report->address))
		dial_domain_join_loopback(dial, &report->address, now);
	else if (query->service != 0)
		race_service_address(
			&dial->race, query->pvd, query->service, &report->address, false, now);
	else
		race_answer(&dial->race, query->pvd, &report->address, now);
	dial_advance(dial, now);
}

static void query_service(
	struct dial *dial, const struct mif_message_service_translation *report, uint64_t now)
{
	const struct dial_query *query = query_find(dial, report->translation);

	if (query == NULL)
		return;
	dial_service_told(dial, query, report);
	dial_advance(dial, now);
}

/* Nobody will answer any more. */
static void engine_lost(struct dial *dial, uint64_t now)
{
	if (dial->waits) {
		dial_failed(dial, EPIPE, "the engine is gone");
		return;
	}
	for (size_t i = 0; i < dial->query_count; i++) {
		struct dial_query *query = &dial->queries[i];

		if (!query->done)
			dial_query_done(dial, query, MIF_TRANSLATION_FAILED);
	}
	dial_advance(dial, now);
}

static void interface_news(struct dial *dial, uint64_t interface, uint64_t now)
{
	dial_domain_away(dial, interface);
	if (!dial->waits)
		dial_advance(dial, now);
}

static void dial_news(struct task *task, const struct mif_message *report, uint64_t now)
{
	struct dial *dial = dial_of(task);
	const struct view *view = &task->mif->view;

	if (report == NULL && view->link == NULL) {
		engine_lost(dial, now);
	} else if (report == NULL) {
		if (view_settled(view) && !address_is_loopback(&dial->literal))
			dial_settled(dial, now);
	} else if (report->type == MIF_NAME_TRANSLATION) {
		query_answer(dial, &report->as.name_translation, now);
	} else if (report->type == MIF_SERVICE_TRANSLATION) {
		query_service(dial, &report->as.service_translation, now);
	} else if (report->type == MIF_NAME_TRANSLATION_DONE) {
		if (report->as.name_translation_done.status == MIF_TRANSLATION_OTHER_ZONE)
			query_not_asked(dial, &report->as.name_translation_done);
		query_done(dial, query_find(dial, report->as.name_translation_done.translation),
			report->as.name_translation_done.status, now);
	} else if (report->type == MIF_INTERFACE_GOING_AWAY) {
		interface_news(dial, report->as.interface_going_away.interface, now);
	} else if (report->type == MIF_INTERFACE_GOING_UP) {
		interface_news(dial, report->as.interface_going_up.interface, now);
	} else if (report->type == MIF_ERROR && report->as.error.request == MIF_TRANSLATE_NAME) {
		query_done(dial, query_find(dial, report->tag),
			report->as.error.error == ENODEV ? MIF_TRANSLATION_PVD_GONE
							 : MIF_TRANSLATION_FAILED,
			now);
	}
}

static void dial_pvd_gone(struct task *task, uint64_t pvd, uint64_t now)
{
	struct dial *dial = dial_of(task);

	race_domain_gone(&dial->race, pvd, now);
	if (!dial->waits)
		dial_advance(dial, now);
}

static const struct task_ops dial_ops = {
	.news = dial_news,
	.pvd_gone = dial_pvd_gone,
	.free = dial_free,
};

/* ---- the beginning ---- */

/* What needs no engine; or what the view must tell first. */
static void dial_begin(struct dial *dial, uint64_t now)
{
	static const struct mif_address own[] = {
		{.family = AF_INET6, .octets = {[15] = 1}},
		{.family = AF_INET, .octets = {127, 0, 0, 1}},
	};

	loop_set_timer(&dial->task.mif->loop, &dial->timer, dial->race.limit);
	if (dial->request.pvd != 0 && !dial_needs_view(&dial->request, &dial->literal)) {
		dial_failed(dial, ENETUNREACH, "this host itself is in no provisioning domain");
		return;
	}
	if (address_is_loopback(&dial->literal)) {
		dial_domain_join_loopback(dial, &dial->literal, now);
	} else if (dial->literal.family == AF_UNSPEC && dial_is_localhost(dial->request.host)) {
		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			if (dial_domain_families(dial) &
				(own[i].family == AF_INET ? RACE_IPV4 : RACE_IPV6))
				dial_domain_join_loopback(dial, &own[i], now);
	} else {
		dial->waits = true;
		if (view_settled(&dial->task.mif->view))
			dial_settled(dial, now);
		return;
	}
	dial_advance(dial, now);
}

/* Now and then nothing is remembered, so that what has become better is found out (Happy Eyeballs
 * version 3, section 5.3). */
static void dial_options(struct dial *dial, struct race_options *options, uint64_t now)
{
	struct mif *mif = dial->task.mif;

	if (++mif->dials % DIAL_UNPREJUDICED != 0)
		options->memory = &mif->memory;
	options->shuffle = now / 1000 + mif->dials;
	if (dial->request.best != MIF_DIAL_FASTEST)
		return;
	/* Side by side, as far as RFC 8305 section 8 allows. */
	options->attempt_delay = DIAL_STAGGER;
	options->window = dial->request.window != 0 ? dial->request.window : DIAL_WINDOW;
}

int dial_new(struct dial **dialp, struct mif *mif, const struct mif_message *request,
	struct outbox *outbox, bool polled, uint64_t now)
{
	const struct mif_message_dial *asked = &request->as.dial;
	struct race_options options = {.limit = asked->timeout};
	struct mif_address literal;
	struct dial *dial;
	int r = dial_check(asked, &literal);

	if (r == 0 && dial_needs_view(asked, &literal)) {
		view_catch_up(&mif->view, now);
		r = client_need_view(mif);
	}
	if (r < 0)
		return r;
	dial = malloc(sizeof(*dial));
	if (dial == NULL)
		return -ENOMEM;
	r = task_init(&dial->task, mif, &dial_ops, outbox, asked->connection, request->tag);
	if (r < 0) {
		free(dial);
		return r;
	}
	timer_init(&dial->timer, dial_due);
	dial->request = *asked;
	dial->literal = literal;
	dial->started = now;
	dial->waits = dial->refreshed = false;
	dial->polled = polled;
	dial->query_count = dial->service_count = 0;
	dial->zone = (struct dial_zone){0};
	for (size_t i = 0; i < ARRAY_SIZE(dial->slots); i++)
		dial->slots[i] = (struct dial_slot){.dial = dial, .watch.fd = -1, .fd = -1};
	dial_options(dial, &options, now);
	race_begin(&dial->race, (uint16_t)asked->port, &options, now);
	*dialp = dial;
	dial_begin(dial, now);
	return 0;
}

int dial_start(struct mif *mif, const struct mif_message *request, uint64_t now)
{
	struct dial *dial;
	int r = task_check(mif, request->as.dial.connection);

	return r < 0 ? r : dial_new(&dial, mif, request, &mif->outbox, false, now);
}
