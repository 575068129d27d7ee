/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/session.h"

/* TAKE_DOWN, BRING_UP and LET_GO of one subscriber that are not answered yet. */
#define SESSION_WAITERS 16

/* Milliseconds that who wants an interface may have: asked for at most, and when nothing is said. */
#define DEPARTURE_LONGEST 600000
#define DEPARTURE_USUAL 5000

/* How long a link on demand may take to get a carrier. */
#define DEPARTURE_RAISE (30 * NSEC_PER_SEC)

/* Why an interface is going away, besides the source of that number. It goes as long as there is a
 * reason. For a request and on demand the host is asked to take the link down. */
enum departure_cause {
	CAUSE_HOST = ENGINE_SOURCES,
	CAUSE_REQUEST, /* TAKE_DOWN */
	CAUSE_DEMAND, /* nobody wants it */
	CAUSE_OTHERS, /* LET_GO */
	CAUSE_LIFETIME, /* nobody renews what its last domain was given */
	CAUSE_SIGNAL, /* forecast.c: its signal is too weak */
	CAUSE_CARRIER, /* the same: its carrier comes and goes */
	CAUSES,
};

/* What one of them says. */
struct departure_reason {
	uint64_t deadline;
	uint32_t why; /* enum mif_away */
	uint64_t over_at; /* it has gone, or will have by then; 0: that is not known */
};

/* What goes, as it was told, has gone so long after. */
#define DEPARTURE_GRACE (10 * NSEC_PER_SEC)

enum departure_state {
	DEPARTURE_AWAY, /* who must know is told, and may still hold it */
	DEPARTURE_LEAVING, /* nobody does, or may any longer */
	DEPARTURE_UP, /* the other way: it is being brought up */
};

/*
 * An interface that is going away (3.3.7.25.4), or being brought up (3.3.7.25.5).
 *
 *	nothing --> AWAY --(not held, or the deadline)--> LEAVING --(the host's answer)--> nothing
 *	             |                                       |
 *	             +--(called off: INTERFACE_GOING_UP)-----+--> nothing
 *	nothing --> UP --(the host's answer; on demand: its carrier)--> nothing
 */
struct departure {
	struct list in_engine;
	struct list in_orders; /* the host is to fetch its order */
	struct model_link *link;
	enum departure_state state;
	uint32_t causes; /* 1 << enum departure_cause, or a source's number */
	struct departure_reason reasons[CAUSES]; /* of those causes */
	uint64_t deadline; /* AWAY: until when it may be held; UP: until when it may take */
	uint32_t why; /* of the cause with that deadline */
	uint64_t order; /* that the host has not answered; 0: none */
	struct list notices;
	struct list waiters;
};

enum notice_kind {
	NOTICE_AWAY,
	NOTICE_UP,
	NOTICE_FAILED, /* it could not be brought up */
};

/* What one session is told of one interface. It outlives the departure until it is fetched. */
struct notice {
	struct outgoing out;
	struct list in_session;
	struct list in_departure; /* or in none */
	struct session *session;
	struct departure *departure; /* NULL: it has ended */
	enum notice_kind kind;
	bool told; /* that it is going away */
	uint64_t interface;
	uint64_t deadline; /* of a departure that has ended, and why it was */
	uint32_t why;
	uint32_t error;
	char text[96];
};

/* Who awaits LINK_DONE. */
struct waiter {
	struct list in_departure, in_session;
	struct departure *departure;
	struct session *session;
	uint32_t request, tag;
};

/* ---- departure.c ---- */

/* It is going away for this reason (too). 0, or -ENOMEM. */
int departure_begin(struct engine *engine, struct model_link *link, uint32_t cause,
	const struct departure_reason *reason, uint64_t now);

/* This reason is no more. */
void departure_call_off(struct engine *engine, struct model_link *link, uint32_t cause);

/* What this reason announced has happened, or soon will: it ends with the link's domains, and if they
 * outlive it, the link stays. */
void departure_is_over(
	struct engine *engine, struct model_link *link, uint32_t cause, uint64_t now);

/* Whether the link leads anywhere beyond itself. */
bool link_leads(const struct model_link *link);

/* The host shall bring it up; it fetches that. 0, or -ENOMEM. */
int departure_raise(struct engine *engine, struct model_link *link, uint32_t cause, uint64_t now);

/* Ends it. stays: who was told that it is going away is told that it is not. */
void departure_end(struct departure *departure, bool stays);

/* It was not brought up: who wants it is told why. */
void departure_fail(struct departure *departure, int error, const char *text);

/* Does what is due. */
void departures_run(struct engine *engine, uint64_t now);
uint64_t departures_deadline(const struct engine *engine);

/* Whether its end is near has changed, or when that is. */
void departure_note_ending(struct engine *engine, struct model_link *link, uint64_t now);

/* The picture of an interface has changed, or it is gone. */
void departure_note(struct engine *engine, const struct object *interface, enum change change);

/* ---- absent.c: links on demand that do not exist ---- */

/* By its policy. 0, or -ENOMEM. */
int absent_allow(struct engine *engine, struct allowed *allowed);
void absents_free(struct engine *engine);

/* Announces those that do not exist. */
void absents_run(struct engine *engine);

/* A link without an interface has come: whether one of that name was announced, which is this link's now. */
bool absent_becomes(struct engine *engine, struct model_link *link, const char *name);

/* A link is gone, and its interface has no children any more: whether that remains, without the link. */
bool absent_remains(struct engine *engine, struct model_link *link);

/* ---- forecast.c: what is seen of a link ---- */

/* An interface has come, changed, or gone; after departure_note(). */
void forecast_note(struct engine *engine, const struct object *interface, enum change change);

/* Whether somebody would hear of it may have changed. */
void forecasts_asked(struct engine *engine);

void forecasts_run(struct engine *engine, uint64_t now);
uint64_t forecasts_deadline(const struct engine *engine);

/* ---- link-request.c: what subscribers ask for ---- */

int link_take_down(struct session *session, const struct mif_message *request, uint64_t now);
int link_bring_up(struct session *session, const struct mif_message *request, uint64_t now);
int link_let_go(struct session *session, const struct mif_message *request, uint64_t now);
int link_call_off(struct session *session, const struct mif_message *request);

/* Answers all who wait, or those who asked for this. */
void waiters_answer(struct departure *departure, uint32_t request, int error, const char *text);
void waiters_free(struct session *session);

/* ---- notice.c: who is told ---- */

/* Everybody who must know: who announces interfaces, and who wants this one. 0, or -ENOMEM. */
int notices_queue(struct engine *engine, struct model_link *link, struct departure *departure,
	enum notice_kind kind);

/* One who comes late. 0, or -ENOMEM. */
int notice_catch_up(struct session *session, const struct model_link *link);
int notices_catch_up(struct session *session);

/* It could not be brought up. */
void notice_fail(struct notice *notice, int error, const char *text);

void notice_get(struct notice *notice, struct mif_message *report);
void notice_free(struct notice *notice);

/* Whether one of this interface waits to be fetched. */
bool notice_waits(const struct session *session, uint64_t interface);

/* STOP_ANNOUNCING_INTERFACES: what it does not want is told no more. */
void notices_stop(struct session *session);
void notices_free(struct session *session);

/* ---- demand.c: links on demand ---- */

/* An interface has come, got another name, or gone. */
void allowed_note(struct engine *engine, const struct object *interface, enum change change);

/* Whether it is up, by the policy that it has. */
bool link_is_up(const struct engine *engine, const struct model_link *link);

/* Whether what brought it up has come to its end: it has a carrier, or by command a domain. */
bool link_has_come(const struct engine *engine, const struct model_link *link);

/* NULL: none. */
struct allowed *allowed_find(const struct engine *engine, const struct model_link *link);

/* Brings up what is wanted, takes down what is not. */
void demands_run(struct engine *engine, uint64_t now);
uint64_t demands_deadline(const struct engine *engine);

/* It was brought up, or not. */
void demand_raised(struct engine *engine, const struct model_link *link, bool raised, uint64_t now);
