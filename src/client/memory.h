/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>

#include "base/table.h"

/* What is remembered at most; the longest unused goes. */
#define MEMORY_ENTRIES 512

/* How long a winner is preferred, and a family that does not answer is doubted. */
#define MEMORY_LASTS (600 * NSEC_PER_SEC)

/* So many attempts in silence, and none that connected since, make a family doubtful. */
#define MEMORY_SILENCES 3

/* So many round trips make an estimate. */
#define MEMORY_SAMPLES 3

/*
 * What earlier attempts have taught, of each domain apart: nothing that was learnt through one says
 * anything of another (draft-ietf-happy-happyeyeballs-v3 section 5.3).
 */
struct memory {
	struct list recent; /* the longest unused first */
	struct table entries;
};

void memory_init(struct memory *memory);
void memory_deinit(struct memory *memory);

/* An attempt through the domain was connected after this time, which is little more than a round
 * trip; or failed: error is an errno above 0. */
void memory_connected(struct memory *memory, uint64_t pvd, const struct mif_address *destination,
	uint64_t took, uint64_t now);
void memory_failed(struct memory *memory, uint64_t pvd, const struct mif_address *destination,
	int error, uint64_t now);

/* The domain is gone, and its identifier will not come again. */
void memory_forget(struct memory *memory, uint64_t pvd);

/* The smoothed round trip to the destination's network (RFC 6298); 0: not known. memory may be
 * NULL here and below: nothing is known. */
uint64_t memory_round_trip(
	const struct memory *memory, uint64_t pvd, const struct mif_address *destination);

/* By when an answer from there would have come, in all likelihood; 0: not known. */
uint64_t memory_patience(
	const struct memory *memory, uint64_t pvd, const struct mif_address *destination);

/* Whether this very address was connected to of late. */
bool memory_is_winner(const struct memory *memory, uint64_t pvd,
	const struct mif_address *destination, uint64_t now);

/* Whether attempts through the domain in the destination's family have met silence of late. */
bool memory_is_doubtful(const struct memory *memory, uint64_t pvd,
	const struct mif_address *destination, uint64_t now);
