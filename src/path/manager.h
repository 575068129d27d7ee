/* SPDX-License-Identifier: MIT */
#pragma once

#include "path/ask.h"
#include "path/flow.h"
#include "path/paths.h"
#include "path/world.h"

/* The manager from inside the room. */

/* How long a join may take; a subflow is counted on when it has lasted so long, or one round trip. */
#define JOIN_TIME (3 * NSEC_PER_SEC)
#define SETTLE_TIME (2 * NSEC_PER_MSEC)
#define SETTLE_UNKNOWN (200 * NSEC_PER_MSEC) /* when nobody knows the round trip */

/* The first time after which a lost subflow is tried again; it doubles up to the last. */
#define RETRY_FIRST (1 * NSEC_PER_SEC)
#define RETRY_LAST (64 * NSEC_PER_SEC)

/* How often one is tried to an address that the peer has told of: nobody here has asked for it. */
#define ANNOUNCED_TRIES 5

/* How long a subflow on a link that is going away is a backup one at most, besides two round trips, before the
 * others come to rest; how long after it is leaving it is closed, whatever is on its way; how often that is
 * looked at. */
#define DRAIN_TIME (500 * NSEC_PER_MSEC)
#define LEAVE_TIME (2 * NSEC_PER_SEC)
#define LOOK_TIME (40 * NSEC_PER_MSEC)

/* When it is looked again whether a subflow is closed that shall be established anew. */
#define CLOSE_TIME (100 * NSEC_PER_MSEC)

/* How often it is asked what there is, at most; how long after a subflow has settled it is looked whether
 * it still is: the kernel does not always tell. */
#define SURVEY_PAUSE (200 * NSEC_PER_MSEC)
#define SURVEY_CHECK (3 * NSEC_PER_SEC)

/* Events of one turn. */
#define EVENTS_TURN 256

/* A session that wants to know of the paths of a user's connections, or of root's: of all. */
struct listener {
	struct list node;
	struct session *session;
	uint32_t uid, tag;
	bool missed; /* there was no room: all is told again */
	bool waiting; /* for a survey, to be told what that brings */
	uint32_t only; /* of this connection alone; 0: of all */
};

/* A connection that is not managed, as the last survey has it. */
struct other {
	uint32_t token, uid, subflows;
	bool fallback;
	struct mif_endpoint local, remote;
};

struct paths {
	struct paths_options options;
	struct ask ask;
	struct list connections;
	struct list listeners;
	struct list newcomers; /* in the order of their times */
	size_t newcomer_count;
	struct world world;
	struct path_source *source; /* NULL: there is none */
	bool stale; /* which links have subflows may be otherwise than they were counted */
	uint32_t number; /* of the last subflow */
	uint64_t deadline;
	bool off; /* the parent is gone */
	bool surveying; /* the parent was asked what there is */
	bool others_asked; /* for those that are not managed, too */
	struct other *others; /* NULL: nobody has asked */
	size_t other_count;
	uint64_t surveyed_at; /* when it was last */
	uint64_t survey_at; /* when it shall be; TIME_FOREVER */
	uint64_t linger_at; /* when the next link need not be held any more; TIME_FOREVER */
	uint64_t rest_at; /* when the world is not watched any more; TIME_FOREVER */
	uint64_t counters[PATHS_COUNTERS];
};

struct connection *paths_find(const struct paths *paths, uint32_t token);
struct flow *paths_flow(const struct paths *paths, uint32_t token, uint32_t number);
size_t paths_connections_of(const struct paths *paths, uint32_t uid);

/* What is to be asked, as far as there is room. */
void paths_send(struct paths *paths);

/* There is a connection: what the host has is known now, and what becomes of it will be. */
void paths_watch(struct paths *paths, uint64_t now);

/* Something is due then at the latest. */
void paths_wake(struct paths *paths, uint64_t due);

/* ---- subflows: manager.c ---- */

/* A question about it to the parent. 0, or -EAGAIN: there is no room. */
int flow_ask(
	struct paths *paths, struct flow *flow, enum verb_type type, const struct asker *asker);
void flow_join(struct paths *paths, struct flow *flow, uint64_t now);
void flow_lost(struct paths *paths, struct flow *flow, int error, uint64_t now);
void flow_event(struct paths *paths, const struct flow *flow, uint32_t event, int error);

/* It works no more, though the kernel has told nothing, or not yet. closing: it is closed by the parent. */
void flow_down(struct paths *paths, struct flow *flow, int error, bool closing, uint64_t now);
void connection_end(struct paths *paths, struct connection *connection, int error);

/* ---- connections that nobody has shown: newcomer.c ---- */

/* How many are waited for, and how long: so long their programs may take to show them. */
#define NEWCOMERS 256
#define NEWCOMER_TIME (200 * NSEC_PER_MSEC)

/* An event of a connection that is not known. */
void newcomer_hear(struct paths *paths, const struct kernel_mptcp_event *event, uint64_t now);

/* A program has shown it, or a survey has found it: what is known of it by now. */
void newcomer_known(struct paths *paths, struct connection *connection);
void newcomers_due(struct paths *paths, uint64_t now);

/* The parent has answered. */
void newcomer_answered(struct paths *paths, uint32_t token, int result, uint32_t uid, uint64_t now);
void newcomers_free(struct paths *paths);

/* ---- what there is: survey.c ---- */

/* As soon as may be after that time; and when it is urgent. */
void paths_survey(struct paths *paths, uint64_t at);
void paths_survey_soon(struct paths *paths, uint64_t at);

/* Asks for it, when it is due. */
void survey_ask(struct paths *paths, uint64_t now);

/* The answer: fd, or -1 with the errno. */
void survey_take(struct paths *paths, int fd, int result, uint64_t now);

/* ---- the host's links and addresses: react.c ---- */

/* Where its local address is, or NULL: nobody knows. */
const struct world_place *flow_place(const struct paths *paths, const struct flow *flow);

/* Whether a subflow may be made on such a place now. */
bool place_is_open(const struct world_place *place);

/* The link that it is bound to, as ifindex: otherwise it would leave by whichever the main routing table
 * prefers, whatever its source. 0: none, for the link does not lead there. */
uint32_t flow_link(const struct paths *paths, const struct flow *flow);

/* Whether it shall be a backup one. */
bool flow_steps_back(const struct paths *paths, const struct flow *flow);

/* Whether another one than that will still work when it is closed. */
bool connection_is_safe(
	struct paths *paths, const struct connection *connection, const struct flow *but);

/* Does what follows from the host's state for it, and for all of a connection. */
void flow_review(struct paths *paths, struct flow *flow, uint64_t now);
void connection_review(struct paths *paths, struct connection *connection, uint64_t now);

/* The manager is no more; takes NULL. */
void path_source_leave(struct path_source *source);

/* Holds links that subflows use, and no others. */
void paths_hold(struct paths *paths, uint64_t now);

/* ---- links that are going away: leave.c ---- */

/* Whether it is to be closed now; link: of its local address, or NULL. */
bool leave_review(
	struct paths *paths, struct flow *flow, const struct world_link *link, uint64_t now);

/* When that is to be judged again. */
void leave_wake(struct paths *paths, const struct flow *flow, uint64_t now);

/* All of its subflows were looked at: none may leave any more. */
void leave_end(struct paths *paths, struct connection *connection, uint64_t now);

/* Links are used as long as what was closed there has not been able to say so; others are not, so far. */
void leave_linger(struct paths *paths, uint64_t now);

/* There was a survey. */
void leave_look(struct paths *paths, struct connection *connection);

/* ---- paths that nobody asked for: policy.c ---- */

/* One from each domain that may be used, if the connection is to have them. */
void connection_extend(struct paths *paths, struct connection *connection, uint64_t now);

/* What follows for one of these from what has become of its link. */
void flow_follow(const struct paths *paths, struct flow *flow);

/* ---- addresses for the peer: offer.c ---- */

/* 0: the asker will be told; negative errno. */
int offer_add(struct paths *paths, struct connection *connection, const struct mif_endpoint *local,
	uint32_t id, const struct asker *asker);
int offer_retract(struct paths *paths, struct connection *connection,
	const struct mif_endpoint *local, uint32_t id, const struct asker *asker);

/* The connection is established, or has ended with this errno. */
void offers_tell(struct paths *paths, struct connection *connection);
void offers_end(struct connection *connection, int error);

/* ---- answers to clients: tell.c ---- */

/* Ends the asker's waiting. flow: whose ends are told, or NULL. text: why not, or NULL: the errno's. */
void asker_tell(
	struct asker *asker, uint32_t token, const struct flow *flow, int error, const char *text);

/* What it is, and its paths. */
void connection_tell(struct session *session, uint32_t tag, const struct connection *connection);
void paths_announce(struct paths *paths, struct listener *listener);
void paths_tell_event(
	struct paths *paths, const struct connection *connection, const struct mif_message *event);

/* ---- requests: request.c ---- */

/* That session is told of no more paths. */
void paths_listen_no_more(struct paths *paths, const struct session *session);

/* ---- events: events.c ---- */

/* One that is beyond the limit is closed; its ends as the kernel calls them. */
void subflow_refuse(struct paths *paths, const struct connection *connection,
	const struct mif_endpoint *local, const struct mif_endpoint *remote);

void paths_hear(struct paths *paths, const struct kernel_mptcp_event *event, uint64_t now);
