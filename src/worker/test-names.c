/* SPDX-License-Identifier: MIT */
/*
 * The names worker against a DNS server that misbehaves, as nobody, in a network namespace of its
 * own.
 */
#include "base/address.h"
#include "test-names-lab.h"
#include "worker/names.h"

static char hosts_path[] = "/tmp/test-names-hosts-XXXXXX";
static struct worker *worker;

/* ---- without a question ---- */

static void check_here(const char *name, uint32_t family, uint32_t status, uint32_t ipv4,
	uint32_t ipv6, uint32_t system)
{
	struct name_scope scope = lab_scope(1);
	struct outcome *outcome = lab_ask(worker, &scope, name, family);

	ok(ended(outcome, status, ipv4, ipv6) && outcome->system == system,
		"M23 M25: %s is decided without a question", name);
}

static void test_here(void)
{
	struct name_scope scope = lab_scope(1);

	check_here("192.0.2.5", 0, MIF_TRANSLATION_FOUND, 1, 0, MIF_SYSTEM_LITERAL);
	check_here("2001:db8::5", 6, MIF_TRANSLATION_FOUND, 0, 1, MIF_SYSTEM_LITERAL);
	check_here("2001:db8::5", 4, MIF_TRANSLATION_NO_ADDRESS, 0, 0, 0);
	check_here("fe80::1%lo", 0, MIF_TRANSLATION_FOUND, 0, 1, MIF_SYSTEM_LITERAL);
	check_here("fe80::1%77", 0, MIF_TRANSLATION_NO_ADDRESS, 0, 0, 0);
	check_here("fe80::1%nosuch", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here("-", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here("localhost", 0, MIF_TRANSLATION_FOUND, 1, 1, MIF_SYSTEM_HOSTS);
	check_here("a.localhost.", 4, MIF_TRANSLATION_FOUND, 1, 0, MIF_SYSTEM_HOSTS);
	check_here("abc.onion", 0, MIF_TRANSLATION_NOT_PERMITTED, 0, 0, 0);
	check_here("printer.invalid", 0, MIF_TRANSLATION_NO_NAME, 0, 0, 0);
	check_here("\xff.example", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here(
		"\xf0\x9f\x98\x80.example", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0); /* an emoji */
	check_here("a\xcc\x80\xe2\x80\x8d.example", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here("\xd7\x90"
		   "1a.example",
		0, MIF_TRANSLATION_MALFORMED, 0, 0, 0); /* both directions (RFC 5893) */
	check_here("a..example", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here("a234567890123456789012345678901234567890123456789012345678901234.example", 0,
		MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here("300.1.1.1", 0, MIF_TRANSLATION_MALFORMED, 0, 0, 0);
	check_here("Server.Example", 0, MIF_TRANSLATION_FOUND, 1, 1, MIF_SYSTEM_HOSTS);
	check_here("ipv4-only.example", 6, MIF_TRANSLATION_NO_ADDRESS, 0, 0, 0);
	check_here("link-local.example", 0, MIF_TRANSLATION_FOUND, 0, 1, MIF_SYSTEM_HOSTS);
	check_here("there.local", 0, MIF_TRANSLATION_FOUND, 1, 0, MIF_SYSTEM_HOSTS);

	ok(ended(lab_ask(worker, &scope, "fe80::9", 0), MIF_TRANSLATION_FOUND, 0, 1) &&
			outcomes[next_id].last.scope == 1,
		"M25: a link-local address gets the scope of the domain's interface");
	ok(lab_asked("") == 0, "M23: and none of those names was asked for");
	ok(ended(lab_ask(worker, &scope, "printer.local", 0), MIF_TRANSLATION_NO_NAME, 0, 0) &&
			lab_asked("") == 0,
		"M23: nor is .local in DNS");
	strcpy(scope.search[scope.search_count++], "corp.local");
	scope.generation++;
	ok(ended(lab_ask(worker, &scope, "www.corp.local", 0), MIF_TRANSLATION_FOUND, 1, 1) &&
			lab_asked("") == 2,
		"M23: but where the network itself has names there");
	scope.search_count = 0;

	scope.server_count = 0;
	scope.generation++;
	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_NO_SERVER, 0, 0),
		"M23: a domain without servers");
	scope = lab_scope(3);
	scope.servers[0] = lab_address("0.0.0.0");
	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_NO_SERVER, 0, 0),
		"M23: 0.0.0.0 is no server");
}

/* ---- one question, one answer ---- */

static void check(const char *what, const char *name, uint32_t status, uint32_t ipv4, uint32_t ipv6)
{
	struct name_scope scope = lab_scope(10);
	struct outcome *outcome = lab_ask(worker, &scope, name, MIF_FAMILY_ANY);

	ok(ended(outcome, status, ipv4, ipv6), "M23 M25: %s", what);
}

static void test_answers(void)
{
	struct name_scope scope = lab_scope(10);

	check("both families", "www.example", MIF_TRANSLATION_FOUND, 1, 1);
	ok(outcomes[next_id].ttl == 30 && outcomes[next_id].system == MIF_SYSTEM_DNS,
		"M25: with the TTL, and the system that answered");
	check("IDNA", "bücher.example", MIF_TRANSLATION_FOUND, 1, 1);
	ok(lab_asked("xn--bcher-kva.example") == 2, "M23: IDNA2008 is what DNS is asked for");
	check("NXDOMAIN", "any-nx.example", MIF_TRANSLATION_NO_NAME, 0, 0);
	check("no such record", "any-empty.example", MIF_TRANSLATION_NO_ADDRESS, 0, 0);
	check("NXDOMAIN for AAAA alone", "aaaa-nx.example", MIF_TRANSLATION_FOUND, 1, 0);
	check("SERVFAIL", "any-servfail.example", MIF_TRANSLATION_FAILED, 0, 0);
	check("REFUSED", "any-refused.example", MIF_TRANSLATION_FAILED, 0, 0);
	check("SERVFAIL for AAAA alone", "aaaa-servfail.example", MIF_TRANSLATION_FOUND, 1, 0);
	check("SERVFAIL for A, no AAAA", "a-servfail.aaaa-empty.example", MIF_TRANSLATION_FAILED, 0,
		0);
	check("an answer twice", "any-twice.example", MIF_TRANSLATION_FOUND, 1, 1);
	check("records cut short", "any-short.example", MIF_TRANSLATION_FAILED, 0, 0);
	check("records of the other family", "any-other.example", MIF_TRANSLATION_NO_ADDRESS, 0, 0);
	check("aliases in a circle", "any-loop.example", MIF_TRANSLATION_FAILED, 0, 0);
	check("a server without EDNS", "any-formerr.example", MIF_TRANSLATION_FOUND, 1, 1);
	check("16 addresses", "a-count-16.example", MIF_TRANSLATION_FOUND, 16, 1);

	lab_asked("");
	check("truncated, then TCP", "any-tc.any-count-3.example", MIF_TRANSLATION_FOUND, 3, 3);
	ok(lab_asked("tcp") == 2, "M23: a truncated answer is asked for again by TCP");
	check("a server that closes such a connection", "any-tc.any-tcp-close.example",
		MIF_TRANSLATION_FAILED, 0, 0);
	check("or sends half of it", "any-tc.any-tcp-cut.example", MIF_TRANSLATION_FAILED, 0, 0);
	check("70 addresses", "a-count-70.example", MIF_TRANSLATION_FOUND, 64, 1);
	check("1000 addresses", "any-count-1000.example", MIF_TRANSLATION_FOUND, 64, 64);
	check("aliases", "any-cname-3.any-ttl-200.example", MIF_TRANSLATION_FOUND, 1, 1);
	ok(outcomes[next_id].ttl == 98, "M25: the smallest TTL of the aliases and the address");

	lab_ask(worker, &scope, "aaaa-link-local.example", MIF_FAMILY_IPV6);
	ok(address_is_link_local(&outcomes[next_id].last) && outcomes[next_id].last.scope == 1,
		"M25: a link-local address from DNS gets the scope of the domain's interface");

	lab_asked("");
	ok(ended(lab_ask(worker, &scope, "one.example", MIF_FAMILY_IPV4), MIF_TRANSLATION_FOUND, 1,
		   0) && lab_asked("aaaa one.example") == 0,
		"M23: one family asked for, one family asked");
}

static void test_servers(void)
{
	struct name_scope scope = lab_scope(11);

	scope.server_count = 2;
	scope.servers[0] = lab_address("127.0.0.99");
	scope.servers[1] = lab_address("::1");
	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: the second server answers when the first is not there");
	scope = lab_scope(12);
	scope.ifindex = 77;
	lab_asked("");
	ok(ended(lab_ask(worker, &scope, "gone.example", 0), MIF_TRANSLATION_FAILED, 0, 0) &&
			lab_asked("") == 0,
		"M23: an interface that does not exist: nothing is sent");
	scope = lab_scope(13);
	scope.ifindex = 0;
	ok(ended(lab_ask(worker, &scope, "none.example", 0), MIF_TRANSLATION_FAILED, 0, 0) &&
			lab_asked("") == 0,
		"M23: no interface: nothing is sent");
	scope = lab_scope(14);
	scope.source4 = lab_address("192.0.2.99");
	ok(ended(lab_ask(worker, &scope, "foreign.example", 0), MIF_TRANSLATION_FAILED, 0, 0) &&
			lab_asked("") == 0,
		"M23: a source that is not the host's: nothing is sent");
}

/* What takes seconds, all at once. */
static void test_timeouts(void)
{
	struct name_scope scope = lab_scope(20);
	uint64_t started = lab_now();
	uint64_t drop = lab_start(worker, &scope, "any-drop.example", 0);
	uint64_t half = lab_start(worker, &scope, "aaaa-drop.example", 0);
	uint64_t id = lab_start(worker, &scope, "any-wrong-id.example", 0);
	uint64_t name = lab_start(worker, &scope, "any-wrong-name.example", 0);
	uint64_t garbage = lab_start(worker, &scope, "any-garbage.example", 0);
	uint64_t late = lab_start(worker, &scope, "aaaa-delay-600.example", 0);
	uint64_t slow = lab_start(worker, &scope, "a-delay-1500.aaaa-empty.example", 0);
	uint64_t before = lab_counter(worker, "names-timeouts");

	ok(lab_run(worker, drop, slow, 30000), "M25: each lookup ends");
	ok(ended(&outcomes[late], MIF_TRANSLATION_FOUND, 1, 1) &&
			outcomes[late].first_ipv6 >= started + 600 * NSEC_PER_MSEC &&
			outcomes[late].first_ipv4 < started + 500 * NSEC_PER_MSEC,
		"M25: A does not wait for an AAAA that comes late");
	ok(ended(&outcomes[half], MIF_TRANSLATION_FOUND, 1, 0) &&
			outcomes[half].first_ipv4 < started + 2 * NSEC_PER_SEC &&
			outcomes[half].end > started + 2 * NSEC_PER_SEC,
		"M25: A does not wait for an AAAA that never comes");
	ok(ended(&outcomes[slow], MIF_TRANSLATION_FOUND, 1, 0),
		"M25: an answer that takes longer than the first timeout is taken");
	ok(ended(&outcomes[drop], MIF_TRANSLATION_TIMEOUT, 0, 0), "M23: no answer is a timeout");
	ok(ended(&outcomes[id], MIF_TRANSLATION_TIMEOUT, 0, 0), "M23: a wrong ID is no answer");
	ok(ended(&outcomes[name], MIF_TRANSLATION_TIMEOUT, 0, 0),
		"M23: another question's answer is none");
	ok(ended(&outcomes[garbage], MIF_TRANSLATION_TIMEOUT, 0, 0), "M23: noise is no answer");
	ok(lab_counter(worker, "names-timeouts") >= before + 7, "M23: timeouts are counted");
}

/* ---- the search list ---- */

static void test_search(void)
{
	struct name_scope scope = lab_scope(30);

	scope.search_count = 5;
	strcpy(scope.search[0], "any-nx.example");
	strcpy(scope.search[1], "mal formed");
	strcpy(scope.search[2], "local");
	strcpy(scope.search[3], "any-empty.example");
	strcpy(scope.search[4], "aaaa-nx.example");

	lab_asked("");
	ok(ended(lab_ask(worker, &scope, "printer", 0), MIF_TRANSLATION_FOUND, 1, 0),
		"M23: a single label with each suffix of the domain");
	ok(lab_asked("") == 6, "M23: both families of one suffix, and nothing else");
	ok(ended(lab_ask(worker, &scope, "printer.", 0), MIF_TRANSLATION_FOUND, 1, 1) &&
			lab_asked("example") == 0,
		"M23: a final dot: no search list");
	ok(ended(lab_ask(worker, &scope, "www.lab", 0), MIF_TRANSLATION_FOUND, 1, 1) &&
			lab_asked("example") == 0,
		"M23: a name with a dot is asked for as it is first");
	ok(ended(lab_ask(worker, &scope, "www.any-nx", 0), MIF_TRANSLATION_NO_NAME, 0, 0) &&
			lab_asked("") == 8,
		"M23: then with the suffixes");
	strcpy(scope.search[0], "any-empty.example");
	strcpy(scope.search[3], "any-nx.example");
	scope.search_count = 4;
	scope.generation++;
	ok(ended(lab_ask(worker, &scope, "printer", 0), MIF_TRANSLATION_NO_ADDRESS, 0, 0),
		"M23: one suffix has the name, without an address");
	scope.search_count = 5;
	strcpy(scope.search[0], "a-servfail.aaaa-empty.example");
	scope.generation++;
	ok(ended(lab_ask(worker, &scope, "printer", 0), MIF_TRANSLATION_FAILED, 0, 0) &&
			lab_asked("aaaa-nx.example") == 0,
		"M23: after a failure no later suffix answers in its place");
	scope.search_count = 0;
	scope.generation++;
	ok(ended(lab_ask(worker, &scope, "printer", 0), MIF_TRANSLATION_NO_NAME, 0, 0) &&
			lab_asked("") == 0,
		"M23: a single label without a search list is not asked for");
}

/* Split DNS: what the engine has found to be others' names is passed over. */
static uint64_t start_withheld(const struct name_scope *scope, const char *name, uint32_t withheld)
{
	const struct name_request request = {.id = ++next_id,
		.scope = scope,
		.name = name,
		.judged = true,
		.withheld = withheld};

	outcomes[request.id] = (struct outcome){0};
	return worker->ops->start(worker, &request, lab_now()) < 0 ? 0 : request.id;
}

static struct outcome *ask_withheld(
	const struct name_scope *scope, const char *name, uint32_t withheld)
{
	uint64_t id = start_withheld(scope, name, withheld);

	lab_run(worker, id, id, 30000);
	return &outcomes[id];
}

static void test_withheld(void)
{
	struct name_scope scope = lab_scope(31);
	uint64_t id;

	scope.search_count = 2;
	strcpy(scope.search[0], "corp.example");
	strcpy(scope.search[1], "any-nx.example");
	lab_asked("");
	ok(ended(ask_withheld(&scope, "wiki", 2), MIF_TRANSLATION_NO_NAME, 0, 0) &&
			lab_asked("corp.example") == 0,
		"M23: zones, rule 8: a suffix that is another domain's is passed over");
	ok(ended(ask_withheld(&scope, "wiki", 6), MIF_TRANSLATION_OTHER_ZONE, 0, 0) &&
			lab_asked("") == 0,
		"M23: zones, rule 8: where none is left, that is what is told");
	ok(ended(ask_withheld(&scope, "www.lab", 1), MIF_TRANSLATION_FOUND, 1, 1) &&
			lab_asked("www.lab.corp.example") == 2,
		"M23: zones, rule 8: a name may be the domain's own with a suffix only");
	/* The answer is still awaited when the search list changes. */
	id = start_withheld(&scope, "any-drop", 4);
	worker->ops->dispatch(worker, lab_now());
	ok(lab_asked("any-drop.corp.example") == 2, "M23: asked for with one suffix");
	strcpy(scope.search[0], "secret.example");
	scope.generation++;
	lab_start(worker, &scope, "other.example", 0);
	lab_run(worker, id, next_id, 30000);
	ok(ended(&outcomes[id], MIF_TRANSLATION_OTHER_ZONE, 0, 0) &&
			lab_asked("secret.example") == 0,
		"M23: zones, rule 8: a suffix that comes later has not been judged, and is not "
		"used");
}

/* ---- stopping and changing ---- */

static void test_stop(void)
{
	struct name_scope scope = lab_scope(40);
	uint64_t first = next_id + 1, last;

	for (unsigned int i = 0; i < 200; i++)
		lab_start(worker, &scope, i % 2 ? "any-delay-100.example" : "quick.example", 0);
	last = next_id;
	lab_run(worker, last + 1, last, 0);
	lab_pass(150 * NSEC_PER_MSEC); /* answers are waiting in the sockets now */
	for (uint64_t id = first; id <= last; id += 2)
		worker->ops->stop(worker, id);
	worker->ops->dispatch(worker, lab_now());
	for (uint64_t id = first + 1; id <= last; id += 2)
		worker->ops->stop(worker, id);
	lab_run(worker, last, last, 1000);

	unsigned int told = 0;

	for (uint64_t id = first; id <= last; id++)
		told += outcomes[id].ipv4 + outcomes[id].ipv6 + outcomes[id].done;
	ok(told == 0, "M24: nothing follows a stop, with answers on their way or waiting");

	uint64_t id = lab_start(worker, &scope, "192.0.2.1", 0);

	worker->ops->stop(worker, id);
	worker->ops->stop(worker, id);
	lab_fetch(worker);
	ok(outcomes[id].done == 0, "M24: nothing follows a stop, with a result waiting");
	check("after that the domain answers as before", "www.example", MIF_TRANSLATION_FOUND, 1,
		1);
}

static void test_change(void)
{
	struct name_scope scope = lab_scope(50);
	uint64_t running, half;

	scope.servers[0] = lab_address("127.0.0.99");
	scope.server_count = 0;
	lab_ask(worker, &scope, "www.example", 0);
	scope.server_count = 1;
	scope.servers[0] = lab_address("::1");
	scope.generation++;
	half = lab_start(worker, &scope, "aaaa-delay-800.example", 0);
	running = lab_start(worker, &scope, "any-delay-200.example", 0);
	lab_run(worker, running, running, 0);
	for (unsigned int i = 0; i < 100 && outcomes[half].ipv4 == 0; i++)
		lab_run(worker, next_id + 1, next_id + 1, 10);
	ok(outcomes[half].done == 0 && outcomes[running].done == 0, "M25: two are still running");
	scope.generation++;
	scope.servers[0] = lab_address("127.0.0.53");
	lab_asked("");
	ok(ended(lab_ask(worker, &scope, "new.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: a changed domain is asked as it now is");
	lab_run(worker, half, running, 10000);
	ok(ended(&outcomes[running], MIF_TRANSLATION_FOUND, 1, 1) &&
			ended(&outcomes[half], MIF_TRANSLATION_FOUND, 1, 1),
		"M25: what was running ends once, and no address is told twice");
	ok(lab_asked("udp ::1") == 0, "M23: the old server is not asked any more");

	half = lab_start(worker, &scope, "any-drop.example", 0);
	for (unsigned int i = 0; i < 5; i++) {
		scope.generation++;
		lab_ask(worker, &scope, "new.example", 0);
	}
	ok(ended(&outcomes[half], MIF_TRANSLATION_FAILED, 0, 0),
		"M25: a domain that changes all the time does not keep a lookup for ever");
	half = lab_start(worker, &scope, "any-drop.example", 0);
	scope.server_count = 0;
	scope.generation++;
	lab_ask(worker, &scope, "new.example", 0);
	ok(ended(&outcomes[half], MIF_TRANSLATION_NO_SERVER, 0, 0),
		"M25: a domain that loses its servers ends what is running");
}

static void test_forget(void)
{
	struct name_scope scope = lab_scope(60);
	uint64_t id = lab_start(worker, &scope, "any-drop.example", 0);
	uint64_t stopped = lab_start(worker, &scope, "any-delay-100.example", 0);

	worker->ops->stop(worker, stopped);
	worker->ops->forget(worker, 60);
	worker->ops->forget(worker, 60);
	lab_run(worker, id, id, 1000);
	ok(ended(&outcomes[id], MIF_TRANSLATION_PVD_GONE, 0, 0) && outcomes[stopped].done == 0,
		"M23: a domain that is gone is not asked any more");
}

/* ---- many ---- */

static void test_many(void)
{
	struct name_scope scope = lab_scope(70);
	uint64_t first = next_id + 1, before = lab_counter(worker, "names-queries"), found = 0;
	char name[64];

	for (unsigned int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		lab_start(worker, &scope, name, 0);
	}
	ok(lab_counter(worker, "names-queries") == before + 100,
		"M23: no more than 100 are asked at once");
	lab_run(worker, first, next_id, 60000);
	for (uint64_t id = first; id <= next_id; id++)
		found += ended(&outcomes[id], MIF_TRANSLATION_FOUND, 1, 1);
	ok(found == 500, "M23 M25: 500 names at once, none lost");
	ok(lab_counter(worker, "names-queries") == before + 1000, "M23: each question once");
	lab_asked("");
}

static void test_limits(void)
{
	struct name_scope scope = lab_scope(80);
	struct name_request request = {.scope = &scope, .name = "any-drop.example"};
	uint64_t before = lab_counter(worker, "names-refused"), base = 1000000;
	unsigned int refused = 0, r = 0;

	for (unsigned int i = 0; i < NAMES_RUNNING + 10; i++) {
		request.id = base + i;
		refused += worker->ops->start(worker, &request, lab_now()) == -ENOBUFS;
	}
	ok(refused == 10 && lab_counter(worker, "names-refused") == before + 10,
		"M23: more than %u lookups in one domain are refused", NAMES_RUNNING);
	request.id = base;
	ok(worker->ops->start(worker, &request, lab_now()) == -EEXIST,
		"M23: an id in use is refused");
	check("another domain is asked all the same", "www.example", MIF_TRANSLATION_FOUND, 1, 1);
	for (unsigned int i = 0; i < NAMES_RUNNING; i++)
		worker->ops->stop(worker, base + i);
	worker->ops->forget(worker, 80);
	for (unsigned int i = 0; i < NAMES_DOMAINS + 1; i++) {
		scope = lab_scope(1000 + i);
		request.id = base + i;
		r += worker->ops->start(worker, &request, lab_now()) == -ENOBUFS;
	}
	ok(r == 1, "M23: more than %u domains at once are refused", NAMES_DOMAINS);
	for (unsigned int i = 0; i < NAMES_DOMAINS; i++)
		worker->ops->stop(worker, base + i);
	scope = lab_scope(2000);
	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: one that nobody waits for makes room for another");
	worker->ops->forget(worker, 2000);
	for (unsigned int i = 0; i < NAMES_DOMAINS + 1; i++)
		worker->ops->forget(worker, 1000 + i);
	lab_asked("");
}

/* Descriptors of this process. */
static unsigned int open_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void test_idle(void)
{
	struct name_scope scope = lab_scope(90);
	unsigned int before = open_descriptors();

	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: a domain is asked");

	uint64_t due = worker->ops->deadline(worker);

	ok(due != TIME_FOREVER && due > lab_now(), "M23: an idle domain has a deadline");
	worker->ops->dispatch(worker, lab_now() + 61 * NSEC_PER_SEC);
	ok(worker->ops->deadline(worker) == TIME_FOREVER, "M23: after it the domain is gone");
	ok(open_descriptors() == before, "M23: and so are its sockets");
	ok(ended(lab_ask(worker, &scope, "www.example", 0), MIF_TRANSLATION_FOUND, 1, 1),
		"M23: and can be asked again");
}

int main(void)
{
	FILE *hosts;

	if (!lab_enter()) {
		tap_skip("M23 M24 M25: names", "no network namespace, or no python3");
		return tap_done();
	}
	hosts = fdopen(mkstemp(hosts_path), "w");
	fputs("192.0.2.77 server.example\n2001:db8::77 server.example\n192.0.2.78 there.local "
	      "ipv4-only.example\nfe80::1 link-local.example\nfe80::1%77 link-local.example\n",
		hosts);
	fclose(hosts);
	if (worker_names_new(&worker, hosts_path) < 0)
		return 1;
	test_here();
	test_answers();
	test_servers();
	test_search();
	test_withheld();
	test_stop();
	test_change();
	test_forget();
	test_many();
	test_limits();
	test_idle();
	test_timeouts();
	worker->ops->free(worker);
	lab_leave();
	unlink(hosts_path);
	return tap_done();
}
