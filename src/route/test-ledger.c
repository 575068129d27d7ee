/* SPDX-License-Identifier: MIT */
/* Wanted and found objects in, verbs out, on a fake clock and against a fake kernel. */
#include "route/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "tap.h"

#define SLOTS 4
#define MS NSEC_PER_MSEC

static struct ledger *ledger;
static uint64_t now = 1000 * NSEC_PER_SEC;

static void reset(void)
{
	ledger_free(ledger);
	if (ledger_new(&ledger, SLOTS) < 0)
		exit(1);
}

/* ---- objects ---- */

static struct verb route(uint32_t slot, const char *to, const char *gateway)
{
	struct verb verb = {.type = VERB_PUT_ROUTE};
	unsigned int length = 0;

	verb.as.put_route.slot = slot;
	verb.as.put_route.ifindex = 2;
	prefix_parse(&verb.as.put_route.destination, &length, to);
	verb.as.put_route.length = length;
	if (gateway != NULL)
		mif_address_parse(&verb.as.put_route.gateway, gateway);
	return verb;
}

static struct verb rule(uint32_t slot, uint32_t kind, const char *from)
{
	struct verb verb = {.type = VERB_PUT_RULE};
	unsigned int length = 0;

	verb.as.put_rule.slot = slot;
	verb.as.put_rule.kind = kind;
	prefix_parse(&verb.as.put_rule.source, &length, from);
	verb.as.put_rule.length = length;
	return verb;
}

static void want(struct verb verb)
{
	ledger_want(ledger, &verb, TIME_FOREVER);
}

/* A domain: its link, its router, one address. */
static void want_domain(uint32_t slot, const char *link, const char *gateway, const char *from)
{
	ledger_begin(ledger, slot);
	want(rule(slot, VERB_RULE_OWN, from));
	want(rule(slot, VERB_RULE_ALL, from));
	want(route(slot, "0.0.0.0/0", gateway));
	want(route(slot, link, NULL));
	ledger_commit(ledger, slot);
}

static void want_nothing(uint32_t slot)
{
	ledger_begin(ledger, slot);
	ledger_commit(ledger, slot);
}

/* ---- a kernel that does what it is asked ---- */

static struct verb said[256];
static size_t said_count;

static void object_of(const struct verb *verb, struct verb *object)
{
	*object = *verb;
	object->serial = 0;
	if (verb->type == VERB_PUT_ROUTE || verb->type == VERB_REMOVE_ROUTE)
		object->as.put_route.lifetime = 0;
	object->type = verb->type == VERB_PUT_RULE || verb->type == VERB_REMOVE_RULE
		? VERB_PUT_RULE
		: VERB_PUT_ROUTE;
}

static void answer(const struct verb *verb, int result)
{
	const struct verb_answer text = {
		.type = verb->type, .serial = verb->serial, .result = result};

	ledger_answered(ledger, &text, now);
}

static void done(const struct verb *verb)
{
	struct verb object;

	object_of(verb, &object);
	if (verb->type == VERB_PUT_RULE || verb->type == VERB_PUT_ROUTE)
		ledger_has(ledger, &object, now);
	else
		ledger_lost(ledger, &object, now);
}

/* All that is to be done by now; as many as there are verbs. */
static size_t work(void)
{
	struct verb verb;

	said_count = 0;
	while (said_count < ARRAY_SIZE(said) && ledger_next(ledger, now, &verb) == 1) {
		said[said_count++] = verb;
		answer(&verb, 0);
		done(&verb);
	}
	return said_count;
}

static void lose(struct verb object)
{
	ledger_lost(ledger, &object, now);
}

/* ---- tests ---- */

static void test_order(void)
{
	reset();
	want_domain(1, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	ok(work() == 5,
		"a domain's routes and rules are put, and one that leaves to the main table");
	ok(said[0].type == VERB_PUT_ROUTE && said[0].as.put_route.length == 24 &&
			said[1].type == VERB_PUT_ROUTE && said[1].as.put_route.length == 0,
		"its link's first, by which its router is reached");
	ok(said[2].type == VERB_PUT_RULE && said[3].type == VERB_PUT_RULE &&
			said[4].type == VERB_PUT_RULE,
		"the rules last, when there is a table to look at");
	ok(work() == 0 && ledger_count(ledger, LEDGER_OBJECTS) == 5 &&
			ledger_deadline(ledger) == TIME_FOREVER,
		"then nothing is left to be done");
	want_domain(1, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	ok(work() == 0, "nor when the same is wanted again");
	ok(!ledger_is_free(ledger, 1) && ledger_is_free(ledger, 0), "its slot is in use");

	want_domain(1, "192.0.2.0/24", "192.0.2.254", "192.0.2.7");
	ok(work() == 2 && said[0].type == VERB_REMOVE_ROUTE && said[1].type == VERB_PUT_ROUTE,
		"another router takes the place of the first: there are never two");

	want_nothing(1);
	ok(work() == 5 && said[0].type == VERB_REMOVE_RULE && said[2].type == VERB_REMOVE_RULE &&
			said[3].type == VERB_REMOVE_ROUTE,
		"a domain that goes takes its rules along first");
	ok(ledger_is_free(ledger, 1) && ledger_count(ledger, LEDGER_OBJECTS) == 0,
		"and then its slot is free");
}

/* Two links with the same address: the rule that leaves to the main table is one for both. */
static void test_shared(void)
{
	reset();
	want_domain(1, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	work();
	want_domain(2, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	ok(work() == 4,
		"another slot with the same source needs no second rule for the main table");
	want_nothing(1);
	ok(work() == 4, "which stays when the first one goes");
	want_nothing(2);
	ok(work() == 5, "and goes with the last");
}

static void test_lifetime(void)
{
	struct verb by = route(0, "::/0", "fe80::1%2");

	reset();
	ledger_begin(ledger, 0);
	ledger_want(ledger, &by, now + 1800 * NSEC_PER_SEC);
	ledger_commit(ledger, 0);
	ok(work() == 1 && said[0].as.put_route.lifetime == 1800, "a route ends with its router");
	now += 600 * NSEC_PER_SEC;
	ledger_want(ledger, &by, now + 1200 * NSEC_PER_SEC);
	ok(work() == 0, "which nothing is to be done for");
	ledger_want(ledger, &by, now + 1201 * NSEC_PER_SEC);
	ok(work() == 0, "nor for a second more: lifetimes are told in seconds");
	ledger_want(ledger, &by, now + 1800 * NSEC_PER_SEC);
	ok(work() == 1 && said[0].type == VERB_PUT_ROUTE && said[0].as.put_route.lifetime == 1800,
		"until the router says more: then it is put again");
	ledger_want(ledger, &by, TIME_FOREVER);
	ok(work() == 1 && said[0].as.put_route.lifetime == 0, "for ever, too");
	ok(work() == 0, "once");

	ledger_want(ledger, &by, now + 1500 * MS);
	ok(work() == 1 && said[0].as.put_route.lifetime == 2, "seconds that have begun count");
	ledger_want(ledger, &by, now - 60 * NSEC_PER_SEC);
	ok(work() == 1 && said[0].as.put_route.lifetime == 1,
		"one that should be over has a second: none would be for ever");
}

/* The kernel has the route, and an earlier end of it. */
static void test_longer(void)
{
	struct verb by = route(0, "::/0", "fe80::1%2"), verb;

	reset();
	ledger_begin(ledger, 0);
	ledger_want(ledger, &by, now + 100 * NSEC_PER_SEC);
	ledger_commit(ledger, 0);
	work();
	ledger_want(ledger, &by, now + 1800 * NSEC_PER_SEC);
	ledger_next(ledger, now, &verb);
	ledger_unasked(ledger, verb.serial);
	ok(ledger_next(ledger, now, &verb) == 1 && verb.as.put_route.lifetime == 1800,
		"a longer life that could not be said is said again");
	answer(&verb, -ENOBUFS);
	now += LEDGER_RETRY;
	ok(ledger_next(ledger, now, &verb) == 1 && verb.as.put_route.lifetime > 1700,
		"as is one that the kernel refused");
	answer(&verb, -ENOBUFS);
	want_nothing(0);
	ok(ledger_next(ledger, now, &verb) == 1 && verb.type == VERB_REMOVE_ROUTE,
		"what is not wanted any more does not wait for that");
}

static void test_repair(void)
{
	struct verb one = rule(1, VERB_RULE_ALL, "192.0.2.7");

	reset();
	want_domain(1, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	work();
	lose(one);
	lose(route(1, "0.0.0.0/0", "192.0.2.1"));
	ok(work() == 0 && ledger_deadline(ledger) == now + LEDGER_SETTLE,
		"what another one removes is put again, but not in the midst of it");
	now += LEDGER_SETTLE;
	ok(work() == 2 && said[0].type == VERB_PUT_ROUTE && ledger_count(ledger, LEDGER_LOST) == 2,
		"a moment later, routes first");
	lose(rule(1, VERB_RULE_MAIN, "192.0.2.7"));
	now += LEDGER_SETTLE;
	ok(work() == 1 && said[0].as.put_rule.kind == VERB_RULE_MAIN,
		"that of the main table, too");
	lose(rule(3, VERB_RULE_ALL, "198.51.100.7"));
	ok(work() == 0, "what is nothing of ours is no loss");
}

static size_t fight(size_t rounds)
{
	struct verb one = rule(1, VERB_RULE_ALL, "192.0.2.7");
	size_t put = 0;

	for (size_t i = 0; i < rounds; i++) {
		lose(one);
		now += 100 * MS;
		put += work();
	}
	return put;
}

static void test_truce(void)
{
	uint64_t began;

	reset();
	want_domain(1, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	work();
	ok(fight(20) == LEDGER_LOSSES && ledger_count(ledger, LEDGER_TRUCES) == 1,
		"what is removed again and again is left alone");
	began = ledger_deadline(ledger);
	ok(began > now + 50 * NSEC_PER_SEC && began <= now + LEDGER_FIGHT, "for a minute");
	now = began;
	ok(work() == 1, "then it is put again");
	fight(20);
	ok(ledger_count(ledger, LEDGER_TRUCES) == 2 &&
			ledger_deadline(ledger) > now + 110 * NSEC_PER_SEC,
		"the next time for two");
	for (int i = 0; i < 10; i++) {
		now = ledger_deadline(ledger);
		work();
		fight(20);
	}
	ok(ledger_deadline(ledger) <= now + LEDGER_TRUCE_MAX, "but for ten at most");
	now = ledger_deadline(ledger);
	work();
	now += 2 * LEDGER_FIGHT;
	fight(1);
	now += 2 * LEDGER_FIGHT;
	work();
	fight(20);
	ok(ledger_deadline(ledger) <= now + LEDGER_FIGHT, "and who has given up is forgiven");
}

static void test_failure(void)
{
	struct verb by = route(1, "0.0.0.0/0", "192.0.2.1"), verb;

	reset();
	want(by);
	ledger_next(ledger, now, &verb);
	answer(&verb, -ENETUNREACH);
	ok(ledger_next(ledger, now, &verb) == 0 && ledger_deadline(ledger) == now + LEDGER_RETRY &&
			ledger_count(ledger, LEDGER_FAILED) == 1,
		"what the kernel refuses is tried again");
	now += LEDGER_RETRY;
	ledger_next(ledger, now, &verb);
	answer(&verb, -ENETUNREACH);
	ok(ledger_deadline(ledger) == now + 2 * LEDGER_RETRY, "later each time");
	ledger_begin(ledger, 1);
	ledger_commit(ledger, 1);
	ok(ledger_is_free(ledger, 1) && ledger_deadline(ledger) == TIME_FOREVER,
		"as long as it is wanted");

	want(by);
	work();
	want_nothing(1);
	ledger_next(ledger, now, &verb);
	answer(&verb, -ESRCH);
	ok(ledger_is_free(ledger, 1) && ledger_count(ledger, LEDGER_FAILED) == 2,
		"what went by itself is gone as well, and no failure");

	want(by);
	for (int i = 0; i < 3; i++) {
		if (ledger_next(ledger, now, &verb) == 1)
			answer(&verb, 0);
	}
	ok(ledger_deadline(ledger) == now + LEDGER_RETRY,
		"what is said to be done and is not there is no reason to hurry");
	now += LEDGER_RETRY;
	ledger_next(ledger, now, &verb);
	ledger_unasked(ledger, verb.serial);
	ok(ledger_next(ledger, now, &verb) == 1, "a verb that could not be sent is said again");
}

/* The engine was started again: the kernel has what the last one wanted. */
static void test_inherit(void)
{
	struct verb mine = rule(2, VERB_RULE_ALL, "192.0.2.7");
	struct verb route_mine = route(2, "0.0.0.0/0", "192.0.2.1");
	struct verb stale = rule(3, VERB_RULE_ALL, "198.51.100.7");

	reset();
	ledger_begin_kernel(ledger, UINT32_MAX, VERB_PUT_RULE);
	ledger_has(ledger, &mine, now);
	ledger_has(ledger, &route_mine, now);
	ledger_has(ledger, &stale, now);
	ledger_commit_kernel(ledger, now);
	ok(work() == 0, "what is found is not removed at once");
	mine.as.put_rule.slot = 0;
	ok(ledger_slot_of(ledger, &mine) == 2, "its slot is found by its source");
	stale.as.put_rule.slot = 1;
	stale.as.put_rule.source.octets[3] = 8;
	want(stale);
	ok(ledger_slot_of(ledger, &stale) == UINT32_MAX, "not by one that is only wanted");
	want_nothing(1);
	want_domain(2, "192.0.2.0/24", "192.0.2.1", "192.0.2.7");
	ok(work() == 3, "only what is missing is put");
	now += LEDGER_INHERIT;
	ok(work() == 1 && said[0].type == VERB_REMOVE_RULE && said[0].as.remove_rule.slot == 3,
		"what nobody has wanted for a while is removed");

	ledger_begin_kernel(ledger, UINT32_MAX, VERB_PUT_RULE);
	ledger_begin_kernel(ledger, UINT32_MAX, VERB_PUT_ROUTE);
	ledger_has(ledger, &route_mine, now);
	ledger_commit_kernel(ledger, now);
	now += LEDGER_SETTLE;
	ok(work() == 4, "what the kernel does not tell again was lost");
	ledger_begin_kernel(ledger, 2, VERB_PUT_ROUTE);
	ledger_commit_kernel(ledger, now);
	now += LEDGER_SETTLE;
	ok(work() == 2, "or of one slot's routes alone");
}

static void test_limits(void)
{
	struct verb verb, over = rule(7, VERB_RULE_ALL, "192.0.2.7");
	size_t asked = 0, refused = 0, gone = 0;

	reset();
	ok(ledger_want(ledger, &over, TIME_FOREVER) == -ENOSPC, "a slot that there is not");
	for (uint32_t i = 0; i < LEDGER_SLOT + 10; i++) {
		char text[64];

		snprintf(text, sizeof(text), "10.0.%u.%u/32", i / 256, i % 256);
		verb = route(1, text, NULL);
		refused += ledger_want(ledger, &verb, TIME_FOREVER) == -ENOSPC;
	}
	ok(refused == 10 && ledger_count(ledger, LEDGER_REFUSED) == 11,
		"objects beyond a slot's limit are refused and counted");
	for (uint32_t i = 0; i < LEDGER_SLOT + 10; i++) {
		char text[64];

		snprintf(text, sizeof(text), "10.1.%u.%u/32", i / 256, i % 256);
		ledger_begin(ledger, 2);
		verb = route(2, text, NULL);
		gone += ledger_want(ledger, &verb, TIME_FOREVER) == 0;
		ledger_commit(ledger, 2);
	}
	want_nothing(2);
	ok(gone == LEDGER_SLOT + 10, "those that have gone leave room");
	while (ledger_next(ledger, now, &verb) == 1)
		asked++;
	ok(asked == LEDGER_ASKED && ledger_deadline(ledger) == TIME_FOREVER,
		"no more verbs are on their way than the parent's window has room for");
	answer(&verb, 0);
	ok(ledger_next(ledger, now, &verb) == 1, "an answer makes room for another one");
}

int main(void)
{
	test_order();
	test_shared();
	test_lifetime();
	test_longer();
	test_repair();
	test_truce();
	test_failure();
	test_inherit();
	test_limits();
	ledger_free(ledger);
	return tap_done();
}
