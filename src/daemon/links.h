/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "net/verb.h"

/* The engine's orders, on their way to the parent. */
struct links {
	struct engine *engine;
	int verb_fd;
	bool waits; /* the order below found no room */
	struct link_order order;
};

/* Lets the engine have these links taken down and brought up. 0, or negative errno. */
int links_init(struct links *links, struct engine *engine, int verb_fd,
	const struct link_policy *policies, size_t count);

/* What the parent has done, or not. */
void links_answered(struct links *links, const struct verb_answer *answer, uint64_t now);

/* After each turn of the engine, and after answers. */
void links_turn(struct links *links, uint64_t now);
