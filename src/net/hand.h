/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/command.h"
#include "net/helpers.h"
#include "net/link.h"
#include "net/path.h"
#include "net/steer.h"
#include "net/verb.h"

/*
 * What the parent does for the engine. A hand looks at every value of its verb before it does
 * anything: the engine may have been taken over.
 */
struct hands {
	/* Level and line, as syslog(3). */
	__attribute__((format(printf, 2, 3))) void (*log)(int level, const char *format, ...);

	struct steer steer;
	struct links links;
	struct commands commands;
	struct helpers fetch, nss;
	struct path path;
	pid_t engine; /* whose verbs these are */
	int carried; /* the descriptor that came with the verb at hand, or -1 */
	uint32_t uid; /* that the answer tells */
	bool ready; /* the engine has said so */
	uint64_t refused; /* verbs */
};

/* The answer comes when a command has ended. Verbs have small conditions of their own. */
#define HAND_LATER 1000

/* The hand of the verb's type. 0; HAND_LATER; what the verb says; or negative errno: it was refused, or
 * failed, and is counted. carried: the verb's descriptor, which stays the caller's, or -1. *passed: one
 * for the engine, or -1. */
int hands_do(struct hands *hands, const struct verb *verb, int carried, int *passed);

#define VERB(number, NAME, member, class) \
	int hand_##member(struct hands *hands, const struct verb *verb, int *passed);
VERBS(VERB)
#undef VERB
