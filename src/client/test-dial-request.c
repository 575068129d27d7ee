/* SPDX-License-Identifier: MIT */
/* Dials by messages: their steps and plans, what they remember, and how they end. */
#include "test-dial.h"

static void post_dial(struct mif *mif, uint64_t connection, const char *host)
{
	char text[512];

	snprintf(text, sizeof(text), "dial tag=5 connection=%d host=%s port=%u verbose=1",
		(int)connection, host, port);
	if (post_text(mif, text) != 0)
		printf("Bail out! %s\n", text);
}

static void test_steps(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "ABC");
	int before = open_fds();
	struct hole hole = dig_hole("127.1.0.80");
	int a = serve("127.1.0.81", 9);
	struct mif_message_attempt steps[16] = {{0}};
	const struct mif_message *report = NULL;
	struct mif_message_connected connected = {.fd = -1};
	unsigned int count = 0, last = 0;

	/* ::1 and 127.2.0.80 refuse, 127.1.0.80 swallows, 127.1.0.81 answers. */
	post_dial(mif, 9, "three.example");
	for (unsigned int i = 0; i < 16 && last == 0 && mif_check(mif, NULL, 0, 10000) == 1; i++) {
		if (mif_get(mif, &report) != 1)
			break;
		if (report->type == MIF_ATTEMPT)
			steps[count++] = report->as.attempt;
		else
			last = report->type;
	}
	if (last == MIF_CONNECTED) {
		connected = report->as.connected;
		mif_message_take_fd(mif);
	}
	ok(last == MIF_CONNECTED && connected.connection == 9 && report->tag == 5 &&
			connected.pvd == 1 && connected.source.address.octets[1] == 1 &&
			connected.destination.address.octets[3] == 81,
		"M28 M30: CONNECTED in the same queue");
	ok((fcntl(connected.fd, F_GETFL) & O_NONBLOCK) != 0, "M28: its descriptor is non-blocking");
	ok(steps[0].outcome == MIF_ATTEMPT_STARTED && steps[0].pvd == 3 && steps[0].attempt == 1 &&
			steps[0].connection == 9,
		"M30: the first step: IPv6");
	ok(steps[1].outcome == MIF_ATTEMPT_FAILED && steps[1].error == ECONNREFUSED,
		"M30: which is refused");
	ok(count == 8 && steps[count - 2].outcome == MIF_ATTEMPT_CONNECTED &&
			steps[count - 2].attempt == 4 && steps[count - 1].attempt == 2 &&
			steps[count - 1].outcome == MIF_ATTEMPT_ABANDONED,
		"M30: of %u steps the last: one won, one was abandoned", count);
	ok(steps[count - 2].time >= 250 * NSEC_PER_MSEC, "M30: after one delay");
	ok(strcmp(accept_peer(a), "127.1.0.2") == 0, "M30: as the server saw it");
	ok(mif_check(mif, NULL, 0, 300) == 0, "M29: nothing follows");
	close(connected.fd);
	fill_hole(hole);
	close(a);
	mif_close(mif);
	ok(open_fds() < before, "M28: every descriptor is closed");
}

/* The first step of a dial: through which domain. */
static uint64_t first_step(struct mif *mif, uint64_t connection, const char *host)
{
	const struct mif_message *report = NULL;
	uint64_t pvd = 0;

	post_dial(mif, connection, host);
	while (mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
		report->type == MIF_ATTEMPT)
		pvd = pvd == 0 ? report->as.attempt.pvd : pvd;
	return pvd;
}

static void test_memory(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct hole hole = dig_hole("127.1.0.80");
	int server = serve("127.2.0.80", 9);

	for (uint64_t i = 1; i <= 3; i++)
		ok(first_step(mif, i, "both.example") == 1,
			"M30: dial %d begins with the first domain, which is silent", (int)i);
	ok(first_step(mif, 4, "both.example") == 2,
		"M30: the fourth begins with the one that has answered");
	mif_close(mif);
	fill_hole(hole);
	close(server);
}

static void test_plan(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "ABC");
	int server = serve("127.1.0.81", 9);
	const struct mif_message *report = NULL;
	struct mif_message_attempt steps[16] = {{0}};
	unsigned int count = 0, wrong = 0;
	char text[256];

	snprintf(text, sizeof(text), "dial connection=3 host=three.example port=%u plan=1", port);
	post_text(mif, text);
	while (count < 16 && mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
		report->type == MIF_ATTEMPT)
		steps[count++] = report->as.attempt;
	for (unsigned int i = 0; i < count; i++)
		wrong += steps[i].outcome != MIF_ATTEMPT_PLANNED || steps[i].attempt != i + 1 ||
			steps[i].time != i * 250 * NSEC_PER_MSEC || steps[i].reason == 0;
	ok(count == 4 && wrong == 0 && steps[0].pvd == 3 && steps[3].reason == MIF_REASON_LAST,
		"M30: a plan: %u attempts, one delay apart, each with its reason", count);
	ok(report->type == MIF_NOT_CONNECTED && report->as.not_connected.error == ECANCELED &&
			report->as.not_connected.connection == 3,
		"M29: and one end: %s", report->as.not_connected.text);
	mif_close(mif);
	mif = open_with(&engine, "AB");
	snprintf(text, sizeof(text), "dial connection=4 host=none.example port=%u plan=1", port);
	post_text(mif, text);
	ok(mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
			report->type == MIF_NOT_CONNECTED &&
			report->as.not_connected.error == ENOENT,
		"M29: nothing to plan: why");
	ok(fcntl(server, F_SETFL, O_NONBLOCK) == 0 && accept(server, NULL, NULL) < 0,
		"M30: nobody was connected to");
	mif_close(mif);
	close(server);
}

/* A domain whose DNS says nothing is not waited for. */
static void test_plan_window(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	const struct mif_message *report = NULL;
	uint64_t begun = clock_boottime(), took;
	char text[256];

	snprintf(text, sizeof(text),
		"dial connection=3 host=deaf.example port=%u plan=1 verbose=1 window=%u", port,
		(unsigned int)(50 * NSEC_PER_MSEC));
	post_text(mif, text);
	ok(mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1 &&
			report->type == MIF_ATTEMPT && report->as.attempt.pvd == 2 &&
			report->as.attempt.ifindex == 1,
		"M30: a plan of what is known after the window");
	took = clock_boottime() - begun;
	ok(took >= 50 * NSEC_PER_MSEC && took < 10 * NSEC_PER_SEC, "M30: ... not earlier");
	mif_close(mif);
}

static void test_fastest(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct mif_dial_options options = {.best = MIF_DIAL_FASTEST, .window_ms = 200};
	struct mif_dial_result result;
	struct hole hole = dig_hole("127.1.0.80");
	int server = serve("127.2.0.80", 9), fd;
	int before = open_fds();

	fd = mif_dial(mif, "both.example", port_text(), &options, &result);
	ok(fd >= 0 && result.pvd == 2, "M30: the fastest: beside one that never answers");
	ok(fd >= 0 && fcntl(fd, F_GETFL) == O_RDWR, "M36: a blocking descriptor");
	close(fd);
	ok(open_fds() <= before + 2, "M28: the others are closed");
	mif_close(mif);
	fill_hole(hole);
	close(server);
}

static void test_stop(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	struct hole hole = dig_hole("127.1.0.80"), other = dig_hole("127.2.0.80");
	int before;
	const char *get;

	mif_check(mif, NULL, 0, 0);
	before = open_fds();
	post_dial(mif, 1, "both.example");
	ok(post_text(mif, "dial connection=1 host=x port=1") == -EEXIST, "M29: the id is in use");
	ok(begins(get_text(mif, true), "attempt tag=5 connection=1 attempt=1 outcome=started"),
		"M30: it has begun");
	mif_check(mif, NULL, 0, 300);
	post_text(mif, "stop_connecting connection=1");
	ok(same(get_text(mif, true),
		   "not_connected tag=5 connection=1 error=125 text=called\\x20off"),
		"M29: called off, and its steps are taken back");
	ok(mif_check(mif, NULL, 0, 300) == 0, "M29: nothing follows");
	/* The view and its epoll are new. */
	ok(open_fds() <= before + 2, "M28: no socket stays open");

	post_dial(mif, 1, "both.example");
	mif_check(mif, NULL, 0, 0);
	fake_say(engine.links[1], "no_pvd interface=1 pvd=1");
	fake_say(engine.links[1], "no_pvd interface=1 pvd=2");
	while (strncmp(get = get_text(mif, true), "attempt", 7) == 0)
		;
	ok(begins(get, "not_connected tag=5 connection=1 error=100 ") &&
			mif_check(mif, NULL, 0, 100) == 0,
		"M29: lost domains: one NOT_CONNECTED");
	mif_close(mif);
	fill_hole(hole);
	fill_hole(other);
}

/* Called off while name services are asked. */
static void test_stop_names(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	unsigned int asked;

	post_dial(mif, 1, "silent.example");
	mif_check(mif, NULL, 0, 50);
	asked = count_requests(&engine, MIF_TRANSLATE_NAME);
	post_text(mif, "stop_connecting connection=1");
	ok(asked == 2 && count_requests(&engine, MIF_STOP_TRANSLATING_NAME) == asked,
		"M24 M29: a dial that is called off stops its translations");
	ok(begins(get_text(mif, true), "not_connected tag=5 connection=1 error=125 ") &&
			mif_check(mif, NULL, 0, 100) == 0,
		"M29: with one answer, and nothing follows");
	mif_close(mif);
}

#define THREADS 4
#define THREAD_DIALS 25

/* A handle of its own, a dial after the other; one of them asynchronous. How many came off. */
static void *dial_thread(void *argument)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "AB");
	const struct mif_message *report;
	uintptr_t *connected = argument;

	for (unsigned int i = 0; i < THREAD_DIALS; i++) {
		struct mif_dial_result result;
		int fd = mif_dial(mif, "both.example", port_text(), NULL, &result);

		*connected += fd >= 0 && result.pvd == 1;
		if (fd >= 0)
			close(fd);
	}
	post_dial(mif, 1, "both.example");
	while (mif_check(mif, NULL, 0, 10000) == 1 && mif_get(mif, &report) == 1)
		if (report->type == MIF_CONNECTED || report->type == MIF_NOT_CONNECTED) {
			*connected += report->type == MIF_CONNECTED;
			break;
		}
	mif_close(mif);
	return NULL;
}

static void test_threads(void)
{
	int a = serve("127.1.0.80", 4096);
	uintptr_t connected[THREADS] = {0}, all = 0;
	int before = open_fds();
	pthread_t threads[THREADS];

	port_text();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, dial_thread, &connected[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all += connected[i];
	}
	ok(all == (uintptr_t)THREADS * (THREAD_DIALS + 1),
		"M36: threads with a handle each dial at the same time: %u", (unsigned int)all);
	ok(open_fds() == before, "M28: and leave no descriptor open");
	close(a);
}

static void *wait_and_say(void *argument)
{
	struct timespec time = {.tv_nsec = 100000000};

	nanosleep(&time, NULL);
	fake_say(argument, "no_pvd interface=1 pvd=1");
	return NULL;
}

/* What happens to the handle while a dial waits. */
static void test_meanwhile(void)
{
	struct fake_engine engine;
	struct mif *mif = open_with(&engine, "A");
	struct hole hole = dig_hole("127.1.0.80");
	struct mif_dial_result result;
	pthread_t thread;
	int fd;

	post_dial(mif, 3, "none.example");
	fake_say(engine.links[0], "interface interface=9");
	fd = mif_dial(mif, "none.example", "80", NULL, &result);
	ok(fd == -ENOENT, "M36: one dial beside another");
	ok(begins(get_text(mif, true), "not_connected tag=5 connection=3 error=2 "),
		"M36: messages wait for mif_get: a dial's");
	ok(same(get_text(mif, true), "interface interface=9"), "M36: and the engine's");

	pthread_create(&thread, NULL, wait_and_say, engine.links[1]);
	fd = mif_dial(mif, "both.example", port_text(), NULL, &result);
	pthread_join(thread, NULL);
	ok(fd == -ENETDOWN && MS(result) < 10000 && strstr(result.text, "domain lost"),
		"M29: the domain goes away meanwhile: %s", result.text);
	mif_close(mif);

	mif = open_with(&engine, "A");
	mif_dial(mif, "none.example", "80", NULL, NULL);
	fake_break(engine.links[1]);
	fd = mif_dial(
		mif, "both.example", "80", &(struct mif_dial_options){.timeout_ms = 100}, &result);
	ok(fd < 0, "the view's link is gone: %s: %s", error_name(-fd), result.text);
	mif_close(mif);
	fill_hole(hole);
}

int main(void)
{
	alarm(120);
	test_steps();
	test_memory();
	test_plan();
	test_plan_window();
	test_fastest();
	test_stop();
	test_stop_names();
	test_threads();
	test_meanwhile();
	return tap_done();
}
