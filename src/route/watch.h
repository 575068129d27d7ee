/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/steer.h"

struct ledger;

/*
 * Tells a ledger which routes and rules of our mark the kernel has: those that are there already,
 * and every one that comes or goes, whoever did it. Needs no privilege.
 */
struct watch;

/* All of it is wanted at first. 0, or negative errno. */
int watch_new(struct watch **watchp, const struct steer_mark *mark, struct ledger *ledger);
void watch_free(struct watch *watch);

int watch_fd(const struct watch *watch);

/* Whether all has been read once: before that, nothing is known to be missing. */
bool watch_knows(const struct watch *watch);

/* When watch_dispatch() wants to be called whatever the descriptor says. */
uint64_t watch_deadline(const struct watch *watch);

/* Reads all that waits, and asks for what is wanted. 0, or negative errno. */
int watch_dispatch(struct watch *watch, uint64_t now);
