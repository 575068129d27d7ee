/* SPDX-License-Identifier: MIT */
/*
 * What subscribers ask of a link: TAKE_DOWN, BRING_UP, CALL_OFF, LET_GO. Whether they may is the host's to say
 * before it posts; which links may be touched at all it has said with engine_allow_link().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/departure.h"

/* ---- who waits ---- */

static int waiter_answer(struct session *session, const struct model_link *link, uint32_t request,
	uint32_t tag, int error, const char *text)
{
	struct mif_message report = {.type = MIF_LINK_DONE, .tag = tag};

	report.as.link_done.interface = object_id(link->interface);
	report.as.link_done.request = request;
	report.as.link_done.error = (uint32_t)error;
	snprintf(report.as.link_done.text, sizeof(report.as.link_done.text), "%s", text);
	return session_report(session, &report);
}

static int done(struct session *session, const struct mif_message *request,
	const struct model_link *link, int error, const char *text)
{
	return waiter_answer(session, link, request->type, request->tag, error, text);
}

static void waiter_free(struct waiter *waiter)
{
	waiter->session->waiter_count--;
	list_remove(&waiter->in_departure);
	list_remove(&waiter->in_session);
	free(waiter);
}

/* request 0: whatever it was. */
void waiters_answer(struct departure *departure, uint32_t request, int error, const char *text)
{
	list_for_each_safe (node, &departure->waiters) {
		struct waiter *waiter = container_of(node, struct waiter, in_departure);

		if (request != 0 && waiter->request != request)
			continue;
		waiter_answer(waiter->session, departure->link, waiter->request, waiter->tag, error,
			text);
		waiter_free(waiter);
	}
}

/* Who would have waited for an answer goes on without one. */
void waiters_free(struct session *session)
{
	struct engine *engine = session->engine;

	list_for_each_safe (node, &session->waiters) {
		struct waiter *waiter = container_of(node, struct waiter, in_session);

		if (waiter->request == MIF_LET_GO)
			departure_is_over(
				engine, waiter->departure->link, CAUSE_OTHERS, engine->now);
		waiter_free(waiter);
	}
}

/* Made before what must not fail any more, and in no list yet. */
static struct waiter *waiter_new(struct session *session, const struct mif_message *request)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (waiter == NULL)
		return NULL;
	waiter->session = session;
	waiter->request = request->type;
	waiter->tag = request->tag;
	return waiter;
}

static void waiter_join(struct waiter *waiter, struct departure *departure)
{
	waiter->departure = departure;
	list_append(&departure->waiters, &waiter->in_departure);
	list_append(&waiter->session->waiters, &waiter->in_session);
	waiter->session->waiter_count++;
}

/* ---- requests ---- */

/* 1: *linkp may be touched; 0: the subscriber was told why not; -ENOMEM. */
static int link_check(struct session *session, const struct mif_message *request, uint64_t id,
	struct model_link **linkp)
{
	struct engine *engine = session->engine;
	const struct object *interface = model_interface(engine->model, id);
	const struct allowed *allowed;

	if (engine->allowed_count == 0)
		return session_error(session, request, EOPNOTSUPP,
			"this host lets no link be taken down or brought up: mifd does, where "
			"mifd.conf "
			"says \"control = yes\"");
	if (interface == NULL)
		return session_error(
			session, request, ENODEV, "no interface %llu", (unsigned long long)id);
	allowed = allowed_find(engine, interface->link);
	if (allowed == NULL || !(allowed->policy.control || allowed->policy.on_demand))
		return session_error(session, request, EPERM,
			"%s has no \"control = yes\" in mifd.conf", interface->interface.name);
	if (session->waiter_count >= SESSION_WAITERS)
		return session_error(session, request, EDQUOT,
			"this subscriber awaits %d links already", SESSION_WAITERS);
	*linkp = interface->link;
	return 1;
}

/* How long it may still be held. */
static uint64_t hold_of(const struct session *session, const struct mif_message_take_down *take,
	const struct model_link *link)
{
	const struct allowed *allowed = allowed_find(session->engine, link);
	uint32_t hold = take->deadline != 0 ? take->deadline : DEPARTURE_USUAL;

	if ((take->flags & MIF_TAKE_DOWN_NOW) != 0)
		return 0;
	if (allowed->policy.hold_limit != 0)
		hold = MIN(hold, allowed->policy.hold_limit);
	return hold * NSEC_PER_MSEC;
}

int link_take_down(struct session *session, const struct mif_message *request, uint64_t now)
{
	const struct mif_message_take_down *take = &request->as.take_down;
	struct departure_reason reason = {.why = MIF_AWAY_REQUEST};
	struct model_link *link = NULL;
	struct waiter *waiter;
	int r = link_check(session, request, take->interface, &link);

	if (r <= 0)
		return r;
	if (take->deadline > DEPARTURE_LONGEST)
		return session_error(session, request, EINVAL,
			"a deadline is at most %d milliseconds, not %u", DEPARTURE_LONGEST,
			take->deadline);
	if ((take->flags & ~(uint32_t)MIF_TAKE_DOWN_NOW) != 0)
		return session_error(
			session, request, EINVAL, "flags unknown here: 0x%x", take->flags);
	if (link->departure == NULL && !link_is_up(session->engine, link))
		return done(session, request, link, 0, "it is down already");
	if (link->departure != NULL && link->departure->state == DEPARTURE_UP &&
		link->departure->order != 0)
		return done(session, request, link, EBUSY, "it is being brought up");
	waiter = waiter_new(session, request);
	if (waiter == NULL)
		return -ENOMEM;
	reason.deadline = now + hold_of(session, take, link);
	r = departure_begin(session->engine, link, CAUSE_REQUEST, &reason, now);
	if (r == 0)
		waiter_join(waiter, link->departure);
	else
		free(waiter);
	return r;
}

/* Whatever mifd.conf says of the link: mifd does not touch it. */
int link_let_go(struct session *session, const struct mif_message *request, uint64_t now)
{
	const struct mif_message_let_go *let_go = &request->as.let_go;
	const struct object *interface = model_interface(session->engine->model, let_go->interface);
	const struct departure_reason reason = {
		.why = let_go->cause != 0 ? let_go->cause : MIF_AWAY_MANAGER,
		.deadline = now +
			(let_go->deadline != 0 ? let_go->deadline : DEPARTURE_USUAL) *
				NSEC_PER_MSEC,
	};
	struct waiter *waiter;
	int r;

	if (interface == NULL)
		return session_error(session, request, ENODEV, "no interface %llu",
			(unsigned long long)let_go->interface);
	if (let_go->deadline > DEPARTURE_LONGEST)
		return session_error(session, request, EINVAL,
			"a deadline is at most %d milliseconds, not %u", DEPARTURE_LONGEST,
			let_go->deadline);
	if (let_go->cause > MIF_AWAY_CARRIER)
		return session_error(session, request, EINVAL, "no such cause: %u", let_go->cause);
	if (session->waiter_count >= SESSION_WAITERS)
		return session_error(session, request, EDQUOT,
			"this subscriber awaits %d links already", SESSION_WAITERS);
	if (!link_is_up(session->engine, interface->link) ||
		(interface->link->departure != NULL && interface->link->departure->order != 0))
		return done(session, request, interface->link, 0, "it is down already");
	waiter = waiter_new(session, request);
	if (waiter == NULL)
		return -ENOMEM;
	r = departure_begin(session->engine, interface->link, CAUSE_OTHERS, &reason, now);
	if (r == 0)
		waiter_join(waiter, interface->link->departure);
	else
		free(waiter);
	return r;
}

int link_call_off(struct session *session, const struct mif_message *request)
{
	struct model_link *link = NULL;
	int r = link_check(session, request, request->as.call_off.interface, &link);

	if (r <= 0)
		return r;
	if (link->departure == NULL || link->departure->state == DEPARTURE_UP)
		return done(session, request, link, EALREADY, "it is not going away");
	if (link->departure->order != 0)
		return done(session, request, link, EBUSY, "it is being taken down");
	departure_call_off(session->engine, link, CAUSE_REQUEST);
	return link->departure == NULL
		? done(session, request, link, 0, "it stays")
		: done(session, request, link, EBUSY, "it is going away for another reason too");
}

int link_bring_up(struct session *session, const struct mif_message *request, uint64_t now)
{
	struct model_link *link = NULL;
	struct waiter *waiter;
	int r = link_check(session, request, request->as.bring_up.interface, &link);

	if (r <= 0)
		return r;
	link->declined = false;
	if (link->departure != NULL && link->departure->state != DEPARTURE_UP)
		return link_call_off(session,
			&(struct mif_message){.type = request->type,
				.tag = request->tag,
				.as.call_off.interface = request->as.bring_up.interface});
	if (link->departure == NULL && link_is_up(session->engine, link))
		return done(session, request, link, 0, "it is up already");
	waiter = waiter_new(session, request);
	if (waiter == NULL)
		return -ENOMEM;
	r = link->departure == NULL ? departure_raise(session->engine, link, CAUSE_REQUEST, now)
				    : 0;
	if (r == 0)
		waiter_join(waiter, link->departure);
	else
		free(waiter);
	return r;
}
