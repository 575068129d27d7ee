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
	list_init(&session->withdrawals);
	list_init(&session->translations);
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
	report->out.post = session->posts;
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

	switch (telling->kind) {
	case OBJECT_INTERFACE:
		report->type = MIF_INTERFACE;
		report->as.interface = *object->as.interface;
		break;
	case OBJECT_PVD:
		report->type = MIF_PVD;
		report->as.pvd = *object->as.pvd;
		break;
	case OBJECT_ELEMENT:
		report->type = MIF_ELEMENT;
		report->as.element = *object->as.element;
		break;
	case OBJECT_ADDRESS:
		report->type = MIF_ADDRESS;
		report->as.address = *object->as.address;
		break;
	}
}

static void telling_withdraw(const struct telling *telling, struct mif_message *report)
{
	switch (telling->kind) {
	case OBJECT_INTERFACE:
		report->type = MIF_NO_INTERFACE;
		report->as.no_interface.interface = telling->id;
		break;
	case OBJECT_PVD:
		report->type = MIF_NO_PVD;
		report->as.no_pvd.interface = telling->parent_id;
		report->as.no_pvd.pvd = telling->id;
		break;
	case OBJECT_ELEMENT:
		report->type = MIF_NO_ELEMENT;
		report->as.no_element.pvd = telling->parent_id;
		report->as.no_element.element = telling->element;
		break;
	case OBJECT_ADDRESS:
		report->type = MIF_NO_ADDRESS;
		report->as.no_address.pvd = telling->parent_id;
		report->as.no_address.address = telling->address;
		break;
	}
}

static void telling_get(struct telling *telling, struct mif_message *report)
{
	report->tag = telling->tag;
	if (telling->object == NULL) {
		telling_withdraw(telling, report);
		telling_free(telling);
		return;
	}
	telling_announce(telling, report);
	telling->told = true;
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
	switch (out->kind) {
	case OUTGOING_TELLING:
		telling_get(container_of(out, struct telling, out), report);
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

/* ---- requests, one handler each: the table asks for them by name ---- */

#define HANDLER(name)             \
	static int handle_##name( \
		struct session *session, const struct mif_message *request, uint64_t now)
#define UNUSED_NOW (void)now

static int no_such(
	struct session *session, const struct mif_message *request, const char *what, uint64_t id)
{
	return session_error(session, request, ENODEV, "no %s %llu", what, (unsigned long long)id);
}

HANDLER(announce_interfaces)
{
	uint32_t below = request->as.announce_interfaces.below;
	struct subscription_terms terms = {.kind = OBJECT_INTERFACE, .below = below};

	UNUSED_NOW;
	if ((below & (MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES)) != 0)
		terms.below |= MIF_BELOW_PVDS;
	terms.refreshes = (below & MIF_BELOW_REFRESHES) != 0;
	return subscription_add(session, request, &terms);
}

HANDLER(stop_announcing_interfaces)
{
	UNUSED_NOW;
	(void)request;
	subscription_stop(session, OBJECT_INTERFACE, 0);
	notices_stop(session);
	return 0;
}

HANDLER(announce_pvds)
{
	uint64_t id = request->as.announce_pvds.interface;
	struct subscription_terms terms = {
		.kind = OBJECT_PVD, .parent = model_interface(session->engine->model, id)};

	UNUSED_NOW;
	if (terms.parent == NULL)
		return no_such(session, request, "interface", id);
	return subscription_add(session, request, &terms);
}

HANDLER(stop_announcing_pvds)
{
	UNUSED_NOW;
	if (request->as.stop_announcing_pvds.interface == 0)
		return 0;
	return subscription_stop(session, OBJECT_PVD, request->as.stop_announcing_pvds.interface);
}

HANDLER(announce_elements)
{
	uint64_t id = request->as.announce_elements.pvd;
	struct subscription_terms terms = {.kind = OBJECT_ELEMENT,
		.parent = model_pvd(session->engine->model, id),
		.element = request->as.announce_elements.element};

	UNUSED_NOW;
	if (terms.parent == NULL)
		return no_such(session, request, "domain", id);
	return subscription_add(session, request, &terms);
}

HANDLER(stop_announcing_elements)
{
	UNUSED_NOW;
	return subscription_stop(session, OBJECT_ELEMENT, request->as.stop_announcing_elements.pvd);
}

HANDLER(announce_addresses)
{
	uint64_t id = request->as.announce_addresses.pvd;
	uint32_t flags = request->as.announce_addresses.flags;
	struct subscription_terms terms = {.kind = OBJECT_ADDRESS,
		.parent = model_pvd(session->engine->model, id),
		.refreshes = (flags & MIF_ANNOUNCE_REFRESHES) != 0};

	UNUSED_NOW;
	if (terms.parent == NULL)
		return no_such(session, request, "domain", id);
	return subscription_add(session, request, &terms);
}

HANDLER(stop_announcing_addresses)
{
	UNUSED_NOW;
	return subscription_stop(
		session, OBJECT_ADDRESS, request->as.stop_announcing_addresses.pvd);
}

static int data_report(struct session *session, const struct mif_message *request,
	const struct data_item *items, size_t count)
{
	const struct mif_message_get_configuration_data *ask = &request->as.get_configuration_data;

	for (size_t i = 0; i < count; i++) {
		struct mif_message report = {.type = MIF_CONFIGURATION_DATA, .tag = request->tag};
		struct mif_message_configuration_data *data = &report.as.configuration_data;
		int r;

		data->pvd = ask->pvd;
		data->element = ask->element;
		data->information = ask->information;
		data->option = ask->option;
		data->index = (uint32_t)i;
		data->count = (uint32_t)count;
		data->origin = items[i].origin;
		data->valid_until = items[i].valid_until;
		data->address = items[i].address;
		data->prefix_length = items[i].prefix_length;
		data->number = items[i].number;
		strcpy(data->text, items[i].text);
		r = session_report(session, &report);
		if (r < 0)
			return r;
	}
	return 0;
}

HANDLER(get_configuration_data)
{
	const struct mif_message_get_configuration_data *ask = &request->as.get_configuration_data;
	const struct model *model = session->engine->model;
	struct object *pvd = model_pvd(model, ask->pvd);
	struct mif_message report = {.type = MIF_NO_CONFIGURATION_DATA, .tag = request->tag};
	struct data_item items[DATA_ITEMS];
	size_t count = 0;

	UNUSED_NOW;
	if (pvd != NULL)
		count = data_find(model, pvd, ask->element, ask->information, ask->option, items);
	if (count > 0)
		return data_report(session, request, items, count);
	/* Also for a domain that has just gone: the question was fair (3.3.7.17). */
	report.as.no_configuration_data.pvd = ask->pvd;
	report.as.no_configuration_data.element = ask->element;
	report.as.no_configuration_data.information = ask->information;
	report.as.no_configuration_data.option = ask->option;
	return session_report(session, &report);
}

HANDLER(translate_name)
{
	return translation_start(session, request, now);
}

HANDLER(stop_translating_name)
{
	UNUSED_NOW;
	translation_stop(session, request->as.stop_translating_name.translation);
	return 0;
}

static int refuse(struct session *session, const struct mif_message *request, const char *why)
{
	return session_error(
		session, request, ENOTSUP, "%s: %s", message_info(request->type)->name, why);
}

/* Connections are opened in the caller's own process, by the library: its uid, its limits, its
 * firewall rules (design decision 4). Whoever asks the engine does not use the library. */
#define SERVED_BY_LIBRARY(name)                                                                 \
	HANDLER(name)                                                                           \
	{                                                                                       \
		UNUSED_NOW;                                                                     \
		return refuse(session, request, "is served by libmif in the caller's process"); \
	}
SERVED_BY_LIBRARY(connect_to_address)
SERVED_BY_LIBRARY(connect_to_address_from_address)
SERVED_BY_LIBRARY(stop_connecting)
SERVED_BY_LIBRARY(dial)
SERVED_BY_LIBRARY(listen)

HANDLER(wants_to_connect)
{
	const struct mif_message_wants_to_connect *want = &request->as.wants_to_connect;

	UNUSED_NOW;
	return want_put(session, request, want->interface, want->pvd, MIF_WANT_CONNECTION);
}

HANDLER(connection_is_idle)
{
	const struct mif_message_connection_is_idle *idle = &request->as.connection_is_idle;

	UNUSED_NOW;
	return want_drop(session, request, idle->interface, idle->pvd);
}

HANDLER(connection_can_be_broken)
{
	const struct mif_message_connection_can_be_broken *bears =
		&request->as.connection_can_be_broken;

	UNUSED_NOW;
	return want_put(session, request, bears->interface, bears->pvd, MIF_WANT_BREAKABLE);
}

HANDLER(take_down)
{
	return link_take_down(session, request, now);
}

HANDLER(bring_up)
{
	return link_bring_up(session, request, now);
}

HANDLER(call_off)
{
	UNUSED_NOW;
	return link_call_off(session, request);
}

HANDLER(get_holders)
{
	UNUSED_NOW;
	return wants_tell(session, request);
}

/* They take a privileged process, and who asks: its host serves them, without the engine. */
#define OF_THE_DAEMON(name)                                                \
	HANDLER(name)                                                      \
	{                                                                  \
		UNUSED_NOW;                                                \
		return refuse(session, request, "is served by mifd only"); \
	}
OF_THE_DAEMON(adopt_connection)
OF_THE_DAEMON(add_path)
OF_THE_DAEMON(remove_path)
OF_THE_DAEMON(prefer_path)
OF_THE_DAEMON(announce_paths)
OF_THE_DAEMON(stop_announcing_paths)

HANDLER(hello)
{
	UNUSED_NOW;
	return refuse(session, request, "is the first message on a daemon's socket, and no other");
}

HANDLER(find_pvd)
{
	struct mif_message report = {.type = MIF_PVD_FOUND, .tag = request->tag};
	const struct object *pvd = model_find(session->engine->model, &request->as.find_pvd.address,
		request->as.find_pvd.ifindex);

	UNUSED_NOW;
	report.as.pvd_found.address = request->as.find_pvd.address;
	if (pvd != NULL) {
		report.as.pvd_found.interface = pvd->parent->id;
		report.as.pvd_found.pvd = pvd->id;
	}
	return session_report(session, &report);
}

HANDLER(announce_default_pvd)
{
	struct report *end;
	int r = session_end_new(session, request, &end);

	UNUSED_NOW;
	if (r < 0)
		return r;
	session->wants_default = true;
	for (size_t i = 0; i < ARRAY_SIZE(session->defaults); i++)
		session_queue(session, &session->defaults[i]);
	session_report_queue(session, end);
	return 0;
}

HANDLER(stop_announcing_default_pvd)
{
	UNUSED_NOW;
	(void)request;
	session->wants_default = false;
	for (size_t i = 0; i < ARRAY_SIZE(session->defaults); i++)
		list_remove(&session->defaults[i].queue);
	return 0;
}

static int counter_report(struct session *session, const struct mif_message *request,
	const char *name, uint64_t value)
{
	struct mif_message report = {.type = MIF_COUNTER, .tag = request->tag};

	snprintf(report.as.counter.name, sizeof(report.as.counter.name), "%s", name);
	report.as.counter.value = value;
	return session_report(session, &report);
}

HANDLER(get_counters)
{
	const struct engine *engine = session->engine;
	const char *name;
	uint64_t value;
	struct report *end;
	int r = counter_report(
		session, request, "model: facts refused at a limit", engine->model->refused);

	UNUSED_NOW;
	for (size_t i = 0; r == 0 && i < engine->counter_count; i++)
		r = counter_report(
			session, request, engine->counters[i].name, engine->counters[i].value);
	for (size_t i = 0; i < engine->source_count; i++) {
		const struct source *source = engine->sources[i];

		for (unsigned int n = 0; r == 0 && source->ops->counter != NULL &&
			source->ops->counter(source, n, &name, &value);
			n++)
			r = counter_report(session, request, name, value);
	}
	for (unsigned int n = 0;
		r == 0 && engine->names != NULL && engine->names->ops->counter != NULL &&
		engine->names->ops->counter(engine->names, n, &name, &value);
		n++)
		r = counter_report(session, request, name, value);
	if (r == 0)
		r = session_end_new(session, request, &end);
	if (r == 0)
		session_report_queue(session, end);
	return r;
}

typedef int handler(struct session *session, const struct mif_message *request, uint64_t now);

/* A request without a handler does not compile. */
static handler *const handlers[] = {
#define REQUEST(number, NAME, name, section, text) [MIF_##NAME] = handle_##name,
#define EXTENSION_REQUEST REQUEST
#define REPORT(number, NAME, name, section, text)
#define EXTENSION_REPORT REPORT
#define FIELD(message, type, field, values, text)
#define END_MESSAGE(name)
#include "message/message.def"
};

/* A request that failed leaves no answer behind: its caller will ask again. */
static void reports_take_back(struct session *session)
{
	list_for_each_safe (node, &session->queue) {
		struct outgoing *out = container_of(node, struct outgoing, queue);

		if (out->kind == OUTGOING_REPORT && out->post == session->posts)
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
	r = handlers[request->type](session, request, now);
	if (r < 0)
		reports_take_back(session);
	if (session->engine->departures_stale)
		departures_run(session->engine, now);
	return r;
}
