/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A source at the near end of test-bus.h, and a time of its own, which passes while nothing happens.
 */
#include "source/test-bus.h"
#include "source/test-model.h"

#include "engine/source.h"

/* Nobody answers a call that this thread waits for: it would wait for as long as D-Bus does. */
#define NOBODY_WAITS (20 * NSEC_PER_SEC)

static struct model model;
static struct source *source;

static uint64_t near_time;

/* Time that nobody waits for. */
static void near_skip(uint64_t time)
{
	if (near_time == 0)
		near_time = clock_boottime();
	near_time += time;
}

static uint64_t test_clock(void)
{
	near_skip(0);
	return near_time;
}

/* The source and the far end for so long, in their own time. Whether the source never waited. */
static bool run(unsigned int msec)
{
	uint64_t end = test_clock() + msec * NSEC_PER_MSEC;

	do {
		struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};
		uint64_t begun = clock_boottime();

		far_process();
		if (poll(&fd, 1, 0) <= 0 && source->ops->deadline(source) > test_clock()) {
			near_skip(NSEC_PER_MSEC);
			continue;
		}
		if (source->ops->dispatch(source, &model, test_clock()) < 0 ||
			clock_boottime() - begun > NOBODY_WAITS)
			return false;
		/* One that is due for ever shall not stop it. */
		near_skip(NSEC_PER_MSEC / 10);
	} while (test_clock() < end);
	return true;
}

static bool skip(unsigned int msec)
{
	near_skip(msec * NSEC_PER_MSEC);
	return run(100);
}

/* What was said of links since it was asked last. */
static bool said(const char *expected)
{
	bool same = strcmp(model.future, expected) == 0;

	if (!same)
		printf("# said: %s\n", model.future);
	model.future[0] = '\0';
	return same;
}

static uint64_t counter(unsigned int index)
{
	const char *name;
	uint64_t value = UINT64_MAX;

	source->ops->counter(source, index, &name, &value);
	return value;
}
