/* SPDX-License-Identifier: MIT */
/*
 * Names: from a session to the worker and back (M23-M25). The worker knows requests by the engine's
 * numbers, which are never reused; what subscribers call them stays here.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "engine/session.h"
#include "engine/zone.h"

static struct list *translation_bucket(struct engine *engine, uint64_t id)
{
	return &engine->translations[id % TRANSLATION_BUCKETS];
}

static void translation_free(struct translation *translation)
{
	list_remove(&translation->in_engine);
	list_remove(&translation->in_session);
	translation->session->translation_count--;
	if (translation->session->quota != NULL)
		translation->session->quota->translations--;
	free(translation->done);
	free(translation);
}

static struct translation *translation_find(const struct session *session, uint64_t number)
{
	list_for_each (node, &session->translations[number % SESSION_BUCKETS]) {
		struct translation *translation =
			container_of(node, struct translation, in_session);

		if (translation->number == number)
			return translation;
	}
	return NULL;
}

/* The lower the better. */
static unsigned int source_rank(const struct object *address)
{
	return ((address->flags & MIF_ADDRESS_DEPRECATED) != 0 ? 2u : 0u) +
		((address->flags & MIF_ADDRESS_ROUTED) != 0 ? 0u : 1u);
}

/* The best address of each family, and of those the first. */
static void scope_add_sources(struct name_scope *scope, const struct object *pvd)
{
	unsigned int ranks[2] = {UINT_MAX, UINT_MAX};

	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);
		bool ipv4 = child->address.address.family == AF_INET;

		if (child->kind != OBJECT_ADDRESS || source_rank(child) >= ranks[ipv4])
			continue;
		ranks[ipv4] = source_rank(child);
		*(ipv4 ? &scope->source4 : &scope->source6) = child->address.address;
		*(ipv4 ? &scope->length4 : &scope->length6) = child->prefix_length;
	}
}

void name_scope_of(const struct model *model, const struct object *pvd, struct name_scope *scope)
{
	struct data_item items[DATA_ITEMS];
	size_t count =
		data_find(model, pvd, MIF_ELEMENT_ANY, MIF_INFORMATION_DNS_SERVERS, 0, items);

	memset(scope, 0, sizeof(*scope));
	scope->pvd = object_id(pvd);
	scope->generation = pvd->digest;
	scope->ifindex = object_link(pvd)->ifindex;
	scope_add_sources(scope, pvd);
	for (size_t i = 0; i < count && i < NAME_SCOPE_SERVERS; i++)
		scope->servers[scope->server_count++] = items[i].address;
	count = data_find(model, pvd, MIF_ELEMENT_ANY, MIF_INFORMATION_SEARCH_DOMAINS, 0, items);
	for (size_t i = 0; i < count && i < NAME_SCOPE_SEARCH; i++)
		strcpy(scope->search[scope->search_count++], items[i].text);
	/* Of several, any will do (RFC 8781 section 5.1). */
	if (data_find(model, pvd, MIF_ELEMENT_ANY, MIF_INFORMATION_PREF64, 0, items) > 0) {
		scope->pref64 = items[0].address;
		scope->pref64_length = items[0].prefix_length;
	}
}

/* The domain's, made anew if it is another one or has changed. */
static const struct name_scope *scope_of(struct engine *engine, const struct object *pvd)
{
	if (engine->scope.pvd != object_id(pvd) || engine->scope.generation != pvd->digest)
		name_scope_of(engine->model, pvd, &engine->scope);
	return &engine->scope;
}

static int translation_new(struct session *session, const struct mif_message_translate_name *ask,
	struct translation **translationp)
{
	struct mif_message done = {.type = MIF_NAME_TRANSLATION_DONE};
	struct translation *translation = calloc(1, sizeof(*translation));

	if (translation == NULL)
		return -ENOMEM;
	done.as.name_translation_done.translation = ask->translation;
	if (session_report_new(session, &done, &translation->done) < 0) {
		free(translation);
		return -ENOMEM;
	}
	translation->session = session;
	translation->id = session->engine->next_translation++;
	translation->number = ask->translation;
	translation->pvd = ask->pvd;
	list_append(translation_bucket(session->engine, translation->id), &translation->in_engine);
	list_append(&session->translations[ask->translation % SESSION_BUCKETS],
		&translation->in_session);
	session->translation_count++;
	if (session->quota != NULL)
		session->quota->translations++;
	*translationp = translation;
	return 0;
}

/* Whose the name is, as far as it was judged, is told where it decides. */
static void translation_end_as(struct mif_message_name_translation_done *done, uint32_t status)
{
	done->status = status;
	if (status == MIF_TRANSLATION_OTHER_ZONE)
		return;
	done->pvd = 0;
	memset(done->zone, 0, sizeof(done->zone));
}

static void translation_done(struct translation *translation, uint32_t status)
{
	struct session *session = translation->session;

	if (translation->done != NULL)
		translation_end_as(&translation->done->message.as.name_translation_done, status);
	session_report_queue(session, translation->done);
	translation->done = NULL;
	translation_free(translation);
	/* In strict mode nothing is told, but there is room for the next one. */
	session_wake(session);
}

static bool asks(const struct translation *translation, const struct name_request *request,
	const char *suffix, uint64_t now, char asked[MIF_TEXT_SIZE])
{
	const struct worker *names = translation->session->engine->names;

	return names->ops->asks(names, request->name, suffix, now, asked);
}

/* Whether it may be asked for in this domain. The end will tell why not, of the first that may not. */
static bool admits(const struct translation *translation, const struct object *pvd,
	const char *asked, struct zone_judgement *judgement)
{
	struct report *report = translation->done; /* NULL in strict mode */
	struct mif_message_name_translation_done *done;

	if (zone_admits_in(translation->session->engine->model, pvd, asked, judgement))
		return true;
	if (report == NULL || report->message.as.name_translation_done.pvd != 0)
		return false;
	done = &report->message.as.name_translation_done;
	done->pvd = judgement->weight > 0 ? judgement->best_pvd : object_id(pvd);
	if (judgement->weight > 0)
		strcpy(done->zone, judgement->best);
	return false;
}

/* Split DNS, rules 4, 5 and 8 of mif(3): the name, then what the search list makes of it. Whether
 * nothing of that may be asked for here. */
static bool withholds_all(const struct translation *translation, const struct object *pvd,
	struct name_request *request, uint64_t now)
{
	struct zone_judgement judgement;
	char asked[MIF_TEXT_SIZE];
	bool any = false;

	if (!asks(translation, request, NULL, now, asked))
		return false;
	request->judged = true;
	if (admits(translation, pvd, asked, &judgement))
		any = true;
	else if (judgement.weight > 0)
		return true;
	else if (strchr(asked, '.') == NULL)
		any = true; /* no server is asked for a single label as it is, only the link */
	else
		request->withheld = 1;
	for (uint32_t i = 0; i < request->scope->search_count; i++) {
		if (!asks(translation, request, request->scope->search[i], now, asked))
			continue;
		if (admits(translation, pvd, asked, &judgement))
			any = true;
		else
			request->withheld |= 2U << i;
	}
	return !any;
}

int translation_start(struct session *session, const struct mif_message *request, uint64_t now)
{
	const struct mif_message_translate_name *ask = &request->as.translate_name;
	struct engine *engine = session->engine;
	struct object *pvd = model_pvd(engine->model, ask->pvd);
	struct translation *translation;
	int r;

	if (translation_find(session, ask->translation) != NULL)
		return -EEXIST;
	if (session->translation_count == SESSION_TRANSLATIONS)
		return -ENOBUFS;
	if (engine->names == NULL)
		return session_error(session, request, ENOTSUP, "no name service here");
	if (session->quota != NULL &&
		session->quota->translations >= session->quota->translation_limit)
		return session_error(session, request, EDQUOT,
			"this user has %u translations running already",
			session->quota->translation_limit);
	if (pvd == NULL)
		return session_error(
			session, request, ENODEV, "no domain %llu", (unsigned long long)ask->pvd);
	r = translation_new(session, ask, &translation);
	if (r < 0)
		return r;

	struct name_request name_request = {
		.id = translation->id,
		.scope = scope_of(engine, pvd),
		.name = ask->name,
		.family = ask->family,
		.scheme = ask->scheme,
		.port = ask->port,
	};

	engine_called_names(engine);
	if ((ask->flags & MIF_TRANSLATE_ZONES) != 0 && engine->names->ops->asks != NULL &&
		withholds_all(translation, pvd, &name_request, now)) {
		translation_done(translation, MIF_TRANSLATION_OTHER_ZONE);
		return 0;
	}
	r = engine->names->ops->start(engine->names, &name_request, now);
	if (r < 0) {
		translation_free(translation);
		return r;
	}
	/* It has started, whatever becomes of the first results. A question has a deadline of its
	 * own, and a source that got its answer as well. */
	translations_collect(engine, now);
	engine_arm(engine);
	return 0;
}

static bool report_is_of(const struct mif_message *report, uint64_t number)
{
	switch (report->type) {
	case MIF_NAME_TRANSLATION:
		return report->as.name_translation.translation == number;
	case MIF_SERVICE_TRANSLATION:
		return report->as.service_translation.translation == number;
	case MIF_NAME_TRANSLATION_DONE:
		return report->as.name_translation_done.translation == number;
	default:
		return false;
	}
}

/* Final: what of it is queued goes, too (M24). */
static void translation_unqueue(struct session *session, uint64_t number)
{
	list_for_each_safe (node, &session->queue) {
		struct outgoing *out = container_of(node, struct outgoing, queue);
		struct report *report = container_of(out, struct report, out);

		if (out->kind != OUTGOING_REPORT)
			continue;
		if (report_is_of(&report->message, number))
			session_report_free(session, report);
	}
}

static void translation_cancel(struct translation *translation)
{
	struct engine *engine = translation->session->engine;

	engine_called_names(engine);
	engine->names->ops->stop(engine->names, translation->id);
	translation_free(translation);
}

void translation_stop(struct session *session, uint64_t number)
{
	struct translation *translation = translation_find(session, number);

	if (translation != NULL)
		translation_cancel(translation);
	translation_unqueue(session, number);
}

void translations_free(struct session *session)
{
	for (size_t i = 0; i < SESSION_BUCKETS; i++)
		list_for_each_safe (node, &session->translations[i])
			translation_cancel(container_of(node, struct translation, in_session));
}

static void end_in_session(struct session *session, uint64_t pvd)
{
	struct engine *engine = session->engine;

	for (size_t i = 0; i < SESSION_BUCKETS; i++)
		list_for_each_safe (node, &session->translations[i]) {
			struct translation *translation =
				container_of(node, struct translation, in_session);

			if (translation->pvd != pvd)
				continue;
			engine->names->ops->stop(engine->names, translation->id);
			engine_called_names(engine);
			translation_done(translation, MIF_TRANSLATION_PVD_GONE);
		}
}

void translations_end(struct engine *engine, uint64_t pvd)
{
	if (engine->names == NULL)
		return;
	errands_end(engine, pvd);
	list_for_each (node, &engine->sessions)
		end_in_session(container_of(node, struct session, in_engine), pvd);
	engine->names->ops->forget(engine->names, pvd);
	engine_called_names(engine);
}

static int service_deliver(struct translation *translation, const struct name_result *result)
{
	struct mif_message report = {.type = MIF_SERVICE_TRANSLATION};
	struct mif_message_service_translation *as = &report.as.service_translation;

	as->translation = translation->number;
	as->service = result->number;
	as->priority = result->service.priority;
	as->port = result->service.port;
	as->flags = result->service.flags;
	as->ttl = result->ttl;
	as->system = result->system;
	memcpy(as->target, result->service.target, sizeof(as->target));
	memcpy(as->alpn, result->service.alpn, sizeof(as->alpn));
	return session_report(translation->session, &report);
}

static int result_deliver(struct translation *translation, const struct name_result *result)
{
	struct mif_message report = {.type = MIF_NAME_TRANSLATION};

	if (result->done) {
		translation_done(translation, result->status);
		return 0;
	}
	if (result->is_service)
		return service_deliver(translation, result);
	report.as.name_translation.translation = translation->number;
	report.as.name_translation.address = result->address;
	report.as.name_translation.ttl = result->ttl;
	report.as.name_translation.system = result->system;
	report.as.name_translation.service = result->number;
	report.as.name_translation.server = result->server;
	return session_report(translation->session, &report);
}

int translations_collect(struct engine *engine, uint64_t now)
{
	struct name_result result;
	int r = 0;

	while (engine->names->ops->result(engine->names, &result) == 1) {
		errand_answer(engine, &result, now);
		list_for_each_safe (node, translation_bucket(engine, result.id)) {
			struct translation *translation =
				container_of(node, struct translation, in_engine);

			if (translation->id != result.id)
				continue;
			/* An address is lost, not the end of its translation. */
			if (result_deliver(translation, &result) < 0)
				r = -ENOMEM;
			break;
		}
	}
	return r;
}
