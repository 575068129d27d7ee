/* SPDX-License-Identifier: MIT */
/*
 * The order of attempts over a set, and when each is due. Told of failures; whoever succeeds ends it.
 */
#include "multipath/contest.h"

#include "base/cleanup.h"
#include "base/clock.h"

void contest_begin(struct contest *contest, const struct set *set, uint64_t delay)
{
	*contest = (struct contest){.set = set, .delay = delay};
}

/* RFC 8305 section 4: after one family the other, so that a family that does not work costs one
 * delay, not one for each of its addresses. */
static size_t choose(const struct contest *contest)
{
	const struct set *set = contest->set;
	size_t first = set->count;

	for (size_t i = 0; i < set->count; i++) {
		if (contest->turns[i] != 0)
			continue;
		if (contest->begun == 0 || set->members[i].address.family != contest->family)
			return i;
		first = MIN(first, i);
	}
	return first;
}

bool contest_next(struct contest *contest, size_t *place, uint64_t now)
{
	if (contest->begun == contest->set->count || now < contest->next_start)
		return false;
	*place = choose(contest);
	contest->turns[*place] = (uint8_t)++contest->begun;
	contest->family = contest->set->members[*place].address.family;
	contest->next_start = now + contest->delay;
	return true;
}

void contest_fail(struct contest *contest, size_t place, uint64_t now)
{
	contest->lost[place] = true;
	contest->failed++;
	/* Who says no leaves the path free: the next need not wait. */
	contest->next_start = MIN(contest->next_start, now);
}

uint64_t contest_deadline(const struct contest *contest)
{
	return contest->begun == contest->set->count ? TIME_FOREVER : contest->next_start;
}

bool contest_lost(const struct contest *contest)
{
	return contest->failed == contest->set->count;
}

size_t contest_youngest(const struct contest *contest)
{
	size_t youngest = contest->set->count;

	for (size_t i = 0; i < contest->set->count; i++)
		if (contest->turns[i] != 0 && !contest->lost[i] &&
			(youngest == contest->set->count ||
				contest->turns[i] > contest->turns[youngest]))
			youngest = i;
	return youngest;
}
