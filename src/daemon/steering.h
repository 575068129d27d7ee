/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "engine/engine.h"
#include "net/steer.h"
#include "net/verb.h"
#include "route/planner.h"

/* The planner of routes in the engine's process, and what is logged of it. */
struct steering {
	struct planner *planner; /* NULL: nothing is steered */
	uint64_t truces; /* that have been logged, at... */
	uint64_t logged_at;
};

#define STEERING_COUNTERS PLANNER_COUNTERS

/* Without protocol in the mark nothing is steered. 0, or negative errno. */
int steering_init(
	struct steering *steering, struct engine *engine, const struct planner_options *options);

/* -1: none. */
int steering_fd(const struct steering *steering);
uint64_t steering_deadline(const struct steering *steering);

void steering_answered(struct steering *steering, const struct verb_answer *answer, uint64_t now);

/* Its name. index: below STEERING_COUNTERS. */
const char *steering_counter(const struct steering *steering, unsigned int index, uint64_t *value);

/* After each turn of the engine, and after answers. woken: something has come to the descriptor. 0, or
 * negative errno. */
int steering_turn(struct steering *steering, bool woken, uint64_t now);
