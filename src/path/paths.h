/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/message.h>

#include "engine/engine.h"
#include "net/verb.h"

/*
 * The manager of paths: which subflows the connections shall have that were shown to it. Requests of
 * clients and events of the kernel come in, verbs for the parent go out. Has no clock.
 */
struct paths;

struct paths_options {
	int verb_fd; /* to the parent */
	int event_fd; /* where the kernel tells; stays the caller's */
	bool takeover; /* all sockets of Multipath TCP count as adopted */
	struct engine *engine; /* that tells of the host's addresses; NULL: nobody does */
};

enum paths_counter {
	PATHS_CONNECTIONS, /* now */
	PATHS_SUBFLOWS, /* now */
	PATHS_ADOPTED,
	PATHS_JOINED,
	PATHS_FAILED, /* joins */
	PATHS_FOREIGN, /* of them, to another host */
	PATHS_REFUSED, /* requests, at a limit */
	PATHS_OVERFLOWS, /* the kernel had told more than there was room for */
	PATHS_COUNTERS,
};

/* What one user may have. */
#define PATHS_USER_REQUESTS 64 /* without answer */
#define PATHS_USER_CONNECTIONS 256
#define PATHS_SUBFLOWS_MAX 8 /* of a connection, the first one included */

/* 0, or negative errno. The engine must outlive it. */
int paths_new(struct paths **pathsp, const struct paths_options *options);
void paths_free(struct paths *paths);

/* A source that sees addresses go before the engine's subscribers are told: it is the caller's, for
 * engine_add_source(), and may outlive the manager. NULL: no memory. */
struct source *paths_source(struct paths *paths);

/* Takes what the engine has to tell: before other subscribers are told of the same. */
void paths_hear_world(struct paths *paths, uint64_t now);

uint64_t paths_deadline(const struct paths *paths);

/* Reads events (woken: there may be some) and does what is due. */
void paths_dispatch(struct paths *paths, bool woken, uint64_t now);

/* passed: the descriptor that came with it, which stays the caller's, or -1. */
void paths_answered(
	struct paths *paths, const struct verb_answer *answer, int passed, uint64_t now);

/* Whether a request is for here, and not for the engine. */
bool paths_serves(uint32_t type);

/* A request of that user; its descriptor stays the caller's. What comes of it is told to the session. */
void paths_request(struct paths *paths, struct session *session, uint32_t uid,
	const struct mif_message *request, uint64_t now);

/* The session ends. */
void paths_leave(struct paths *paths, struct session *session);

uint64_t paths_count(const struct paths *paths, enum paths_counter counter);
