/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "daemon/server.h"
#include "engine/engine.h"
#include "net/verb.h"
#include "path/paths.h"

/* The manager of paths in the engine's process, and its counters. */
struct pathing {
	struct paths *paths; /* NULL: there are no paths here */
	struct engine_counter *counters; /* PATHS_COUNTERS of them */
};

/* Without a descriptor for events there are none. 0, or negative errno. */
int pathing_init(struct pathing *pathing, const struct paths_options *options,
	struct engine_counter *counters);

/* Its requests come from that server's clients. */
void pathing_serve(struct pathing *pathing, struct server *server);

uint64_t pathing_deadline(const struct pathing *pathing);
void pathing_answered(
	struct pathing *pathing, const struct verb_answer *answer, int passed, uint64_t now);

/* After each turn. woken: there may be events. */
void pathing_turn(struct pathing *pathing, bool woken, uint64_t now);
