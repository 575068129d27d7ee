/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <mif/mif.h>

#include "base/list.h"
#include "client/filter.h"
#include "client/held.h"
#include "client/link.h"
#include "client/loop.h"
#include "client/memory.h"
#include "client/outbox.h"
#include "client/process.h"
#include "client/view.h"

/* Connects, dials and listens of one handle that are under way, or whose answer waits. */
#define CLIENT_TASKS_MAX 1024

/* When a request does not say (M26). */
#define CLIENT_TIMEOUT (30 * NSEC_PER_SEC)

/*
 * A handle. Requests go two ways: what concerns the engine goes over the link; connects, dials and
 * listens are tasks, served here, in the caller's own process. Reports come back from both: those
 * of the link through the filter, those of the tasks through the outbox.
 *
 * Costs one send for a post, one poll for a check and one receive for a get as long as there is no
 * task and no view.
 */
struct mif {
	struct link *link; /* the caller's own subscriber */
	int host; /* MIF_OPEN_DAEMON or MIF_OPEN_ENGINE */
	bool strict;
	struct process process; /* a child of fork() must not use it */
	uint32_t serial; /* of the last request posted on the link */
	int broken; /* why the link gives no more reports; 0: it does */
	bool drained; /* the link had no more report when it was asked last */
	struct filter filter;
	struct loop loop;
	struct view view;
	struct list tasks;
	struct outbox outbox;
	struct memory memory; /* of attempts to connect */
	uint32_t dials; /* begun, roughly */
	struct held held;

	/* The message got last and the next one, if mif_check() has received that already. Reports
	 * of the outbox up to number next_after arrived before it. */
	struct mif_message slots[2];
	unsigned int current; /* the slot of the message got last */
	int current_fd; /* its descriptor, until it is taken; -1 */
	bool next; /* the other slot holds the next one */
	uint64_t next_after;
};

/* A handle on this link, which it takes over, also on failure. */
int client_new(struct mif **mifp, struct link *link, int host, unsigned int flags);

/* Waits until something was done for a task, or until the deadline; does not touch the link, so
 * the caller's messages stay where they are. 0, or negative errno (-EINTR). For mif_dial(). */
int client_wait(struct mif *mif, uint64_t deadline);

/* Over the link, what the program has not asked for itself. As mif_post(). */
int client_post(struct mif *mif, const struct mif_message *request);

/* Opens the view if there is none. 0, or negative errno. */
int client_need_view(struct mif *mif);

/*
 * A connect, a dial or a listen: the first member of each. It is made by NAME_start(), lives in
 * mif->tasks, and ends in exactly one answer, by which it is freed.
 */
struct task;

struct task_ops {
	/* The view took a report in. NULL: it has settled, or (view.link is NULL) is lost. */
	void (*news)(struct task *task, const struct mif_message *report, uint64_t now);

	/* The domain is gone (M29). Called before anybody is told. */
	void (*pvd_gone)(struct task *task, uint64_t pvd, uint64_t now);

	/* Ends what is under way (watches, timers, sockets) and frees the task itself. Called by
	 * task_connected(), task_failed() and mif_close(), by nobody else. */
	void (*free)(struct task *task);
};

struct task {
	struct list node;
	const struct task_ops *ops;
	struct mif *mif;
	struct outbox *outbox; /* where its reports go: mif->outbox, or mif_dial()'s own */
	struct report *answer; /* made beforehand, so that the one answer cannot fail */
	uint64_t connection; /* identifier */
	uint32_t refused; /* MIF_NOT_CONNECTED or MIF_NOT_LISTENING */
};

/* Whether a task of this identifier may be made: 0, -EEXIST, -ENOBUFS. */
int task_check(const struct mif *mif, uint64_t connection);

/* Puts a task among the handle's. The identifier counts only if outbox is the handle's own. 0, or
 * -ENOMEM. */
int task_init(struct task *task, struct mif *mif, const struct task_ops *ops, struct outbox *outbox,
	uint64_t connection, uint32_t tag);

/* For the free of every task; the last thing before free(). */
void task_deinit(struct task *task);

/* CONNECTED or LISTENING, with the descriptor, which belongs to the message from here on. Frees
 * the task. */
void task_connected(struct task *task, int fd, uint64_t pvd, const struct mif_endpoint *source,
	const struct mif_endpoint *destination, const char *alpn);
void task_listening(struct task *task, int fd, uint64_t pvd, const struct mif_endpoint *local);

/* NOT_CONNECTED or NOT_LISTENING: error is an errno above 0. Frees the task. */
void task_failed(struct task *task, int error, const char *text);

/* STOP_CONNECTING. 0, -ENOBUFS, -ENOMEM. */
int task_stop(struct mif *mif, const struct mif_message *request);

/* For every task of the handle; none of them may end another. */
void task_pvd_gone(struct mif *mif, uint64_t pvd, uint64_t now);
void task_news(struct mif *mif, const struct mif_message *report, uint64_t now);
void task_free_all(struct mif *mif);

/* connect.c, listen.c, dial.c: begin. The request is well formed and its identifier not in use.
 * 0, or negative errno: nothing has begun. Answers may be in the outbox on return. */
int connect_start(struct mif *mif, const struct mif_message *request, uint64_t now);
int listen_start(struct mif *mif, const struct mif_message *request, uint64_t now);
int dial_start(struct mif *mif, const struct mif_message *request, uint64_t now);
