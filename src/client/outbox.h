/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/list.h"

/* What a handle's own tasks may have waiting besides their answers (which always have room). */
#define OUTBOX_MAX 4096

/* A message that this library made. Owns its descriptor. */
struct report {
	struct list node;
	uint64_t number; /* in order of arrival, from 1 */
	struct mif_message message;
};

struct report *report_new(uint32_t type, uint32_t tag);
void report_free(struct report *report);

struct outbox {
	struct list reports;
	size_t count;
	uint64_t last; /* number of the last report put */
};

void outbox_init(struct outbox *outbox);
void outbox_deinit(struct outbox *outbox);

/* Takes the report over. */
void outbox_put(struct outbox *outbox, struct report *report);

/* Copies it. 0, -ENOBUFS, -ENOMEM: it is lost. For what is not a task's one answer. */
int outbox_add(struct outbox *outbox, const struct mif_message *message);

/* The oldest, which stays; or NULL. */
struct report *outbox_first(const struct outbox *outbox);

/* The oldest, which then belongs to the caller; or NULL. */
struct report *outbox_take(struct outbox *outbox);

/* The answer to this connection identifier that waits here, or NULL. Stays in the outbox. */
struct report *outbox_answer(const struct outbox *outbox, uint64_t connection);

/* How many answers wait here. */
size_t outbox_answers(const struct outbox *outbox);

/* Takes back everything of this connection identifier but its answer. */
void outbox_drop_steps(struct outbox *outbox, uint64_t connection);
