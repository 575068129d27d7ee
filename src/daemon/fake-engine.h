/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/engine.h"

/* As many reports as one session of the fake engine keeps. */
#define FAKE_OUTBOX 32

/* Every session that has asked for interfaces is told of this one; the oldest report goes where
 * there is no room. */
void fake_announce(struct engine *engine, uint64_t interface);

/* The most reports that ever waited in one session. */
unsigned int fake_most(const struct engine *engine);

unsigned int fake_sessions(const struct engine *engine);
unsigned int fake_dispatches(const struct engine *engine);
