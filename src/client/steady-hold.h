/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/list.h"

struct steady;

/* As many as an engine allows a subscriber, and more than are ever going away at once. */
#define STEADY_HOLDS 256
#define STEADY_AWAY 64

/* Through what the owner of a steady link wants to connect, in its own identifiers. */
struct hold {
	struct list node;
	uint64_t interface, pvd;
	uint32_t type; /* MIF_WANTS_TO_CONNECT, MIF_CONNECTION_CAN_BE_BROKEN */
	bool sent; /* to the engine at hand */
};

struct holds {
	struct list list;
	size_t count;
	uint64_t away[STEADY_AWAY]; /* interfaces of which the owner was told that they go away */
	size_t away_count;
	struct mif_message fresh[STEADY_AWAY]; /* what the engine at hand says while it is asked */
	size_t fresh_count;
};

void holds_init(struct holds *holds);
void holds_deinit(struct holds *holds);

/* A request of the owner's that was accepted. 0; -ENOMEM: it will not be made again. */
int holds_posted(struct holds *holds, const struct mif_message *request, bool live);

/* A report, in the owner's identifiers, that goes to the owner. */
void holds_told(struct holds *holds, const struct mif_message *report);

/* The engine is lost. */
void holds_lost(struct holds *holds);

/* While the new one is asked: tells it what its objects are wanted for, as far as they are known. */
void holds_push(struct steady *steady);

/* What it says meanwhile. Whether it was about the future of an interface, or about a hold. */
bool holds_report(struct holds *holds, const struct mif_message *report);

/* Its picture is the owner's now. What is not going away any more is going up. */
void holds_commit(struct steady *steady);
