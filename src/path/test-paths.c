/* SPDX-License-Identifier: MIT */
/* The manager on a fake clock, between a kernel and a parent that are played. */
#include "path/test-play.h"

static void test_retry(void)
{
	static const uint64_t delays[] = {1, 2, 4, 8, 16, 32, 64, 64};
	bool good = true;

	begin();
	request(MIF_ADD_PATH, 2, NOBODY);
	ok(asks(VERB_JOIN, 2, -EHOSTUNREACH) && answered_with() == EHOSTUNREACH,
		"A9: a join that fails at once: its errno");
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		pass(delays[i] * NSEC_PER_SEC - 1);
		good &= asks_nothing();
		pass(1);
		good &= asks(VERB_JOIN, 2, -EHOSTUNREACH);
	}
	ok(good, "A12: it is tried again after 1, 2, 4 ... 64 seconds, and no later");
	pass(64 * NSEC_PER_SEC);
	ok(asks(VERB_JOIN, 2, 0), "A12: in the end it is begun");
	event(MPTCP_EVENT_SUB_ESTABLISHED, 2, 0);
	pass(SETTLE_TIME);
	event(MPTCP_EVENT_SUB_CLOSED, 2, ECONNABORTED);
	pass(NSEC_PER_SEC);
	ok(asks(VERB_JOIN, 2, 0), "A12: one that has worked begins with a second again");
	end();
}

static void test_foreign(void)
{
	begin();
	request(MIF_ADD_PATH, 2, NOBODY);
	ok(asks(VERB_JOIN, 2, 0), "A11: a join");
	event(MPTCP_EVENT_SUB_CLOSED, 2, ECONNREFUSED);
	ok(answered_with() == ECONNREFUSED, "A11: that another host refuses");
	pass(1000 * NSEC_PER_SEC);
	ok(asks_nothing(), "A11: is not tried again");
	request(MIF_ADD_PATH, 2, NOBODY);
	ok(answered_with() == ECONNREFUSED && asks_nothing(), "A11: not even when it is asked for");
	end();
}

static void test_late(void)
{
	const struct survey_record trying = record_of(SURVEY_SUBFLOW, 2, 2);
	struct verb verb;

	begin();
	request(MIF_ADD_PATH, 2, NOBODY);
	ok(asks(VERB_JOIN, 2, 0), "A9: a join");
	pass(JOIN_TIME);
	ok(answered_with() == ETIMEDOUT, "A9: that nobody answers: ETIMEDOUT");
	verb = asked();
	ok(verb.type == VERB_SURVEY, "it is looked which socket tries that");
	survey(&verb, &trying, 1);
	turn();
	verb = asked();
	ok(verb.type == VERB_LEAVE && verb.as.leave.local.port == 4002,
		"A12: and that one is broken off");
	end();
}

static void test_lost_events(void)
{
	const struct survey_record second = record_of(SURVEY_SUBFLOW, 2, 1);
	_cleanup_(closep) int empty = memfd_create("empty", MFD_CLOEXEC);
	struct mif_message report;
	uint32_t told = 0;
	struct verb verb;

	begin();
	request(MIF_ADD_PATH, 2, NOBODY);
	asks(VERB_JOIN, 2, 0);
	pass(NSEC_PER_SEC);
	paths_survey(paths, now);
	turn();
	verb = asked();
	survey(&verb, &second, 1);
	pass(SETTLE_TIME);
	ok(answered_with() == 0, "A12: that a path is up, of which no event came, a survey tells");
	request(MIF_ANNOUNCE_PATHS, 0, NOBODY);
	pass(NSEC_PER_SEC);
	verb = asked();
	survey(&verb, NULL, 0);
	while (session_get(client, &report) == 1)
		if (report.type == MIF_PATH_EVENT)
			told = report.as.path_event.event;
	ok(told == MIF_PATH_DOWN, "A12: and that it is down, too");
	paths_survey(paths, now);
	pass(NSEC_PER_SEC);
	do
		verb = asked();
	while (verb.type != VERB_SURVEY && verb.type != 0);
	answer(&verb, 0, empty);
	while (session_get(client, &report) == 1)
		if (report.type == MIF_PATH_EVENT)
			told = report.as.path_event.event;
	ok(told == MIF_PATH_CLOSED && paths_count(paths, PATHS_CONNECTIONS) == 0,
		"A12: or the connection is closed");
	end();
}

/* Whether a join is asked for, to that network. */
static bool joins_to(uint32_t network, int result)
{
	struct verb verb;

	do {
		verb = asked();
		if (verb.type == VERB_SURVEY)
			survey(&verb, NULL, 0);
	} while (verb.type == VERB_SURVEY);
	if (verb.type != VERB_JOIN || verb.as.join.remote.address.octets[1] != network)
		return false;
	answer(&verb, result, -1);
	return true;
}

/* Addresses that the peer tells of. */
static void test_announced(void)
{
	int tries = 1;

	begin();
	event(MPTCP_EVENT_ANNOUNCED, 3, 0);
	ok(asks_nothing(),
		"A12: who has what was asked for is not joined to what the peer announces");
	manage(0, 0);
	turn();
	ok(joins_to(1, -EHOSTUNREACH) && joins_to(3, -EHOSTUNREACH),
		"A12: with automatic paths it is, after the paths from other domains");
	event(MPTCP_EVENT_ANNOUNCED, 3, 0);
	ok(asks_nothing(), "A12: once, however often it is announced");
	for (int i = 0; i < 300; i++) {
		struct verb verb;

		pass(NSEC_PER_SEC);
		while ((verb = asked()).type != 0) {
			tries += verb.type == VERB_JOIN &&
				verb.as.join.remote.address.octets[1] == 3;
			answer(&verb, -EHOSTUNREACH, -1);
		}
	}
	if (!ok(tries == ANNOUNCED_TRIES, "A12: it is tried again, but not for ever"))
		printf("# %d times\n", tries);
	event(MPTCP_EVENT_REMOVED, 3, 0);
	event(MPTCP_EVENT_ANNOUNCED, 3, 0);
	ok(joins_to(3, 0), "A12: anew when it was removed and is announced again");
	event(MPTCP_EVENT_SUB_CLOSED, 3, ECONNREFUSED);
	end();
}

/* The parent's answer to who asks for that connection. */
static bool recognises(uint32_t token, int result)
{
	const struct verb verb = asked();
	const struct verb_answer told = {
		.type = verb.type, .serial = verb.serial, .result = result, .uid = NOBODY};

	if (verb.type != VERB_RECOGNISE || verb.as.recognise.token != token) {
		printf("# %s\n", verb.type != 0 ? verb_name(verb.type) : "nothing");
		return false;
	}
	paths_answered(paths, &told, -1, now);
	turn();
	return true;
}

static void test_newcomer(void)
{
	struct verb verb;

	begin();
	event_of(7, MPTCP_EVENT_CREATED, 1, 0);
	pass(NEWCOMER_TIME - 1);
	ok(asks_nothing(), "A12: of a connection that nobody has shown nothing is asked at once");
	pass(1);
	ok(recognises(7, 0) && paths_count(paths, PATHS_CONNECTIONS) == 2,
		"A12: a while later it is, and one whose socket was adopted is managed");
	verb = asked();
	ok(verb.type == VERB_JOIN && verb.as.join.token == 7 &&
			verb.as.join.local.address.octets[1] == 2,
		"A12: it gets a path from another domain by itself");
	event_of(8, MPTCP_EVENT_CREATED, 1, 0);
	pass(NEWCOMER_TIME);
	ok(recognises(8, 1) && asks_nothing() && paths_count(paths, PATHS_CONNECTIONS) == 3,
		"A12: one whose socket was bound gets none");
	event_of(9, MPTCP_EVENT_CREATED, 1, 0);
	pass(NEWCOMER_TIME);
	ok(recognises(9, -ENOENT) && paths_count(paths, PATHS_CONNECTIONS) == 3,
		"of one that is none of mifd's nothing is kept");
	event_of(9, MPTCP_EVENT_CREATED, 1, 0);
	event_of(9, MPTCP_EVENT_CLOSED, 1, 0);
	pass(NEWCOMER_TIME);
	ok(asks_nothing(), "one that is over by then is not asked for");
	for (uint32_t i = 0; i < PATHS_USER_CONNECTIONS; i++) {
		event_of(100 + i, MPTCP_EVENT_CREATED, 1, 0);
		if (i % 16 != 15)
			continue;
		pass(NEWCOMER_TIME);
		while ((verb = asked()).type != 0) {
			const struct verb_answer told = {.type = verb.type,
				.serial = verb.serial,
				.result = verb.type == VERB_RECOGNISE,
				.uid = NOBODY};

			paths_answered(paths, &told, -1, now);
		}
	}
	ok(paths_count(paths, PATHS_CONNECTIONS) == PATHS_USER_CONNECTIONS / 2,
		"half of what a user may have is for those that programs show");
	end();
}

static void second_up(void)
{
	request(MIF_ADD_PATH, 2, NOBODY);
	asks(VERB_JOIN, 2, 0);
	event(MPTCP_EVENT_SUB_ESTABLISHED, 2, 0);
	pass(SETTLE_TIME);
}

static void test_address(void)
{
	begin();
	second_up();
	host.bare[1] = true;
	engine_dispatch(engine, now);
	ok(asks(VERB_LEAVE, 2, 0),
		"A12: an address goes: its path is closed before anybody has heard of that");
	event(MPTCP_EVENT_SUB_CLOSED, 2, 0);
	pass(1000 * NSEC_PER_SEC);
	ok(asks_nothing(), "A12: and not tried as long as the address is away");
	host.bare[1] = false;
	turn();
	ok(asks(VERB_JOIN, 2, 0), "A12: but at once when it is back");
	event(MPTCP_EVENT_SUB_ESTABLISHED, 2, 0);
	pass(SETTLE_TIME);
	host.bare[0] = host.bare[1] = true;
	turn();
	ok(asks(VERB_LEAVE, 1, 0) && asks_nothing(),
		"A12: of two whose addresses go together the last is left to the kernel");
	end();
}

/* Whether that path is to be a backup one, or none. */
static bool prefers(uint32_t network, bool backup)
{
	const struct verb verb = asked();

	if (verb.type != VERB_PREFER || verb.as.prefer.backup != backup ||
		verb.as.prefer.local.address.octets[1] != network) {
		printf("# %s\n", verb.type != 0 ? verb_name(verb.type) : "nothing");
		return false;
	}
	(network == 1 ? &played_first : &played[0])->backup = backup;
	answer(&verb, 0, -1);
	turn();
	return true;
}

/* It is looked: so many octets wait in the first path, and in the second one. */
static bool look(uint32_t first, uint32_t second)
{
	struct verb verb;

	pass(LOOK_TIME);
	verb = asked();
	if (verb.type != VERB_SURVEY)
		return false;
	played_first.queued = first;
	played[0].queued = second;
	survey(&verb, played, 1);
	turn();
	return true;
}

/* The second path's link is going away. */
static void leave(uint64_t time)
{
	begin();
	second_up();
	played_first = record_of(SURVEY_SUBFLOW, 1, 1);
	played[0] = record_of(SURVEY_SUBFLOW, 2, 1);
	played_count = 1;
	engine_going_away(engine, 2, MIF_AWAY_MANAGER, now + time, now);
	turn();
}

static void test_leaving(void)
{
	leave(10 * NSEC_PER_SEC);
	ok(prefers(2, true), "M34: a link is going away: its path is a backup one");
	ok(look(0, 0) && asks_nothing() && look(0, 0) && asks(VERB_LEAVE, 2, 0),
		"M34: nothing is on its way: it is closed when that was seen twice");
	event(MPTCP_EVENT_SUB_CLOSED, 2, 0);
	ok(!world_link(&paths->world, 2)->held, "M34: and the link is held no more");
	pass(NSEC_PER_SEC);
	ok(asks_nothing(), "M34: and not tried again");
	engine_staying(engine, 2);
	turn();
	ok(asks(VERB_JOIN, 2, 0), "M35: before the link stays after all");
	end();
}

static void test_leaving_busy(void)
{
	leave(10 * NSEC_PER_SEC);
	ok(prefers(2, true) && look(1000, 1000) && look(1000, 500) && look(1000, 1) &&
			asks_nothing(),
		"M34: what the path has been given has time to arrive");
	ok(look(1000, 0) && prefers(2, false) && prefers(1, true),
		"M34: when it has, the others come to rest: they are the backup ones");
	ok(look(700, 1000) && look(400, 1000) && asks_nothing(),
		"M34: what they have been given has time to arrive");
	ok(look(0, 1000) && asks(VERB_LEAVE, 2, 0),
		"M34: when it has, the path that leaves is closed, whatever waits in it");
	turn();
	ok(prefers(1, false), "M34: and the others are used again");
	event(MPTCP_EVENT_SUB_CLOSED, 2, 0);
	for (int i = 0; i < 10; i++) {
		pass(DRAIN_TIME / 20);
		asks_nothing();
	}
	ok(world_link(&paths->world, 2)->held && paths_deadline(paths) <= now + DRAIN_TIME,
		"M34: the link is held until the peer can have heard of it");
	pass(NSEC_PER_SEC);
	ok(asks_nothing() && !world_link(&paths->world, 2)->held, "M34: and that is all");
	end();
	leave(10 * NSEC_PER_SEC);
	prefers(2, true);
	look(1000, 0);
	look(1000, 0);
	prefers(2, false);
	prefers(1, true);
	engine_staying(engine, 2);
	turn();
	ok(prefers(1, false) && asks_nothing(), "M35: called off meanwhile: all are as they were");
	end();
}

/* Both paths are busy all the time, that is: the peer sends. */
static bool is_left_after(uint64_t time)
{
	uint64_t until = now + time;
	unsigned int left = 0;

	while (now < until) {
		struct verb verb;

		pass(MIN(LOOK_TIME, until - now));
		while ((verb = asked()).type != 0) {
			played_first.received += 1000;
			played[0].received += 1000;
			left += verb.type == VERB_LEAVE;
			if (verb.type == VERB_SURVEY)
				survey(&verb, played, 1);
			else
				answer(&verb, 0, -1);
			if (left > 0)
				return now == until;
			turn();
		}
	}
	return false;
}

static void test_leaving_late(void)
{
	struct verb verb;

	leave(10 * NSEC_PER_SEC);
	ok(is_left_after(LEAVE_TIME), "M34: a peer that never rests is not waited for");
	end();
	leave(400 * NSEC_PER_MSEC);
	ok(is_left_after(200 * NSEC_PER_MSEC),
		"M34: and the link's time comes before, and some of it is left");
	end();
	leave(10 * NSEC_PER_SEC);
	prefers(2, true);
	pass(DRAIN_TIME / 2);
	while ((verb = asked()).type == VERB_SURVEY)
		answer(&verb, -EOPNOTSUPP, -1);
	pass(DRAIN_TIME);
	while ((verb = asked()).type == VERB_SURVEY)
		answer(&verb, -EOPNOTSUPP, -1);
	ok(verb.type == VERB_LEAVE, "M34: where nobody can look it is closed after a while");
	end();
	begin();
	engine_going_away(engine, 1, MIF_AWAY_MANAGER, now + 400 * NSEC_PER_MSEC, now);
	turn();
	ok(prefers(1, true), "M34: the link of the only path is going away");
	pass(300 * NSEC_PER_MSEC);
	ok(asks_nothing() && paths_deadline(paths) > now,
		"M34: it stays, late as it is, and nothing is waited for");
	request(MIF_ADD_PATH, 2, NOBODY);
	asks(VERB_JOIN, 2, 0);
	event(MPTCP_EVENT_SUB_ESTABLISHED, 2, 0);
	pass(SETTLE_TIME);
	turn();
	ok(asks(VERB_LEAVE, 1, 0), "M34: until there is another one");
	end();
}

static void test_watching(void)
{
	begin_alone();
	ok(paths->world.session == NULL, "nobody has paths: what becomes of the host is not heard");
	find();
	ok(!list_empty(&paths->world.domains),
		"A12: the first connection: all that it has is known");
	event(MPTCP_EVENT_CLOSED, 1, 0);
	pass(WORLD_REST / 2);
	ok(!list_empty(&paths->world.domains), "its end: the next may come soon");
	pass(WORLD_REST);
	ok(paths->world.session == NULL && list_empty(&paths->world.domains) &&
			list_empty(&paths->world.links) && paths_deadline(paths) == TIME_FOREVER,
		"none comes: nothing is heard any more");
	asks(VERB_FORGET, 0, 0);
	paths_survey(paths, now);
	turn();
	find();
	manage(MIF_DIAL_METERED_LATER, 0);
	ok(asks(VERB_JOIN, 2, 0), "A12: and another one later has its paths at once");
	end();
}

static void test_automatic(void)
{
	struct verb verb;

	begin();
	manage(MIF_DIAL_METERED_LATER, 0);
	verb = asked();
	ok(verb.type == VERB_JOIN && verb.as.join.local.address.octets[1] == 2 &&
			verb.as.join.ifindex == 2 && verb.as.join.backup == 0,
		"A12: a connection that takes what there is gets a path from the other domain, "
		"bound to its link");
	answer(&verb, -EHOSTUNREACH, -1);
	host.kinds[2] = MIF_KIND_CELLULAR;
	host.metered[2] = MIF_METERED_YES;
	turn();
	verb = asked();
	ok(verb.type == VERB_JOIN && verb.as.join.local.address.octets[1] == 3 &&
			verb.as.join.backup == 1,
		"A12: and from one that comes later, as a backup path where traffic costs money");
	end();

	begin();
	host.metered[1] = MIF_METERED_YES;
	turn();
	manage(MIF_DIAL_METERED_NEVER, 0);
	ok(asks_nothing(), "A12: from none that costs money, if it is to pay nothing");
	end();

	begin();
	manage(MIF_DIAL_METERED_LATER, MIF_KINDS_WIFI);
	ok(asks_nothing(), "A12: from none of another kind than it allows");
	end();

	begin();
	host.kinds[0] = MIF_KIND_TUNNEL;
	turn();
	manage(MIF_DIAL_METERED_LATER, 0);
	ok(asks_nothing(), "A12: one that goes through a tunnel stays in tunnels");
	host.kinds[2] = MIF_KIND_TUNNEL;
	turn();
	ok(asks(VERB_JOIN, 3, 0), "A12: and takes another one");
	end();
}

/* The third link has addresses of two networks, 10.8.0.0/24 before 10.3.0.0/24. */
static void begin_twofold(uint32_t via)
{
	begin();
	host.kinds[2] = MIF_KIND_WIFI;
	host.also[2] = 8;
	host.via[2] = via;
	turn();
}

static void test_source(void)
{
	begin_twofold(3);
	manage(0, MIF_KINDS_WIFI);
	ok(asks(VERB_JOIN, 3, 0) && asks_nothing(),
		"A12: of a domain's addresses a path comes from the one that its router is a "
		"neighbour of, not from the first");
	end();

	begin_twofold(8);
	manage(0, MIF_KINDS_WIFI);
	ok(asks(VERB_JOIN, 8, 0), "A12: whichever that is");
	event(MPTCP_EVENT_ANNOUNCED, 3, 0);
	ok(asks(VERB_JOIN, 3, 0),
		"A12: but where the peer itself is a neighbour, from the address that it is one "
		"of");
	end();

	begin_twofold(8);
	host.via[2] = 3;
	turn();
	manage(0, MIF_KINDS_WIFI);
	ok(asks(VERB_JOIN, 3, 0), "A12: when the router becomes another one, that one counts");
	end();

	begin_twofold(9);
	manage(0, MIF_KINDS_WIFI);
	ok(asks(VERB_JOIN, 8, 0), "A12: of a router that is no neighbour, from the first address");
	end();

	six = true;
	begin_twofold(3);
	manage(0, MIF_KINDS_WIFI);
	ok(asks(VERB_JOIN, 3, 0),
		"A12: to a peer in the Internet not from an address that is a site's own, though "
		"that is the first one");
	end();
	six = false;
}

static void test_bounds(void)
{
	struct survey_record many[20];
	struct verb verb;
	unsigned int joins = 0;
	bool refused = false;

	begin();
	request(MIF_ADD_PATH, 2, 1);
	ok(answered_with() == EPERM && asks_nothing(), "another user's connection: EPERM");
	request(MIF_REMOVE_PATH, 1, NOBODY);
	ok(answered_with() == EBUSY && asks_nothing(), "A7: the last path is not closed: EBUSY");
	for (uint32_t i = 0; i < 12; i++) {
		request(MIF_ADD_PATH, 2 + i, NOBODY);
		refused |= answered_with() == EDQUOT;
		joins += asks(VERB_JOIN, 0, 0);
	}
	ok(joins == PATHS_SUBFLOWS_MAX - 1 && refused,
		"more paths than a connection may have: EDQUOT");
	end();
	begin();
	for (uint32_t i = 2; i < 40; i++)
		event(MPTCP_EVENT_SUB_ESTABLISHED, i, 0);
	for (joins = 0; asks(VERB_LEAVE, 0, 0); joins++)
		;
	ok(joins == 39 - PATHS_SUBFLOWS_MAX &&
			paths_count(paths, PATHS_SUBFLOWS) == PATHS_SUBFLOWS_MAX,
		"a peer that joins and joins: what is beyond the limit is closed");
	end();
	begin();
	for (uint32_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = record_of(SURVEY_SUBFLOW, 2 + i, 1);
	paths_survey(paths, now);
	pass(NSEC_PER_SEC);
	verb = asked();
	survey(&verb, many, ARRAY_SIZE(many));
	turn();
	for (joins = 0; asks(VERB_LEAVE, 0, 0); joins++)
		;
	ok(joins == 1 + ARRAY_SIZE(many) - PATHS_SUBFLOWS_MAX,
		"A12: when no event has told of that, a survey does");
	end();
	begin();
	for (uint32_t i = 0; i < 2 * PATHS_USER_REQUESTS; i++)
		request(MIF_RETRACT_ADDRESS, 1, NOBODY);
	ok(answered_with() == EDQUOT && paths_count(paths, PATHS_REFUSED) > 0,
		"more requests than a user may have under way: EDQUOT");
	end();
}

int main(void)
{
	test_retry();
	test_foreign();
	test_late();
	test_lost_events();
	test_newcomer();
	test_announced();
	test_address();
	test_leaving();
	test_leaving_busy();
	test_leaving_late();
	test_watching();
	test_automatic();
	test_source();
	test_bounds();
	return tap_done();
}
