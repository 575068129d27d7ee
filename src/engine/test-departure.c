/* SPDX-License-Identifier: MIT */
/* What sources and the host say of a link's future, what the host is asked to do, and what each of them
 * hears. What subscribers hear, scenarios show. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/departure.h"
#include "order.h"
#include "tap.h"

#define NOW (1000 * NSEC_PER_SEC)
#define LINK 2

/* A source that knows what becomes of links. */
static struct {
	struct source source;
	unsigned int released;
	uint32_t ifindex;
	uint64_t at;
} seer;

static int seer_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static int seer_dispatch(struct source *source, struct model *model, uint64_t now)
{
	(void)source;
	return model_commit(model, now);
}

static void seer_released(struct source *source, uint32_t ifindex, uint64_t now)
{
	(void)source;
	seer.released++;
	seer.ifindex = ifindex;
	seer.at = now;
}

static void seer_free(struct source *source)
{
	(void)source;
}

static const struct source_ops seer_ops = {
	.name = "seer",
	.fd = seer_fd,
	.dispatch = seer_dispatch,
	.released = seer_released,
	.free = seer_free,
};

static struct engine *engine;
static struct session *session;
static struct order *stream; /* what the session is told */
static uint64_t interface;

static void link_put(uint32_t flags)
{
	struct fact link = {.kind = FACT_LINK,
		.ifindex = LINK,
		.valid_until = TIME_FOREVER,
		.as.link = {.name = "h1", .kind = MIF_KIND_ETHERNET, .flags = flags}};

	model_put(engine->model, seer.source.owner, &link);
	model_commit(engine->model, NOW);
}

static void begin(void)
{
	const struct mif_message announce = {.type = MIF_ANNOUNCE_INTERFACES};

	memset(&seer, 0, sizeof(seer));
	seer.source.ops = &seer_ops;
	if (engine_new(&engine, ENGINE_FAKE_CLOCK) < 0 ||
		engine_add_source(engine, &seer.source) < 0 ||
		session_new(&session, engine, 0, NULL) < 0)
		abort();
	link_put(MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING);
	interface =
		object_id(container_of(engine->model->interfaces.next, struct object, siblings));
	session_post(session, &announce, NOW);
	order_free(stream);
	stream = order_new();
	order_posted(stream, &announce);
}

static void post(uint32_t type, uint32_t tag)
{
	struct mif_message request = {.type = type, .tag = tag};

	/* All that is posted here begins with the same field. */
	request.as.wants_to_connect.interface = interface;
	session_post(session, &request, engine->now);
}

/* How many reports of this type wait, which empties the queue. */
static unsigned int heard(uint32_t type)
{
	struct mif_message report;
	unsigned int count = 0;
	char error[256];

	while (session_get(session, &report) == 1) {
		count += report.type == type;
		if (!order_check(stream, &report, error))
			ok(false, "M12: %s", error);
	}
	return count;
}

static void test_released(void)
{
	begin();
	model_going_away(
		engine->model, seer.source.owner, LINK, MIF_AWAY_MANAGER, NOW + NSEC_PER_SEC, NOW);
	ok(seer.released == 0, "a source is not called while it speaks");
	engine_dispatch(engine, NOW);
	ok(seer.released == 1 && seer.ifindex == LINK && heard(MIF_INTERFACE_GOING_AWAY) == 1,
		"M34: what nobody holds is released, once it is told");
	model_staying(engine->model, seer.source.owner, LINK);
	ok(heard(MIF_INTERFACE_GOING_UP) == 1, "M35: called off");
	post(MIF_WANTS_TO_CONNECT, 0);
	model_going_away(
		engine->model, seer.source.owner, LINK, MIF_AWAY_MANAGER, NOW + NSEC_PER_SEC, NOW);
	engine_dispatch(engine, NOW);
	ok(seer.released == 1 && engine_deadline(engine) == NOW + NSEC_PER_SEC,
		"M31: what is held is not, and the engine wants to be called at the deadline");
	engine_dispatch(engine, NOW + NSEC_PER_SEC);
	ok(seer.released == 2 && seer.at == NOW + NSEC_PER_SEC, "M34: then it is");
	model_staying(engine->model, seer.source.owner, LINK);
	model_going_away(engine->model, seer.source.owner, LINK, MIF_AWAY_MANAGER,
		NOW + 9 * NSEC_PER_SEC, NOW);
	engine_dispatch(engine, NOW + 2 * NSEC_PER_SEC);
	post(MIF_CONNECTION_IS_IDLE, 0);
	ok(seer.released == 3 && seer.at == NOW + 2 * NSEC_PER_SEC,
		"M32: or as soon as the last one is idle");
	model_staying(engine->model, seer.source.owner, LINK + 1);
	model_going_away(engine->model, seer.source.owner, LINK + 1, MIF_AWAY_MANAGER, NOW, NOW);
	model_going_up(engine->model, seer.source.owner, LINK + 1);
	ok(true, "of a link that there is not nothing is told");
	engine_free(engine);
}

static void test_host(void)
{
	struct link_order order;

	begin();
	engine_going_away(engine, LINK, MIF_AWAY_SLEEP, NOW + NSEC_PER_SEC, NOW);
	engine_dispatch(engine, NOW);
	ok(heard(MIF_INTERFACE_GOING_AWAY) == 1 && !engine_next_order(engine, &order) &&
			seer.released == 0,
		"M34: what the host takes down by itself is told, and it gets no order");
	engine_going_up(engine, LINK);
	ok(heard(MIF_INTERFACE_GOING_UP) == 1 && list_empty(&engine->departures),
		"M35: so is that it brings it up again");
	engine_going_away(engine, LINK, MIF_AWAY_SLEEP, NOW + NSEC_PER_SEC, NOW);
	engine_dispatch(engine, NOW);
	link_put(0);
	ok(list_empty(&engine->departures), "what is down is not going away any more");
	engine_staying(engine, LINK);
	ok(heard(MIF_INTERFACE_GOING_UP) == 0, "so nothing is left to be called off");
	engine_free(engine);
}

/* Who takes it down himself, and is killed while he waits. */
static void test_let_go(void)
{
	struct mif_message request = {.type = MIF_LET_GO};
	struct session *other;

	begin();
	post(MIF_WANTS_TO_CONNECT, 0);
	if (session_new(&other, engine, 0, NULL) < 0)
		abort();
	request.as.let_go.interface = interface;
	request.as.let_go.deadline = 60000;
	session_post(other, &request, NOW);
	ok(heard(MIF_INTERFACE_GOING_AWAY) == 1 && !list_empty(&engine->departures),
		"M34: somebody takes it down, and waits");
	session_free(other);
	engine_dispatch(engine, NOW);
	ok(list_empty(&engine->departures),
		"M34: without him it is over when the link leads nowhere any more");
	engine_free(engine);
}

static void test_orders(void)
{
	const struct link_policy policy = {.name = "h1", .control = true};
	struct link_order order = {0}, none;

	begin();
	engine_allow_link(engine, &policy);
	post(MIF_TAKE_DOWN, 5);
	ok(engine_next_order(engine, &order) && !engine_next_order(engine, &none),
		"M34: the host gets one order");
	ok(!order.up && order.ifindex == LINK && strcmp(order.name, "h1") == 0, "and what it is");
	engine_order_done(engine, order.id + 1, 0, "", NOW);
	ok(heard(MIF_LINK_DONE) == 0, "an answer to an order that was never given is none");
	post(MIF_TAKE_DOWN, 6);
	ok(!engine_next_order(engine, &none), "asked for twice it is one order");
	engine_order_done(engine, order.id, 0, "done", NOW);
	ok(heard(MIF_LINK_DONE) == 2, "and two answers");
	link_put(0);
	post(MIF_BRING_UP, 7);
	ok(engine_next_order(engine, &order) && order.up, "M35: up again");
	session_free(session);
	engine_order_done(engine, order.id, EIO, "no", NOW);
	ok(list_empty(&engine->departures), "who asked for it may be gone by then");
	engine_free(engine);
}

static void test_limits(void)
{
	struct link_policy policy = {.control = true};
	unsigned int refused = 0;
	int r = 0;

	begin();
	for (int i = 0; i < ENGINE_ALLOWED && r == 0; i++) {
		snprintf(policy.name, sizeof(policy.name), "h%d", i);
		r = engine_allow_link(engine, &policy);
	}
	ok(r == 0 && engine_allow_link(engine, &policy) == 0, "64 links, and one of them again");
	strcpy(policy.name, "more");
	ok(engine_allow_link(engine, &policy) == -ENOSPC, "one more is refused");
	post(MIF_WANTS_TO_CONNECT, 0);
	for (int i = 0; i < SESSION_WAITERS; i++)
		post(MIF_TAKE_DOWN, 5);
	refused = heard(MIF_ERROR);
	post(MIF_TAKE_DOWN, 5);
	ok(refused == 0 && heard(MIF_ERROR) == 1,
		"M34: a subscriber awaits %d answers, and one more is refused", SESSION_WAITERS);
	engine_free(engine);
}

int main(void)
{
	test_released();
	test_host();
	test_let_go();
	test_orders();
	test_limits();
	order_free(stream);
	return tap_done();
}
