/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/networkmanager-read.h"

/*
 * What NetworkManager is about to do with its devices, from their states: of those that it told of last.
 */
struct nm_future {
	size_t count;
	struct nm_fate {
		char path[NM_PATH];
		uint32_t ifindex; /* 0: not ours */
		uint32_t state, told; /* what it is, and what the model knows of */
		bool away; /* the model was told that it is going away */
	} fates[NM_DEVICES];
	bool stale; /* the model does not know everything */
};

/* All devices, as an answer tells them. */
void nm_future_learn(struct nm_future *future, const struct nm *nm,
	uint32_t (*ifindex_of)(const struct nm_device *device));

/* The device of this path has another state. */
void nm_future_change(struct nm_future *future, const char *path, uint32_t state);

/* They are without a NetworkManager now. */
void nm_future_forget(struct nm_future *future, struct model *model, uint32_t owner);

/* Tells the model. waits: nanoseconds that NetworkManager waits for us before it takes one down. */
void nm_future_tell(struct nm_future *future, struct model *model, uint32_t owner, uint64_t waits,
	uint64_t now);
