/* SPDX-License-Identifier: MIT */
/*
 * What each request asks of the engine: one handler each, which the table asks for by name. They are short:
 * what they do is done in the file that knows of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/departure.h"
#include "engine/session.h"
#include "engine/want.h"
#include "message/message.h"

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

HANDLER(let_go)
{
	return link_let_go(session, request, now);
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
#define OF_THE_DAEMON(name)                                                         \
	HANDLER(name)                                                               \
	{                                                                           \
		UNUSED_NOW;                                                         \
		return refuse(session, request, "takes a mifd that manages paths"); \
	}
OF_THE_DAEMON(adopt_connection)
OF_THE_DAEMON(add_path)
OF_THE_DAEMON(remove_path)
OF_THE_DAEMON(prefer_path)
OF_THE_DAEMON(announce_paths)
OF_THE_DAEMON(stop_announcing_paths)
OF_THE_DAEMON(manage_paths)
OF_THE_DAEMON(offer_address)
OF_THE_DAEMON(retract_address)
OF_THE_DAEMON(show_connection)

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
		report.as.pvd_found.interface = object_id(pvd->parent);
		report.as.pvd_found.pvd = object_id(pvd);
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
	for (unsigned int n = 0; r == 0 && engine->counter != NULL &&
		engine->counter(engine->counter_context, n, &name, &value);
		n++)
		r = counter_report(session, request, name, value);
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

int request_serve(struct session *session, const struct mif_message *request, uint64_t now)
{
	return handlers[request->type](session, request, now);
}
