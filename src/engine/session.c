/* SPDX-License-Identifier: MIT */
/*
 * One subscriber: its requests come in by session_post(), its reports are fetched by session_get().
 * The two lanes meet here and nowhere else: news (model, subscription, session) and work (session,
 * worker, session).
 */
#include "engine/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/departure.h"
#include "engine/want.h"
#include "message/message.h"

int session_new(struct session **sessionp, struct engine *engine, unsigned int flags, void *host)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return -ENOMEM;
	session->engine = engine;
	session->flags = flags;
	session->host = host;
	list_init(&session->ready);
	list_init(&session->queue);
	list_init(&session->subscriptions);
	table_init(&session->by_parent);
	for (size_t i = 0; i < SESSION_BUCKETS; i++)
		list_init(&session->translations[i]);
	list_init(&session->wants);
	list_init(&session->notices);
	list_init(&session->waiters);
	session->uid = UINT32_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(session->defaults); i++) {
		session->defaults[i].kind = OUTGOING_DEFAULT;
		list_init(&session->defaults[i].queue);
	}
	list_append(&engine->sessions, &session->in_engine);
	*sessionp = session;
	return 0;
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	translations_free(session);
	subscriptions_free(session);
	wants_free(session);
	waiters_free(session);
	notices_free(session);
	list_for_each_safe (node, &session->queue) {
		struct outgoing *out = container_of(node, struct outgoing, queue);

		list_remove(node);
		if (out->kind == OUTGOING_REPORT)
			free(container_of(out, struct report, out));
		else if (out->kind == OUTGOING_WITHDRAWAL)
			telling_free(container_of(out, struct telling, out));
	}
	list_remove(&session->ready);
	list_remove(&session->in_engine);
	/* What it held may be free now. */
	if (session->engine->departures_stale)
		engine_arm(session->engine);
	table_deinit(&session->by_parent);
	free(session);
}

void *session_host(const struct session *session)
{
	return session->host;
}

void session_set_flags(struct session *session, unsigned int flags)
{
	session->flags = flags;
}

void session_set_quota(struct session *session, struct session_quota *quota)
{
	session->quota = quota;
}

void session_set_label(struct session *session, uint32_t uid, uint32_t pid)
{
	session->uid = uid;
	session->pid = pid;
}

void session_heard(struct session *session, uint32_t serial)
{
	session->serial = serial;
}

/* ---- what waits to be fetched ---- */

void session_wake(struct session *session)
{
	if (list_empty(&session->ready))
		list_append(&session->engine->ready, &session->ready);
}

void session_queue(struct session *session, struct outgoing *out)
{
	if (!list_empty(&out->queue))
		return;
	list_append(&session->queue, &out->queue);
	session_wake(session);
}

void session_queue_last(struct session *session, struct outgoing *out)
{
	list_remove(&out->queue);
	session_queue(session, out);
}

/* How much of struct mif_message a message of this type needs. */
static size_t message_size(const struct message_info *info)
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
	const struct field_info *last = &info->fields[info->count - 1];

	return info->count == 0 ? offsetof(struct mif_message, as)
				: last->offset + sizes[last->type];
}

static size_t report_size(const struct mif_message *message)
{
	return offsetof(struct report, message) + message_size(message_info(message->type));
}

static struct report *report_new(const struct mif_message *message)
{
	size_t size = report_size(message);
	struct report *report = malloc(size);

	if (report == NULL)
		return NULL;
	report->out.kind = OUTGOING_REPORT;
	list_init(&report->out.queue);
	memcpy(&report->message, message, size - offsetof(struct report, message));
	return report;
}

int session_report_new(
	struct session *session, const struct mif_message *message, struct report **reportp)
{
	*reportp = NULL;
	if ((session->flags & SESSION_STRICT) != 0 && message_info(message->type)->extension)
		return 0;
	*reportp = report_new(message);
	return *reportp == NULL ? -ENOMEM : 0;
}

void session_report_queue(struct session *session, struct report *report)
{
	if (report == NULL)
		return;
	session->report_octets += report_size(&report->message);
	report->out.number = session->posts;
	session_queue(session, &report->out);
}

void session_report_free(struct session *session, struct report *report)
{
	session->report_octets -= report_size(&report->message);
	list_remove(&report->out.queue);
	free(report);
}

int session_report(struct session *session, const struct mif_message *message)
{
	struct report *report;
	int r = session_report_new(session, message, &report);

	session_report_queue(session, report);
	return r;
}

bool session_is_full(const struct session *session)
{
	return session->report_octets >= SESSION_OCTETS;
}

int session_tell(struct session *session, const struct mif_message *message)
{
	struct report *report = report_new(message);

	session_report_queue(session, report);
	return report == NULL ? -ENOMEM : 0;
}

int session_error(struct session *session, const struct mif_message *request, int error,
	const char *format, ...)
{
	struct mif_message report = {.type = MIF_ERROR, .tag = request->tag};
	va_list arguments;

	report.as.error.request = request->type;
	report.as.error.error = (uint32_t)error;
	va_start(arguments, format);
	vsnprintf(report.as.error.text, sizeof(report.as.error.text), format, arguments);
	va_end(arguments);
	return session_report(session, &report);
}

int session_end_new(
	struct session *session, const struct mif_message *request, struct report **endp)
{
	struct mif_message end = {.type = MIF_END_OF_ANNOUNCEMENTS, .tag = request->tag};

	end.as.end_of_announcements.request = request->type;
	return session_report_new(session, &end, endp);
}

bool session_ready(const struct session *session)
{
	return !list_empty(&session->queue);
}

static void telling_announce(const struct telling *telling, struct mif_message *report)
{
	const struct object *object = telling->object;

	switch ((enum object_kind)telling->out.object_kind) {
	case OBJECT_INTERFACE:
		report->type = MIF_INTERFACE;
		object_get_interface(object, &report->as.interface);
		break;
	case OBJECT_PVD:
		report->type = MIF_PVD;
		object_get_pvd(object, &report->as.pvd);
		break;
	case OBJECT_ELEMENT:
		report->type = MIF_ELEMENT;
		object_get_element(object, &report->as.element);
		break;
	case OBJECT_ADDRESS:
		report->type = MIF_ADDRESS;
		object_get_address(object, &report->as.address);
		break;
	}
}

static void telling_withdraw(const struct telling *telling, struct mif_message *report)
{
	switch ((enum object_kind)telling->out.object_kind) {
	case OBJECT_INTERFACE:
		report->type = MIF_NO_INTERFACE;
		report->as.no_interface.interface = telling->was.id;
		break;
	case OBJECT_PVD:
		report->type = MIF_NO_PVD;
		report->as.no_pvd.interface = telling->was.parent_id;
		report->as.no_pvd.pvd = telling->was.id;
		break;
	case OBJECT_ELEMENT:
		report->type = MIF_NO_ELEMENT;
		report->as.no_element.pvd = telling->was.parent_id;
		report->as.no_element.element = telling->was.element;
		break;
	case OBJECT_ADDRESS:
		report->type = MIF_NO_ADDRESS;
		report->as.no_address.pvd = telling->was.parent_id;
		report->as.no_address.address = telling->was.address;
		break;
	}
}

static void telling_get(struct telling *telling, struct mif_message *report)
{
	report->tag = telling->out.number;
	telling_announce(telling, report);
	telling->out.told = true;
}

static void withdrawal_get(struct telling *telling, struct mif_message *report)
{
	report->tag = telling->out.number;
	telling_withdraw(telling, report);
	telling_free(telling);
}

static void default_get(
	const struct session *session, const struct outgoing *out, struct mif_message *report)
{
	size_t family = (size_t)(out - session->defaults);

	report->type = MIF_DEFAULT_PVD;
	report->as.default_pvd.family = family == 0 ? MIF_FAMILY_IPV4 : MIF_FAMILY_IPV6;
	report->as.default_pvd.pvd = session->engine->model->default_pvd[family];
}

int session_get(struct session *session, struct mif_message *report)
{
	struct outgoing *out;
	struct report *queued;

	if (list_empty(&session->queue))
		return 0;
	memset(report, 0, sizeof(*report));
	out = container_of(session->queue.next, struct outgoing, queue);
	list_remove(&out->queue);
	switch ((enum outgoing_kind)out->kind) {
	case OUTGOING_TELLING:
		telling_get(container_of(out, struct telling, out), report);
		break;
	case OUTGOING_WITHDRAWAL:
		withdrawal_get(container_of(out, struct telling, out), report);
		break;
	case OUTGOING_REPORT:
		queued = container_of(out, struct report, out);
		memcpy(report, &queued->message, message_size(message_info(queued->message.type)));
		session_report_free(session, queued);
		break;
	case OUTGOING_DEFAULT:
		default_get(session, out, report);
		break;
	case OUTGOING_NOTICE:
		notice_get(container_of(out, struct notice, out), report);
		break;
	}
	if (list_empty(&session->queue))
		list_remove(&session->ready);
	report->serial = session->serial;
	return 1;
}

/* ---- what it asks for ---- */

/* A request that failed leaves no answer behind: its caller will ask again. */
static void reports_take_back(struct session *session)
{
	list_for_each_safe (node, &session->queue) {
		struct outgoing *out = container_of(node, struct outgoing, queue);

		if (out->kind == OUTGOING_REPORT && out->number == session->posts)
			session_report_free(session, container_of(out, struct report, out));
	}
}

int session_post(struct session *session, const struct mif_message *request, uint64_t now)
{
	const struct message_info *info = message_info(request->type);
	int r;

	if (info == NULL || info->report)
		return -EINVAL;
	if (info->extension && (session->flags & SESSION_STRICT) != 0)
		return -EOPNOTSUPP;
	if (session_is_full(session))
		return -ENOBUFS;
	session->serial = request->serial;
	session->posts++;
	engine_set_time(session->engine, now);
	r = request_serve(session, request, now);
	if (r < 0)
		reports_take_back(session);
	if (session->engine->departures_stale)
		departures_run(session->engine, now);
	return r;
}
