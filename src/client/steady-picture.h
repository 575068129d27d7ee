/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/table.h"

/* Kinds of objects, parents first (M12). */
enum rank {
	RANK_INTERFACE,
	RANK_PVD,
	RANK_ELEMENT,
	RANK_ADDRESS,
	RANK_DEFAULT, /* the default domain of a family */
	RANKS,
};

/* Which object a report is about. */
struct subject {
	enum rank rank;
	bool gone; /* it is a withdrawal */
	uint64_t
		scope; /* what had to be asked for: the interface of a domain, the domain of others */
	uint64_t id; /* of an interface or a domain */
	uint32_t number; /* element type, family */
	struct mif_address address;
};

/* False: it is about none. */
bool subject_of(const struct mif_message *report, struct subject *subject);

struct name;

/* An object as a report has described it. */
struct object {
	struct table_node in_picture;
	struct list in_rank;
	struct subject subject;
	struct name *name; /* the owner's picture: of an interface or a domain; it counts as told */
	uint64_t owner_id; /* a new picture: what the owner calls it; 0: not known (yet) */
	uint32_t serial; /* of the last report that told of it */
	uint32_t generation; /* an element: what to add to the engine's */
	bool seen; /* marked while pictures are compared */
	bool asked_pvds, asked_elements, asked_addresses; /* a new picture: what it holds */
	struct mif_message message; /* allocated only as far as its type needs */
};

struct picture {
	struct list ranks[RANKS];
	struct table objects; /* by hash of their subjects */
};

void picture_init(struct picture *picture);

/* Its objects were removed before. */
void picture_deinit(struct picture *picture);

/* Domains and interfaces by their id alone. */
struct object *picture_find(const struct picture *picture, const struct subject *subject);

/* What the announcement says from here on. NULL: no memory, or STEADY_OBJECTS. */
struct object *picture_put(struct picture *picture, const struct mif_message *report);

/* The caller has dealt with its name. */
void picture_remove(struct picture *picture, struct object *object);

/* How much of struct mif_message a message of this type needs. */
size_t picture_message_size(uint32_t type);

/* The whole message that was stored in part. */
void picture_message(struct mif_message *message, const struct mif_message *stored);

/* Whether two announcements of one object say the same to one who did not ask for refreshes: not
 * counting lifetimes (M18) and generations, which begin again with the engine. */
bool picture_same(const struct mif_message *a, const struct mif_message *b, bool refreshes);

/* Turns an announcement into the object's withdrawal. */
void picture_withdraw(struct mif_message *report, const struct object *object);
