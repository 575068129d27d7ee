/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>

/*
 * What the engine may ask of the privileged parent, and the only thing that the parent reads. A verb
 * is a value of fixed size, one to a packet of a socketpair; each has one answer, in the order of
 * the verbs, but for links with a command of their own: when that has ended.
 *
 * Each is a row of this table: VERB(NUMBER, NAME, member, class). The member of the union below is
 * what it says, and the octets behind that are 0. The parent does not link before there is a hand
 * for it: hand_MEMBER(), see net/hand.h.
 */
#define VERBS(VERB)                                            \
	VERB(1, READY, ready, VERB_CLASS_LIFE)                 \
	VERB(2, PUT_ROUTE, put_route, VERB_CLASS_ROUTES)       \
	VERB(3, REMOVE_ROUTE, remove_route, VERB_CLASS_ROUTES) \
	VERB(4, PUT_RULE, put_rule, VERB_CLASS_ROUTES)         \
	VERB(5, REMOVE_RULE, remove_rule, VERB_CLASS_ROUTES)   \
	VERB(6, FETCH, fetch, VERB_CLASS_FETCH)                \
	VERB(7, LINK_UP, link_up, VERB_CLASS_LINKS)            \
	VERB(8, LINK_DOWN, link_down, VERB_CLASS_LINKS)        \
	VERB(10, ADOPT, adopt, VERB_CLASS_PATHS)               \
	VERB(11, PROVE, prove, VERB_CLASS_PATHS)               \
	VERB(12, FORGET, forget, VERB_CLASS_PATHS)             \
	VERB(13, JOIN, join, VERB_CLASS_PATHS)                 \
	VERB(14, LEAVE, leave, VERB_CLASS_PATHS)               \
	VERB(15, OFFER, offer, VERB_CLASS_PATHS)               \
	VERB(16, RETRACT, retract, VERB_CLASS_PATHS)           \
	VERB(17, PREFER, prefer, VERB_CLASS_PATHS)             \
	VERB(18, SURVEY, survey, VERB_CLASS_PATHS)             \
	VERB(19, NSS, nss, VERB_CLASS_NSS)                     \
	VERB(20, RECOGNISE, recognise, VERB_CLASS_PATHS)

/* What a verb may touch. */
enum verb_class {
	VERB_CLASS_LIFE, /* nothing */
	VERB_CLASS_ROUTES, /* routes and rules that bear mifd's mark */
	VERB_CLASS_LINKS, /* links that mifd.conf lists */
	VERB_CLASS_PATHS, /* connections whose descriptors were passed */
	VERB_CLASS_FETCH, /* the fetcher's process */
	VERB_CLASS_NSS, /* the process that asks the Name Service Switch */
};

enum verb_type {
#define VERB(number, NAME, member, class) VERB_##NAME = number,
	VERBS(VERB)
#undef VERB
};

/* The engine serves. */
struct verb_ready {
	uint32_t reserved; /* 0 */
};

/* A route of the domain in a slot: add it, or give it more time; take it away. */
struct verb_route {
	uint32_t slot;
	uint32_t length; /* of the destination; 0: default */
	struct mif_address destination;
	struct mif_address gateway; /* AF_UNSPEC: on the link */
	struct mif_address source; /* of who is not bound: IPv4 only, or AF_UNSPEC */
	uint32_t ifindex;
	uint32_t lifetime; /* seconds: IPv6 only; 0: for ever */
	uint32_t rank; /* enum verb_rank */
};

/* The kernel takes another default route of IPv6 where it knows that the gateway of the first is dead. */
enum verb_rank {
	VERB_RANK_FIRST,
	VERB_RANK_INSTEAD, /* IPv6 default routes only */
	VERB_RANKS,
};

enum verb_rule_kind {
	VERB_RULE_OWN, /* by the slot's routes, but for default ones */
	VERB_RULE_MAIN, /* then by those of the main table, but for default ones */
	VERB_RULE_ALL, /* then by all of the slot's */
	VERB_RULE_KINDS,
};

/* By which routes that is sent which has such a source. */
struct verb_rule {
	uint32_t slot;
	uint32_t kind; /* enum verb_rule_kind */
	uint32_t length; /* of the source: 32; 48 to 128 */
	struct mif_address source;
};

/* A mif-fetch is to be started: the answer brings a socket to it. Whom it asks for what is none of the
 * parent's business. */
struct verb_fetch {
	uint32_t reserved; /* 0 */
};

/* The same of a mif-nss. */
struct verb_nss {
	uint32_t reserved; /* 0 */
};

#define VERB_LINK_NAME 16 /* as IFNAMSIZ */

/* A link that mifd.conf lists: bring it up, take it down. */
struct verb_link {
	uint32_t ifindex; /* 0: it does not exist, and its command makes it */
	char name[VERB_LINK_NAME]; /* of the same; NULs behind it */
};

/*
 * The only verbs that carry a descriptor, a socket of Multipath TCP: ADOPT takes it, before it is
 * connected, from the kernel's path manager; PROVE shows that it was passed, and from then on verbs may
 * name the connection by its token. All that is known of it is read from the socket.
 */
struct verb_socket {
	uint32_t reserved; /* 0 */
};

/* What there is of all that was shown: the answer passes a file of struct survey_record. What was shown
 * to an engine that has ended is told to the next one. */
struct verb_survey {
	uint32_t others; /* 1: and which other connections there are; 0 */
};

/* What was shown with PROVE: FORGET. What was not, but its socket was adopted: RECOGNISE, after which it
 * counts as shown; the answer tells whose it is, and is 1 when the socket was bound. */
struct verb_connection {
	uint32_t token;
	uint32_t reserved; /* 0 */
};

/* A subflow of it: JOIN, LEAVE, PREFER; OFFER and RETRACT name an address of this host only. Addresses
 * are what the kernel calls them: IPv4 may be mapped to IPv6. */
struct verb_subflow {
	uint32_t token;
	uint32_t id; /* of the local address: JOIN, OFFER, RETRACT; 0: any */
	uint32_t ifindex; /* by which link: JOIN, OFFER; 0: by any */
	uint32_t backup; /* JOIN, PREFER: 1 or 0 */
	struct mif_endpoint local, remote;
};

struct verb {
	uint32_t type; /* enum verb_type */
	uint32_t serial; /* the answer bears it */
	union {
		struct verb_ready ready;
		struct verb_fetch fetch;
		struct verb_nss nss;
		struct verb_link link_up, link_down;
		struct verb_route put_route, remove_route;
		struct verb_rule put_rule, remove_rule;
		struct verb_socket adopt, prove;
		struct verb_connection forget, recognise;
		struct verb_subflow join, leave, offer, retract, prefer;
		struct verb_survey survey;
		uint8_t octets[128];
	} as;
};

struct verb_answer {
	uint32_t type; /* as asked */
	uint32_t serial;
	int32_t result; /* 0, or negative errno; or as the verb says */
	uint32_t uid; /* RECOGNISE */
};

/* How many verbs the engine may leave unanswered. An engine that sends more, or does not read its
 * answers, is killed before long. */
#define VERB_WINDOW 64

/* NULL: there is no such verb. */
const char *verb_name(uint32_t type);
enum verb_class verb_class(uint32_t type);

/* Whether it carries a descriptor: it always does, or never. */
bool verb_carries(uint32_t type);

/* ---- the engine's end: does not block ---- */

/* 0; -EAGAIN: there is no room, answers must be read first; other negative errno. */
int verb_send(int fd, const struct verb *verb);

/* One that carries a descriptor, which stays the caller's. */
int verb_send_with(int fd, const struct verb *verb, int carried);

/* One that says nothing but its type. */
int verb_say(int fd, enum verb_type type);

/* 1: *answer holds one, and *passed a descriptor that came with it, or -1; 0: none waits; negative
 * errno: the parent is gone. */
int verb_answer_receive(int fd, struct verb_answer *answer, int *passed);

/* ---- the parent's end: does not block ---- */

/* 1: *verb holds one, and *carried its descriptor, which is the caller's, or -1; 0: none waits; -EPIPE:
 * the engine is gone; -EBADMSG: it is not one. */
int verb_receive(int fd, struct verb *verb, int *carried);

/* passed: a descriptor to be handed over, which stays the caller's, or -1. 0, or negative errno. */
int verb_answer_send(int fd, const struct verb *verb, int result, uint32_t uid, int passed);
