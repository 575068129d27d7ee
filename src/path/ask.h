/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/verb.h"
#include "path/flow.h"

/* Verbs that wait for the parent; those among them that it has, and has not answered. Others need room
 * in its window as well. */
#define ASK_QUEUE 1024
#define ASK_WINDOW 24

/* A question to the parent. Names its connection and its subflow by number: they may be gone when the
 * answer comes. */
struct question {
	struct list node;
	struct verb verb;
	int fd; /* that goes along, or -1 */
	uint32_t token, flow; /* 0: of none */
	uint32_t uid; /* who is to be counted */
	struct asker asker;
};

struct ask {
	int verb_fd;
	uint32_t serial;
	size_t count, asked; /* questions; of them in the parent's hands */
	struct list waiting, sent;
};

void ask_init(struct ask *ask, int verb_fd);
void ask_deinit(struct ask *ask);

/* Queues a verb; the descriptor is duplicated until the answer is there. NULL: there is no room. */
struct question *ask_add(struct ask *ask, const struct verb *verb, int fd);

/* The last one of that type about a connection that was not sent yet, or NULL. */
struct question *ask_waiting(const struct ask *ask, enum verb_type type, uint32_t token);

/* Sends what there is room for. 0; -EAGAIN: later; other negative errno: the parent is gone. */
int ask_send(struct ask *ask);

/* The question of an answer, the caller's to end with question_free(); NULL: nobody asked. */
struct question *ask_answered(struct ask *ask, const struct verb_answer *answer);
void question_free(struct question *question);

/* How many questions of a user wait. */
size_t ask_of(const struct ask *ask, uint32_t uid);

/* That session hears nothing any more. */
void ask_forget(struct ask *ask, const struct session *session);
