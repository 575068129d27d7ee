/* SPDX-License-Identifier: MIT */
/*
 * What has changed while the daemon was away. The new engine is asked for everything that the owner
 * asked for, and for as much more as is needed to find by their names the objects whose identifiers
 * the owner knows; its reports enter a picture of their own. When that is complete, and is what the
 * owner was told or has had time to settle, the differences leave through the queue: withdrawals
 * first, children first, then announcements, parents first (M12), then the answers to requests that
 * were under way.
 *
 * What was asked for beyond the owner's requests stays asked for: the reports keep the names up to
 * date and end in steady.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/filter.h"
#include "client/steady-link.h"

int resume_begin(struct steady *steady, uint64_t now)
{
	(void)now;
	steady->fresh = malloc(sizeof(*steady->fresh));
	if (steady->fresh == NULL)
		return -ENOMEM;
	picture_init(steady->fresh);
	holds_lost(&steady->holds);
	steady->awaited = 0;
	steady->asked_interfaces = steady->asked_default = false;
	steady->refused = false;
	steady->state = STEADY_COLLECTING;
	resume_push(steady);
	return 0;
}

void resume_abandon(struct steady *steady)
{
	if (steady->fresh == NULL)
		return;
	for (enum rank rank = 0; rank < RANKS; rank++) {
		list_for_each_safe (node, &steady->fresh->ranks[rank])
			picture_remove(steady->fresh, container_of(node, struct object, in_rank));
	}
	picture_deinit(steady->fresh);
	free(steady->fresh);
	steady->fresh = NULL;
}

/* ---- which of the owner's objects are these ---- */

static struct object *fresh_parent(const struct steady *steady, enum rank rank, uint64_t engine_id)
{
	struct subject subject = {.rank = rank, .id = engine_id};

	return picture_find(steady->fresh, &subject);
}

/* Interfaces, and domains after them. */
static void identify(struct steady *steady, struct object *object)
{
	const struct object *parent;
	const struct name *name = NULL;

	if (object->owner_id != 0)
		return;
	if (object->subject.rank == RANK_INTERFACE) {
		name = names_find_interface(steady->names, &object->message.as.interface);
	} else {
		parent = fresh_parent(steady, RANK_INTERFACE, object->subject.scope);
		if (parent != NULL && parent->owner_id != 0)
			name = names_find_pvd(
				steady->names, &object->message.as.pvd, parent->owner_id);
	}
	object->owner_id = name != NULL ? name->id : 0;
}

/* The announcement in the owner's identifiers. False: the owner does not know them. */
static bool to_owner(
	const struct steady *steady, const struct object *object, struct mif_message *report)
{
	const struct object *parent = NULL;
	uint64_t scope = 0;

	picture_message(report, &object->message);
	if (object->subject.rank == RANK_PVD)
		parent = fresh_parent(steady, RANK_INTERFACE, object->subject.scope);
	else if (object->subject.rank != RANK_INTERFACE)
		parent = fresh_parent(steady, RANK_PVD,
			object->subject.rank == RANK_DEFAULT ? report->as.default_pvd.pvd
							     : object->subject.scope);
	if (parent != NULL)
		scope = parent->owner_id;
	switch (object->subject.rank) {
	case RANK_INTERFACE:
		report->as.interface.interface = object->owner_id;
		return object->owner_id != 0;
	case RANK_PVD:
		report->as.pvd.interface = scope;
		report->as.pvd.pvd = object->owner_id;
		return scope != 0 && object->owner_id != 0;
	case RANK_ELEMENT:
		report->as.element.pvd = scope;
		return scope != 0;
	case RANK_ADDRESS:
		report->as.address.pvd = scope;
		return scope != 0;
	default:
		if (report->as.default_pvd.pvd == 0)
			return true;
		report->as.default_pvd.pvd = scope;
		return scope != 0;
	}
}

/* ---- asking ---- */

static bool ask(struct steady *steady, struct mif_message request)
{
	int r;

	request.serial = steady->serial;
	r = steady_send(steady, &request, true);
	if (r == 0)
		steady->awaited++;
	else if (r != -EAGAIN)
		steady->refused = true;
	return r == 0;
}

/* Whether that comes with the interfaces. */
static bool asked_below(const struct steady *steady, enum rank rank)
{
	return want_has_below(want_find(&steady->asked, RANK_INTERFACE, 0), rank);
}

static bool ask_interfaces(struct steady *steady)
{
	const struct want *want = want_find(&steady->asked, RANK_INTERFACE, 0);
	struct mif_message request = {.type = MIF_ANNOUNCE_INTERFACES};

	if (want != NULL)
		request.as.announce_interfaces.below = want->option;
	return ask(steady, request);
}

static void push_interface(struct steady *steady, struct object *object)
{
	struct mif_message request = {.type = MIF_ANNOUNCE_PVDS};

	identify(steady, object);
	if (object->asked_pvds || object->owner_id == 0 || asked_below(steady, RANK_PVD) ||
		(want_for(&steady->asked, RANK_PVD, object->owner_id) == NULL &&
			!names_has_domains(steady->names, object->owner_id)))
		return;
	request.as.announce_pvds.interface = object->subject.id;
	object->asked_pvds = ask(steady, request);
}

static void push_pvd(struct steady *steady, struct object *object)
{
	struct mif_message elements = {.type = MIF_ANNOUNCE_ELEMENTS};
	struct mif_message addresses = {.type = MIF_ANNOUNCE_ADDRESSES};
	const struct want *want;

	identify(steady, object);
	if (object->owner_id == 0)
		return;
	want = want_find(&steady->asked, RANK_ELEMENT, object->owner_id);
	if (want != NULL && !object->asked_elements && !asked_below(steady, RANK_ELEMENT)) {
		elements.as.announce_elements.pvd = object->subject.id;
		elements.as.announce_elements.element = want->option;
		object->asked_elements = ask(steady, elements);
	}
	want = want_find(&steady->asked, RANK_ADDRESS, object->owner_id);
	if (want != NULL && !object->asked_addresses && !asked_below(steady, RANK_ADDRESS)) {
		addresses.as.announce_addresses.pvd = object->subject.id;
		addresses.as.announce_addresses.flags = want->option;
		object->asked_addresses = ask(steady, addresses);
	}
}

void resume_push(struct steady *steady)
{
	if (!steady->asked_interfaces)
		steady->asked_interfaces = ask_interfaces(steady);
	if (!steady->asked_default && want_find(&steady->asked, RANK_DEFAULT, 0) != NULL)
		steady->asked_default =
			ask(steady, (struct mif_message){.type = MIF_ANNOUNCE_DEFAULT_PVD});
	list_for_each (node, &steady->fresh->ranks[RANK_INTERFACE])
		push_interface(steady, container_of(node, struct object, in_rank));
	list_for_each (node, &steady->fresh->ranks[RANK_PVD])
		push_pvd(steady, container_of(node, struct object, in_rank));
	holds_push(steady);
}

/* ---- listening ---- */

static void fresh_remove(struct steady *steady, const struct subject *subject)
{
	struct object *object = picture_find(steady->fresh, subject);

	if (object != NULL)
		picture_remove(steady->fresh, object);
}

int resume_report(struct steady *steady, const struct mif_message *report)
{
	struct subject subject;
	struct object *object;

	if (holds_report(&steady->holds, report))
		return 0;
	if (report->type == MIF_END_OF_ANNOUNCEMENTS || report->type == MIF_ERROR) {
		steady->awaited -= steady->awaited > 0;
		/* ENODEV: it has gone meanwhile. */
		if (report->type == MIF_ERROR && report->as.error.error != ENODEV)
			steady->refused = true;
		return 0;
	}
	if (!subject_of(report, &subject))
		return 0;
	if (subject.gone) {
		fresh_remove(steady, &subject);
		return 0;
	}
	object = picture_put(steady->fresh, report);
	if (object == NULL)
		return -ENOMEM;
	/* It may have got another name. */
	object->owner_id = 0;
	return 0;
}

/* ---- comparing ---- */

static bool wants_refreshes(const struct want *want)
{
	return (want->rank == RANK_ADDRESS && (want->option & MIF_ANNOUNCE_REFRESHES) != 0) ||
		(want->rank == RANK_INTERFACE && (want->option & MIF_BELOW_REFRESHES) != 0);
}

/* Marks what the owner was told and is still there. Whether it is all, and says the same. */
static bool compare(struct steady *steady)
{
	bool same = true;

	for (enum rank rank = 0; rank < RANKS; rank++) {
		list_for_each (node, &steady->told.ranks[rank])
			container_of(node, struct object, in_rank)->seen = false;
	}
	for (enum rank rank = 0; rank < RANKS; rank++) {
		list_for_each (node, &steady->fresh->ranks[rank]) {
			struct mif_message report;
			struct subject subject;
			struct object *told;

			if (!to_owner(steady, container_of(node, struct object, in_rank), &report))
				continue;
			subject_of(&report, &subject);
			told = picture_find(&steady->told, &subject);
			if (told == NULL)
				continue;
			told->seen = true;
			same = same && picture_same(&report, &told->message, false);
		}
	}
	for (enum rank rank = 0; rank < RANKS; rank++) {
		list_for_each (node, &steady->told.ranks[rank])
			same = same && container_of(node, struct object, in_rank)->seen;
	}
	return same;
}

bool resume_ready(struct steady *steady, uint64_t now)
{
	if (steady->awaited > 0 || steady->waiting || steady->deaf)
		return false;
	return now >= steady->deadline || compare(steady);
}

/* ---- the differences ---- */

/* New names, for what the owner is going to be told. */
static void bind_all(struct steady *steady)
{
	struct names *names = steady->names;

	list_for_each (node, &steady->fresh->ranks[RANK_INTERFACE]) {
		struct object *object = container_of(node, struct object, in_rank);
		struct name *name = NULL;

		identify(steady, object);
		if (object->owner_id != 0 || want_find(&steady->asked, RANK_INTERFACE, 0) != NULL)
			name = names_bind_interface(names, &object->message.as.interface);
		object->owner_id = name != NULL ? name->id : 0;
	}
	list_for_each (node, &steady->fresh->ranks[RANK_PVD]) {
		struct object *object = container_of(node, struct object, in_rank);
		struct object *parent = fresh_parent(steady, RANK_INTERFACE, object->subject.scope);
		struct name *name = NULL;

		if (parent == NULL || parent->owner_id == 0)
			continue;
		identify(steady, object);
		if (object->owner_id != 0 ||
			want_for(&steady->asked, RANK_PVD, parent->owner_id) != NULL)
			name = names_bind_pvd(names, &object->message.as.pvd, parent->owner_id);
		object->owner_id = name != NULL ? name->id : 0;
	}
}

/* Whether an identifier of the owner's names nothing any more. */
static bool is_gone(const struct steady *steady, uint64_t id)
{
	const struct name *name = names_by_id(steady->names, id);

	if (id == 0)
		return false;
	if (name == NULL || name->type == 0)
		return true;
	enum rank rank = name->type == MIF_INTERFACE ? RANK_INTERFACE : RANK_PVD;

	list_for_each (node, &steady->fresh->ranks[rank]) {
		if (container_of(node, struct object, in_rank)->owner_id == id)
			return false;
	}
	return true;
}

/* As the engine does it when a domain goes: its translations end first. */
static void end_translations(struct steady *steady)
{
	list_for_each_safe (node, &steady->asked.questions) {
		struct question *question = container_of(node, struct question, node);
		const struct mif_message_translate_name *asked =
			&question->request.as.translate_name;
		struct mif_message report = {.type = MIF_NAME_TRANSLATION_DONE};

		if (question->request.type != MIF_TRANSLATE_NAME || !question->resumed ||
			!is_gone(steady, asked->pvd))
			continue;
		report.as.name_translation_done.translation = asked->translation;
		report.as.name_translation_done.status = MIF_TRANSLATION_PVD_GONE;
		steady_queue(steady, &report);
		question_remove(&steady->asked, question);
	}
}

static void withdraw(struct steady *steady, enum rank rank)
{
	list_for_each_safe (node, &steady->told.ranks[rank]) {
		struct object *object = container_of(node, struct object, in_rank);
		struct name *name = object->name;
		struct mif_message report;

		if (object->seen)
			continue;
		picture_withdraw(&report, object);
		holds_told(&steady->holds, &report);
		steady_queue(steady, &report);
		/* The link's share of the name first, so that its end can free it. */
		object->name = NULL;
		steady_forget(steady, object);
		if (name != NULL) {
			name->gone = true;
			name_unref(steady->names, name);
		}
	}
}

/* The requests for what a vanished object held end with it (M12). The others are new requests at
 * this engine: none of its reports is older. */
static void renew_wants(struct steady *steady)
{
	list_for_each (node, &steady->asked.questions) {
		struct question *question = container_of(node, struct question, node);

		question->gone = is_gone(steady, want_of_request(&question->request).scope);
	}
	list_for_each_safe (node, &steady->asked.wants) {
		struct want *want = container_of(node, struct want, node);

		want->since = 0;
		if (is_gone(steady, want->scope))
			want_remove(&steady->asked, want);
	}
}

/* Whether the list that this object belongs to was asked for after the object was told last: then
 * it is told again (M4). */
static bool is_asked_again(
	const struct steady *steady, const struct want *want, const struct object *told)
{
	list_for_each (node, &steady->asked.questions) {
		const struct question *question = container_of(node, struct question, node);
		struct want asked = want_of_request(&question->request);

		if (asked.rank == want->rank && asked.scope == want->scope &&
			serial_older(told->serial, asked.since))
			return true;
	}
	return false;
}

/* The owner's generations of an element never go down, and up only if it has changed (M14). */
static uint32_t generation(struct mif_message *report, const struct object *told, bool same)
{
	uint32_t engine = report->as.element.generation;

	if (told != NULL)
		report->as.element.generation =
			told->message.as.element.generation + (same ? 0 : 1);
	return report->as.element.generation - engine;
}

static void announce(struct steady *steady, struct object *object)
{
	struct mif_message report;
	struct subject subject;
	struct object *told;
	const struct want *want;
	uint32_t added = 0;
	bool same;

	if (object->subject.rank == RANK_DEFAULT) {
		picture_message(&report, &object->message);
		if (names_to_owner(steady->names, &report) < 0)
			steady->forgetful = true;
	} else if (!to_owner(steady, object, &report)) {
		return;
	}
	subject_of(&report, &subject);
	want = want_of(&steady->asked, &subject);
	if (want == NULL)
		return;
	told = picture_find(&steady->told, &subject);
	same = told != NULL && picture_same(&report, &told->message, wants_refreshes(want));
	if (subject.rank == RANK_ELEMENT)
		added = generation(&report, told, same);
	if (told == NULL || !same || is_asked_again(steady, want, told)) {
		report.tag = want->tag;
		steady_queue(steady, &report);
		if (steady_remember(steady, &report) < 0)
			steady->forgetful = true;
		told = picture_find(&steady->told, &subject);
	}
	if (told != NULL)
		told->generation = added;
}

/* The requests for announcements are done. */
static void end_announcements(struct steady *steady)
{
	list_for_each_safe (node, &steady->asked.questions) {
		struct question *question = container_of(node, struct question, node);
		const struct mif_message *request = &question->request;
		struct want want = want_of_request(request);
		struct mif_message report = {.type = MIF_END_OF_ANNOUNCEMENTS, .tag = request->tag};

		if (want.rank == RANKS)
			continue;
		report.as.end_of_announcements.request = request->type;
		if (question->gone) {
			report.type = MIF_ERROR;
			report.as.error.request = request->type;
			report.as.error.error = ENODEV;
			strcpy(report.as.error.text, "it is gone");
		}
		steady_queue(steady, &report);
		question_remove(&steady->asked, question);
	}
}

void resume_commit(struct steady *steady)
{
	bind_all(steady);
	compare(steady);
	end_translations(steady);
	renew_wants(steady);
	withdraw(steady, RANK_ADDRESS);
	withdraw(steady, RANK_ELEMENT);
	withdraw(steady, RANK_PVD);
	withdraw(steady, RANK_INTERFACE);
	for (enum rank rank = 0; rank < RANKS; rank++) {
		list_for_each (node, &steady->fresh->ranks[rank])
			announce(steady, container_of(node, struct object, in_rank));
	}
	holds_commit(steady);
	end_announcements(steady);
	resume_abandon(steady);
}
