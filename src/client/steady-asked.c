/* SPDX-License-Identifier: MIT */
/*
 * What the owner of a steady link has asked for: announcements (until they are stopped or their
 * object is gone) and questions (until they are answered). Requests enter as they are posted;
 * answers are matched with their questions as they pass. After a loss all of it is asked again.
 */
#include "client/steady-asked.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "client/filter.h"
#include "client/steady.h"

void asked_init(struct asked *asked)
{
	*asked = (struct asked){0};
	list_init(&asked->wants);
	table_init(&asked->wants_by_scope);
	list_init(&asked->questions);
}

void asked_deinit(struct asked *asked)
{
	for (enum rank rank = 0; rank < RANKS; rank++)
		wants_remove(asked, rank, 0);
	table_deinit(&asked->wants_by_scope);
	list_for_each_safe (node, &asked->questions)
		question_remove(asked, container_of(node, struct question, node));
}

/* ---- announcements ---- */

struct want *want_find(const struct asked *asked, enum rank rank, uint64_t scope)
{
	list_for_each (node, table_bucket(&asked->wants_by_scope, scope)) {
		struct want *want = container_of(node, struct want, by_scope.node);

		if (want->rank == rank && want->scope == scope)
			return want;
	}
	return NULL;
}

bool want_has_below(const struct want *want, enum rank rank)
{
	static const uint32_t bits[RANKS] = {
		[RANK_PVD] = MIF_BELOW_PVDS | MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES,
		[RANK_ELEMENT] = MIF_BELOW_ELEMENTS,
		[RANK_ADDRESS] = MIF_BELOW_ADDRESSES,
	};

	return want != NULL && want->rank == RANK_INTERFACE && (want->option & bits[rank]) != 0;
}

struct want *want_for(const struct asked *asked, enum rank rank, uint64_t scope)
{
	struct want *all = want_find(asked, RANK_INTERFACE, 0);

	return want_has_below(all, rank) ? all : want_find(asked, rank, scope);
}

struct want *want_of(const struct asked *asked, const struct subject *subject)
{
	struct want *want = want_for(asked, subject->rank, subject->scope);

	if (want != NULL && want->rank == RANK_ELEMENT && want->option != MIF_ELEMENT_ANY &&
		want->option != subject->number)
		return NULL;
	return want;
}

struct want want_of_request(const struct mif_message *request)
{
	struct want want = {.rank = RANKS, .tag = request->tag, .since = request->serial};

	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		want.rank = RANK_INTERFACE;
		want.option = request->as.announce_interfaces.below;
		break;
	case MIF_ANNOUNCE_PVDS:
		want.rank = RANK_PVD;
		want.scope = request->as.announce_pvds.interface;
		break;
	case MIF_ANNOUNCE_ELEMENTS:
		want.rank = RANK_ELEMENT;
		want.scope = request->as.announce_elements.pvd;
		want.option = request->as.announce_elements.element;
		break;
	case MIF_ANNOUNCE_ADDRESSES:
		want.rank = RANK_ADDRESS;
		want.scope = request->as.announce_addresses.pvd;
		want.option = request->as.announce_addresses.flags;
		break;
	case MIF_ANNOUNCE_DEFAULT_PVD:
		want.rank = RANK_DEFAULT;
		break;
	default:
		break;
	}
	return want;
}

struct want want_of_stop(const struct mif_message *request)
{
	struct want want = {.rank = RANKS};

	switch (request->type) {
	case MIF_STOP_ANNOUNCING_INTERFACES:
		want.rank = RANK_INTERFACE;
		break;
	case MIF_STOP_ANNOUNCING_PVDS:
		want.scope = request->as.stop_announcing_pvds.interface;
		want.rank = want.scope != 0 ? RANK_PVD : RANKS;
		break;
	case MIF_STOP_ANNOUNCING_ELEMENTS:
		want.rank = RANK_ELEMENT;
		want.scope = request->as.stop_announcing_elements.pvd;
		break;
	case MIF_STOP_ANNOUNCING_ADDRESSES:
		want.rank = RANK_ADDRESS;
		want.scope = request->as.stop_announcing_addresses.pvd;
		break;
	case MIF_STOP_ANNOUNCING_DEFAULT_PVD:
		want.rank = RANK_DEFAULT;
		break;
	default:
		break;
	}
	return want;
}

int want_add(struct asked *asked, const struct want *like)
{
	struct want *want = want_find(asked, like->rank, like->scope);

	if (want_has_below(want_find(asked, RANK_INTERFACE, 0), like->rank))
		return 0;
	if (want != NULL) {
		want->tag = like->tag;
		want->option = like->option | (want->rank == RANK_INTERFACE ? want->option : 0);
		return 0;
	}
	if (asked->wants_by_scope.count >= STEADY_WANTS)
		return -ENOBUFS;
	want = malloc(sizeof(*want));
	if (want == NULL)
		return -ENOMEM;
	*want = *like;
	list_append(&asked->wants, &want->node);
	table_add(&asked->wants_by_scope, &want->by_scope, want->scope);
	return 0;
}

void want_remove(struct asked *asked, struct want *want)
{
	if (want == NULL)
		return;
	list_remove(&want->node);
	table_remove(&asked->wants_by_scope, &want->by_scope);
	free(want);
}

void wants_remove(struct asked *asked, enum rank rank, uint64_t scope)
{
	if (scope != 0) {
		want_remove(asked, want_find(asked, rank, scope));
		return;
	}
	list_for_each_safe (node, &asked->wants) {
		struct want *want = container_of(node, struct want, node);

		if (want->rank == rank)
			want_remove(asked, want);
	}
}

/* ---- questions ---- */

bool question_is(const struct mif_message *request)
{
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
	case MIF_ANNOUNCE_PVDS:
	case MIF_ANNOUNCE_ELEMENTS:
	case MIF_ANNOUNCE_ADDRESSES:
	case MIF_ANNOUNCE_DEFAULT_PVD:
	case MIF_GET_CONFIGURATION_DATA:
	case MIF_TRANSLATE_NAME:
	case MIF_FIND_PVD:
	case MIF_GET_COUNTERS:
	case MIF_GET_HOLDERS:
	case MIF_TAKE_DOWN:
	case MIF_BRING_UP:
	case MIF_CALL_OFF:
	case MIF_LET_GO:
		return true;
	default:
		return false;
	}
}

int question_add(struct asked *asked, const struct mif_message *request, bool sent)
{
	size_t size = picture_message_size(request->type);
	struct question *question;

	if (asked->question_count >= STEADY_QUESTIONS)
		return -EAGAIN;
	question = malloc(offsetof(struct question, request) + size);
	if (question == NULL)
		return -ENOMEM;
	memset(question, 0, offsetof(struct question, request));
	memcpy(&question->request, request, size);
	question->sent = sent;
	asked->unsent += !sent;
	asked->question_count++;
	list_append(&asked->questions, &question->node);
	return 0;
}

void question_sent(struct asked *asked, struct question *question)
{
	asked->unsent -= !question->sent;
	question->sent = true;
}

void question_remove(struct asked *asked, struct question *question)
{
	asked->unsent -= !question->sent;
	asked->question_count--;
	list_remove(&question->node);
	free(question->addresses);
	free(question);
}

void questions_unsent(struct asked *asked)
{
	list_for_each (node, &asked->questions) {
		struct question *question = container_of(node, struct question, node);

		question->resumed |= question->sent;
		question->sent = false;
	}
	asked->unsent = asked->question_count;
}

struct question *question_translation(const struct asked *asked, uint64_t translation)
{
	list_for_each (node, &asked->questions) {
		struct question *question = container_of(node, struct question, node);

		if (question->request.type == MIF_TRANSLATE_NAME &&
			question->request.as.translate_name.translation == translation)
			return question;
	}
	return NULL;
}

/* ---- answers ---- */

static bool is_data_of(const struct mif_message_get_configuration_data *ask, uint64_t pvd,
	uint32_t element, uint32_t information)
{
	return ask->pvd == pvd && ask->element == element && ask->information == information;
}

/* Whether a report answers a question; that of the same tag which was posted first is meant. */
static bool is_answer(const struct mif_message *report, const struct mif_message *request)
{
	const struct mif_message_configuration_data *data = &report->as.configuration_data;

	switch (report->type) {
	case MIF_END_OF_ANNOUNCEMENTS:
		return report->as.end_of_announcements.request == request->type;
	case MIF_ERROR:
		return report->as.error.request == request->type;
	case MIF_CONFIGURATION_DATA:
	case MIF_NO_CONFIGURATION_DATA: /* begins with the same fields */
		return request->type == MIF_GET_CONFIGURATION_DATA &&
			is_data_of(&request->as.get_configuration_data, data->pvd, data->element,
				data->information);
	case MIF_PVD_FOUND:
		return request->type == MIF_FIND_PVD;
	case MIF_LINK_DONE:
		return report->as.link_done.request == request->type;
	default:
		return false;
	}
}

static struct question *question_find(const struct asked *asked, const struct mif_message *report)
{
	if (report->type == MIF_NAME_TRANSLATION)
		return question_translation(asked, report->as.name_translation.translation);
	if (report->type == MIF_SERVICE_TRANSLATION)
		return question_translation(asked, report->as.service_translation.translation);
	if (report->type == MIF_NAME_TRANSLATION_DONE)
		return question_translation(asked, report->as.name_translation_done.translation);
	list_for_each (node, &asked->questions) {
		struct question *question = container_of(node, struct question, node);

		if (question->sent && question->request.tag == report->tag &&
			is_answer(report, &question->request))
			return question;
	}
	return NULL;
}

static bool translated(struct question *question, const struct mif_address *address)
{
	struct mif_address *more;

	for (size_t i = 0; i < question->address_count; i++) {
		if (address_equal(&question->addresses[i], address))
			return !question->resumed;
	}
	if (question->address_count >= STEADY_TRANSLATED)
		return true;
	more = reallocarray(question->addresses, question->address_count + 1, sizeof(*more));
	if (more == NULL)
		return true;
	question->addresses = more;
	question->addresses[question->address_count++] = *address;
	return true;
}

/* The records of the same number are taken for the same. */
static bool service_translated(struct question *question, uint32_t number)
{
	if (question->resumed && number <= question->services)
		return false;
	question->services = number;
	return true;
}

/* An answer of as many items is taken for the same answer, of which only the rest is told; another
 * one is told from its first item. */
static bool data_item(struct question *question, const struct mif_message_configuration_data *data)
{
	if (question->resumed && data->count == question->count && data->index < question->items)
		return false;
	question->count = data->count;
	question->items = data->index + 1;
	return true;
}

bool question_answer(struct asked *asked, struct mif_message *report, struct question **ended)
{
	struct question *question = question_find(asked, report);
	bool pass = true;

	*ended = NULL;
	if (question == NULL || serial_older(report->serial, question->request.serial))
		return true;
	switch (report->type) {
	case MIF_NAME_TRANSLATION:
		return translated(question, &report->as.name_translation.address);
	case MIF_SERVICE_TRANSLATION:
		return service_translated(question, report->as.service_translation.service);
	case MIF_NAME_TRANSLATION_DONE:
		/* What was found at the engine before counts. */
		if (question->resumed && (question->address_count > 0 || question->services > 0) &&
			report->as.name_translation_done.status != MIF_TRANSLATION_PVD_GONE)
			report->as.name_translation_done.status = MIF_TRANSLATION_FOUND;
		break;
	case MIF_CONFIGURATION_DATA:
		pass = data_item(question, &report->as.configuration_data);
		if (report->as.configuration_data.index + 1 < report->as.configuration_data.count)
			return pass;
		break;
	default:
		break;
	}
	*ended = question;
	return pass;
}
