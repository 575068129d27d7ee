/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"
#include "engine/worker.h"

/*
 * The engine: sources put facts into its model, sessions get messages out of it. It has no thread,
 * no log, no callback, and no clock of its own: time is an argument. A host (the daemon, or a
 * program that holds the engine itself) waits on its one descriptor and calls dispatch.
 */
struct engine;
struct session;

enum engine_flags {
	ENGINE_FAKE_CLOCK =
		1, /* the descriptor does not tell deadlines: the host has its own time */
};

int engine_new(struct engine **enginep, unsigned int flags);
void engine_free(struct engine *engine);

/* Takes the source over, also on failure. A source without a descriptor is dispatched once. */
int engine_add_source(struct engine *engine, struct source *source);

/* At most one. Takes it over, also on failure. Without one, TRANSLATE_NAME is ERROR(ENOTSUP). */
int engine_set_names(struct engine *engine, struct worker *worker);

/* What the host itself counts: answered to GET_COUNTERS in front of what sources and workers count. Its
 * function tells the index-th counter, or false, as theirs do; the context must outlive the engine. */
typedef bool engine_counter(
	const void *context, unsigned int index, const char **name, uint64_t *value);

void engine_set_counters(struct engine *engine, engine_counter *counter, const void *context);

/* ---- links: what the host does for the engine, and tells it ---- */

#define ENGINE_ALLOWED 64

/* This link may be taken down and brought up, as the policy says, which is copied; of the same name the
 * last one counts. A host that calls this fetches orders. 0; -ENOSPC: there are ENGINE_ALLOWED; -ENOMEM. */
int engine_allow_link(struct engine *engine, const struct link_policy *policy);

/* The next order, after anything that may have made one: session_post(), engine_dispatch(), the end of
 * a session. Each is answered, some time. */
bool engine_next_order(struct engine *engine, struct link_order *order);

/* error: 0: done; errno, with a sentence. An order that is not known (any more) is no fault. */
void engine_order_done(
	struct engine *engine, uint64_t id, int error, const char *text, uint64_t now);

/* What the host knows by itself of a link's future: as model_going_away() and its kin. */
void engine_going_away(
	struct engine *engine, uint32_t ifindex, uint32_t why, uint64_t deadline, uint64_t now);
void engine_staying(struct engine *engine, uint32_t ifindex);
void engine_going_up(struct engine *engine, uint32_t ifindex);

/* An interface is going away when what its last domain was given ends and is not renewed: told this long
 * before, in nanoseconds, or in the last eighth of it; 0, as at the beginning: not told. To be called
 * before sources bring anything. */
#define ENGINE_LIFETIME_NOTICE (30 * NSEC_PER_SEC) /* the usual */

void engine_tell_lifetimes(struct engine *engine, uint64_t notice);

/* What time it is: messages that tell how much of it is left are fetched now. */
void engine_set_time(struct engine *engine, uint64_t now);

/* Readable when engine_dispatch() has something to do. */
int engine_fd(const struct engine *engine);

/* A host with an epoll instance of its own can have the engine's descriptors in that one instead, so that
 * no event is waited for twice. Events whose data.u64 is below ENGINE_EVENTS are the engine's: they are
 * told to it by engine_woken() before engine_dispatch(). engine_fd() is -1 from then on. The instance
 * stays the host's, and must outlive the engine. 0, or negative errno: then the engine is of no use. */
#define ENGINE_EVENTS 32

int engine_watch_in(struct engine *engine, int epoll_fd);
void engine_woken(struct engine *engine, uint64_t event);

/* When engine_dispatch() wants to be called at the latest. */
uint64_t engine_deadline(const struct engine *engine);

/* Reads sources and workers, and does what is due. 0, or negative errno. */
int engine_dispatch(struct engine *engine, uint64_t now);

/* To be called before the host waits for the descriptor, when subscribers have got what there is for
 * them: sources are asked when they want to be called next, which nobody need wait for. Only those are
 * that have been called since; a host that calls one itself, past the engine, says so. */
void engine_rest(struct engine *engine);
void engine_called(struct engine *engine, const struct source *source);
void engine_called_names(struct engine *engine); /* the same of the worker */

/* A session that has something to be fetched, or room again for a request that it refused; or NULL.
 * It is not returned again before something new is there for it. */
struct session *engine_next_ready(struct engine *engine);

/* ---- sessions: one for each subscriber ---- */

enum session_flags {
	SESSION_STRICT = 1, /* the drafts' own messages only */
	/* What it wants it holds while that is going away; it brings no link on demand up, and keeps
	 * none; and what it hears of is measured for nobody else. Of the host itself, which has means of
	 * its own to go elsewhere. */
	SESSION_GUEST = 2,
};

/* host: whatever session_host() shall return. */
int session_new(struct session **sessionp, struct engine *engine, unsigned int flags, void *host);
void session_free(struct session *session);
void *session_host(const struct session *session);
void session_set_flags(struct session *session, unsigned int flags);

/* What several sessions may have together, and have now. A host that knows users gives all sessions of
 * one the same; what is beyond is ERROR(EDQUOT). It must outlive them, and is set before their first
 * request. Without one there are only the limits of each session. */
struct session_quota {
	uint32_t subscriptions, translations, wants;
	uint32_t subscription_limit, translation_limit, want_limit;
};

void session_set_quota(struct session *session, struct session_quota *quota);

/* Who it is, for others to be told: GET_HOLDERS. */
void session_set_label(struct session *session, uint32_t uid, uint32_t pid);

/* 0; -EINVAL: not a request; -EOPNOTSUPP: not served here, or an extension in strict mode;
 * -EEXIST: the identifier is in use; -EBUSY: what it stops is a part of what is announced with interfaces; -ENOBUFS: too much is waiting to be fetched, try again after
 * session_get(); -ENOMEM. */
int session_post(struct session *session, const struct mif_message *request, uint64_t now);

/* Queues a message of the host's own (WELCOME, ERROR), of which the host sees to it that they are
 * not too many. 0, or -ENOMEM. */
int session_tell(struct session *session, const struct mif_message *report);

/* The host has answered a request of this serial number by itself: what is told from now on was told
 * after it. */
void session_heard(struct session *session, uint32_t serial);

/* So much waits that requests are refused. */
bool session_is_full(const struct session *session);

/* 1: *report holds the next one; 0: none waits. */
int session_get(struct session *session, struct mif_message *report);

/* Whether session_get() would return 1. */
bool session_ready(const struct session *session);
