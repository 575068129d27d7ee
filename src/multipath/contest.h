/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "multipath/set.h"

/*
 * Which address of a set is tried when: Happy Eyeballs (RFC 8305) for one connection over the
 * addresses of one host, in the caller's order. A state machine without sockets; time is an
 * argument.
 */
struct contest {
	const struct set *set;
	uint64_t delay; /* from one attempt to the next beside it */
	uint64_t next_start;
	size_t begun, failed; /* how many */
	uint16_t family; /* of the one begun last */
	uint8_t turns[SMP_MAX_ADDRS]; /* begun as which; 0: not yet */
	bool lost[SMP_MAX_ADDRS];
};

void contest_begin(struct contest *contest, const struct set *set, uint64_t delay);

/* True: *place is to be tried now. */
bool contest_next(struct contest *contest, size_t *place, uint64_t now);

/* An attempt failed. */
void contest_fail(struct contest *contest, size_t place, uint64_t now);

/* When contest_next() will have something; TIME_FOREVER: never. */
uint64_t contest_deadline(const struct contest *contest);

/* All were tried, and all failed. */
bool contest_lost(const struct contest *contest);

/* The running attempt that was begun last; only while one runs. */
size_t contest_youngest(const struct contest *contest);
