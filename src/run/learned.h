/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "run/ways.h"

/* What is remembered at most; the oldest goes. */
#define LEARNED_RECORDS 64
#define LEARNED_DOUBTS 32

/* How long: which addresses a name had; a plan for an address; that a domain was silent. */
#define LEARNED_NAME_LASTS (600 * NSEC_PER_SEC)
#define LEARNED_PLAN_LASTS (5 * NSEC_PER_SEC)
#define LEARNED_DOUBT_LASTS (60 * NSEC_PER_SEC)

/*
 * What this process has learned: between getaddrinfo() and connect() there is nothing but an address.
 * By value, under a lock; now is CLOCK_BOOTTIME.
 */

/* A name has these ways. */
void learned_name(const struct ways *ways, uint64_t now);

/* The ways of the name that this address was given for last, to all its addresses. */
bool learned_find_name(const struct mif_address *destination, struct ways *ways, uint64_t now);

/* The same for an address that no name was asked for. */
void learned_plan(const struct mif_address *destination, const struct ways *ways, uint64_t now);
bool learned_find_plan(const struct mif_address *destination, struct ways *ways, uint64_t now);

/* Nobody has answered that way, while another did; somebody has. */
void learned_silent(const struct way *way, uint64_t now);
void learned_connected(const struct way *way);

/* Ways through interfaces that were silent of late come last. */
void learned_sort(struct ways *ways, uint64_t now);
