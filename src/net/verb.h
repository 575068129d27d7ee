/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * What the engine may ask of the privileged parent, and the only thing that the parent reads. A verb
 * is a value of fixed size, one to a packet of a socketpair; each has one answer, in the order of
 * the verbs.
 *
 * Each is a row of this table: VERB(NUMBER, NAME, member, class). The member of the union below is
 * what it says, and the octets behind that are 0. The parent does not link before there is a hand
 * for it: hand_MEMBER(), see net/hand.h.
 */
#define VERBS(VERB) VERB(1, READY, ready, VERB_CLASS_LIFE)

/* What a verb may touch. */
enum verb_class {
	VERB_CLASS_LIFE, /* nothing */
	VERB_CLASS_ROUTES, /* routes and rules that bear mifd's mark */
	VERB_CLASS_LINKS, /* links that mifd.conf lists */
	VERB_CLASS_PATHS, /* connections whose descriptors were passed */
	VERB_CLASS_FETCH, /* the fetcher's process */
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

struct verb {
	uint32_t type; /* enum verb_type */
	uint32_t serial; /* the answer bears it */
	union {
		struct verb_ready ready;
		uint8_t octets[128];
	} as;
};

struct verb_answer {
	uint32_t type; /* as asked */
	uint32_t serial;
	int32_t result; /* 0, or negative errno */
	uint32_t reserved;
};

/* How many verbs the engine may leave unanswered. An engine that sends more, or does not read its
 * answers, is killed before long. */
#define VERB_WINDOW 64

/* NULL: there is no such verb. */
const char *verb_name(uint32_t type);
enum verb_class verb_class(uint32_t type);

/* ---- the engine's end: does not block ---- */

/* 0; -EAGAIN: there is no room, answers must be read first; other negative errno. */
int verb_send(int fd, const struct verb *verb);

/* One that says nothing but its type. */
int verb_say(int fd, enum verb_type type);

/* 1: *answer holds one, and *passed a descriptor that came with it, or -1; 0: none waits; negative
 * errno: the parent is gone. */
int verb_answer_receive(int fd, struct verb_answer *answer, int *passed);

/* ---- the parent's end: does not block ---- */

/* 1: *verb holds one; 0: none waits; -EPIPE: the engine is gone; -EBADMSG: it is not one. */
int verb_receive(int fd, struct verb *verb);

/* passed: a descriptor to be handed over, which stays the caller's, or -1. 0, or negative errno. */
int verb_answer_send(int fd, const struct verb *verb, int result, int passed);
