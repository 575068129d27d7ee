/* SPDX-License-Identifier: MIT */
/*
 * A dial that connects to nothing: the same race, on a clock of its own, in which nobody ever answers.
 * So what is told is what the machine would do, not what a second description of it says.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "client/dial.h"

/* The longest that runs gives up, since nothing new begins beside so many. */
static void oldest_fails(struct race *race, uint64_t now)
{
	for (uint32_t i = 0; i < race->attempt_count; i++) {
		if (race->attempts[i].outcome != MIF_ATTEMPT_STARTED)
			continue;
		race_attempt_result(race, i + 1, ETIMEDOUT, now);
		return;
	}
}

uint32_t dial_plan(struct dial *dial, uint64_t now)
{
	struct race *race = malloc(sizeof(*race));
	uint64_t begun = now;
	uint32_t count;

	if (race == NULL)
		return 0;
	*race = dial->race;
	while (now < race->limit) {
		struct race_action action = race_next(race, now);

		if (action.verb == RACE_START)
			dial_report(dial, &race->attempts[action.attempt - 1], action.attempt,
				MIF_ATTEMPT_PLANNED, now - begun);
		else if (action.verb == RACE_CONNECTED || action.verb == RACE_FAILED)
			break;
		else if (action.verb == RACE_WAIT && race->running == RACE_RUNNING)
			oldest_fails(race, MAX(now, race->next_start));
		else if (action.verb == RACE_WAIT)
			now = race_deadline(race);
		if (race->running == RACE_RUNNING)
			now = MAX(now, race->next_start);
	}
	count = race->attempt_count;
	free(race);
	return count;
}
