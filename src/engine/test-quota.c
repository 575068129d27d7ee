/* SPDX-License-Identifier: MIT */
/* What sessions have together: counted when it begins and when it ends, refused beyond the limit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/address.h"
#include "base/clock.h"
#include "engine/session.h"
#include "tap.h"

#define NOW (1000 * NSEC_PER_SEC)
#define LINKS 4

/* ---- names that are asked for and never found ---- */

static int fake_fd(const struct worker *worker)
{
	(void)worker;
	return eventfd(0, EFD_CLOEXEC);
}

static int start_error;

static int fake_start(struct worker *worker, const struct name_request *request, uint64_t now)
{
	(void)worker;
	(void)request;
	(void)now;
	return start_error;
}

static void fake_stop(struct worker *worker, uint64_t id)
{
	(void)worker;
	(void)id;
}

static int fake_result(struct worker *worker, struct name_result *result)
{
	(void)worker;
	(void)result;
	return 0;
}

static void fake_dispatch(struct worker *worker, uint64_t now)
{
	(void)worker;
	(void)now;
}

static void fake_free(struct worker *worker)
{
	(void)worker;
}

static const struct worker_ops fake_ops = {
	.name = "fake",
	.fd = fake_fd,
	.dispatch = fake_dispatch,
	.start = fake_start,
	.stop = fake_stop,
	.forget = fake_stop,
	.result = fake_result,
	.free = fake_free,
};

/* ---- an engine with some links, each with a domain; sessions ---- */

static struct worker fake = {.ops = &fake_ops};
static struct engine *engine;
static struct session_quota quota;
static uint64_t interfaces[LINKS], pvds[LINKS];

static void link_put(uint32_t number, bool present)
{
	struct fact link = {.kind = FACT_LINK,
		.ifindex = number + 1,
		.valid_until = TIME_FOREVER,
		.as.link = {.kind = MIF_KIND_ETHERNET,
			.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING}};
	struct fact address = {.kind = FACT_ADDRESS,
		.ifindex = number + 1,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
		.as.address.prefix_length = 24};
	char text[32];

	snprintf(link.as.link.name, sizeof(link.as.link.name), "h%u", number);
	snprintf(text, sizeof(text), "10.0.%u.1", number);
	mif_address_parse(&address.as.address.address, text);
	if (present) {
		model_put(engine->model, 7, &link);
		model_put(engine->model, 7, &address);
	} else {
		model_drop(engine->model, 7, &link);
		model_drop(engine->model, 7, &address);
	}
	model_commit(engine->model, NOW);
	if (present) {
		const struct object *pvd =
			model_find(engine->model, &address.as.address.address, number + 1);

		pvds[number] = object_id(pvd);
		interfaces[number] = object_id(pvd->parent);
	}
}

static struct session *session_of_user(unsigned int flags)
{
	struct session *session;

	if (session_new(&session, engine, flags, NULL) < 0)
		abort();
	session_set_quota(session, &quota);
	return session;
}

static int ask_pvds(struct session *session, uint32_t number)
{
	const struct mif_message request = {.type = MIF_ANNOUNCE_PVDS,
		.tag = 5,
		.as.announce_pvds.interface = interfaces[number]};

	return session_post(session, &request, NOW);
}

static int translate(struct session *session, uint64_t translation)
{
	const struct mif_message request = {.type = MIF_TRANSLATE_NAME,
		.tag = 6,
		.as.translate_name = {
			.pvd = pvds[0], .translation = translation, .name = "www.example"}};

	return session_post(session, &request, NOW);
}

/* The errno of the last ERROR that waits, which empties the queue; 0: there is none. */
static uint32_t heard(struct session *session, const char *text)
{
	struct mif_message report;
	uint32_t error = 0;

	while (session_get(session, &report) == 1) {
		if (report.type == MIF_ERROR && strstr(report.as.error.text, text) != NULL)
			error = report.as.error.error;
	}
	return error;
}

static void begin(uint32_t subscriptions, uint32_t translations)
{
	if (engine_new(&engine, ENGINE_FAKE_CLOCK) < 0 || engine_set_names(engine, &fake) < 0)
		abort();
	quota = (struct session_quota){
		.subscription_limit = subscriptions, .translation_limit = translations};
	for (uint32_t i = 0; i < LINKS; i++)
		link_put(i, true);
}

static void test_subscriptions(void)
{
	struct session *a, *b;

	begin(3, 10);
	a = session_of_user(0);
	b = session_of_user(0);
	ask_pvds(a, 0);
	ask_pvds(a, 1);
	ask_pvds(b, 0);
	ok(quota.subscriptions == 3 && heard(a, "") == 0 && heard(b, "") == 0,
		"what two sessions of a user ask for is counted together");
	ask_pvds(b, 1);
	ok(heard(b, "3 subscriptions already") == EDQUOT && quota.subscriptions == 3,
		"one more is refused: EDQUOT, with a sentence");
	ask_pvds(a, 0);
	ok(heard(a, "") == 0 && quota.subscriptions == 3, "the same one again is none more");
	link_put(1, false);
	ask_pvds(b, 2);
	ok(heard(b, "") == 0 && quota.subscriptions == 3,
		"one that ends with its interface makes room");
	session_free(a);
	ok(quota.subscriptions == 2, "so do those of a session that ends");
	session_free(b);
	ok(quota.subscriptions == 0, "until nothing is left");
	engine_free(engine);
}

static void test_translations(void)
{
	struct session *a, *b;
	const struct mif_message stop = {
		.type = MIF_STOP_TRANSLATING_NAME, .as.stop_translating_name.translation = 1};

	begin(10, 2);
	a = session_of_user(0);
	b = session_of_user(0);
	translate(a, 1);
	translate(b, 1);
	ok(quota.translations == 2, "translations are counted together");
	translate(b, 2);
	ok(heard(b, "2 translations running") == EDQUOT, "one more is refused: EDQUOT");
	session_post(a, &stop, NOW);
	translate(b, 2);
	ok(heard(b, "") == 0 && quota.translations == 2, "one that is stopped makes room");
	start_error = -ENOBUFS;
	session_post(b, &stop, NOW);
	ok(translate(b, 3) == -ENOBUFS && quota.translations == 1,
		"one that could not be started is not counted");
	start_error = 0;
	link_put(0, false);
	ok(quota.translations == 0, "nor is one whose domain is gone");
	engine_free(engine);
}

static int want(struct session *session, uint32_t type, uint64_t interface, uint64_t pvd)
{
	struct mif_message request = {.type = type, .tag = 7};

	/* The three begin with the same fields. */
	request.as.wants_to_connect.interface = interface;
	request.as.wants_to_connect.pvd = pvd;
	return session_post(session, &request, NOW);
}

static void test_wants(void)
{
	struct session *a, *b;

	begin(10, 10);
	quota.want_limit = 3;
	a = session_of_user(0);
	b = session_of_user(0);
	want(a, MIF_WANTS_TO_CONNECT, interfaces[0], 0);
	want(a, MIF_WANTS_TO_CONNECT, interfaces[0], 0);
	want(b, MIF_WANTS_TO_CONNECT, 0, pvds[1]);
	want(b, MIF_CONNECTION_CAN_BE_BROKEN, 0, 0);
	ok(quota.wants == 3 && heard(a, "") == 0 && heard(b, "") == 0,
		"M31: wants are counted together, and the same one once");
	want(b, MIF_WANTS_TO_CONNECT, interfaces[2], 0);
	ok(heard(b, "3 interfaces and domains already") == EDQUOT,
		"M31: one more is refused: EDQUOT");
	want(b, MIF_CONNECTION_IS_IDLE, 0, 0);
	link_put(1, false);
	ok(quota.wants == 1, "M32: one that is idle, or whose domain is gone, makes room");
	session_free(a);
	ok(quota.wants == 0, "M31: so do those of a session that ends");
	quota.want_limit = 1000;
	for (uint64_t i = 0; i < 200; i++)
		want(b, MIF_WANTS_TO_CONNECT, interfaces[i % LINKS == 1 ? 0 : i % LINKS], 0);
	ok(quota.wants == LINKS - 1 && heard(b, "") == 0,
		"M31: asking again and again costs nothing");
	engine_free(engine);
}

static void test_without(void)
{
	struct session *strict, *free_one;

	begin(0, 0);
	strict = session_of_user(SESSION_STRICT);
	ok(ask_pvds(strict, 0) == 0 && translate(strict, 1) == 0 && !session_ready(strict) &&
			quota.subscriptions + quota.translations == 0,
		"a strict session, whose drafts know no ERROR, hears nothing of what it may not");
	free_one = session_of_user(0);
	session_set_quota(free_one, NULL);
	ask_pvds(free_one, 0);
	translate(free_one, 1);
	ok(heard(free_one, "") == 0, "a session of no user has no such limits");
	engine_free(engine);
}

int main(void)
{
	test_subscriptions();
	test_translations();
	test_wants();
	test_without();
	return tap_done();
}
