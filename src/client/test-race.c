/* SPDX-License-Identifier: MIT */
/* Scenarios of races, each for a sentence that it proves; limits, memory, reasons. */
#include "test-race.h"

struct scenario {
	const char *row, *scenario, *expected;
};

static void play_all(const struct scenario *scenarios, size_t count)
{
	static struct game game;

	for (size_t i = 0; i < count; i++) {
		play_with(&game, NULL, scenarios[i].scenario);
		if (!ok(strcmp(game.log, scenarios[i].expected) == 0, "M30: %s", scenarios[i].row))
			printf("# %s\n# expected %s\n# got      %s\n", scenarios[i].scenario,
				scenarios[i].expected, game.log);
	}
}

/* draft-ietf-happy-happyeyeballs-v3 section 4.2.2, as far as it goes without SVCB, and RFC 8305
 * section 3: when to move on to connecting. */
static const struct scenario moving_on[] = {
	{"IPv6 first: at once", "A46 10:A+6 10:A.6 11:1=", "A6@10 ok1@11"},
	{"IPv6 address before the end of its answer: at once", "A46 10:A+6 11:1=", "A6@10 ok1@11"},
	{"IPv4 first, IPv6 10 ms later: IPv6 at once",
		"A46 10:A+4 10:A.4 20:A+6 20:A.6 21:1=", "A6@20 ok1@21"},
	{"IPv4 first, no IPv6: after the Resolution Delay",
		"A46 10:A+4 10:A.4 70:1=", "A4@60 ok1@70"},
	{"IPv4 first, IPv6 after the delay: IPv4, then IPv6",
		"A46 10:A+4 10:A.4 90:A+6 90:A.6 320:2=", "A4@60 A6@310 -1 ok2@320"},
	{"IPv6 just within the delay",
		"A46 10:A+4 10:A.4 59.999999:A+6 70:1=", "A6@59.999999 ok1@70"},
	{"IPv6 at the very end of the delay counts",
		"A46 10:A+4 10:A.4 60:A+6 70:1=", "A6@60 ok1@70"},
	{"IPv6 does not exist: IPv4 at once", "A46 5:A06 10:A+4 11:1=", "A4@10 ok1@11"},
	{"IPv6 does not exist, learnt in the delay", "A46 10:A+4 30:A06 31:1=", "A4@30 ok1@31"},
	{"IPv6 failed: as answered", "A46 10:A+4 30:A%6 31:1=", "A4@30 ok1@31"},
	{"IPv6 timed out: as answered", "A46 10:A+4 30:A?6 31:1=", "A4@30 ok1@31"},
	{"IPv4 alone is asked for", "A4 10:A+4 11:1=", "A4@10 ok1@11"},
	{"IPv6 alone is asked for", "A6 10:A+6 11:1=", "A6@10 ok1@11"},
	{"no default router for IPv6: IPv4 preferred", "A64 10:A+4 11:1=", "A4@10 ok1@11"},
	{"no default router for IPv6: IPv6 waits for IPv4",
		"A64 10:A+6 20:A+4 21:1=", "A4@20 ok1@21"},
	{"no IPv4 where it is preferred: IPv6 after the delay", "A64 10:A+6 70:1=", "A6@60 ok1@70"},
	{"the delay counts from the first address", "A46 10:A+4 40:A+4 70:1=", "A4@60 ok1@70"},
};

/* Rules of the same kind between domains. */
static const struct scenario across[] = {
	{"two equal domains: the first one ready", "A46 B46 10:B+6 11:1=", "B6@10 ok1@11"},
	{"equal domain with dead DNS costs nothing",
		"A46 B46 1:B+6 1:B.6 1:B+4 2:1=", "B6@1 ok1@2"},
	{"better domain with dead DNS costs the Resolution Delay",
		"A46 B46/1 1:B+6 60:1=", "B6@51 ok1@60"},
	{"better domain answers within the delay", "A46 B46/1 1:B+6 50:A+6 60:1=", "A6@50 ok1@60"},
	{"better domain has no such name: no delay", "A46 B46/1 1:B+6 5:A!46 60:1=", "B6@5 ok1@60"},
	{"better domain goes away: no delay", "A46 B46/1 1:B+6 5:A# 60:1=", "B6@5 ok1@60"},
	{"IPv4 waits for the IPv6 domain of its link",
		"A4@7 B6@7 1:A+4 1:A.4 20:B+6 21:1=", "B6@20 ok1@21"},
	{"but no longer than the delay", "A4@7 B6@7 1:A+4 1:A.4 60:1=", "A4@51 ok1@60"},
	{"and not for one of another link", "A4@7 B6@8 1:A+4 1:A.4 20:B+6 21:1=", "A4@1 ok1@21"},
	{"a domain that comes while the race is on",
		"A46 1:A+6 2:B46 3:B+4 260:2=", "A6@1 B4@251 -1 ok2@260"},
	{"every domain has the same", "A4@7 B6@7 0:A+4 0:A.4 0:B+6 0:B.6 9:1=", "B6@0 ok1@9"},
};

static const struct scenario pacing[] = {
	{"two equal domains: A6 B4 A4 B6", "A46 B46 0:A+64 0:B+64 0:A.46 0:B.46",
		"A6@0 B4@250 A4@500 B6@750 -1 -2 -3 -4 ETIMEDOUT@30000"},
	{"a host that takes three seconds: no attempt is given up for those begun after it",
		"A46 B46 0:A+64 0:B+64 0:A.46 0:B.46 3000:1=",
		"A6@0 B4@250 A4@500 B6@750 -2 -3 -4 ok1@3000"},
	{"more of the same comes last",
		"A46 B46 0:A+664 0:B+644 0:A.46 0:B.46 520:3=", "A6@0 B4@250 A4@500 -1 -2 ok3@520"},
	{"a better domain: A6 A4, then B6 B4", "A46 B46/1 0:A+64 0:B+64 0:A.46 0:B.46",
		"A6@0 A4@250 B6@500 B4@750 -1 -2 -3 -4 ETIMEDOUT@30000"},
	{"a dead domain is passed after one delay",
		"A46 B46 0:A+64 0:B+64 260:2=", "A6@0 B4@250 -1 ok2@260"},
	{"a dead family is passed after one delay",
		"A46 0:A+6664 260:2=", "A6@0 A4@250 -1 ok2@260"},
	{"families alternate", "A46 0:A+666444 0:A.46",
		"A6@0 A4@250 A6b@500 A4b@750 A6c@1000 A4c@1250 -1 -2 -3 -4 -5 -6 ETIMEDOUT@30000"},
	{"a dead link with a domain for each family costs one delay",
		"A6@7 B4@7 C6@8 D4@8 0:A+6 0:A.6 0:B+4 0:B.4 0:C+6 0:C.6 0:D+4 0:D.4 251:2=",
		"A6@0 D4@250 -1 ok2@251"},
	{"families of two domains of one link", "A4@7 B6@7 0:A+44 0:B+66 0:A.4 0:B.6",
		"B6@0 A4@250 B6b@500 A4b@750 -1 -2 -3 -4 ETIMEDOUT@30000"},
	{"refused: the next one at once", "A46 0:A+64 0:A.46 2:1x 3:2=", "A6@0 A4@2 ok2@3"},
	{"unreachable: the next one at once", "A46 0:A+64 0:A.46 0:1u 3:2=", "A6@0 A4@0 ok2@3"},
	{"silent failure: 10 ms at least", "A46 0:A+64 0:A.46 1:1t 13:2=", "A6@0 A4@10 ok2@13"},
	{"silent failure after that: at once",
		"A46 0:A+64 0:A.46 20:1t 23:2=", "A6@0 A4@20 ok2@23"},
	{"failure of an old attempt",
		"A46 0:A+666 0:A.46 260:1x 261:3=", "A6@0 A6b@250 A6c@260 -2 ok3@261"},
	{"no attempt is called off by the next",
		"A46 0:A+64 0:A.46 900:1=", "A6@0 A4@250 -2 ok1@900"},
	{"six at once, no more", "A4 0:A+44444444 0:A.4",
		"A4@0 A4b@250 A4c@500 A4d@750 A4e@1000 A4f@1250 -1 -2 -3 -4 -5 -6 ETIMEDOUT@30000"},
	{"the seventh when one has failed", "A4 0:A+44444444 0:A.4 5000:1x 5100:7=",
		"A4@0 A4b@250 A4c@500 A4d@750 A4e@1000 A4f@1250 A4g@5000 -2 -3 -4 -5 -6 ok7@5100"},
	{"a late address at once, if the delay has passed",
		"A46 0:A+6 400:A+4 401:2=", "A6@0 A4@400 -1 ok2@401"},
	{"a late address, before the delay has passed",
		"A46 0:A+6 100:A+4 260:2=", "A6@0 A4@250 -1 ok2@260"},
	{"a late address goes where it belongs",
		"A46 B46 0:A+66 100:B+4 260:2=", "A6@0 B4@250 -1 ok2@260"},
	{"a late address after all have failed",
		"A46 0:A+6 0:A.6 1:1x 77:A+4 78:2=", "A6@0 A4@77 ok2@78"},
	{"a domain goes: its attempts fail, the next at once",
		"A46 B46 0:A+64 0:B+64 9:A# 10:2=", "A6@0 -1 B4@9 ok2@10"},
	{"nothing that a lost domain gave is tried", "A46 B46 0:A+666 0:B+4 0:B.46 9:A# 10:2x",
		"A6@0 -1 B4@9 ECONNREFUSED@10"},
};

static const struct scenario ends[] = {
	{"M29: no domain", "0:", "ENETDOWN@0"},
	{"the only domain goes away", "A46 5:A#", "ENETDOWN@5"},
	{"no such name in any domain", "A46 B46 5:A!46 9:B!46", "ENOENT@9"},
	{"no address in any domain", "A46 B46 5:A046 9:B!46", "ENODATA@9"},
	{"no domain has DNS", "A46 B4 0:A-46 0:B-4", "EDESTADDRREQ@0"},
	{"one has no DNS, the other no such name", "A46 B4 0:A-46 1:B!4", "ENOENT@1"},
	{"a server failed", "A46 B46 5:A!46 9:B%46", "EREMOTEIO@9"},
	{"DNS timeout tells more than no such name", "A46 B46 5:A?46 9:B!46", "EAGAIN@9"},
	{"all attempts failed: the error of the best domain",
		"A4 B4/1 0:A+4 0:A.4 0:B+4 0:B.4 "
		"3:1u 4:2x",
		"A4@0 B4@3 EHOSTUNREACH@4"},
	{"attempts tell more than DNS", "A4 B4 0:A+4 0:A.4 3:B?4 4:1x", "A4@0 ECONNREFUSED@4"},
	{"all failed, but DNS may still help",
		"A4 B4 0:A+4 0:A.4 4:1x 70:B+4 80:2=", "A4@0 B4@70 ok2@80"},
	{"nothing happens: the limit", "A46", "ETIMEDOUT@30000"},
	{"news after the end changes nothing", "A46 0:A+64 1:1= 2:A+6 3:B46 3:B+4 4:A# 5:1x",
		"A6@0 ok1@1"},
	{"an outcome of what was called off", "A46 0:A+64 251:2= 252:1= 252:1x",
		"A6@0 A4@250 -1 ok2@251"},
};

/* ---- limits ---- */

static void test_limits(void)
{
	static struct game game;
	struct race_options options = {
		.resolution_delay = 5 * NSEC_PER_MSEC,
		.attempt_delay = 100 * NSEC_PER_MSEC,
		.limit = 400 * NSEC_PER_MSEC,
	};
	struct mif_address address = address_of(SERVERS, 4, 100);

	play_with(&game, &options, "A46 1:A+4444");
	ok(strcmp(game.log, "A4@6 A4b@106 A4c@206 A4d@306 -1 -2 -3 -4 ETIMEDOUT@400") == 0,
		"M30: other delays and another limit: %s", game.log);

	play_with(&game, NULL, "A46 0:A+444444444444 0:A+6 0:A.46 1:1=");
	ok(game.race.domains[0].destination_count == RACE_DESTINATIONS / 2 + 1 &&
			strcmp(game.log, "A6@0 ok1@1") == 0,
		"many addresses of one family leave room for the other");

	play_with(&game, NULL, "A4 B4 C4 D4 E4 F4 G4 H4 I4 J4 K4 L4 M4 N4 O4 P4");
	struct race_entry one_more = {.pvd = 99, .name = "one more"};
	game.race.error = 0;
	ok(race_domain_add(&game.race, &one_more) == -ENOSPC, "at most RACE_DOMAINS domains");

	race_begin(&game.race, 80, NULL, START);
	add_domain(&game, "A46");
	one_more.pvd = 1;
	ok(race_domain_add(&game.race, &one_more) == -EEXIST, "a domain once");
	ok(race_answer(&game.race, 1, &address, START) == 0 &&
			race_answer(&game.race, 1, &address, START) == -EEXIST,
		"an address once");
	ok(race_answer(&game.race, 2, &address, START) == -ENOENT, "of a domain that races");

	struct mif_address loopback = address_ipv4("\x7f\0\0\1");
	ok(race_answer(&game.race, 1, &loopback, START) == -ENETUNREACH,
		"M23: a network's DNS cannot name this host");
}

/* Several sources: the next one when the first has failed. */
static void test_sources(void)
{
	static struct race race;
	struct select_address addresses[2] = {
		{.address = address_of(0, 6, 2), .prefix_length = 64},
		{.address = address_of(0, 6, 3),
			.prefix_length = 64,
			.flags = MIF_ADDRESS_TEMPORARY},
	};
	struct race_entry entry = {.pvd = 1, .name = "A", .families = RACE_IPV6, .on_link = true};
	struct mif_address near = address_of(0, 6, 9), far = address_of(1, 6, 9);

	entry.addresses = addresses;
	entry.address_count = 2;
	race_begin(&race, 80, NULL, START);
	race_domain_add(&race, &entry);
	ok(race_answer(&race, 1, &far, START) == -ENETUNREACH,
		"M30: a domain without a way out reaches its own prefixes only");
	ok(race_answer(&race, 1, &near, START) == 0, "M30: and those it does");
	race_answered(&race, 1, RACE_IPV6, MIF_TRANSLATION_FOUND);
	ok(race_next(&race, START).verb == RACE_START &&
			race.attempts[0].from.address.octets[15] == 3 &&
			race.attempts[0].to.port == 80,
		"M26 M30: from the best source");
	ok(race_next(&race, START + 29 * NSEC_PER_SEC).verb == RACE_WAIT,
		"M26 M30: no other source as long as it may work");
	race_attempt_result(&race, 1, EADDRNOTAVAIL, START + 29 * NSEC_PER_SEC);
	ok(race_next(&race, START + 29 * NSEC_PER_SEC).verb == RACE_START &&
			race.attempts[1].from.address.octets[15] == 2,
		"M26 M30: then from the next one");
	race_attempt_result(&race, 2, ENETUNREACH, START + 29 * NSEC_PER_SEC);
	ok(race_next(&race, START + 29 * NSEC_PER_SEC).verb == RACE_FAILED &&
			race.error == EADDRNOTAVAIL && race.attempts[1].error == ENETUNREACH,
		"M29: both errors are kept, the first one is the dial's");
}

/* ---- what is remembered ---- */

#define TIMES(count, what)                  \
	for (int n = 0; n < (count); n++) { \
		what;                       \
	}

static void test_memory(void)
{
	static struct game game;
	struct memory memory;
	struct race_options options = {.memory = &memory};
	struct mif_address first = address_of(SERVERS, 6, 1), second = address_of(SERVERS, 6, 2);
	struct mif_address ipv4 = address_of(SERVERS, 4, 1);

	memory_init(&memory);
	play_with(&game, &options, "A46 B46 0:A+64 0:B+64 251:2=");
	ok(strcmp(game.log, "A6@0 B4@250 -1 ok2@251") == 0, "M30: nothing remembered: %s",
		game.log);

	/* Round trips of 300 ms: it is waited for longer than for an unknown one. */
	TIMES(40, memory_connected(&memory, 1, &first, 300 * NSEC_PER_MSEC, START))
	play_with(&game, &options, "A46 0:A+64 0:A.46 400:1=");
	ok(strcmp(game.log, "A6@0 A4@310 -2 ok1@400") == 0,
		"M30: the next attempt waits as long as an answer takes: %s", game.log);
	TIMES(80, memory_connected(&memory, 1, &first, 5 * NSEC_PER_MSEC, START))
	play_with(&game, &options, "A46 0:A+64 0:A.46 101:2=");
	ok(strcmp(game.log, "A6@0 A4@100 -1 ok2@101") == 0, "M30: but never less than 100 ms: %s",
		game.log);

	/* Used before, in the same network: between rules 8 and 9 of RFC 6724. */
	play_with(&game, &options, "A6 0:A+66 0:A.6 1:1=");
	ok(strcmp(game.log, "A6@0 ok1@1") == 0, "M30: the address used before goes first");
	memory_failed(&memory, 1, &first, ECONNREFUSED, START);
	memory_connected(&memory, 1, &second, 5 * NSEC_PER_MSEC, START);
	play_with(&game, &options, "A6 0:A+66 0:A.6 1:1=");
	ok(strcmp(game.log, "A6b@0 ok1@1") == 0, "M30: another one does, once that failed: %s",
		game.log);

	/* Domains: the shorter round trip, of two that are known. */
	TIMES(3, memory_connected(&memory, 2, &first, 2 * NSEC_PER_MSEC, START))
	play_with(&game, &options, "A6 B6 0:A+6 0:B+6 0:A.6 0:B.6 1:1=");
	ok(strcmp(game.log, "B6@0 ok1@1") == 0, "M30: of equal domains the nearer one: %s",
		game.log);
	play_with(&game, &options, "A6 B6/1 0:A+6 0:B+6 0:A.6 0:B.6 1:1=");
	ok(strcmp(game.log, "A6@0 ok1@1") == 0, "M30: a better rank counts more: %s", game.log);

	/* Silence, three times; then it is behind all others, and no further. */
	TIMES(3, memory_failed(&memory, 2, &first, ETIMEDOUT, START))
	play_with(&game, &options, "A6 B46 0:A+6 0:B+64 0:A.6 0:B.46");
	ok(strcmp(game.log, "A6@0 B4@100 B6@350 -1 -2 -3 ETIMEDOUT@30000") == 0,
		"M30: a family that was silent three times goes last: %s", game.log);
	ok(!memory_is_doubtful(&memory, 2, &ipv4, START) &&
			!memory_is_doubtful(&memory, 1, &first, START),
		"M30: silence of one domain's IPv6 says nothing of others");
	ok(!memory_is_doubtful(&memory, 2, &first, START + MEMORY_LASTS),
		"M30: doubt does not last for ever");
	memory_connected(&memory, 2, &first, NSEC_PER_MSEC, START);
	ok(!memory_is_doubtful(&memory, 2, &first, START), "M30: and a connection ends it");
	memory_forget(&memory, 2);
	ok(memory_round_trip(&memory, 2, &first) == 0 && memory_round_trip(&memory, 1, &first) != 0,
		"M30: what is remembered of a domain goes with it");
	for (uint64_t pvd = 100; pvd < 100 + 2 * MEMORY_ENTRIES; pvd++)
		memory_connected(&memory, pvd, &first, NSEC_PER_MSEC, START);
	ok(memory.entries.count == MEMORY_ENTRIES, "only so much is remembered");
	memory_deinit(&memory);
}

/* ---- the fastest instead of the first ---- */

static void test_window(void)
{
	static const struct {
		const char *row, *scenario, *expected;
	} rows[] = {
		{"the one that took the shortest time",
			"A6 B6 0:A+6 0:B+6 0:A.6 0:B.6 40:1= 45:2=", "A6@0 B6@10 -1 ok2@45"},
		{"the first one, when the window has passed",
			"A6 B6 0:A+6 0:B+6 0:A.6 0:B.6 40:1=", "A6@0 B6@10 -2 ok1@90"},
		{"no longer than anything still runs", "A6 B6 0:A+6 0:B+6 0:A.6 0:B.6 40:1= 41:2x",
			"A6@0 B6@10 ok1@41"},
		{"alone: at once", "A6 0:A+6 0:A.6 7:1=", "A6@0 ok1@7"},
		{"nothing new begins in the window", "A46 B46 0:A+64 0:B+64 5:1= 100:B+6",
			"A6@0 ok1@5"},
		{"a better domain's, though slower",
			"A6 B6/1 0:B+6 0:B.6 60:A+6 60:A.6 61:1= 90:2=", "B6@50 A6@60 -1 ok2@90"},
		{"its domain goes away while it waits",
			"A6 B6 0:A+6 0:B+6 0:A.6 0:B.6 20:1= 25:A# 30:2=", "A6@0 B6@10 -1 ok2@30"},
	};
	static struct game game;
	const struct race_options options = {
		.attempt_delay = 10 * NSEC_PER_MSEC, .window = 50 * NSEC_PER_MSEC};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		play_with(&game, &options, rows[i].scenario);
		if (!ok(strcmp(game.log, rows[i].expected) == 0, "M30: the fastest: %s",
			    rows[i].row))
			printf("# %s\n# expected %s\n# got      %s\n", rows[i].scenario,
				rows[i].expected, game.log);
	}
}

/* ---- why ---- */

static uint32_t reason_of(const struct game *game, uint32_t attempt)
{
	return game->race.attempts[attempt - 1].reason;
}

/* What begins on an interface that is going away would be cut off before long (M34). */
static const struct scenario away[] = {
	{"an interface that is going away comes after one that stays",
		"A6_ B6 0:A+6 0:B+6 0:A.6 0:B.6 5:1=", "B6@0 ok1@5"},
	{"be that of a worse rank", "A6_ B6/3 0:A+6 0:B+6 0:A.6 0:B.6 5:1=", "B6@0 ok1@5"},
	{"but is tried", "A6_ B6 0:A+6 0:B+6 0:A.6 0:B.6 5:1x 20:2=", "B6@0 A6@5 ok2@20"},
	{"after one delay when the other one is silent",
		"A6_ B6 0:A+6 0:B+6 0:A.6 0:B.6 260:2=", "B6@0 A6@250 -1 ok2@260"},
	{"alone as if nothing were", "A46_ 0:A+64 0:A.46 1:1=", "A6@0 ok1@1"},
	{"all of them: as among others",
		"A6_ B6_/1 0:A+6 0:B+6 0:A.6 0:B.6 300:2=", "A6@0 B6@250 -1 ok2@300"},
	{"it is told so before anything was tried: the name of the other one is waited for",
		"A6 B6 0:A_ 1:A+6 1:A.6 30:B+6 30:B.6 40:1=", "B6@30 ok1@40"},
	{"no longer than the Resolution Delay", "A6 B6 0:A_ 1:A+6 1:A.6 60:1=", "A6@51 ok1@60"},
	{"it is told so in the middle: what runs goes on, what does not waits",
		"A46 B4 0:A+64 0:B+4 0:A.46 0:B.4 100:A_ 600:3=",
		"A6@0 B4@250 A4@500 -1 -2 ok3@600"},
	{"and stays after all", "A6_ B6 0:A= 1:A+6 1:B+6 1:A.6 1:B.6 5:1=", "A6@1 ok1@5"},
};

static void test_reasons(void)
{
	static struct game game;

	play_with(&game, NULL, "A46 B46 C46/1 0:A+64 0:B+64 0:C+6 0:A.46 0:B.46 0:C.46");
	ok(reason_of(&game, 1) == MIF_REASON_RULE_6, "M30: IPv6 before IPv4: precedence: %u",
		reason_of(&game, 1));
	ok(reason_of(&game, 2) == MIF_REASON_SPREAD,
		"M30: the other domain's IPv4 next, least in common: %u", reason_of(&game, 2));
	ok(reason_of(&game, 4) == MIF_REASON_RANK, "M30: the better domain: rank: %u",
		reason_of(&game, 4));
	ok(reason_of(&game, 5) == MIF_REASON_LAST, "M30: the last one: %u", reason_of(&game, 5));
	play_with(&game, NULL, "A6 B6 0:A+6 0:B+6 0:A.6 0:B.6");
	ok(reason_of(&game, 1) == MIF_REASON_FIRST_DOMAIN,
		"M30: of two equal ones the first domain: %u", reason_of(&game, 1));
	play_with(&game, NULL, "A6_ B6 C6/1 0:A+6 0:B+6 0:C+6 0:A.6 0:B.6 0:C.6");
	ok(reason_of(&game, 1) == MIF_REASON_RANK && reason_of(&game, 2) == MIF_REASON_GOING_AWAY &&
			reason_of(&game, 3) == MIF_REASON_LAST,
		"M30 M34: the others' interface is going away: %u, %u, %u", reason_of(&game, 1),
		reason_of(&game, 2), reason_of(&game, 3));
	play_with(&game, NULL, "A6! B6 C6 0:A+6 0:B+6 0:C+6 0:A.6 0:B.6 0:C.6");
	ok(reason_of(&game, 1) == MIF_REASON_DEFAULT &&
			reason_of(&game, 2) == MIF_REASON_FIRST_DOMAIN,
		"M30: the host's default way is one, and what follows it is none: %u, %u",
		reason_of(&game, 1), reason_of(&game, 2));
}

/* draft-ietf-happy-happyeyeballs-v3 sections 4.2 and 5, RFC 9460 section 3, as far as TCP goes. */
static const struct scenario services[] = {
	{"services: none are there: IPv6 at once",
		"A46s 10:A$ 10:A+6 10:A.6 11:1=", "A6@10 ok1@11"},
	{"services: an address waits for the records",
		"A46s 10:A+6 10:A.6 30:A$ 31:1=", "A6@30 ok1@31"},
	{"services: but no longer than the Resolution Delay",
		"A46s 10:A+6 10:A.6 70:1=", "A6@60 ok1@70"},
	{"services: records that come later have their say", "A46s 10:A+6 10:A.6 70:A*1@8443 70:A$",
		"A6@60 A6:8443@310 -1 -2 ETIMEDOUT@30000"},
	{"services: the name itself, on the record's port",
		"A46s 10:A*1@8443 10:A$ 12:A+6 13:1=", "A6:8443@12 ok1@13"},
	{"services: addresses that came before the record are its own, too",
		"A46s 10:A+6 10:A.6 20:A*1@8443 20:A$ 21:1=", "A6:8443@20 ok1@21"},
	{"services: the same port: one attempt for both", "A6s 10:A*1 10:A$ 12:A+6 12:A.6 13:1x",
		"A6@12 ECONNREFUSED@13"},
	{"services: hints count before addresses come",
		"A46s 10:A*1 10:A~164 10:A$ 11:1=", "A6@10 ok1@11"},
	{"services: a hint of IPv4 alone waits for IPv6",
		"A46s 10:A*1 10:A~14 10:A$ 70:1=", "A4@60 ok1@70"},
	{"services: hints give way to addresses",
		"A6s 10:A*1t 10:A~16 10:A~16 10:A$ 20:A>16 20:A<16 21:1x 40:2x 41:A!6",
		"A6@10 A6c@21 ECONNREFUSED@41"},
	{"services: a hint that is confirmed stays",
		"A6s 10:A*1t 10:A~16 10:A$ 10:A^16 10:A<16 12:A!6 21:1x", "A6@10 ECONNREFUSED@21"},
	{"services: hints stay where the target has no address",
		"A6s 10:A*1t 10:A~16 10:A~16 10:A$ 20:A|16 21:1x 40:2x 41:A!6",
		"A6@10 A6b@21 ECONNREFUSED@41"},
	{"services: another target's address is waited for",
		"A46s 10:A+6 10:A.6 10:A*1t 10:A$ 40:A>16 41:1=", "A6b@40 ok1@41"},
	{"services: but no longer than the Resolution Delay, in a target either",
		"A46s 10:A+6 10:A.6 10:A*1t 10:A$ 70:1=", "A6@60 ok1@70"},
	{"services: the lowest priority first, then the next, then the name as it is",
		"A6s 10:A*2t@82 10:A*1t@81 10:A$ 10:A>16 10:A>26 10:A+6 10:A.6 11:1x 12:2x 13:3x "
		"14:A<16 "
		"14:A<26",
		"A6b:81@10 A6:82@11 A6c@12 ECONNREFUSED@14"},
	{"services: all of a priority before the next",
		"A46s 10:A*1t 10:A*2t 10:A$ 10:A>26 10:A>16 10:A>14 11:1x 12:2x 13:3=",
		"A6b@10 A4@11 A6@12 ok3@13"},
	{"services: an alias goes before the name",
		"A6s 10:A*0t 10:A$ 10:A+6 10:A.6 10:A>16 11:1=", "A6b@10 ok1@11"},
	{"services: a domain without them is equal to one with them",
		"A6s B6 10:A*1t@81 10:A$ 10:A>16 10:B+6 11:1x 12:2=", "A6:81@10 B6@11 ok2@12"},
	{"services: a record without an address is not waited for in the end",
		"A46s 10:A*1t 10:A$ 20:A!46 30:A|164", "ENOENT@30"},
	{"services: records that fail change nothing",
		"A46s 10:A+6 10:A.6 12:A$ 13:1=", "A6@12 ok1@13"},
};

/* Services of one priority: another order each time. */
static void test_shuffle(void)
{
	static const char scenario[] = "A6s 10:A*1t@81 10:A*1t@82 10:A$ 10:A>16 10:A>26 11:1=";
	static struct game game;
	unsigned int first = 0;

	for (uint64_t i = 1; i <= 64; i++) {
		struct race_options options = {.shuffle = i};

		play_with(&game, &options, scenario);
		first += strncmp(game.log, "A6:81", 5) == 0;
	}
	ok(first > 16 && first < 48, "M30: services: equals share what comes: %u of 64", first);
}

int main(void)
{
	play_all(services, ARRAY_SIZE(services));
	test_shuffle();
	play_all(moving_on, ARRAY_SIZE(moving_on));
	play_all(across, ARRAY_SIZE(across));
	play_all(pacing, ARRAY_SIZE(pacing));
	play_all(ends, ARRAY_SIZE(ends));
	test_limits();
	test_sources();
	test_memory();
	test_window();
	play_all(away, ARRAY_SIZE(away));
	test_reasons();
	return tap_done();
}
