/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/worker.h"
#include "worker/answer.h"
#include "worker/watch.h"

/* Questions to a link at the same time: each is several packets to everybody. The rest waits. */
#define MULTICAST_IN_FLIGHT 32

struct multicast;
struct shout;

/* 0, or -ENOMEM. */
int multicast_new(
	struct multicast **multicastp, const struct name_scope *scope, struct watches *watches);

/* Its questions are gone without an answer. */
void multicast_free(struct multicast *multicast);

/* Asks everybody on the link for the records of one type. system: MIF_SYSTEM_LLMNR, MIF_SYSTEM_MDNS.
 * The name, UTF-8, must stay as it is until the answer is fetched or the question is dropped. 0, or
 * negative errno. */
int multicast_ask(struct multicast *multicast, struct shout **shoutp, const char *name,
	uint16_t type, uint32_t system, void *owner, uint64_t now);

/* Takes NULL. */
void multicast_drop(struct shout *shout);

/* Does what is due: asks, asks again, gives up. */
void multicast_run(struct multicast *multicast, uint64_t now);

/* When multicast_run() wants to be called; TIME_FOREVER: never. */
uint64_t multicast_deadline(const struct multicast *multicast);

/* Fetches an answer, and whose it is; its question is gone then. That nobody has answered is
 * NO_NAME. */
bool multicast_answer(struct multicast *multicast, struct answer *answer, void **ownerp);
