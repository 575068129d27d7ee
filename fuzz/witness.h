/* SPDX-License-Identifier: MIT */
#pragma once

#include "house.h"

/*
 * A well-behaved client: it wants to know everything, reads everything, and breaks a promise when
 * it is told something else than what is.
 */
struct witness;

/* Connects, says HELLO, and subscribes. */
struct witness *witness_new(struct house *house);
void witness_free(struct witness *witness);

/* Asks something, and must have the answer a few turns later, whatever others do. */
void witness_turn(struct witness *witness);

/* When nothing is under way any more: what it was told is what the engine's model holds. */
void witness_compare(struct witness *witness);
