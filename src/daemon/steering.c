/* SPDX-License-Identifier: MIT */
/*
 * The planner (route/planner.h) as a part of the engine's process.
 */
#include "daemon/steering.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/log.h"
#include "route/ledger.h"

static const char *const names[STEERING_COUNTERS] = {
	[PLANNER_OBJECTS] = "steering: routes and rules in the kernel",
	[PLANNER_LOST] = "steering: removed by others, put again",
	[PLANNER_TRUCES] = "steering: removed by others again and again, left alone for a while",
	[PLANNER_FAILED] = "steering: refused by the kernel",
	[PLANNER_REFUSED] = "steering: addresses and routes beyond the limits",
};

int steering_init(
	struct steering *steering, struct engine *engine, const struct planner_options *options)
{
	*steering = (struct steering){0};
	if (options->mark.protocol == 0)
		return 0;
	return planner_new(&steering->planner, engine, options);
}

int steering_fd(const struct steering *steering)
{
	return steering->planner != NULL ? planner_fd(steering->planner) : -1;
}

uint64_t steering_deadline(const struct steering *steering)
{
	return steering->planner != NULL ? planner_deadline(steering->planner) : TIME_FOREVER;
}

void steering_answered(struct steering *steering, const struct verb_answer *answer, uint64_t now)
{
	if (steering->planner != NULL)
		planner_answered(steering->planner, answer, now);
}

const char *steering_counter(const struct steering *steering, unsigned int index, uint64_t *value)
{
	*value = steering->planner != NULL
		? planner_count(steering->planner, (enum planner_counter)index)
		: 0;
	return names[index];
}

int steering_turn(struct steering *steering, bool woken, uint64_t now)
{
	uint64_t truces;
	int r;

	if (steering->planner == NULL)
		return 0;
	r = planner_dispatch(steering->planner, woken, now);
	truces = planner_count(steering->planner, PLANNER_TRUCES);
	/* Whoever flushes all of them is told of once, not once an object. */
	if (truces > steering->truces &&
		(steering->truces == 0 || now - steering->logged_at >= LEDGER_FIGHT)) {
		log_warning("another program removes routes or rules of domains again and again: "
			    "they are left alone for a while; see mifd(8)");
		steering->truces = truces;
		steering->logged_at = now;
	}
	return r;
}
