/* SPDX-License-Identifier: MIT */
/*
 * Who wants to connect, and through what (3.3.7.25.1 to .3). Requests enter from the session; what
 * follows from them for a link is worked out by departure.c and demand.c, which look at the counts.
 */
#include "engine/want.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/departure.h"

/* What a request is about. */
struct scope {
	struct model_link *link;
	uint64_t pvd;
};

static uint32_t *held_of(struct engine *engine, const struct model_link *link)
{
	return link != NULL ? &((struct model_link *)link)->held : &engine->held;
}

static void want_set(struct want *want, uint32_t state)
{
	struct engine *engine = want->session->engine;
	uint32_t *held = held_of(engine, want->link);

	*held -= want->state == MIF_WANT_CONNECTION;
	*held += state == MIF_WANT_CONNECTION;
	if (want->link != NULL && (want->session->flags & SESSION_GUEST) != 0) {
		want->link->guests -= want->state == MIF_WANT_CONNECTION;
		want->link->guests += state == MIF_WANT_CONNECTION;
	}
	want->state = state;
	engine->departures_stale = true;
}

static struct want *want_find(const struct session *session, const struct scope *scope)
{
	list_for_each (node, &session->wants) {
		struct want *want = container_of(node, struct want, in_session);

		if (want->link == scope->link && want->pvd == scope->pvd)
			return want;
	}
	return NULL;
}

static struct want *want_new(struct session *session, const struct scope *scope)
{
	struct want *want = calloc(1, sizeof(*want));

	if (want == NULL)
		return NULL;
	want->session = session;
	want->link = scope->link;
	want->pvd = scope->pvd;
	list_append(&session->wants, &want->in_session);
	list_append(scope->link != NULL ? &scope->link->wants : &session->engine->wants,
		&want->in_link);
	session->want_count++;
	if (session->quota != NULL)
		session->quota->wants++;
	return want;
}

static void want_free(struct want *want)
{
	want_set(want, 0);
	want->session->want_count--;
	if (want->session->quota != NULL)
		want->session->quota->wants--;
	list_remove(&want->in_session);
	list_remove(&want->in_link);
	free(want);
}

/* 1: *scope is what it is about; 0: the subscriber was told what is wrong; -ENOMEM. */
static int scope_find(struct session *session, const struct mif_message *request,
	uint64_t interface, uint64_t pvd, struct scope *scope)
{
	const struct model *model = session->engine->model;
	const struct object *object = NULL;

	if (pvd != 0) {
		object = model_pvd(model, pvd);
		if (object == NULL)
			return session_error(session, request, ENODEV, "no domain %llu",
				(unsigned long long)pvd);
		if (interface != 0 && object_id(object->parent) != interface)
			return session_error(session, request, EINVAL,
				"domain %llu is not on interface %llu", (unsigned long long)pvd,
				(unsigned long long)interface);
	} else if (interface != 0) {
		object = model_interface(model, interface);
		if (object == NULL)
			return session_error(session, request, ENODEV, "no interface %llu",
				(unsigned long long)interface);
	}
	scope->link = object != NULL ? object_link(object) : NULL;
	scope->pvd = pvd;
	return 1;
}

/* Whether there is room for one more; else the subscriber was told. 1, 0, or -ENOMEM. */
static int want_room(struct session *session, const struct mif_message *request)
{
	const struct session_quota *quota = session->quota;

	if (session->want_count >= SESSION_WANTS)
		return session_error(session, request, EDQUOT,
			"this subscriber wants %d interfaces and domains already", SESSION_WANTS);
	if (quota != NULL && quota->wants >= quota->want_limit)
		return session_error(session, request, EDQUOT,
			"this user wants %u interfaces and domains already", quota->want_limit);
	return 1;
}

int want_put(struct session *session, const struct mif_message *request, uint64_t interface,
	uint64_t pvd, uint32_t state)
{
	struct scope scope = {0};
	struct want *want;
	bool again;
	int r = scope_find(session, request, interface, pvd, &scope);

	if (r <= 0)
		return r;
	again = scope.link != NULL && session_wants(session, scope.link);
	want = want_find(session, &scope);
	if (want == NULL) {
		r = want_room(session, request);
		if (r <= 0)
			return r;
		want = want_new(session, &scope);
		if (want == NULL)
			return -ENOMEM;
	}
	if (state == MIF_WANT_CONNECTION && want->state != state && scope.link != NULL)
		scope.link->declined = false;
	want_set(want, state);
	/* Who comes late is told as well. */
	if (scope.link != NULL && !again)
		r = notice_catch_up(session, scope.link);
	if (r < 0)
		want_free(want);
	return r < 0 ? r : 0;
}

int want_drop(struct session *session, const struct mif_message *request, uint64_t interface,
	uint64_t pvd)
{
	struct scope scope = {0};
	struct want *want;
	int r = scope_find(session, request, interface, pvd, &scope);

	if (r <= 0)
		return r;
	want = want_find(session, &scope);
	if (want != NULL)
		want_free(want);
	return 0;
}

void wants_free(struct session *session)
{
	list_for_each_safe (node, &session->wants)
		want_free(container_of(node, struct want, in_session));
}

void wants_end(struct engine *engine, const struct object *object)
{
	(void)engine;
	list_for_each_safe (node, &object_link(object)->wants) {
		struct want *want = container_of(node, struct want, in_link);

		if (object->kind == OBJECT_INTERFACE || want->pvd == object_id(object))
			want_free(want);
	}
}

bool session_wants(const struct session *session, const struct model_link *link)
{
	list_for_each (node, &session->wants) {
		if (container_of(node, struct want, in_session)->link == link)
			return true;
	}
	return false;
}

/* ---- GET_HOLDERS ---- */

static int holder_tell(struct session *session, const struct mif_message *request,
	const struct want *want, uint32_t count)
{
	struct mif_message report = {.type = MIF_HOLDER, .tag = request->tag};
	struct mif_message_holder *holder = &report.as.holder;

	holder->interface = want->link != NULL ? object_id(want->link->interface) : 0;
	holder->pvd = want->pvd;
	holder->want = want->state;
	holder->uid = want->session->uid;
	holder->pid = want->session->pid;
	holder->count = count;
	return session_report(session, &report);
}

static uint32_t wants_count(const struct list *wants)
{
	uint32_t count = 0;

	list_for_each (node, wants)
		count++;
	return count;
}

/* Of one list, as long as *left allows. */
static int holders_tell(struct session *session, const struct mif_message *request,
	const struct list *wants, uint32_t count, uint32_t *left)
{
	list_for_each (node, wants) {
		int r;

		if (*left == 0)
			break;
		--*left;
		r = holder_tell(session, request, container_of(node, struct want, in_link), count);
		if (r < 0)
			return r;
	}
	return 0;
}

int wants_tell(struct session *session, const struct mif_message *request)
{
	const struct engine *engine = session->engine;
	uint64_t id = request->as.get_holders.interface;
	const struct object *only = id != 0 ? model_interface(engine->model, id) : NULL;
	uint32_t count =
		only != NULL ? wants_count(&only->link->wants) : wants_count(&engine->wants);
	uint32_t left = HOLDERS;
	struct report *end;
	int r = 0;

	if (id != 0 && only == NULL)
		return session_error(
			session, request, ENODEV, "no interface %llu", (unsigned long long)id);
	if (only != NULL) {
		r = holders_tell(session, request, &only->link->wants, count, &left);
	} else {
		list_for_each (node, &engine->model->interfaces)
			count += wants_count(
				&container_of(node, struct object, siblings)->link->wants);
		list_for_each (node, &engine->model->interfaces) {
			if (r == 0)
				r = holders_tell(session, request,
					&container_of(node, struct object, siblings)->link->wants,
					count, &left);
		}
		if (r == 0)
			r = holders_tell(session, request, &engine->wants, count, &left);
	}
	if (r == 0)
		r = session_end_new(session, request, &end);
	if (r == 0)
		session_report_queue(session, end);
	return r;
}
