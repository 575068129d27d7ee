/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* c-ares alone, as a program would use it that has one server and nothing else: a channel, and nothing
 * of c-ares called from its callbacks. */
struct cares;

/* NULL: it was not there when this was built (libc-ares-dev), and standard error says so. */
struct cares *cares_start(const char *server);

/* One question for an address. */
void cares_ask(struct cares *cares, const char *name);

/* Waits for the answer to any of them, and reads its address. */
void cares_take(struct cares *cares);

void cares_end(struct cares *cares);
