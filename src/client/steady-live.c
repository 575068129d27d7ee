/* SPDX-License-Identifier: MIT */
/*
 * What passes a steady link while there is a connection, and what of it is remembered: the owner's
 * picture, the names, the end of questions. Reports enter in the engine's identifiers and leave in
 * the owner's.
 */
#include <errno.h>
#include <stdlib.h>

#include "client/filter.h"
#include "client/steady-link.h"

void steady_queue(struct steady *steady, struct mif_message *report)
{
	struct queued *queued = malloc(sizeof(*queued));

	if (queued == NULL) {
		steady->broken = -EPIPE;
		return;
	}
	report->serial = steady->serial;
	queued->message = *report;
	list_append(&steady->queue, &queued->node);
}

int steady_remember(struct steady *steady, const struct mif_message *report)
{
	struct object *object = picture_put(&steady->told, report);
	struct name *name = NULL;

	if (object == NULL)
		return -ENOMEM;
	if (object->name != NULL || object->subject.rank > RANK_PVD)
		return 0;
	name = names_by_id(steady->names, object->subject.id);
	object->name = name;
	name_ref(name);
	return 0;
}

void steady_forget(struct steady *steady, struct object *object)
{
	if (object == NULL)
		return;
	name_unref(steady->names, object->name);
	picture_remove(&steady->told, object);
}

void steady_forget_all(struct steady *steady, enum rank rank, uint64_t scope)
{
	list_for_each_safe (node, &steady->told.ranks[rank]) {
		struct object *object = container_of(node, struct object, in_rank);

		if (scope == 0 || object->subject.scope == scope)
			steady_forget(steady, object);
	}
}

/* An interface's or a domain's announcement: its name is kept up to date. A hidden one, which the
 * owner has not asked for, brings no new name. */
static int learn_name(struct steady *steady, const struct mif_message *report, bool hidden)
{
	struct names *names = steady->names;
	const struct name *interface;
	const struct name *name = NULL;

	if (report->type == MIF_INTERFACE) {
		if (!hidden || names_find_interface(names, &report->as.interface) != NULL)
			name = names_bind_interface(names, &report->as.interface);
	} else {
		interface = names_by_engine(names, report->as.pvd.interface);
		if (interface == NULL && names->moved)
			return hidden ? 0 : -ENOMEM;
		uint64_t id = interface != NULL ? interface->id : report->as.pvd.interface;

		if (!hidden || names_find_pvd(names, &report->as.pvd, id) != NULL)
			name = names_bind_pvd(names, &report->as.pvd, id);
	}
	return hidden || name != NULL ? 0 : -ENOMEM;
}

static uint64_t owner_scope(const struct steady *steady, uint64_t engine_id)
{
	const struct name *name;

	if (!steady->names->moved)
		return engine_id;
	name = names_by_engine(steady->names, engine_id);
	return name != NULL ? name->id : 0;
}

/* An object is gone: so are, with it, the requests for what it held (M12). */
static void live_gone(struct steady *steady, const struct subject *subject)
{
	steady_forget(steady, picture_find(&steady->told, subject));
	if (subject->rank == RANK_INTERFACE) {
		wants_remove(&steady->asked, RANK_PVD, subject->id);
		name_end(steady->names, names_by_id(steady->names, subject->id));
	} else if (subject->rank == RANK_PVD) {
		wants_remove(&steady->asked, RANK_ELEMENT, subject->id);
		wants_remove(&steady->asked, RANK_ADDRESS, subject->id);
		name_end(steady->names, names_by_id(steady->names, subject->id));
	}
}

/* A report about an object. Whether the owner asked for it. */
static bool live_object(
	struct steady *steady, struct mif_message *report, const struct subject *engine_subject)
{
	struct subject subject = *engine_subject;
	struct object *object;
	const struct want *want;
	bool hidden;
	int r = 0;

	subject.scope = subject.scope != 0 ? owner_scope(steady, subject.scope) : 0;
	want = want_of(&steady->asked, &subject);
	hidden = want == NULL || (engine_subject->scope != 0 && subject.scope == 0);
	if (!subject.gone && subject.rank <= RANK_PVD)
		r = learn_name(steady, report, hidden);
	if (hidden && (!subject.gone || owner_scope(steady, subject.id) == 0))
		return false;
	if (names_to_owner(steady->names, report) < 0)
		r = -ENOMEM;
	subject_of(report, &subject);
	if (subject.gone) {
		live_gone(steady, &subject);
		return !hidden;
	}
	object = picture_find(&steady->told, &subject);
	if (report->type == MIF_ELEMENT && object != NULL)
		report->as.element.generation += object->generation;
	if (!serial_older(report->serial, want->since) && steady_remember(steady, report) < 0)
		r = -ENOMEM;
	if (r < 0)
		steady->forgetful = true;
	return true;
}

static bool live_pass(struct steady *steady, struct mif_message *report)
{
	struct question *ended;
	struct subject subject;
	struct want want;
	bool pass;

	if (subject_of(report, &subject))
		return live_object(steady, report, &subject);
	if (names_to_owner(steady->names, report) < 0)
		steady->forgetful = true;
	pass = question_answer(&steady->asked, report, &ended);
	if (ended == NULL)
		return pass;
	if (report->type == MIF_ERROR) {
		/* A request that did not begin, or of an object that has ended. */
		const struct want *known;

		want = want_of_request(&ended->request);
		known = want_find(&steady->asked, want.rank, want.scope);
		if (known != NULL &&
			(known->since == want.since || report->as.error.error == ENODEV))
			wants_remove(&steady->asked, want.rank, want.scope);
	}
	question_remove(&steady->asked, ended);
	return pass;
}

/* Whether the report, now in the owner's identifiers, is for the owner. */
bool live_report(struct steady *steady, struct mif_message *report)
{
	bool pass = live_pass(steady, report);

	if (pass)
		holds_told(&steady->holds, report);
	return pass;
}
