/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/table.h"

/* An interface or a domain: what identifies it, whichever engine is asked. */
struct name {
	struct list in_names;
	struct table_node by_id, by_engine;
	uint64_t id; /* what the handle's owner calls it */
	uint64_t engine_id; /* what the engine calls it, while in by_engine */
	uint32_t type; /* MIF_INTERFACE, MIF_PVD; 0: only its identifier passed by */
	unsigned int refs; /* links whose owner was told of it and not of its end */
	bool gone; /* an end was told: never to be used for another */
	uint64_t interface; /* of a domain: the owner's identifier */
	uint32_t ifindex, kind; /* of an interface */
	uint32_t family; /* of a domain */
	char text[MIF_TEXT_SIZE];
};

/* The identifiers of a handle, shared by its links. */
struct names {
	unsigned int users;
	uint64_t instance; /* of the engine that engine_id are of */
	bool moved; /* that is not the first one: identifiers differ */
	uint64_t last; /* the highest identifier the owner has seen */
	size_t count;
	struct list all;
	struct table by_id, by_engine;
};

/* NULL: no memory. */
struct names *names_new(uint64_t instance);
struct names *names_ref(struct names *names);
struct names *names_unref(struct names *names);

/* From here on engine identifiers are those of another engine, if it is another one. */
void names_move(struct names *names, uint64_t instance);

/* NULL: not known. */
struct name *names_by_id(const struct names *names, uint64_t id);
struct name *names_by_engine(const struct names *names, uint64_t engine_id);

static inline bool name_is_bound(const struct name *name)
{
	return !list_empty(&name->by_engine.node);
}

/* Whether the interface of that identifier has domains that the owner knows. */
bool names_has_domains(const struct names *names, uint64_t interface);

/* The name of an object in an announcement of the engine's, which has the engine's identifiers, or
 * NULL. interface: the domain's. */
struct name *names_find_interface(
	const struct names *names, const struct mif_message_interface *report);
struct name *names_find_pvd(
	const struct names *names, const struct mif_message_pvd *report, uint64_t interface);

/* The same, bound to the engine's identifier and up to date; a new one if there is none. NULL: no
 * memory, or too many. */
struct name *names_bind_interface(struct names *names, const struct mif_message_interface *report);
struct name *names_bind_pvd(
	struct names *names, const struct mif_message_pvd *report, uint64_t interface);

/* A link's owner was told of it; or will not be told more of it. NULL is allowed. */
void name_ref(struct name *name);
void name_unref(struct names *names, struct name *name);

/* Its end is told. Frees it when no other link's owner knows it. */
void name_end(struct names *names, struct name *name);

/* Changes the identifiers in a message from the engine's to the owner's, and back. 0, or -ENOMEM. */
int names_to_owner(struct names *names, struct mif_message *report);
void names_to_engine(const struct names *names, struct mif_message *request);
