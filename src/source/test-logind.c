/* SPDX-License-Identifier: MIT */
/*
 * The host goes to sleep: a logind that is played here, the engine as it is, and a subscriber. The link
 * comes from a script. The far end of a lock is a pipe's: it ends when nobody holds the lock any more. Who asks for a
 * lock against several things at once is refused, as polkit refuses everybody who does not sit there.
 */
#include "source/logind.h"

#include <errno.h>

#include "base/cleanup.h"
#include "engine/engine.h"
#include "order.h"
#include "source/script.h"
#include "tap.h"
#include "test-bus.h"

#define SERVICE "org.freedesktop.login1"
#define OBJECT "/org/freedesktop/login1"

static struct engine *engine;
static struct source *source;
static struct session *session;
static struct order *order;
static uint64_t skipped; /* time that nobody waited for */
static int script = -1;

/* What the played logind has done. */
static struct {
	int locks[2]; /* its ends of the last ones, against sleep and shutdown; -1: none */
	unsigned int count, asked;
	uint64_t delay; /* microseconds */
	bool refuses, silent;
	char mode[16];
} login;

enum {
	SLEEP,
	SHUTDOWN,
};

static void check(int r)
{
	if (r < 0) {
		printf("Bail out! %s\n", strerror(-r));
		exit(1);
	}
}

static int answer_lock(sd_bus_message *call)
{
	const char *what, *who, *why, *mode;
	int ends[2], r, *lock;

	check(sd_bus_message_read(call, "ssss", &what, &who, &why, &mode));
	snprintf(login.mode, sizeof(login.mode), "%s", mode);
	login.asked++;
	if (login.refuses || (strcmp(what, "sleep") != 0 && strcmp(what, "shutdown") != 0))
		return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "no");
	check(pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0);
	lock = &login.locks[strcmp(what, "sleep") == 0 ? SLEEP : SHUTDOWN];
	close_fd(*lock);
	*lock = ends[0];
	login.count++;
	r = sd_bus_reply_method_return(call, "h", ends[1]);
	close(ends[1]);
	return r;
}

static int answer(sd_bus_message *call)
{
	if (login.silent)
		return 0;
	if (sd_bus_message_is_method_call(call, SERVICE ".Manager", "Inhibit"))
		return answer_lock(call);
	return sd_bus_reply_method_return(call, "v", "t", login.delay);
}

static void far_prepares(const char *member, bool begins)
{
	sd_bus_message *signal = NULL;

	check(sd_bus_message_new_signal(far.bus, &signal, OBJECT, SERVICE ".Manager", member));
	check(sd_bus_message_append(signal, "b", begins));
	check(sd_bus_message_set_sender(signal, FAR_NAME));
	check(sd_bus_send(far.bus, signal, NULL));
	sd_bus_message_unref(signal);
}

/* Whether the host is still delayed. */
static bool is_locked(int what)
{
	int fd = login.locks[what];
	char octet;

	return fd >= 0 && read(fd, &octet, 1) < 0 && errno == EAGAIN;
}

static uint64_t test_clock(void)
{
	return clock_boottime() + skipped;
}

static void run(unsigned int turns)
{
	for (unsigned int i = 0; i < turns; i++) {
		struct pollfd fd = {.fd = engine_fd(engine), .events = POLLIN};

		far_process();
		if (poll(&fd, 1, 2) > 0 || engine_deadline(engine) <= test_clock())
			check(engine_dispatch(engine, test_clock()));
		engine_rest(engine);
	}
}

static void skip(unsigned int msec)
{
	skipped += msec * NSEC_PER_MSEC;
	run(10);
}

/* Until so many were taken, however slow the machine. */
static void run_until_locked(unsigned int count)
{
	for (int i = 0; i < 10000 && login.count < count; i++)
		run(1);
	run(10);
}

static void say(const char *lines)
{
	check(write(script, lines, strlen(lines)) < 0 ? -errno : 0);
	run(10);
}

static void post(uint32_t type)
{
	struct mif_message request = {.type = type};

	/* All that is posted here begins with the same field; it is 0, or of the only link. */
	if (type != MIF_ANNOUNCE_INTERFACES)
		request.as.wants_to_connect.interface = 1;
	check(session_post(session, &request, test_clock()));
	order_posted(order, &request);
	run(10);
}

/* The last report of this type; the queue is empty then. NULL: there is none. */
static const struct mif_message *heard(uint32_t type)
{
	static struct mif_message found;
	struct mif_message report;
	bool is_found = false;
	char error[256];

	while (session_get(session, &report) == 1) {
		if (!order_check(order, &report, error))
			ok(false, "M12: %s", error);
		if (report.type == type) {
			found = report;
			is_found = true;
		}
	}
	return is_found ? &found : NULL;
}

/* Going away, for this reason, with about so much time. */
static bool heard_away(uint32_t cause, uint32_t from, uint32_t to)
{
	const struct mif_message *report = heard(MIF_INTERFACE_GOING_AWAY);

	return report != NULL && report->as.interface_going_away.cause == cause &&
		report->as.interface_going_away.deadline >= from &&
		report->as.interface_going_away.deadline <= to;
}

static void start(uint64_t longest, bool refuses)
{
	struct source *text;
	int pair[2];

	memset(&login, 0, sizeof(login));
	login.locks[SLEEP] = login.locks[SHUTDOWN] = -1;
	login.refuses = refuses;
	login.delay = 5000000;
	far.answer = answer;
	far.owner = FAR_NAME;
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0);
	script = pair[0];
	check(engine_new(&engine, ENGINE_FAKE_CLOCK));
	check(source_script_new(&text, pair[1]));
	check(engine_add_source(engine, text));
	check(source_logind_new(&source, far.address, longest));
	check(engine_add_source(engine, source));
	check(session_new(&session, engine, 0, NULL));
	order = order_new();
	say("put link ifindex=2 name=h1 kind=ethernet flags=up,running\ncommit\n");
	post(MIF_ANNOUNCE_INTERFACES);
}

static void stop(void)
{
	engine_free(engine);
	order_free(order);
	close(script);
	for (int i = SLEEP; i <= SHUTDOWN; i++)
		login.locks[i] = close_fd(login.locks[i]);
	far_hang_up();
}

static void test_sleep(void)
{
	start(600 * NSEC_PER_SEC, false);
	run_until_locked(2);
	ok(is_locked(SLEEP) && is_locked(SHUTDOWN) && strcmp(login.mode, "delay") == 0,
		"M34: delay locks are taken at the start, one against each");
	post(MIF_WANTS_TO_CONNECT);
	far_prepares("PrepareForSleep", true);
	run(20);
	ok(heard_away(MIF_AWAY_SLEEP, 3000, 4500) && is_locked(SLEEP),
		"M34: the host goes to sleep: told, with less time than logind waits, and it "
		"waits");
	post(MIF_CONNECTION_IS_IDLE);
	run(20);
	ok(!is_locked(SLEEP) && is_locked(SHUTDOWN) && heard(MIF_INTERFACE_GOING_UP) == NULL,
		"M34 M32: the lock is given back as soon as nobody holds an interface");
	skip(3600000);
	far_prepares("PrepareForSleep", false);
	run_until_locked(3);
	ok(heard(MIF_INTERFACE_GOING_UP) != NULL && is_locked(SLEEP),
		"M35: it has slept: going up, and another lock");
	far_prepares("PrepareForSleep", true);
	run(20);
	ok(heard_away(MIF_AWAY_SLEEP, 0, 4500) && !is_locked(SLEEP),
		"M34: where nobody holds anything it is told, and nothing waits");
	stop();
}

static void test_deadline(void)
{
	uint64_t value = 0;
	const char *name;

	start(600 * NSEC_PER_SEC, false);
	run_until_locked(2);
	post(MIF_WANTS_TO_CONNECT);
	far_prepares("PrepareForShutdown", true);
	run(20);
	ok(heard_away(MIF_AWAY_SHUTDOWN, 0, 4500) && is_locked(SHUTDOWN),
		"M34: a shutdown is told as well");
	skip(4600);
	ok(!is_locked(SHUTDOWN) && source->ops->counter(source, 3, &name, &value) && value == 1,
		"M34: the lock is given back at the deadline, whoever holds on, and that is "
		"counted");
	stop();
	start(2 * NSEC_PER_SEC, false);
	run_until_locked(2);
	post(MIF_WANTS_TO_CONNECT);
	far_prepares("PrepareForSleep", true);
	run(20);
	ok(heard_away(MIF_AWAY_SLEEP, 500, 2000) && is_locked(SLEEP),
		"M34: mifd.conf may allow less than logind");
	far_prepares("PrepareForSleep", false);
	run(20);
	ok(heard(MIF_INTERFACE_GOING_UP) != NULL && is_locked(SLEEP) && login.count == 2,
		"M35: a sleep that is called off in time: going up, and the lock stays");
	stop();
}

static void test_refused(void)
{
	start(600 * NSEC_PER_SEC, true);
	run(50);
	far_prepares("PrepareForSleep", true);
	run(20);
	ok(login.count == 0 && heard_away(MIF_AWAY_SLEEP, 0, 0),
		"M34: without a lock there is no time, and that is told");
	far_prepares("PrepareForSleep", false);
	login.refuses = false;
	run_until_locked(2);
	ok(is_locked(SLEEP) && heard(MIF_INTERFACE_GOING_UP) != NULL,
		"M34: a lock that was refused is asked for again");
	far_own(SERVICE, NULL);
	run(20);
	ok(!is_locked(SLEEP), "a logind that goes takes the locks along");
	far_own(SERVICE, FAR_NAME);
	run_until_locked(4);
	ok(is_locked(SLEEP), "M34: and another one gives another one");
	post(MIF_WANTS_TO_CONNECT);
	far_prepares("PrepareForSleep", true);
	run(20);
	ok(heard_away(MIF_AWAY_SLEEP, 3000, 4500) && is_locked(SLEEP), "M34: which is waited for");
	far_own(SERVICE, NULL);
	run(20);
	ok(heard(MIF_INTERFACE_GOING_UP) != NULL && !is_locked(SLEEP),
		"M35: one that dies while it prepares puts nothing to sleep");
	stop();
	start(0, false);
	run(50);
	far_prepares("PrepareForSleep", true);
	run(20);
	ok(login.count == 0 && heard_away(MIF_AWAY_SLEEP, 0, 0),
		"M34: where mifd.conf says so no lock is taken");
	stop();
}

/* So many seconds, one after the other. */
static void pass(unsigned int seconds)
{
	for (unsigned int i = 0; i < seconds; i++) {
		skipped += NSEC_PER_SEC;
		run(3);
	}
}

/* It refuses all as long as the polkit that it asks is not there. */
static void test_late(void)
{
	unsigned int asked;

	start(600 * NSEC_PER_SEC, true);
	for (int i = 0; i < 10000 && login.asked < 2; i++)
		run(1);
	pass(8);
	ok(login.asked >= 6, "M34: locks that are refused are asked for again soon");
	asked = login.asked;
	pass(120);
	if (!ok(login.asked - asked < 30, "M34: but less and less often"))
		printf("# %u times in two minutes\n", login.asked - asked);
	asked = login.asked;
	pass(61);
	ok(login.asked >= asked + 2, "M34: once a minute in the end");
	login.refuses = false;
	pass(61);
	run_until_locked(2);
	ok(is_locked(SLEEP) && is_locked(SHUTDOWN), "M34: and taken as soon as they are given");
	stop();
}

static void test_nonsense(void)
{
	sd_bus_message *signal = NULL;

	start(600 * NSEC_PER_SEC, false);
	run_until_locked(2);
	check(sd_bus_message_new_signal(
		far.bus, &signal, OBJECT, SERVICE ".Manager", "PrepareForSleep"));
	check(sd_bus_message_append(signal, "s", "yes"));
	check(sd_bus_message_set_sender(signal, FAR_NAME));
	check(sd_bus_send(far.bus, signal, NULL));
	sd_bus_message_unref(signal);
	run(20);
	ok(heard(MIF_INTERFACE_GOING_AWAY) == NULL && is_locked(SLEEP),
		"M1: a signal of another type means nothing");
	stop();
}

int main(void)
{
	far_init();
	far_listen();
	test_sleep();
	test_deadline();
	test_refused();
	test_late();
	test_nonsense();
	far_deinit();
	return tap_done();
}
