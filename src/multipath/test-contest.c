/* SPDX-License-Identifier: MIT */
/*
 * The order and the times of attempts over a set, on a clock of the test's own.
 */
#include "test-set.h"

#include "base/clock.h"
#include "multipath/contest.h"

#define MS NSEC_PER_MSEC
#define DELAY (250 * MS)

static struct set set_read_of(const char *text)
{
	struct sockaddr_mp_storage storage = set_of(text);
	struct set set;

	set_read(&set, &storage, sizeof(storage), SET_CONNECT);
	return set;
}

/* All that begin now, as digits. */
static const char *begun(struct contest *contest, uint64_t now)
{
	static char text[SMP_MAX_ADDRS + 1];
	size_t length = 0, place;

	while (contest_next(contest, &place, now))
		text[length++] = (char)('0' + place);
	text[length] = '\0';
	return text;
}

static bool begins(struct contest *contest, uint64_t now, const char *expected)
{
	const char *got = begun(contest, now);

	if (strcmp(got, expected) == 0)
		return true;
	printf("# \"%s\" begin, not \"%s\"\n", got, expected);
	return false;
}

int main(void)
{
	struct set three = set_read_of("192.0.2.1:1,192.0.2.2:1,192.0.2.3:1");
	struct set mixed = set_read_of("[2001:db8::1]:1,[2001:db8::2]:1,192.0.2.1:1,192.0.2.2:1");
	struct contest contest;

	contest_begin(&contest, &three, DELAY);
	ok(begins(&contest, 0, "0") && contest_deadline(&contest) == DELAY,
		"A8: the first address is tried at once, and alone");
	ok(begins(&contest, DELAY - 1, "") && begins(&contest, DELAY, "1"),
		"A8: the second after an attempt delay, beside it");
	contest_fail(&contest, 0, DELAY + MS);
	ok(contest_deadline(&contest) == DELAY + MS && begins(&contest, DELAY + MS, "2"),
		"A8: a refusal lets the next begin at once");
	ok(contest_deadline(&contest) == TIME_FOREVER && !contest_lost(&contest) &&
			begins(&contest, TIME_FOREVER - 1, ""),
		"A8: every address is tried once");
	ok(contest_youngest(&contest) == 2, "A9: the youngest is the one begun last");
	contest_fail(&contest, 2, 2 * DELAY);
	ok(contest_youngest(&contest) == 1, "A9: of those that still run");
	contest_fail(&contest, 1, 2 * DELAY);
	ok(contest_lost(&contest) && contest_youngest(&contest) == 3,
		"A8: lost when all have failed");

	contest_begin(&contest, &mixed, DELAY);
	begun(&contest, 0);
	begun(&contest, DELAY);
	ok(contest.turns[0] == 1 && contest.turns[2] == 2,
		"A4 A8: after IPv6 the first of IPv4, whatever stands between");
	begun(&contest, 2 * DELAY);
	begun(&contest, 3 * DELAY);
	ok(contest.turns[1] == 3 && contest.turns[3] == 4, "A4 A8: and so on, in the set's order");

	contest_begin(&contest, &three, 0);
	ok(begins(&contest, 0, "012"), "A8: without a delay all are tried at once");
	return tap_done();
}
