/* SPDX-License-Identifier: MIT */
/*
 * Identifiers: what the handle's owner calls an interface or a domain, and what the engine at hand
 * does (M10). Until the engine changes for the first time both are the same. After that names are
 * what carries an identifier over:
 *
 *	an interface is the same if it has the same index, and the same name or the same kind: it
 *	may have been renamed, but indices that a program chooses may also be used again;
 *	a domain is the same if it is on the same interface and has the same stable name and family.
 *
 * What is new gets an identifier above all that were seen. Announcements enter by names_bind_*(),
 * messages are translated on their way through, generically: every 64 bit field called "interface"
 * or "pvd" is an identifier.
 */
#include "client/steady-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client/steady.h"
#include "message/message.h"

/* Neither engines nor names_bind_*() count that far. An identifier that nobody knows goes to the
 * engine with this bit, so that it names nothing there, and comes back as it was. */
#define STRANGE (UINT64_C(1) << 63)

struct names *names_new(uint64_t instance)
{
	struct names *names = calloc(1, sizeof(*names));

	if (names == NULL)
		return NULL;
	names->users = 1;
	names->instance = instance;
	list_init(&names->all);
	table_init(&names->by_id);
	table_init(&names->by_engine);
	return names;
}

struct names *names_ref(struct names *names)
{
	names->users++;
	return names;
}

static void name_unbind(struct names *names, struct name *name)
{
	if (name_is_bound(name))
		table_remove(&names->by_engine, &name->by_engine);
}

static void name_free(struct names *names, struct name *name)
{
	list_remove(&name->in_names);
	table_remove(&names->by_id, &name->by_id);
	name_unbind(names, name);
	names->count--;
	free(name);
}

struct names *names_unref(struct names *names)
{
	if (names == NULL || --names->users > 0)
		return NULL;
	list_for_each_safe (node, &names->all)
		name_free(names, container_of(node, struct name, in_names));
	table_deinit(&names->by_id);
	table_deinit(&names->by_engine);
	free(names);
	return NULL;
}

void names_move(struct names *names, uint64_t instance)
{
	if (instance == names->instance)
		return;
	names->instance = instance;
	names->moved = true;
	list_for_each_safe (node, &names->all) {
		struct name *name = container_of(node, struct name, in_names);

		name_unbind(names, name);
		if (name->type == 0)
			name_free(names, name);
	}
}

/* ---- looking up ---- */

struct name *names_by_id(const struct names *names, uint64_t id)
{
	list_for_each (node, table_bucket(&names->by_id, id)) {
		struct name *name = container_of(node, struct name, by_id.node);

		if (name->id == id)
			return name;
	}
	return NULL;
}

struct name *names_by_engine(const struct names *names, uint64_t engine_id)
{
	list_for_each (node, table_bucket(&names->by_engine, engine_id)) {
		struct name *name = container_of(node, struct name, by_engine.node);

		if (name->engine_id == engine_id)
			return name;
	}
	return NULL;
}

bool names_has_domains(const struct names *names, uint64_t interface)
{
	list_for_each (node, &names->all) {
		const struct name *name = container_of(node, struct name, in_names);

		if (name->type == MIF_PVD && name->interface == interface)
			return true;
	}
	return false;
}

static bool interface_is(const struct name *name, const struct mif_message_interface *report)
{
	bool same_text = strcmp(name->text, report->name) == 0;

	return name->type == MIF_INTERFACE && name->ifindex == report->ifindex &&
		(same_text || (report->ifindex != 0 && name->kind == report->kind));
}

static bool pvd_is(
	const struct name *name, const struct mif_message_pvd *report, uint64_t interface)
{
	return name->type == MIF_PVD && name->interface == interface &&
		name->family == report->family && strcmp(name->text, report->name) == 0;
}

/* What the owner may still take the object of this announcement for. */
static bool is_free(const struct name *name)
{
	return !name->gone && !name_is_bound(name);
}

struct name *names_find_interface(
	const struct names *names, const struct mif_message_interface *report)
{
	struct name *known = names_by_engine(names, report->interface);

	if (known != NULL || !names->moved)
		return known;
	list_for_each (node, &names->all) {
		struct name *name = container_of(node, struct name, in_names);

		if (is_free(name) && interface_is(name, report))
			return name;
	}
	return NULL;
}

struct name *names_find_pvd(
	const struct names *names, const struct mif_message_pvd *report, uint64_t interface)
{
	struct name *known = names_by_engine(names, report->pvd);

	if (known != NULL || !names->moved)
		return known;
	list_for_each (node, &names->all) {
		struct name *name = container_of(node, struct name, in_names);

		if (is_free(name) && pvd_is(name, report, interface))
			return name;
	}
	return NULL;
}

/* ---- binding ---- */

/* Makes room by forgetting what no link's owner is told of any more. */
static void names_sweep(struct names *names)
{
	list_for_each_safe (node, &names->all) {
		struct name *name = container_of(node, struct name, in_names);

		if (name->refs == 0)
			name_free(names, name);
	}
}

static void name_bind(struct names *names, struct name *name, uint64_t engine_id)
{
	if (name_is_bound(name))
		return;
	name->engine_id = engine_id;
	table_add(&names->by_engine, &name->by_engine, engine_id);
}

static struct name *name_new(struct names *names, uint64_t engine_id)
{
	struct name *name;

	if (names->count >= STEADY_NAMES)
		names_sweep(names);
	if (names->count >= STEADY_NAMES)
		return NULL;
	name = calloc(1, sizeof(*name));
	if (name == NULL)
		return NULL;
	name->id = names->moved ? names->last + 1 : engine_id;
	names->last = MAX(names->last, name->id);
	names->count++;
	list_init(&name->by_engine.node);
	/* The latest first: an older one of the same name may be about to end. */
	list_append(names->all.next, &name->in_names);
	table_add(&names->by_id, &name->by_id, name->id);
	name_bind(names, name, engine_id);
	return name;
}

static void set_text(struct name *name, const char *text)
{
	if (strcmp(name->text, text) != 0)
		memcpy(name->text, text, sizeof(name->text));
}

struct name *names_bind_interface(struct names *names, const struct mif_message_interface *report)
{
	struct name *name = names_find_interface(names, report);

	if (name == NULL)
		name = name_new(names, report->interface);
	if (name == NULL)
		return NULL;
	name_bind(names, name, report->interface);
	name->type = MIF_INTERFACE;
	name->ifindex = report->ifindex;
	name->kind = report->kind;
	set_text(name, report->name);
	return name;
}

struct name *names_bind_pvd(
	struct names *names, const struct mif_message_pvd *report, uint64_t interface)
{
	struct name *name = names_find_pvd(names, report, interface);

	if (name == NULL)
		name = name_new(names, report->pvd);
	if (name == NULL)
		return NULL;
	name_bind(names, name, report->pvd);
	name->type = MIF_PVD;
	name->interface = interface;
	name->family = report->family;
	set_text(name, report->name);
	return name;
}

void name_ref(struct name *name)
{
	if (name != NULL)
		name->refs++;
}

void name_unref(struct names *names, struct name *name)
{
	if (name != NULL && --name->refs == 0 && name->gone)
		name_free(names, name);
}

void name_end(struct names *names, struct name *name)
{
	if (name == NULL)
		return;
	name->gone = true;
	if (name->refs == 0)
		name_free(names, name);
}

/* ---- messages ---- */

static bool is_identifier(const struct field_info *field)
{
	return field->type == FIELD_TYPE_U64 &&
		(strcmp(field->name, "pvd") == 0 || strcmp(field->name, "interface") == 0);
}

/* news: the engine brings it up, it is no echo of the owner's. */
static int id_to_owner(struct names *names, uint64_t *id, bool news)
{
	struct name *name;

	if (*id == 0)
		return 0;
	if (!names->moved) {
		if (news)
			names->last = MAX(names->last, *id);
		return 0;
	}
	if ((*id & STRANGE) != 0) {
		*id &= ~STRANGE;
		return 0;
	}
	name = names_by_engine(names, *id);
	if (name == NULL)
		name = name_new(names, *id);
	if (name == NULL)
		return -ENOMEM;
	*id = name->id;
	return 0;
}

int names_to_owner(struct names *names, struct mif_message *report)
{
	const struct message_info *info = message_info(report->type);
	bool news =
		report->type != MIF_CONFIGURATION_DATA && report->type != MIF_NO_CONFIGURATION_DATA;
	int r = 0;

	for (size_t i = 0; info != NULL && r == 0 && i < info->count; i++) {
		uint64_t id;
		char *at = (char *)report + info->fields[i].offset;

		if (!is_identifier(&info->fields[i]))
			continue;
		memcpy(&id, at, sizeof(id));
		r = id_to_owner(names, &id, news);
		memcpy(at, &id, sizeof(id));
	}
	return r;
}

static uint64_t id_to_engine(const struct names *names, uint64_t id)
{
	const struct name *name = names_by_id(names, id);

	if (id == 0)
		return 0;
	return name != NULL && name_is_bound(name) ? name->engine_id : id | STRANGE;
}

void names_to_engine(const struct names *names, struct mif_message *request)
{
	const struct message_info *info = message_info(request->type);

	if (!names->moved)
		return;
	for (size_t i = 0; info != NULL && i < info->count; i++) {
		uint64_t id;
		char *at = (char *)request + info->fields[i].offset;

		if (!is_identifier(&info->fields[i]))
			continue;
		memcpy(&id, at, sizeof(id));
		id = id_to_engine(names, id);
		memcpy(at, &id, sizeof(id));
	}
}
