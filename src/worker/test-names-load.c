/* SPDX-License-Identifier: MIT */
/*
 * Thousands of translations, started, stopped and answered in every way, early and late: each that was
 * not stopped ends once, nothing follows a stop, and nothing is left.
 */
#include "base/sanitized.h"
#include "test-names-lab.h"
#include "worker/names.h"

#define ROUNDS 5000
#define DOMAINS 4
#define OUTSTANDING 10000
#define OUTSTANDING_OCTETS (32U << 20)

static struct worker *worker;
static bool stopped[LAB_IDS];
static uint32_t state = 1;

/* The same every time: xorshift. */
static uint32_t chance(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

static unsigned int open_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void start_any(void)
{
	static const char *const ways[] = {"plain", "any-delay-20", "any-delay-150", "any-nx",
		"any-empty", "any-servfail", "any-refused", "any-wrong-id", "any-wrong-name",
		"any-garbage", "any-short", "any-loop", "any-cname-3", "any-twice", "any-formerr",
		"any-tc", "any-tc.any-tcp-close", "any-count-200", "aaaa-drop", "any-drop",
		"any-ttl-0", "any-other", "a-delay-100.any-ttl-0"};
	struct name_scope scope = lab_scope(1 + chance(DOMAINS));
	char name[96];

	scope.server_count = 2;
	scope.servers[1] = lab_address("::1");
	snprintf(name, sizeof(name), "%s.n%u.example", ways[chance(ARRAY_SIZE(ways))], chance(8));
	lab_start(worker, &scope, name, chance(3) == 0 ? MIF_FAMILY_IPV6 : MIF_FAMILY_ANY);
}

static void stop_any(uint64_t first)
{
	uint64_t id = next_id - chance(MIN(20U, (uint32_t)(next_id - first + 1)));

	if (outcomes[id].done > 0)
		return;
	worker->ops->stop(worker, id);
	stopped[id] = true;
	outcomes[id] = (struct outcome){0};
}

static void test_start_and_stop(void)
{
	uint64_t first = next_id + 1, silent = 0, once = 0, told = 0;
	unsigned int before = open_descriptors();

	for (unsigned int i = 0; i < ROUNDS; i++) {
		start_any();
		if (chance(2) == 0)
			stop_any(first);
		if (chance(50) == 0)
			worker->ops->forget(worker, 1 + chance(DOMAINS));
		if (i % 10 == 0)
			lab_run(worker, next_id + 1, next_id + 1, 2);
		if (i % 100 == 0) {
			lab_asked("");
			lab_pass(50 * NSEC_PER_MSEC);
		}
	}
	/* Late answers come as well. */
	for (unsigned int i = 0; i < 400; i++) {
		lab_run(worker, next_id + 1, next_id + 2, 5);
		if (i % 20 == 0)
			lab_asked("");
		lab_pass(30 * NSEC_PER_MSEC);
	}
	for (uint64_t id = first; id <= next_id; id++) {
		const struct outcome *outcome = &outcomes[id];

		if (stopped[id])
			silent += outcome->done == 0 && outcome->ipv4 + outcome->ipv6 == 0;
		else
			once += outcome->done == 1 && !outcome->late;
		told += stopped[id];
	}
	ok(told > ROUNDS / 10 && silent == told, "M24: nothing follows any of %u stops",
		(unsigned int)told);
	ok(once == next_id - first + 1 - told, "M25: the other %u end, each once",
		(unsigned int)once);
	for (unsigned int i = 1; i <= DOMAINS; i++)
		worker->ops->forget(worker, i);
	ok(open_descriptors() == before, "M23: no descriptor is left");
	lab_asked("");
}

#if !SANITIZED
static size_t resident_octets(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned int all, pages = 0;

	if (file == NULL)
		return SIZE_MAX;
	if (fscanf(file, "%u %u", &all, &pages) != 2)
		pages = 0;
	fclose(file);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

static void test_outstanding(void)
{
	struct name_scope scope = lab_scope(10);
	uint64_t first, found = 0;
	char name[64];
#if !SANITIZED
	size_t before;
#endif

	next_id = 0;
	memset(outcomes, 0, sizeof(outcomes));
#if !SANITIZED
	before = resident_octets();
#endif
	first = next_id + 1;
	for (unsigned int i = 0; i < OUTSTANDING; i++) {
		snprintf(name, sizeof(name), "host-%u.some-department.example", i);
		lab_start(worker, &scope, name, MIF_FAMILY_ANY);
	}
#if SANITIZED
	tap_skip("M23: memory of many translations", "a sanitizer needs its own");
#else
	size_t used = resident_octets() - before;

	ok(used < OUTSTANDING_OCTETS, "M23: %u translations at once take %zu KiB", OUTSTANDING,
		used >> 10);
#endif
	/* The server waits for whoever reads its log. */
	for (unsigned int i = 0; i < 600 && !lab_run(worker, first, next_id, 100); i++)
		lab_asked("");
	for (uint64_t id = first; id <= next_id; id++)
		found += outcomes[id].done == 1 && outcomes[id].status == MIF_TRANSLATION_FOUND &&
			outcomes[id].ipv4 == 1 && outcomes[id].ipv6 == 1 && !outcomes[id].late;
	ok(found == OUTSTANDING, "M23 M25: and none of them is lost");
}

int main(void)
{
	if (!lab_enter()) {
		tap_skip("M23 M24 M25: names under load", "no network namespace, or no python3");
		return tap_done();
	}
	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	test_start_and_stop();
	test_outstanding();
	worker->ops->free(worker);
	lab_leave();
	return tap_done();
}
