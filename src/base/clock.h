/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <time.h>

/* Every time in this project: nanoseconds of CLOCK_BOOTTIME, handed down as an argument. */
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)
#define TIME_FOREVER UINT64_MAX

static inline uint64_t clock_boottime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* now + seconds; 0xffffffff is infinity in every protocol that sends lifetimes to us. */
static inline uint64_t clock_after(uint64_t now, uint32_t seconds)
{
	return seconds == UINT32_MAX ? TIME_FOREVER : now + seconds * NSEC_PER_SEC;
}

/* Milliseconds until deadline, rounded up, for poll(2): -1 for ever, 0 if it has passed. */
static inline int clock_timeout(uint64_t now, uint64_t deadline)
{
	if (deadline == TIME_FOREVER)
		return -1;
	if (deadline <= now)
		return 0;

	uint64_t left = (deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;

	return left > INT32_MAX ? INT32_MAX : (int)left;
}
