/* SPDX-License-Identifier: MIT */
#pragma once

#include "path/ask.h"
#include "path/flow.h"
#include "path/paths.h"

/* The manager from inside the room. */

/* How long a join may take; a subflow is counted on when it has lasted so long, or one round trip. */
#define JOIN_TIME (3 * NSEC_PER_SEC)
#define SETTLE_TIME (2 * NSEC_PER_MSEC)

/* The first time after which a lost subflow is tried again; it doubles up to the last. */
#define RETRY_FIRST (1 * NSEC_PER_SEC)
#define RETRY_LAST (64 * NSEC_PER_SEC)

/* Events of one turn. */
#define EVENTS_TURN 256

/* A session that wants to know of the paths of a user's connections, or of root's: of all. */
struct listener {
	struct list node;
	struct session *session;
	uint32_t uid, tag;
	bool missed; /* there was no room: all is told again */
};

struct paths {
	struct paths_options options;
	struct ask ask;
	struct list connections;
	struct list listeners;
	uint32_t number; /* of the last subflow */
	uint64_t deadline;
	bool off; /* the parent is gone */
	uint64_t counters[PATHS_COUNTERS];
};

struct connection *paths_find(const struct paths *paths, uint32_t token);
struct flow *paths_flow(const struct paths *paths, uint32_t token, uint32_t number);

/* Something is due then at the latest. */
void paths_wake(struct paths *paths, uint64_t due);

/* ---- subflows: manager.c ---- */

/* A question about it to the parent. 0, or -EAGAIN: there is no room. */
int flow_ask(
	struct paths *paths, struct flow *flow, enum verb_type type, const struct asker *asker);
void flow_join(struct paths *paths, struct flow *flow, uint64_t now);
void flow_lost(struct paths *paths, struct flow *flow, int error, uint64_t now);
void flow_event(struct paths *paths, const struct flow *flow, uint32_t event, int error);
void connection_end(struct paths *paths, struct connection *connection, int error);

/* ---- answers to clients: tell.c ---- */

/* Ends the asker's waiting. flow: whose ends are told, or NULL. text: why not, or NULL: the errno's. */
void asker_tell(
	struct asker *asker, uint32_t token, const struct flow *flow, int error, const char *text);
void paths_announce(struct paths *paths, struct listener *listener);
void paths_tell_event(
	struct paths *paths, const struct connection *connection, const struct mif_message *event);

/* ---- events: events.c ---- */

void paths_hear(struct paths *paths, const struct kernel_mptcp_event *event, uint64_t now);
