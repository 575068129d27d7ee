/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/socket.h>

#include "run/ways.h"

/* What the program has asked for. */
struct trial_call {
	int fd;
	const struct sockaddr *address;
	socklen_t size;
	struct mif_endpoint destination; /* the same */
	uint64_t limit; /* how long to wait, in nanoseconds; TIME_FOREVER: until all have failed */
	bool goes_on; /* after the limit the youngest attempt goes on; else all is over */

	/* Adds ways when there is none left to try; NULL: there are no more. */
	void (*more)(struct ways *ways, const struct mif_address *destination);
};

/* How long an attempt is alone. */
#define TRIAL_DELAY (250 * NSEC_PER_MSEC)

/*
 * Connects the program's socket by one of the ways, over several sockets if need be; whichever
 * connects first becomes the program's, the others are reset.
 *
 * 0: connected. -EINPROGRESS: the time is over, the socket goes on with the youngest attempt, the same
 * for -EINTR: a signal has come. 1: no way could even be tried, and the socket is as it was. Another
 * negative errno, what a host has answered, else that of the first way: all have failed, and the socket is as if new.
 */
int trial_run(const struct trial_call *call, struct ways *ways);
