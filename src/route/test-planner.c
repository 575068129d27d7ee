/* SPDX-License-Identifier: MIT */
/* An engine with many links, a planner, and a parent that answers without doing anything. */
#include "route/planner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "tap.h"

#define LINKS 700
#define SLOTS 16

/* Nobody's, so that the kernel of this machine has nothing of it. */
static const struct steer_mark mark = {
	.protocol = 231, .table = 231000, .slots = SLOTS, .priority = 23100};

static uint64_t now = 1000 * NSEC_PER_SEC;
static struct engine *engine;
static struct planner *planner;
static int fds[2];

/* ---- a source: links with one address and one router each ---- */

static struct {
	struct source source;
	uint32_t links;
} fake;

static int fake_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static struct mif_address host(uint32_t link, uint8_t number)
{
	const uint8_t octets[4] = {10, (uint8_t)(link >> 8), (uint8_t)link, number};

	return address_ipv4(octets);
}

static void put_link(struct model *model, uint32_t link)
{
	struct fact fact = {.kind = FACT_LINK,
		.ifindex = link,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER};

	snprintf(fact.as.link.name, sizeof(fact.as.link.name), "e%u", link);
	fact.as.link.kind = MIF_KIND_ETHERNET;
	fact.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
	model_put(model, 0, &fact);
	fact.kind = FACT_ADDRESS;
	memset(&fact.as, 0, sizeof(fact.as));
	fact.as.address.address = host(link, 2);
	fact.as.address.prefix_length = 24;
	model_put(model, 0, &fact);
	fact.kind = FACT_ROUTE;
	memset(&fact.as, 0, sizeof(fact.as));
	fact.as.route.gateway = host(link, 1);
	fact.as.route.family = AF_INET;
	fact.as.route.metric = link;
	model_put(model, 0, &fact);
}

static int fake_dispatch(struct source *source, struct model *model, uint64_t time)
{
	(void)source;
	model_begin(model, 0, 1U << FACT_LINK | 1U << FACT_ADDRESS | 1U << FACT_ROUTE);
	for (uint32_t link = 1; link <= fake.links; link++)
		put_link(model, link);
	return model_commit(model, time);
}

static void fake_free(struct source *source)
{
	(void)source;
}

static uint64_t fake_deadline(const struct source *source)
{
	(void)source;
	return 0;
}

static const struct source_ops fake_ops = {.name = "fake",
	.fd = fake_fd,
	.dispatch = fake_dispatch,
	.deadline = fake_deadline,
	.free = fake_free};

/* ---- */

static bool start(uint32_t links)
{
	struct planner_options options = {.mark = mark, .main_first = true};

	fake.source.ops = &fake_ops;
	fake.links = links;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ||
		engine_new(&engine, ENGINE_FAKE_CLOCK) < 0 ||
		engine_add_source(engine, &fake.source) < 0)
		return false;
	options.verb_fd = fds[0];
	return planner_new(&planner, engine, &options) == 0;
}

static void stop(void)
{
	planner_free(planner);
	engine_free(engine);
	close_fd(fds[0]);
	close_fd(fds[1]);
}

/* How many verbs there were; each is answered so. */
static size_t answer(int result)
{
	struct verb_answer got;
	struct verb verb;
	size_t count = 0;
	int passed;

	while (verb_receive(fds[1], &verb, &passed) == 1) {
		verb_answer_send(fds[1], &verb, result, 0, -1);
		count++;
	}
	while (verb_answer_receive(fds[0], &got, &passed) == 1)
		planner_answered(planner, &got, now);
	return count;
}

static size_t turns(int result, int *fault)
{
	size_t count = 0;

	*fault = 0;
	for (int i = 0; i < 300 && *fault == 0; i++) {
		*fault = engine_dispatch(engine, now);
		if (*fault == 0)
			*fault = planner_dispatch(planner, true, now);
		count += answer(result);
		now += NSEC_PER_MSEC;
	}
	return count;
}

static void test_many(void)
{
	int fault;
	size_t count;

	if (!ok(start(LINKS), "%d links, %d slots", LINKS, SLOTS))
		return;
	count = turns(0, &fault);
	ok(fault == 0, "more domains than a session has room for answers: %d", fault);
	/* The link's route, the router's, three rules. */
	ok(count == SLOTS * 5,
		"as many are planned as there are slots, each verb is said once: %zu", count);
	ok(turns(0, &fault) == 0, "and not again");
	now += NSEC_PER_SEC;
	ok(turns(0, &fault) == SLOTS * 5, "what the kernel has not got then is tried once more");
	ok(planner_deadline(planner) > now, "and nothing is due");
	fake.links = 3;
	turns(0, &fault);
	ok(fault == 0, "most of them go: %d", fault);
	stop();
}

static void test_off(void)
{
	int fault;

	if (!start(2))
		return;
	turns(-EPERM, &fault);
	now += 100 * NSEC_PER_SEC;
	fake.links = 5;
	ok(turns(-EPERM, &fault) == 0 && fault == 0 && planner_deadline(planner) == TIME_FOREVER,
		"a parent without privilege is not asked again");
	stop();
	if (!start(2))
		return;
	fds[1] = close_fd(fds[1]);
	for (int i = 0; i < 100 && fault == 0; i++, now += NSEC_PER_MSEC) {
		fault = engine_dispatch(engine, now);
		if (fault == 0)
			fault = planner_dispatch(planner, true, now);
	}
	ok(fault == 0 && planner_deadline(planner) == TIME_FOREVER, "nor is a dead one");
	stop();
}

int main(void)
{
	test_many();
	test_off();
	return tap_done();
}
