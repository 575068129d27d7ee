/* SPDX-License-Identifier: MIT */
/*
 * Service records of names: which are asked for, and what is told of them.
 */
#include "test-names-lab.h"
#include "worker/names.h"

static struct worker *worker;
static struct name_result told[32];
static unsigned int told_count;

/* One lookup; its results stand in told. Returns its status. */
static uint32_t ask(
	const struct name_scope *scope, const char *name, const char *scheme, uint32_t port)
{
	struct name_request request = {
		.id = ++next_id, .scope = scope, .name = name, .scheme = scheme, .port = port};
	uint64_t end = lab_now() + 30 * NSEC_PER_SEC;
	int r = worker->ops->start(worker, &request, lab_now());

	lab_asked("");
	told_count = 0;
	if (r < 0)
		return (uint32_t)r;
	while (lab_now() < end) {
		struct name_result result;

		while (worker->ops->result(worker, &result) == 1) {
			if (result.done)
				return result.status;
			if (told_count < ARRAY_SIZE(told))
				told[told_count++] = result;
		}
		lab_step(worker, end);
	}
	return UINT32_MAX;
}

static bool is_service(unsigned int i, uint32_t priority, const char *target)
{
	return i < told_count && told[i].is_service && told[i].service.priority == priority &&
		strcmp(told[i].service.target, target) == 0;
}

static bool is_hint(unsigned int i, uint32_t number)
{
	return i < told_count && !told[i].is_service && told[i].number == number &&
		told[i].address.family != AF_UNSPEC;
}

static void test_questions(void)
{
	struct name_scope scope = lab_scope(1);
	static const struct {
		const char *scheme;
		uint32_t port;
		const char *asked;
	} cases[] = {
		{"https", 0, "https a.example"},
		{"https", 443, "https a.example"},
		{"http", 80, "https a.example"},
		{"wss", 0, "https a.example"},
		{"https", 8443, "https _8443._https.a.example"},
		{"http", 8080, "https _8080._https.a.example"},
		{"foo", 0, "svcb _foo.a.example"},
		{"foo", 53, "svcb _53._foo.a.example"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scope.generation++;
		ask(&scope, "a.example", cases[i].scheme, cases[i].port);
		ok(told_count > 0 && is_service(0, 1, told[0].service.target),
			"M25: %s, port %u: a record", cases[i].scheme, cases[i].port);
		scope.generation++;
		lab_asked("");

		struct name_request request = {.id = ++next_id,
			.scope = &scope,
			.name = "a.example",
			.scheme = cases[i].scheme,
			.port = cases[i].port};

		worker->ops->start(worker, &request, lab_now());
		ok(lab_asked(cases[i].asked) == 1, "M23: by the question %s (RFC 9460)",
			cases[i].asked);
		worker->ops->stop(worker, next_id);
	}
	ok(ask(&scope, "a.example", "no such", 0) == (uint32_t)-EINVAL &&
			ask(&scope, "a.example", "https", 65536) == (uint32_t)-EINVAL,
		"M23: what is no scheme or port is refused");
	ok(ask(&scope, "192.0.2.1", "https", 0) == MIF_TRANSLATION_NO_ADDRESS && told_count == 0,
		"M23: an address has no service records");
	ok(ask(&scope, "localhost", "https", 0) == MIF_TRANSLATION_NO_ADDRESS && told_count == 0,
		"M23: nor has this host");
}

static void test_records(void)
{
	struct name_scope scope = lab_scope(2);

	ok(ask(&scope, "https-count-2.example", "https", 0) == MIF_TRANSLATION_FOUND &&
			told_count == 6 && is_service(0, 1, "https-count-2.example") &&
			is_hint(1, 1) && is_hint(2, 1) &&
			is_service(3, 2, "https-count-2.example") && is_hint(4, 2) && is_hint(5, 2),
		"M25: each record, then its hints, by the record's number");
	ok(strcmp(told[0].service.alpn, "h3,h2") == 0 && told[0].service.port == 8443 &&
			told[0].ttl == 30 && told[0].system == MIF_SYSTEM_DNS,
		"M25: with protocols, port and TTL");
	ok(ask(&scope, "https-alias-1.example", "https", 0) == MIF_TRANSLATION_FOUND &&
			is_service(0, 1, "alias-0.example"),
		"M25: an alias is followed");
	ok(ask(&scope, "https-alias-2.https-bare.example", "https", 0) == MIF_TRANSLATION_FOUND &&
			told_count == 1 && is_service(0, 0, "https-empty.example"),
		"M25: one that leads to a name without such records is told");
	ok(ask(&scope, "https-alias-9.example", "https", 0) == MIF_TRANSLATION_FAILED &&
			told_count == 0,
		"M23: a chain of aliases has an end");
	ok(ask(&scope, "https-empty.example", "https", 0) == MIF_TRANSLATION_NO_ADDRESS,
		"M23: no such record");
	ok(ask(&scope, "any-nx.example", "https", 0) == MIF_TRANSLATION_NO_NAME,
		"M23: no such name");
	ok(ask(&scope, "https-short.example", "https", 0) == MIF_TRANSLATION_FAILED,
		"M23: a record cut short");
}

int main(void)
{
	if (!lab_enter()) {
		tap_skip("M23 M25: service records", "no network namespace, or no python3");
		return tap_done();
	}
	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	test_questions();
	test_records();
	worker->ops->free(worker);
	lab_leave();
	return tap_done();
}
