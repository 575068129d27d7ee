/* SPDX-License-Identifier: MIT */
/*
 * Several servers of one domain: which is asked, when the next one is, and what is remembered of them.
 */
#include "base/address.h"
#include "test-names-lab.h"
#include "worker/names.h"
#include "worker/server.h"

#define SILENT 8

static struct worker *worker;
static int silent[SILENT];

static char *silent_name(unsigned int i, char text[16])
{
	snprintf(text, 16, "127.0.0.%u", 100 + i);
	return text;
}

/* Servers that take questions and never answer. */
static bool open_silent(void)
{
	for (unsigned int i = 0; i < SILENT; i++) {
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
		char text[16];

		inet_pton(AF_INET, silent_name(i, text), &address.sin_addr);
		silent[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (silent[i] < 0 ||
			bind(silent[i], (struct sockaddr *)&address, sizeof(address)) < 0)
			return false;
	}
	return true;
}

/* How many questions it has got since the last call. */
static unsigned int questions_to(unsigned int i)
{
	uint8_t octets[512];
	unsigned int count = 0;

	while (recv(silent[i], octets, sizeof(octets), 0) > 0)
		count++;
	return count;
}

static struct name_scope scope_of(uint64_t pvd, unsigned int silent_count, const char *last)
{
	struct name_scope scope = lab_scope(pvd);
	char text[16];

	scope.server_count = 0;
	for (unsigned int i = 0; i < silent_count; i++)
		scope.servers[scope.server_count++] = lab_address(silent_name(i, text));
	if (last != NULL)
		scope.servers[scope.server_count++] = lab_address(last);
	for (unsigned int i = 0; i < SILENT; i++)
		questions_to(i);
	lab_asked("");
	return scope;
}

static void test_dead(void)
{
	struct name_scope scope = scope_of(1, SILENT, NULL);
	uint64_t started = lab_now(), id = lab_start(worker, &scope, "www.example", 0);
	unsigned int asked = 0;

	lab_run(worker, id, id, 60000);
	for (unsigned int i = 0; i < SILENT; i++)
		asked += questions_to(i) >= 2;
	ok(ended(&outcomes[id], MIF_TRANSLATION_TIMEOUT, 0, 0) && asked == SILENT,
		"M23: eight servers, none answers: each has been asked");
	ok(outcomes[id].end < started + 8 * NSEC_PER_SEC, "M23: and it takes no longer than one");

	scope = scope_of(2, SILENT - 1, "127.0.0.53");
	started = lab_now();
	id = lab_start(worker, &scope, "www.example", 0);
	lab_run(worker, id, id, 60000);
	ok(ended(&outcomes[next_id], MIF_TRANSLATION_FOUND, 1, 1) &&
			outcomes[next_id].end < started + 4 * NSEC_PER_SEC,
		"M23: only the last of eight answers: it is asked before the first has given up");
	for (unsigned int i = 0; i < SILENT; i++)
		questions_to(i);
	started = lab_now();
	lab_ask(worker, &scope, "second.example", 0);
	asked = 0;
	for (unsigned int i = 0; i < SILENT; i++)
		asked += questions_to(i);
	ok(ended(&outcomes[next_id], MIF_TRANSLATION_FOUND, 1, 1) && asked == 0,
		"M23: from then on it is asked first, and the dead ones are not");
	lab_pass(11 * NSEC_PER_SEC);
	started = lab_now();
	lab_ask(worker, &scope, "third.example", 0);
	for (unsigned int i = 0; i < SILENT; i++)
		asked += questions_to(i);
	ok(ended(&outcomes[next_id], MIF_TRANSLATION_FOUND, 1, 1) && asked >= 1 && asked <= 2 &&
			outcomes[next_id].end < started + 200 * NSEC_PER_MSEC,
		"M23: after a while one of them is tried again, and nobody waits for it");
}

/* Slow as it may be, it answers. */
static void test_slow(void)
{
	struct name_scope scope = scope_of(5, 2, "127.0.0.55");
	char name[16];

	/* In the middle. */
	scope.servers[2] = scope.servers[1];
	scope.servers[1] = lab_address("127.0.0.55");
	for (unsigned int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);

		uint64_t id = lab_start(worker, &scope, name, 0);

		lab_run(worker, id, id, 60000);
	}
	questions_to(0);
	questions_to(1);
	ok(ended(lab_ask(worker, &scope, "second.example", 0), MIF_TRANSLATION_FOUND, 1, 1) &&
			questions_to(0) + questions_to(1) == 0,
		"M23: a slow server is asked before those that do not answer");
}

static void test_order(void)
{
	struct name_scope scope = scope_of(10, 0, "127.0.0.55");
	uint64_t started;

	scope.servers[scope.server_count++] = lab_address("127.0.0.54");
	lab_ask(worker, &scope, "one.example", 0);
	ok(lab_asked("udp 127.0.0.55") == 2, "M23: of unknown servers the first is asked first");
	started = lab_now();
	for (unsigned int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "h%u.example", i);
		lab_ask(worker, &scope, name, 0);
	}
	ok(lab_asked("udp 127.0.0.54") == 8 && lab_now() < started + 500 * NSEC_PER_MSEC,
		"M23: of known ones the fastest");

	scope = scope_of(11, 0, "127.0.0.53");
	scope.servers[scope.server_count++] = lab_address("127.0.0.54");
	started = lab_now();
	ok(ended(lab_ask(worker, &scope, "any-servfail-0.example", 0), MIF_TRANSLATION_FOUND, 1,
		   1) && outcomes[next_id].end < started + 300 * NSEC_PER_MSEC,
		"M23: after SERVFAIL the next server is asked at once");
	/* Of this domain's servers nothing is known yet, so that the first is asked first. */
	scope.pvd = 13;
	ok(ended(lab_ask(worker, &scope, "any-refused-0.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: and after REFUSED");
	lab_asked("");
	lab_ask(worker, &scope, "www.example", 0);
	ok(lab_asked("udp 127.0.0.54") == 2, "M23: one that refuses is not asked first again");
	ok(ended(lab_ask(worker, &scope, "any-servfail.example", 0), MIF_TRANSLATION_FAILED, 0,
		   0) && lab_asked("") == 4,
		"M23: when all fail, that is the end, each having been asked once");
	ok(ended(lab_ask(worker, &scope, "any-nx.example", 0), MIF_TRANSLATION_NO_NAME, 0, 0) &&
			lab_asked("") == 2,
		"M23: NXDOMAIN is an answer");

	scope = scope_of(12, 0, "127.0.0.53");
	scope.servers[scope.server_count++] = lab_address("127.0.0.54");
	lab_ask(worker, &scope, "any-delay-750.example", 0);
	ok(ended(&outcomes[next_id], MIF_TRANSLATION_FOUND, 1, 1) && lab_asked("") == 4,
		"M25: both are asked when an answer takes long, and one address is told once");
}

/* Held back behind a server that does not answer: no longer than those that were sent. */
static void test_held_back(void)
{
	struct name_scope scope = scope_of(20, 1, NULL);
	uint64_t first = next_id + 1, started = lab_now(), late_id;
	unsigned int timeouts = 0, late = 0;
	char name[64];

	for (unsigned int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		lab_start(worker, &scope, name, 0);
	}
	ok(questions_to(0) == SERVER_IN_FLIGHT, "M23: no more than %u are sent to one server",
		SERVER_IN_FLIGHT);
	lab_run(worker, first, next_id, 3000);
	late_id = lab_start(worker, &scope, "late.example", 0);
	lab_run(worker, first, next_id, 60000);
	for (uint64_t id = first; id < late_id; id++) {
		timeouts += ended(&outcomes[id], MIF_TRANSLATION_TIMEOUT, 0, 0);
		late += outcomes[id].end > started + 9 * NSEC_PER_SEC;
	}
	ok(timeouts == 300 && late == 0, "M23: 300 names, and nobody answers: each ends in time");
	ok(ended(&outcomes[late_id], MIF_TRANSLATION_TIMEOUT, 0, 0) &&
			outcomes[late_id].end < started + 12 * NSEC_PER_SEC,
		"M23: and so does one of 3 seconds later, which is sent when these are given up");

	scope = scope_of(21, 0, "127.0.0.53");
	for (unsigned int i = 0; i < SERVER_IN_FLIGHT; i++) {
		snprintf(name, sizeof(name), "any-drop.h%u.example", i);
		lab_start(worker, &scope, name, MIF_FAMILY_IPV4);
		worker->ops->stop(worker, next_id);
	}
	started = lab_now();
	lab_ask(worker, &scope, "www.example", 0);
	ok(ended(&outcomes[next_id], MIF_TRANSLATION_FOUND, 1, 1) &&
			outcomes[next_id].end < started + 100 * NSEC_PER_MSEC,
		"M23: what nobody waits for any more makes room");
}

/* The source ports of the questions since the last call. */
static unsigned int ports_used(void)
{
	static bool used[65536];
	unsigned int count = 0, port;
	const char *line;

	memset(used, 0, sizeof(used));
	while ((line = lab_next_question()) != NULL) {
		if (sscanf(line, "udp %*s %*s %u", &port) != 1 || port > 65535)
			continue;
		count += !used[port];
		used[port] = true;
	}
	return count;
}

static void test_transport(void)
{
	struct name_scope scope = scope_of(30, 0, "127.0.0.53");
	uint64_t first = next_id + 1, found = 0;
	char name[64];

	for (unsigned int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		lab_ask(worker, &scope, name, MIF_FAMILY_IPV4);
	}
	ok(ports_used() >= 18, "M23: each question from a port of its own (RFC 5452)");
	first = next_id + 1;
	for (unsigned int i = 0; i < 96; i++) {
		snprintf(name, sizeof(name), "i%u.example", i);
		lab_start(worker, &scope, name, MIF_FAMILY_IPV4);
	}
	lab_run(worker, first, next_id, 30000);
	ok(ports_used() >= 96 / SERVER_PORT_QUESTIONS, "M23: of many at once, every %u",
		SERVER_PORT_QUESTIONS);

	first = next_id + 1;
	for (unsigned int i = 0; i < 3 * SERVER_STREAMS; i++) {
		snprintf(name, sizeof(name), "any-tc.any-count-100.h%u.example", i);
		lab_start(worker, &scope, name, 0);
	}
	lab_run(worker, first, next_id, 30000);
	for (uint64_t id = first; id <= next_id; id++)
		found += ended(&outcomes[id], MIF_TRANSLATION_FOUND, 64, 64);
	ok(found == 3 * SERVER_STREAMS, "M23: many truncated answers at once");
}

int main(void)
{
	if (!lab_enter() || !open_silent()) {
		tap_skip("M23 M25: several servers", "no network namespace, or no python3");
		return tap_done();
	}
	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	test_dead();
	test_slow();
	test_order();
	test_held_back();
	test_transport();
	worker->ops->free(worker);
	lab_leave();
	return tap_done();
}
