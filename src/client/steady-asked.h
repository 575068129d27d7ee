/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/list.h"
#include "client/steady-picture.h"

/* Announcements that the owner asked for and has not stopped. */
struct want {
	struct list node;
	struct table_node by_scope;
	enum rank rank;
	uint64_t scope;
	uint32_t tag;
	uint32_t option; /* interfaces: enum mif_below; elements: only this type; addresses: enum
			  * mif_announce_flags */
	uint32_t since; /* serial of the request that began it: what is older is not of it */
};

/* A request that will be answered: by END_OF_ANNOUNCEMENTS, or by what was asked for. */
struct question {
	struct list node;
	bool sent; /* to the engine at hand */
	bool resumed; /* it was sent to another one before */
	bool gone; /* what it is about has gone while the daemon was away */
	uint32_t items; /* of configuration data: delivered */
	uint32_t count; /* of how many */
	size_t address_count; /* of a translation: delivered */
	uint32_t services; /* the same: the highest number */
	struct mif_address *addresses;
	struct mif_message request; /* allocated only as far as its type needs */
};

struct asked {
	struct list wants;
	struct table wants_by_scope;
	size_t question_count;
	size_t unsent; /* questions that are to be sent */
	struct list questions; /* in order of posting */
};

void asked_init(struct asked *asked);
void asked_deinit(struct asked *asked);

/* NULL: not asked for. */
struct want *want_find(const struct asked *asked, enum rank rank, uint64_t scope);

/* The same, or that of all interfaces if it takes in what is below. */
struct want *want_for(const struct asked *asked, enum rank rank, uint64_t scope);

/* Whether objects of a rank are announced with interfaces. */
bool want_has_below(const struct want *want, enum rank rank);

/* The want that an object belongs to, or NULL. */
struct want *want_of(const struct asked *asked, const struct subject *subject);

/* What a request asks to be announced, or stops. rank RANKS: nothing. */
struct want want_of_request(const struct mif_message *request);
struct want want_of_stop(const struct mif_message *request);

/* Adds it, or changes the one of that rank and scope, unless it is a part of what is announced with
 * interfaces. 0, -ENOBUFS, -ENOMEM. */
int want_add(struct asked *asked, const struct want *like);
void want_remove(struct asked *asked, struct want *want);

/* scope 0: whatever the scope. */
void wants_remove(struct asked *asked, enum rank rank, uint64_t scope);

/* Whether the engine answers it. */
bool question_is(const struct mif_message *request);

/* 0, -EAGAIN: too many; -ENOMEM. */
int question_add(struct asked *asked, const struct mif_message *request, bool sent);
void question_sent(struct asked *asked, struct question *question);
void question_remove(struct asked *asked, struct question *question);

/* None has been sent to the engine at hand. */
void questions_unsent(struct asked *asked);

/* The translation of this identifier, or NULL. */
struct question *question_translation(const struct asked *asked, uint64_t translation);

/* Takes note of an answer, in the owner's identifiers. False: it was given before, to the same
 * question at another engine, so it is not to be given again. May change its status. */
bool question_answer(struct asked *asked, struct mif_message *report, struct question **ended);
