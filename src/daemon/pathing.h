/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "daemon/server.h"
#include "engine/engine.h"
#include "net/verb.h"
#include "path/paths.h"

/* The manager of paths in the engine's process. */
struct pathing {
	struct paths *paths; /* NULL: there are no paths here */
};

/* Without a descriptor for events there are none. 0, or negative errno. */
int pathing_init(struct pathing *pathing, const struct paths_options *options);

/* Its requests come from that server's clients. */
void pathing_serve(struct pathing *pathing, struct server *server);

uint64_t pathing_deadline(const struct pathing *pathing);
void pathing_answered(
	struct pathing *pathing, const struct verb_answer *answer, int passed, uint64_t now);

/* Its name. index: below PATHS_COUNTERS. */
const char *pathing_counter(const struct pathing *pathing, unsigned int index, uint64_t *value);

/* After each turn. woken: there may be events. */
void pathing_turn(struct pathing *pathing, bool woken, uint64_t now);
