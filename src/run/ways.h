/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/address.h>

/* As many as a dial tries. */
#define WAYS_MAX 64

/* One way to a destination: through the interface, from the source. */
struct way {
	uint32_t ifindex; /* 0: as the kernel likes */
	struct mif_address source; /* of no family: the same */
	struct mif_address destination;
};

/* The best first. */
struct ways {
	size_t count;
	struct way at[WAYS_MAX];
};

/* One that is there already, or finds no room, is left out. */
void ways_add(struct ways *ways, const struct way *way);

bool way_equal(const struct way *a, const struct way *b);

/* The ways to that destination alone, in their order. */
void ways_only(struct ways *ways, const struct mif_address *destination);

/* Those through that interface alone. */
void ways_only_through(struct ways *ways, uint32_t ifindex);

/* This one comes first. */
void ways_prefer(struct ways *ways, const struct way *way);

/* Those that worse() says are, come last. */
void ways_defer(
	struct ways *ways, bool (*worse)(const struct way *way, void *context), void *context);

/* Addresses that mean something else in every network: RFC 1918, 6598, 4193. */
bool address_is_private(const struct mif_address *address);
