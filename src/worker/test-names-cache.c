/* SPDX-License-Identifier: MIT */
/*
 * What a domain remembers: asked once, told while it holds, forgotten when the domain changes, and
 * never told to another one.
 */
#include "base/address.h"
#include "test-names-lab.h"
#include "worker/cache.h"
#include "worker/names.h"

#define MANY 200

static struct worker *worker;

static void test_sharing(void)
{
	struct name_scope scope = lab_scope(1);
	uint64_t first = next_id + 1, found = 0;

	for (unsigned int i = 0; i < MANY; i++)
		lab_start(worker, &scope, "any-delay-50.example", i % 2 ? 0 : MIF_FAMILY_IPV4);
	lab_run(worker, first, next_id, 30000);
	for (uint64_t id = first; id <= next_id; id++)
		found += ended(&outcomes[id], MIF_TRANSLATION_FOUND, 1, (id - first) % 2);
	ok(found == MANY && lab_asked("") == 2,
		"M23: what %u ask at the same time is asked once, and each is told", MANY);
	lab_start(worker, &scope, "any-delay-50.example.", 0);
	ok(lab_run(worker, next_id, next_id, 0) && ended(&outcomes[next_id], 0, 1, 1) &&
			lab_asked("") == 0,
		"M23 M25: and when it is known, it is told at once, without a question");
	lab_ask(worker, &scope, "any-ttl-0.example", 0);
	lab_ask(worker, &scope, "any-ttl-0.example", 0);
	ok(lab_asked("") == 4, "M25: with a TTL of 0 it is asked for every time");
}

static void test_stopped(void)
{
	struct name_scope scope = lab_scope(2);
	uint64_t stopped = lab_start(worker, &scope, "any-delay-100.example", 0);

	worker->ops->stop(worker, stopped);
	lab_run(worker, next_id + 1, next_id + 1, 300);
	ok(lab_run(worker, next_id, next_id, 0) == false && outcomes[stopped].done == 0,
		"M24: nothing comes of what was stopped");
	lab_asked("");
	ok(ended(lab_ask(worker, &scope, "any-delay-100.example", 0), 0, 1, 1) &&
			lab_asked("") == 0,
		"M23: its answer came all the same, for the next one who asks");
}

static void test_time(void)
{
	struct name_scope scope = lab_scope(3);

	lab_ask(worker, &scope, "any-ttl-100.example", 0);
	lab_ask(worker, &scope, "any-nx.any-soa-50.example", 0);
	lab_ask(worker, &scope, "any-empty.any-soa-50.example", 0);
	lab_ask(worker, &scope, "any-nx.any-no-soa.example", 0);
	lab_asked("");
	lab_pass(40 * NSEC_PER_SEC);
	lab_ask(worker, &scope, "any-ttl-100.example", 0);
	ok(outcomes[next_id].ttl >= 55 && outcomes[next_id].ttl <= 60 && lab_asked("") == 0,
		"M25: the TTL that is told counts down");
	ok(ended(lab_ask(worker, &scope, "any-nx.any-soa-50.example", 0), MIF_TRANSLATION_NO_NAME,
		   0, 0) &&
			ended(lab_ask(worker, &scope, "any-empty.any-soa-50.example", 0),
				MIF_TRANSLATION_NO_ADDRESS, 0, 0) &&
			lab_asked("") == 0,
		"M23: that there is none holds as long as the SOA record says (RFC 2308)");
	ok(ended(lab_ask(worker, &scope, "any-nx.any-no-soa.example", 0), MIF_TRANSLATION_NO_NAME,
		   0, 0) &&
			lab_asked("") == 2,
		"M23: and does not where there is none");
	lab_pass(20 * NSEC_PER_SEC);
	lab_ask(worker, &scope, "any-nx.any-soa-50.example", 0);
	ok(lab_asked("") == 2, "M23: then it is asked for again");
	lab_pass(60 * NSEC_PER_SEC);
	lab_ask(worker, &scope, "any-ttl-100.example", 0);
	ok(lab_asked("") == 2 && outcomes[next_id].ttl == 100,
		"M25: and so is an address, after its TTL");

	lab_ask(worker, &scope, "any-servfail.example", 0);
	lab_asked("");
	ok(ended(lab_ask(worker, &scope, "any-servfail.example", 0), MIF_TRANSLATION_FAILED, 0,
		   0) && lab_asked("") == 0,
		"M23: after a failure nobody is asked again at once (RFC 9520)");
	lab_pass(2 * NSEC_PER_SEC);
	lab_ask(worker, &scope, "any-servfail.example", 0);
	ok(lab_asked("") > 0, "M23: but soon");
}

static void test_domains(void)
{
	struct name_scope one = lab_scope(10), other = lab_scope(11);
	struct mif_address first;

	other.servers[0] = lab_address("::1");
	lab_ask(worker, &one, "any-mine.example", MIF_FAMILY_IPV4);
	first = outcomes[next_id].last;
	lab_asked("");
	lab_ask(worker, &other, "any-mine.example", MIF_FAMILY_IPV4);
	ok(outcomes[next_id].ipv4 == 1 && !address_equal(&first, &outcomes[next_id].last) &&
			lab_asked("udp ::1") == 1,
		"M23: what one domain knows, another one does not");
	lab_ask(worker, &one, "any-mine.example", MIF_FAMILY_IPV4);
	ok(address_equal(&first, &outcomes[next_id].last) && lab_asked("") == 0,
		"M23: and each keeps its own");
	one.servers[0] = lab_address("::1");
	one.generation++;
	lab_ask(worker, &one, "any-mine.example", MIF_FAMILY_IPV4);
	ok(!address_equal(&first, &outcomes[next_id].last) && lab_asked("udp ::1") == 1,
		"M23: a domain that has changed has forgotten what it knew");
	worker->ops->forget(worker, 10);
	lab_ask(worker, &one, "any-mine.example", MIF_FAMILY_IPV4);
	ok(lab_asked("") == 1, "M23: and so has one that was gone");
}

static void test_limit(void)
{
	struct name_scope scope = lab_scope(20);
	uint64_t first = next_id + 1;
	char name[64];

	for (unsigned int i = 0; i < CACHE_ANSWERS + 1; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		lab_start(worker, &scope, name, MIF_FAMILY_IPV4);
		if (i == 10) {
			lab_run(worker, first, next_id, 30000);
			lab_ask(worker, &scope, "h0.example", MIF_FAMILY_IPV4);
		}
		if (i % 64 == 0)
			lab_run(worker, first, next_id, 30000);
	}
	lab_run(worker, first, next_id, 30000);
	lab_asked("");
	lab_ask(worker, &scope, "h0.example", MIF_FAMILY_IPV4);
	lab_ask(worker, &scope, "h1000.example", MIF_FAMILY_IPV4);
	ok(lab_asked("") == 0, "M23: %u answers are known", CACHE_ANSWERS);
	lab_ask(worker, &scope, "h1.example", MIF_FAMILY_IPV4);
	ok(lab_asked("") == 1, "M23: the longest unused one has made room");
}

int main(void)
{
	if (!lab_enter()) {
		tap_skip("M23 M24 M25: the cache of names", "no network namespace, or no python3");
		return tap_done();
	}
	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	test_sharing();
	test_stopped();
	test_time();
	test_domains();
	test_limit();
	worker->ops->free(worker);
	lab_leave();
	return tap_done();
}
