/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "client/link.h"
#include "client/steady-asked.h"
#include "client/steady-hold.h"
#include "client/steady-names.h"
#include "client/steady-picture.h"
#include "client/steady.h"

enum steady_state {
	STEADY_LIVE, /* reports pass */
	STEADY_LOST, /* no link: the next try at the deadline */
	STEADY_GREETING, /* WELCOME is awaited, until the deadline */
	STEADY_COLLECTING, /* the new engine's picture comes in, and settles until the deadline */
};

/* Parts of a steady link, as steady.c and steady-resume.c share them. */
struct steady {
	struct link link;
	struct steady_daemon daemon;
	struct names *names;
	struct link *inner; /* NULL: STEADY_LOST */
	enum steady_state state;
	int broken; /* lost for good: what get returns */
	int epoll; /* of the inner link and the timer: stays the same for ever */
	bool watched; /* somebody waits for it, so the inner link is in it */
	int timer; /* -1: never needed */
	uint64_t deadline;
	uint64_t delay; /* before the next try */
	uint64_t live_since;
	uint64_t instance; /* of the engine at the other end */
	uint32_t serial; /* of the last request posted */
	bool deaf; /* the other end is gone, but what it sent before is not read yet */
	bool drained; /* the inner link had nothing more */
	bool resumed; /* questions are to be sent as soon as the queue is empty */
	bool waiting; /* for room: the descriptor is also waited for to be writable */
	bool forgetful; /* something could not be remembered */

	struct asked asked;
	struct holds holds;
	struct picture told; /* the owner's picture */
	struct list queue; /* reports made here */

	/* STEADY_COLLECTING */
	struct picture *fresh; /* the engine's picture, in its own identifiers */
	size_t awaited; /* answers to come */
	bool asked_interfaces, asked_default;
	bool refused; /* a request of ours met a limit: to be tried again */
};

struct queued {
	struct list node;
	struct mif_message message;
};

/* Puts a report of our own on its way. It respects all that was posted until now. */
void steady_queue(struct steady *steady, struct mif_message *report);

/* To the engine at hand, in the owner's identifiers or (raw) in the engine's. As post; -EPIPE is
 * noted, and is no error: the loss is going to be seen. */
int steady_send(struct steady *steady, const struct mif_message *request, bool raw);

/* The owner was told, or need not be told any more. */
int steady_remember(struct steady *steady, const struct mif_message *report);
void steady_forget(struct steady *steady, struct object *object);
void steady_forget_all(struct steady *steady, enum rank rank, uint64_t scope);

/* ---- steady-live.c ---- */

/* A report of the engine's. Whether it, now in the owner's identifiers, is for the owner. */
bool live_report(struct steady *steady, struct mif_message *report);

/* ---- steady-connection.c ---- */

/* Connects and shakes hands. The names may be another link's, then with their engine. */
int connection_open(struct steady *steady, int timeout_ms);

/* Closes the inner link, if there is one; the same for good reason, and plans the next try. */
void connection_drop(struct steady *steady);
void connection_lose(struct steady *steady, uint64_t now);

/* Does what is due while there is nothing to pass on. */
void connection_advance(struct steady *steady);

/* When it is to be called whatever the inner link says; TIME_FOREVER: never. */
void connection_set_deadline(struct steady *steady, uint64_t deadline);

/* Whether the descriptor becomes readable also when the inner link takes requests again. */
void connection_wait_for_room(struct steady *steady, bool waiting);

/* The descriptor that tells when get is worth calling. From here on the inner link is in it. */
int connection_watch(struct steady *steady);

/* ---- steady-resume.c ---- */

/* The engine has said WELCOME. 0, or -ENOMEM. */
int resume_begin(struct steady *steady, uint64_t now);

/* Asks for what can be asked for now. */
void resume_push(struct steady *steady);

/* A report that came meanwhile. 0, or -ENOMEM. */
int resume_report(struct steady *steady, const struct mif_message *report);

/* Whether the picture is complete, and as good as it will get. */
bool resume_ready(struct steady *steady, uint64_t now);

/* Puts the differences into the queue; from here on reports pass. */
void resume_commit(struct steady *steady);

/* Forgets what was collected. */
void resume_abandon(struct steady *steady);
