/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/engine.h"
#include "engine/state.h"

/*
 * One subscriber, from inside the room.
 *
 * What waits for it is not a queue of old messages but of things to tell: of an object, what it is
 * by the time that the message is fetched. So a slow subscriber gets the latest state, its queue
 * never holds an object twice, and a withdrawal is never lost.
 */
#define SESSION_OCTETS 32768 /* of answers waiting; then requests are refused with -ENOBUFS */
#define SESSION_TRANSLATIONS 256
#define SESSION_BUCKETS 16

enum outgoing_kind {
	OUTGOING_TELLING,
	OUTGOING_WITHDRAWAL, /* a telling, of an object that is no more */
	OUTGOING_REPORT,
	OUTGOING_DEFAULT, /* the default domain of a family */
	OUTGOING_NOTICE, /* that an interface is going away or up: notice.c */
};

struct outgoing {
	struct list queue; /* in the session's, or in no list */
	uint8_t kind; /* enum outgoing_kind */
	/* Tellings: */
	uint8_t object_kind; /* enum object_kind */
	bool told;
	bool refreshes;
	uint32_t number; /* reports: which request made it; tellings: their tag */
};

/* A session wants to know of the children of parent, or (NULL) of interfaces, with what is below. There is
 * no other one for kinds that are below: whoever wants all of a kind has no use for some. */
struct subscription {
	struct list in_parent;
	struct list in_session;
	struct table_node by_parent;
	struct session *session;
	struct list tellings;
	struct object *parent;
	enum object_kind kind;
	uint32_t element; /* elements: only this type; 0: all */
	uint32_t below; /* interfaces: enum mif_below */
	bool refreshes; /* of addresses */
	uint32_t tag;
};

/* What a session knows, or is about to know, of one object. The host has one for each object and each
 * subscriber. A withdrawal is in the queue and nowhere else. */
struct telling {
	struct outgoing out;
	struct session *session;
	union {
		struct {
			struct list in_object;
			struct list in_subscription;
			struct object *object;
		};
		struct { /* what withdraws it */
			uint64_t parent_id;
			union {
				uint64_t id; /* of an interface or a domain */
				uint32_t element;
				struct mif_address address;
			};
		} was;
	};
};

struct report {
	struct outgoing out;
	struct mif_message message; /* allocated only as far as its type needs */
};

struct translation {
	struct list in_engine;
	struct list in_session;
	struct session *session;
	uint64_t id; /* the engine's */
	uint64_t number; /* the subscriber's */
	uint64_t pvd;
	struct report
		*done; /* made beforehand: that it has ended is told whatever memory there is */
};

struct session {
	struct engine *engine;
	struct list in_engine;
	struct list ready; /* in the engine's list of those that have something to be fetched */
	struct list queue;
	struct list subscriptions;
	struct table by_parent; /* the same, by what they are of */
	struct list translations[SESSION_BUCKETS]; /* by the subscriber's number */
	struct list wants; /* want.c */
	struct list notices;
	struct list waiters; /* departure.h */
	size_t report_octets; /* in the queue */
	size_t translation_count, want_count, waiter_count;
	struct session_quota *quota; /* the host's, or NULL */
	uint32_t serial; /* of the last request */
	unsigned int flags;
	bool wants_default;
	struct outgoing defaults[2]; /* IPv4, IPv6 */
	uint32_t uid, pid; /* as the host says */
	uint32_t posts; /* requests so far */
	void *host;
};

/* ---- queue ---- */

/* What is queued already keeps its place, or moves to the end. */
void session_queue(struct session *session, struct outgoing *out);
void session_queue_last(struct session *session, struct outgoing *out);

/* An answer, made before what must not fail any more, and queued after it. NULL in strict mode, if it
 * is an extension. 0, or -ENOMEM. */
int session_report_new(
	struct session *session, const struct mif_message *message, struct report **reportp);
void session_report_queue(struct session *session, struct report *report);

/* Its host shall look after it: engine_next_ready(). */
void session_wake(struct session *session);

/* Of an answer that was in the queue. */
void session_report_free(struct session *session, struct report *report);

/* Made and queued at once. */
int session_report(struct session *session, const struct mif_message *message);

/* ERROR with a sentence. */
__attribute__((format(printf, 4, 5))) int session_error(struct session *session,
	const struct mif_message *request, int error, const char *format, ...);

/* END_OF_ANNOUNCEMENTS, to be queued behind them. */
int session_end_new(
	struct session *session, const struct mif_message *request, struct report **endp);

/* ---- request.c ---- */

/* Of a type that the table knows as a request. 0, or a negative errno: then nothing of it is kept, but what it
 * may have queued. */
int request_serve(struct session *session, const struct mif_message *request, uint64_t now);

/* ---- subscription.c ---- */

/* What a subscription is to be, or to be from now on. */
struct subscription_terms {
	enum object_kind kind;
	struct object *parent;
	uint32_t element, below;
	bool refreshes;
};

/* Feeds the present state, then joins the live list. 0, or -ENOMEM. */
int subscription_add(struct session *session, const struct mif_message *request,
	const struct subscription_terms *terms);

/* Ends it, with all that is queued of it. parent_id 0: whatever the parent. 0; -EBUSY: it is a part of what
 * the session has asked for of all interfaces. */
int subscription_stop(struct session *session, enum object_kind kind, uint64_t parent_id);

/* All of a session. */
void subscriptions_free(struct session *session);

/* A change of the model: who was told, or wants to be told, will be. 0, or -ENOMEM. */
int subscriptions_changed(struct model *model, struct object *object, enum change change);

void telling_free(struct telling *telling);

/* ---- translation.c: names ---- */

int translation_start(struct session *session, const struct mif_message *request, uint64_t now);
void translation_stop(struct session *session, uint64_t number);
void translations_free(struct session *session);

/* The domain is gone: they end. */
void translations_end(struct engine *engine, uint64_t pvd);

/* Hands the worker's results out. 0, or -ENOMEM. */
int translations_collect(struct engine *engine, uint64_t now);

/* What a question asked in this domain must know of it. */
void name_scope_of(const struct model *model, const struct object *pvd, struct name_scope *scope);

/* ---- errand.c: what sources want done in domains ---- */

/* The picture of a domain has changed, or that of something in it. */
void errands_note(struct engine *engine, const struct object *object, enum change change);

/* Tells sources of domains, and takes their questions. */
void errands_run(struct engine *engine, uint64_t now);

/* A result of the worker, if it is of an errand. */
void errand_answer(struct engine *engine, const struct name_result *result, uint64_t now);

/* The domain is gone: they end at the next errands_run(). */
void errands_end(struct engine *engine, uint64_t pvd);

void errands_free(struct engine *engine);

/* ---- engine.c ---- */

#define ENGINE_SOURCES 16

/* A link that the host lets be taken down and brought up: demand.c. */
struct allowed {
	struct link_policy policy;
	struct model_link *link; /* NULL: there is no interface of that name */
	struct model_link
		*absent; /* stands for it while it does not exist: absent.c; NULL: nothing does */
	uint64_t idle_at; /* when it has been unwanted for long enough */
	uint64_t retry_at; /* not to be brought up before */
	uint64_t backoff;
};

/* A link that is going away for what is seen of it: forecast.c. Times are TIME_FOREVER where there is none. */
struct forecast {
	struct forecast_policy policy;
	struct model_link *link; /* NULL: there is no interface of that name */
	bool running; /* as it was seen last */
	bool lost; /* its carrier, and that is not counted yet */
	bool measured; /* sources were told to look at the signal */
	int32_t dbm; /* 0: not known */
	bool fading, flapping; /* what was told */
	uint64_t signal_at; /* when the signal will have been otherwise for long enough */
	uint64_t calm_at; /* when the carrier will have been there for long enough */
	uint64_t lost_at[FORECAST_LOSSES]; /* a ring */
	uint32_t loss_count; /* in all */
};

#define TRANSLATION_BUCKETS 256

struct engine {
	struct model *model;
	unsigned int flags;
	int epoll_fd, timer_fd;
	int host_epoll_fd; /* watches in the place of epoll_fd; or -1 */
	uint32_t woken; /* by the host: 1 << slot */
	uint64_t now; /* of the dispatch under way */
	uint64_t armed; /* what the timer is set to */
	uint64_t deadline; /* as the last dispatch found it */
	bool deadline_stale; /* and something has happened since that may have changed it */
	uint64_t deadlines[ENGINE_SOURCES + 1]; /* what sources said, and the names */
	uint32_t called; /* who has been since, and is to be asked again: 1 << index */
	struct source *sources[ENGINE_SOURCES];
	uint32_t noticing; /* sources with notice() */
	uint32_t pending; /* sources to be dispatched whatever their descriptors say */
	size_t source_count;
	struct worker *names;
	struct name_scope scope; /* the last one: most questions come many in a row */
	engine_counter *counter; /* the host's, or NULL */
	const void *counter_context;
	struct list sessions;
	struct list ready;
	struct list translations[TRANSLATION_BUCKETS];
	uint64_t next_translation;
	struct list errands;
	size_t errand_count;
	bool domains_stale; /* sources have not been told yet */
	struct list wants; /* those without a scope */
	uint32_t held; /* of these, those that are not breakable */
	struct list departures, orders;
	uint64_t last_order;
	bool departures_stale; /* something has happened that they depend on */
	struct allowed allowed[ENGINE_ALLOWED];
	size_t allowed_count;
	struct forecast forecasts[FORECASTS];
	size_t forecast_count;
};

/* Sets the timer to the engine's deadline, which has perhaps changed. */
void engine_arm(struct engine *engine);
