/* SPDX-License-Identifier: MIT */
/*
 * Who is told that an interface is going away or up. Like an object's telling, a notice is what a
 * session is still to be told of an interface, made when it is fetched: the time that is left, and
 * nothing at all of what was called off before anybody heard of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/departure.h"
#include "engine/want.h"

/* That it could not be brought up is told beside what becomes of it next. */
static struct notice *notice_find(const struct session *session, uint64_t interface, bool failed)
{
	list_for_each (node, &session->notices) {
		struct notice *notice = container_of(node, struct notice, in_session);

		if (notice->interface == interface && (notice->kind == NOTICE_FAILED) == failed)
			return notice;
	}
	return NULL;
}

void notice_free(struct notice *notice)
{
	list_remove(&notice->out.queue);
	list_remove(&notice->in_session);
	list_remove(&notice->in_departure);
	free(notice);
}

static struct notice *notice_new(struct session *session, uint64_t interface)
{
	struct notice *notice = calloc(1, sizeof(*notice));

	if (notice == NULL)
		return NULL;
	notice->out.kind = OUTGOING_NOTICE;
	notice->session = session;
	notice->interface = interface;
	list_init(&notice->out.queue);
	list_init(&notice->in_departure);
	list_append(&session->notices, &notice->in_session);
	return notice;
}

/* One that is in the queue already says what is true by then. */
static int notice_queue(struct session *session, uint64_t interface, struct departure *departure,
	enum notice_kind kind)
{
	struct notice *notice = notice_find(session, interface, false);

	if (notice == NULL)
		notice = notice_new(session, interface);
	if (notice == NULL)
		return -ENOMEM;
	notice->kind = kind;
	if (departure != NULL && notice->departure == NULL) {
		notice->departure = departure;
		list_append(&departure->notices, &notice->in_departure);
	}
	session_queue_last(session, &notice->out);
	return 0;
}

int notices_queue(struct engine *engine, struct model_link *link, struct departure *departure,
	enum notice_kind kind)
{
	uint64_t id = object_id(link->interface);
	int r = 0;

	list_for_each (node, &engine->model->subscriptions) {
		if (r == 0)
			r = notice_queue(
				container_of(node, struct subscription, in_parent)->session, id,
				departure, kind);
	}
	list_for_each (node, &link->wants) {
		struct session *session = container_of(node, struct want, in_link)->session;

		if (r == 0 && !notice_waits(session, id))
			r = notice_queue(session, id, departure, kind);
	}
	return r;
}

int notice_catch_up(struct session *session, const struct model_link *link)
{
	struct departure *departure = link->departure;

	if (departure == NULL)
		return 0;
	return notice_queue(session, object_id(link->interface), departure,
		departure->state == DEPARTURE_UP ? NOTICE_UP : NOTICE_AWAY);
}

int notices_catch_up(struct session *session)
{
	int r = 0;

	list_for_each (node, &session->engine->departures) {
		if (r == 0)
			r = notice_catch_up(
				session, container_of(node, struct departure, in_engine)->link);
	}
	return r;
}

static uint32_t time_left(const struct notice *notice)
{
	const struct departure *departure = notice->departure;
	uint64_t deadline = departure != NULL ? departure->deadline : notice->deadline;
	uint64_t now = notice->session->engine->now;

	if (deadline <= now || (departure != NULL && departure->order != 0))
		return 0;
	return (uint32_t)((deadline - now) / NSEC_PER_MSEC);
}

/* One that nobody has fetched tells of the last failure. */
void notice_fail(struct notice *notice, int error, const char *text)
{
	struct notice *earlier = notice_find(notice->session, notice->interface, true);

	if (earlier != NULL)
		notice_free(earlier);
	list_remove(&notice->in_departure);
	notice->departure = NULL;
	notice->kind = NOTICE_FAILED;
	notice->error = (uint32_t)error;
	snprintf(notice->text, sizeof(notice->text), "%s", text);
	session_queue_last(notice->session, &notice->out);
}

void notice_get(struct notice *notice, struct mif_message *report)
{
	switch (notice->kind) {
	case NOTICE_AWAY:
		report->type = MIF_INTERFACE_GOING_AWAY;
		report->as.interface_going_away.interface = notice->interface;
		report->as.interface_going_away.deadline = time_left(notice);
		report->as.interface_going_away.cause =
			notice->departure != NULL ? notice->departure->why : notice->why;
		notice->told = true;
		break;
	case NOTICE_UP:
		report->type = MIF_INTERFACE_GOING_UP;
		report->as.interface_going_up.interface = notice->interface;
		break;
	case NOTICE_FAILED:
		report->type = MIF_LINK_DONE;
		report->as.link_done.interface = notice->interface;
		report->as.link_done.request = MIF_BRING_UP;
		report->as.link_done.error = notice->error;
		memcpy(report->as.link_done.text, notice->text, sizeof(notice->text));
		break;
	}
	if (notice->departure == NULL)
		notice_free(notice);
}

bool notice_waits(const struct session *session, uint64_t interface)
{
	const struct notice *notice = notice_find(session, interface, false);

	return notice != NULL && !list_empty(&notice->out.queue);
}

void notices_stop(struct session *session)
{
	const struct model *model = session->engine->model;

	list_for_each_safe (node, &session->notices) {
		struct notice *notice = container_of(node, struct notice, in_session);
		const struct object *interface = model_interface(model, notice->interface);

		if (interface == NULL || !session_wants(session, interface->link))
			notice_free(notice);
	}
}

void notices_free(struct session *session)
{
	list_for_each_safe (node, &session->notices)
		notice_free(container_of(node, struct notice, in_session));
}
