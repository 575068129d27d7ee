/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/steer.h"
#include "net/verb.h"

struct engine;

/*
 * Sends each domain's packets by its own router: a subscriber of the engine like any other, which
 * plans routes and rules for every domain, and has the parent make what the kernel lacks.
 */
struct planner;

struct planner_options {
	struct steer_mark mark;
	bool main_first; /* see plan_want() */
	int verb_fd; /* the caller's */
};

enum planner_counter {
	PLANNER_OBJECTS, /* routes and rules in the kernel */
	PLANNER_LOST, /* that were removed by others, and put again */
	PLANNER_TRUCES, /* that were removed too often: left alone for a while */
	PLANNER_FAILED, /* verbs that were refused */
	PLANNER_REFUSED, /* addresses and plans beyond the limits */
	PLANNER_COUNTERS,
};

/* The engine must outlive it. 0, or negative errno. */
int planner_new(
	struct planner **plannerp, struct engine *engine, const struct planner_options *options);
void planner_free(struct planner *planner);

/* When something comes there, or the deadline has passed, planner_dispatch() has something to do. */
int planner_fd(const struct planner *planner);
uint64_t planner_deadline(const struct planner *planner);

/* An answer of class routes. Before the next planner_dispatch(). */
void planner_answered(struct planner *planner, const struct verb_answer *answer, uint64_t now);

/* After every turn of the engine, for most of which it has nothing to do yet. woken: something has come
 * to the descriptor. 0, or negative errno: it cannot go on. */
int planner_dispatch(struct planner *planner, bool woken, uint64_t now);

uint64_t planner_count(const struct planner *planner, enum planner_counter counter);
