/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* No measured side may wait longer than this for anything. */
#define PATIENCE_MS 5000

/* Nanoseconds of a clock that all processes share. */
static inline uint64_t measure_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* These are programs: what goes wrong ends them. error is an errno, or 0. */
_Noreturn void measure_fail(int error, const char *what);

/* r, if it is not negative: of a system call, and of a function that returns negative errno. */
int measure_call(int r, const char *what);
int measure_check(int r, const char *what);

/* A positive number from the command line. */
size_t measure_number(const char *text);

/* What one side took, in the order in which it was measured. */
struct series {
	const char *side, *name;
	uint64_t *samples;
	size_t count, room;
};

void series_init(struct series *series, const char *side, const char *name, size_t room);
void series_add(struct series *series, uint64_t sample);

/* "SIDE NAME SAMPLE", one a line. Only when all is measured: it takes time, too. */
void series_print(const struct series *series);

/* Forked; ends when its parent does. */
int measure_fork(void);
