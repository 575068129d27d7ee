/* SPDX-License-Identifier: MIT */
/* What holds for every race, in worlds by chance. */
#include "base/sanitized.h"
#include "test-race.h"

/* With a sanitizer they take ten times as long. */
#if SANITIZED
#define RUNS 10000
#else
#define RUNS 100000
#endif

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(random_state >> 8) * limit >> 24);
}

static uint64_t random_time(void)
{
	static const uint64_t scales[] = {1, 20, 300, 2000};

	return random_below((uint32_t)(scales[random_below(4)] * 1000)) * (NSEC_PER_MSEC / 1000);
}

/* What the world does to an attempt, or to a domain. */
struct happening {
	uint64_t time; /* TIME_FOREVER: never */
	enum {
		ANSWER,
		ANSWERED,
		GONE,
		OUTCOME
	} kind;
	unsigned int domain;
	int family;
	uint32_t number; /* host, status, or attempt */
	int error;
};

struct world {
	struct race race;
	struct happening happenings[256];
	size_t count;
	uint64_t now, last_start, last_failure, last_silence;
	uint32_t running, finishes, starts, after_finish;
	bool open[RACE_ATTEMPTS + 1];
	const char *fault;
};

static void plan(struct world *world, struct happening happening)
{
	if (world->count < ARRAY_SIZE(world->happenings))
		world->happenings[world->count++] = happening;
}

static void plan_domain(struct world *world, unsigned int domain)
{
	struct select_address addresses[4];
	struct race_entry entry = {
		.pvd = domain + 1,
		.name = "d",
		.ifindex = 1 + random_below(3),
		.rank = random_below(3) / 2,
		.families = 1 + random_below(3),
		.prefer_ipv6 = random_below(4) > 0,
		.addresses = addresses,
		.address_count = 1 + random_below(4),
	};

	for (unsigned int i = 0; i < 4; i++)
		addresses[i] = (struct select_address){
			.address = address_of(domain, i % 2 ? 4 : 6, 2 + i),
			.prefix_length = i % 2 ? 24 : 64,
		};
	race_domain_add(&world->race, &entry);
	for (int family = 4; family <= 6; family += 2) {
		uint64_t last = random_time();

		for (uint32_t i = random_below(5) * random_below(4); i > 0; i--) {
			uint64_t time = START + random_below((uint32_t)(last / 1000) + 1) * 1000ULL;

			plan(world, (struct happening){time, ANSWER, domain, family, i, 0});
		}
		if (random_below(20) > 0)
			plan(world,
				(struct happening){START + last, ANSWERED, domain, family,
					random_below(6), 0});
	}
	if (random_below(6) == 0)
		plan(world, (struct happening){START + random_time(), GONE, domain, 0, 0, 0});
}

static void happen(struct world *world, const struct happening *happening)
{
	struct mif_address address;

	switch (happening->kind) {
	case ANSWER:
		address = address_of(SERVERS, happening->family, happening->number);
		race_answer(&world->race, happening->domain + 1, &address, world->now);
		break;
	case ANSWERED:
		race_answered(&world->race, happening->domain + 1,
			happening->family == 4 ? RACE_IPV4 : RACE_IPV6, happening->number);
		break;
	case GONE:
		world->last_failure = world->now;
		race_domain_gone(&world->race, happening->domain + 1, world->now);
		break;
	case OUTCOME:
		if (world->open[happening->number]) {
			world->open[happening->number] = false;
			world->running--;
			if (happening->error == ETIMEDOUT)
				world->last_silence = world->now;
			else if (happening->error != 0)
				world->last_failure = world->now;
		}
		race_attempt_result(&world->race, happening->number, happening->error, world->now);
	}
}

static void check_start(struct world *world, uint32_t id)
{
	const struct race_attempt *attempt = &world->race.attempts[id - 1];
	unsigned int host = attempt->from.address.family == AF_INET ? 1 : 5;
	uint64_t gap = world->now - world->last_start;

	if (world->starts > 0 && world->last_failure < world->last_start) {
		if (gap < 10 * NSEC_PER_MSEC)
			world->fault = "a start less than 10 ms after another";
		if (gap < 250 * NSEC_PER_MSEC && world->last_silence < world->last_start)
			world->fault = "a start less than 250 ms after another";
	}
	if (attempt->from.address.octets[host] != attempt->pvd - 1)
		world->fault = "a source of another domain";
	if (attempt->from.address.family != attempt->to.address.family)
		world->fault = "a source of another family";
	for (uint32_t i = 1; i < id; i++) {
		const struct race_attempt *other = &world->race.attempts[i - 1];

		if (other->pvd == attempt->pvd &&
			address_equal(&other->to.address, &attempt->to.address) &&
			(other->outcome == MIF_ATTEMPT_STARTED ||
				address_equal(&other->from.address, &attempt->from.address)))
			world->fault = "a candidate twice";
	}
	if (++world->running > RACE_RUNNING)
		world->fault = "too many at once";
	world->open[id] = true;
	world->last_start = world->now;
	world->starts++;

	static const int errors[] = {0, ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT};
	uint64_t end = random_below(4) == 0 ? TIME_FOREVER : world->now + random_time();

	plan(world, (struct happening){end, OUTCOME, 0, 0, id, errors[random_below(4)]});
}

static void check_actions(struct world *world)
{
	struct race_action action;

	while ((action = race_next(&world->race, world->now)).verb != RACE_WAIT) {
		world->after_finish += world->finishes;
		if (action.verb == RACE_START) {
			check_start(world, action.attempt);
		} else if (action.verb == RACE_CANCEL) {
			if (!world->open[action.attempt])
				world->fault = "called off what does not run";
			world->open[action.attempt] = false;
			world->running--;
		} else {
			world->finishes++;
			if (world->running != 0)
				world->fault = "something runs at the end";
		}
	}
	if (race_deadline(&world->race) <= world->now)
		world->fault = "nothing to do, and yet it is due";
}

/* Up to the end of everything that is planned, well beyond the end of the race. */
static void run_world(struct world *world)
{
	for (;;) {
		size_t next = world->count;
		uint64_t time = race_deadline(&world->race);

		check_actions(world);
		time = race_deadline(&world->race);
		for (size_t i = 0; i < world->count; i++)
			if (world->happenings[i].time <= time &&
				world->happenings[i].time != TIME_FOREVER) {
				time = world->happenings[i].time;
				next = i;
			}
		if (time == TIME_FOREVER)
			return;
		world->now = MAX(world->now, time);
		if (next < world->count) {
			struct happening happening = world->happenings[next];

			world->happenings[next].time = TIME_FOREVER;
			happen(world, &happening);
		}
	}
}

static void test_properties(void)
{
	static struct world world;
	uint32_t connected = 0, starts = 0, run;

	for (run = 0; run < RUNS; run++) {
		random_state = run + 1;
		memset(&world, 0, sizeof(world));
		world.now = START;
		race_begin(&world.race, 80, NULL, START);
		for (unsigned int i = random_below(5); i > 0; i--)
			plan_domain(&world, i);
		run_world(&world);
		if (world.finishes != 1)
			world.fault = "not exactly one end";
		if (world.after_finish != 0)
			world.fault = "something to do after the end";
		if (world.fault != NULL)
			break;
		connected += world.race.winner != 0;
		starts += world.starts;
	}
	if (!ok(run == RUNS, "M29 M30: %d random races keep every rule", RUNS))
		printf("# run %u: %s\n", run, world.fault);
	ok(connected > RUNS / 4 && connected < RUNS && starts > RUNS,
		"they were races: %u connected, %u attempts", connected, starts);
}

int main(void)
{
	test_properties();
	return tap_done();
}
