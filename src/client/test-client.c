/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "test-link.h"

static bool readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void test_post(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];
	struct mif_message message = {.type = 0x7777};

	ok(mif_post(mif, &message) == -EINVAL, "M1: an unknown type is refused");
	ok(post_text(mif, "interface interface=1") == -EINVAL, "M1: a report is no request");
	ok(post_text(mif, "hello version=1") == -EINVAL, "M1: HELLO is the library's own");
	message.type = MIF_TRANSLATE_NAME;
	memset(message.as.translate_name.name, 'a', MIF_TEXT_SIZE);
	ok(mif_post(mif, &message) == -EINVAL, "M1: a text without its end is refused");
	message = (struct mif_message){.type = MIF_FIND_PVD, .as.find_pvd.address.family = 99};
	ok(mif_post(mif, &message) == -EINVAL, "M1: an address of no known family is refused");
	message.as.find_pvd.address = (struct mif_address){.family = AF_INET, .octets = {[9] = 1}};
	ok(mif_post(mif, &message) == -EINVAL, "M1: an address with octets to spare is refused");
	link->refuse = -EAGAIN;
	ok(post_text(mif, "announce_interfaces") == -EAGAIN && link->request_count == 0,
		"M1: a full queue is a refusal");
	link->refuse = 0;
	ok(post_text(mif, "announce_interfaces tag=7") == 0 && link->request_count == 1 &&
			link->requests[0].tag == 7 && link->requests[0].serial == 1,
		"M1: what was refused can be posted again");
	mif->serial = UINT32_MAX;
	post_text(mif, "announce_interfaces");
	ok(link->requests[1].serial == 1, "serial numbers skip 0");
	ok(mif_flush(mif, 0) == 0, "M1: after a post nothing is left to be flushed");
	mif_close(mif);
}

static void test_check_and_get(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];
	struct pollfd own[2] = {{.events = POLLIN}, {.events = POLLIN}};
	const struct mif_message *report;
	int pipes[2][2];

	if (pipe2(pipes[0], O_CLOEXEC) < 0 || pipe2(pipes[1], O_CLOEXEC) < 0)
		abort();
	own[0].fd = pipes[0][0];
	own[1].fd = pipes[1][0];
	ok(mif_get(mif, &report) == 0, "M3: nothing waits: 0");
	ok(mif_check(mif, NULL, 0, 0) == 0, "M2: a probe of nothing: 0");
	ok(mif_check(mif, own, 2, 20) == 0, "M2: a bounded wait for nothing: 0");
	fake_say(link, "interface interface=1");
	fake_say(link, "interface interface=2");
	ok(mif_check(mif, NULL, 0, 0) == 1 && mif_check(mif, NULL, 0, -1) == 1,
		"M2: a message waits, and goes on waiting");
	if (write(pipes[1][1], "x", 1) != 1)
		abort();
	ok(mif_check(mif, own, 2, -1) == 2 && own[0].revents == 0 && own[1].revents == POLLIN,
		"M2: a message and a descriptor of the caller's own");
	ok(same(get_text(mif, false), "interface interface=1"), "M3: the first");
	ok(mif_check(mif, own, 2, -1) == 2,
		"M2: the second, though the link's descriptor does not show it");
	ok(same(get_text(mif, false), "interface interface=2"), "M3: the second");
	ok(mif_get(mif, &report) == 0, "M3: and no more");
	ok(mif_check(mif, own, 2, -1) == 1 && own[1].revents == POLLIN,
		"M2: a descriptor of the caller's own ends an endless wait");
	own[1].fd = -1;
	ok(mif_check(mif, own, 2, 0) == 0 && own[1].revents == 0,
		"M2: as for poll, a negative one is ignored");
	mif_close(mif);
	for (int i = 0; i < 4; i++)
		close(pipes[i / 2][i % 2]);
}

static void test_check_many(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct pollfd own[200];
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		abort();
	for (size_t i = 0; i < 200; i++)
		own[i] = (struct pollfd){.fd = pipes[0], .events = POLLIN, .revents = 77};
	ok(mif_check(mif, own, 200, 0) == 0 && own[199].revents == 0, "M2: 200 descriptors");
	if (write(pipes[1], "x", 1) != 1)
		abort();
	ok(mif_check(mif, own, 200, -1) == 200 && own[199].revents == POLLIN,
		"M2: 200 descriptors, all of them ready");
	mif_close(mif);
	close(pipes[0]);
	close(pipes[1]);
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_check_signal(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval soon = {.it_value.tv_usec = 20000};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	ok(mif_check(mif, NULL, 0, 10000) == -EINTR, "M2: a signal ends the wait");
	mif_close(mif);
}

static void test_check_is_true(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];

	link->held = true;
	post_text(mif, "announce_interfaces");
	fake_process(link);
	post_text(mif, "stop_announcing_interfaces");
	fake_say(link, "interface interface=1");
	get_text(mif, false); /* end_of_announcements */
	ok(mif_check(mif, NULL, 0, 50) == 0, "M2 M5: a stopped announcement does not end the wait");
	fake_say(link, "interface interface=1");
	fake_say(link, "pvd interface=1 pvd=2");
	ok(mif_check(mif, NULL, 0, -1) == 1 && same(get_text(mif, false), "pvd interface=1 pvd=2"),
		"M2 M5: when check says that a message waits, get has one");
	mif_close(mif);
}

static void test_stop(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];
	const struct mif_message *report;

	link->held = true;
	post_text(mif, "announce_interfaces");
	fake_process(link);
	fake_say(link, "interface interface=1");
	fake_say(link, "interface interface=2");
	fake_say(link, "interface interface=3");
	get_text(mif, false); /* end_of_announcements */
	ok(same(get_text(mif, false), "interface interface=1"), "M4: announced");
	ok(mif_check(mif, NULL, 0, 0) == 1, "M2: another one waits");
	post_text(mif, "stop_announcing_interfaces");
	ok(mif_check(mif, NULL, 0, 0) == 0 && mif_get(mif, &report) == 0,
		"M5: nothing is delivered after the Stop, though check had seen it");
	post_text(mif, "announce_interfaces");
	fake_process(link);
	fake_say(link, "interface interface=4");
	get_text(mif, false); /* end_of_announcements */
	ok(same(get_text(mif, false), "interface interface=4"), "M4: asked again, announced");
	mif_close(mif);
}

static void test_translation(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];
	const struct mif_message *report;

	ok(post_text(mif, "translate_name tag=9 pvd=1 translation=5 name=a") == 0,
		"M23: a translation");
	ok(post_text(mif, "translate_name pvd=1 translation=5 name=b") == -EEXIST,
		"M23: an identifier in use is refused at once");
	fake_say(link, "name_translation translation=5 address=10.0.0.1");
	fake_say(link, "name_translation_done translation=5");
	ok(same(get_text(mif, true), "name_translation tag=9 translation=5 address=10.0.0.1"),
		"M25: an address, with the request's tag");
	ok(mif_check(mif, NULL, 0, 0) == 1 &&
			post_text(mif, "translate_name pvd=1 translation=5 name=b") == -EEXIST,
		"M23: in use until Done is delivered");
	ok(same(get_text(mif, true), "name_translation_done tag=9 translation=5"), "M25: done");
	ok(post_text(mif, "translate_name pvd=1 translation=5 name=b") == 0, "M23: then free");
	fake_say(link, "name_translation translation=5 address=10.0.0.2");
	ok(mif_check(mif, NULL, 0, 0) == 1, "M2: an address waits");
	post_text(mif, "stop_translating_name translation=5");
	fake_say(link, "name_translation translation=5 address=10.0.0.3");
	fake_say(link, "name_translation_done translation=5");
	ok(mif_get(mif, &report) == 0, "M24: nothing follows the Stop");
	mif_close(mif);
}

static void test_fds(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];
	struct mif_message connected = {.type = MIF_CONNECTED};
	const struct mif_message *report;
	int pipes[2][2], fd;

	if (pipe2(pipes[0], O_CLOEXEC) < 0 || pipe2(pipes[1], O_CLOEXEC) < 0)
		abort();
	ok(mif_message_take_fd(mif) == -ENOENT, "M3: there is no descriptor before a message");
	for (int i = 0; i < 4; i++) {
		connected.as.connected.fd = pipes[i / 2][i % 2];
		fake_report(link, &connected);
	}
	mif_get(mif, &report);
	fd = mif_message_take_fd(mif);
	ok(fd == pipes[0][0] && mif_message_take_fd(mif) == -ENOENT,
		"M3 M28: a descriptor is taken once");
	mif_get(mif, &report);
	ok(fcntl(pipes[0][0], F_GETFD) >= 0, "M28: it is the caller's");
	mif_get(mif, &report);
	ok(fcntl(pipes[0][1], F_GETFD) < 0 && errno == EBADF,
		"M3 M28: one that was not taken is closed by the next get");
	mif_check(mif, NULL, 0, 0);
	mif_close(mif);
	ok(fcntl(pipes[1][0], F_GETFD) < 0 && fcntl(pipes[1][1], F_GETFD) < 0,
		"M3 M28: the current one and the ones waiting are closed with the handle");
	close(fd);
}

static void test_fd(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	struct fake_link *link = engine.links[0];
	const struct mif_message *report;
	int fd = mif_fd(mif);

	ok(fd >= 0 && fd == mif_fd(mif) && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0,
		"M2: one descriptor for any event loop");
	mif_get(mif, &report);
	ok(!readable(fd), "M2: nothing waits: not readable");
	fake_say(link, "interface interface=1");
	ok(readable(fd), "M2: readable when a message waits");
	mif_check(mif, NULL, 0, 0);
	ok(readable(fd), "M2: still, when check has received it");
	ok(mif_get(mif, &report) == 1 && mif_get(mif, &report) == 0 && !readable(fd),
		"M2: got: not readable");
	post_text(mif, "stop_connecting tag=3 connection=99");
	ok(readable(fd), "M2: readable when the library itself has a message");
	ok(begins(get_text(mif, false), "error tag=3 request=514 error=2"),
		"a connection unknown: Error(ENOENT)");
	ok(!readable(fd) && mif_get(mif, &report) == 0, "M2: got: not readable");
	fake_break(link);
	ok(readable(fd) && mif_get(mif, &report) == -EPIPE, "M3: the engine is gone: a fault");
	ok(mif_check(mif, NULL, 0, -1) == 1, "M2: which check announces");
	ok(post_text(mif, "announce_interfaces") == -EPIPE && mif_flush(mif, 0) == -EPIPE,
		"M1: and post and flush return");
	mif_close(mif);
}

/* Asked for only when some messages have been got already. */
static void test_fd_late(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	const struct mif_message *report;
	int fd;

	fake_say(engine.links[0], "interface interface=1");
	fake_say(engine.links[0], "interface interface=2");
	mif_get(mif, &report);
	fd = mif_fd(mif);
	ok(readable(fd),
		"M2: readable when a message waits that the link's descriptor does not show");
	ok(mif_get(mif, &report) == 1 && mif_get(mif, &report) == 0 && !readable(fd),
		"M2: got: not readable");
	mif_close(mif);
}

static void test_strict(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, MIF_OPEN_STRICT);
	struct fake_link *link = engine.links[0];

	ok(post_text(mif, "announce_default_pvd") == -EOPNOTSUPP &&
			post_text(mif, "dial connection=1 host=a port=1") == -EOPNOTSUPP &&
			post_text(mif, "stop_connecting connection=1") == -EOPNOTSUPP,
		"strict: extensions are refused");
	fake_add(&engine, "interface interface=1");
	post_text(mif, "announce_interfaces");
	fake_say(link, "interface interface=2");
	get_text(mif, true);
	ok(same(get_text(mif, true), "interface interface=2"),
		"strict: END_OF_ANNOUNCEMENTS is not delivered");
	post_text(mif, "translate_name translation=1 name=a");
	fake_say(link, "name_translation_done translation=1");
	get_text(mif, false);
	ok(post_text(mif, "translate_name translation=1 name=a") == 0,
		"strict: a translation ends all the same");
	mif_close(mif);
}

static void test_fork(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);
	const struct mif_message *report;
	int status = -1;
	pid_t child;

	fake_say(engine.links[0], "interface interface=1 name=a");
	child = fork();
	if (child == 0) {
		int r = post_text(mif, "announce_interfaces");
		bool none = mif_get(mif, &report) == -ECHILD && mif_flush(mif, 0) == -ECHILD &&
			mif_check(mif, NULL, 0, -1) == -ECHILD;

		mif_close(mif);
		_exit(r == -ECHILD ? none ? 0 : 2 : 1);
	}
	waitpid(child, &status, 0);
	ok(status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 2),
		"a child of fork() is refused");
	ok(status == 0, "and does not get, nor wait for, what its parent is told");
	ok(mif_get(mif, &report) == 1 && report->type == MIF_INTERFACE, "which the parent gets");
	mif_close(mif);
}

static void test_lean(void)
{
	struct fake_engine engine = {0};
	struct mif *mif = fake_open(&engine, 0);

	get_text(mif, false);
	engine.links[0]->gets = 0;
	post_text(mif, "find_pvd address=10.0.0.1");
	fake_say(engine.links[0], "pvd_found address=10.0.0.1");
	get_text(mif, true);
	ok(engine.links[0]->gets == 1 && mif->loop.epoll < 0 && mif->loop.outer < 0,
		"one post, one check, one get: one receive, and no descriptor of its own");
	mif_close(mif);
}

int main(void)
{
	test_post();
	test_check_and_get();
	test_check_many();
	test_check_signal();
	test_check_is_true();
	test_stop();
	test_translation();
	test_fds();
	test_fd();
	test_fd_late();
	test_strict();
	test_fork();
	test_lean();
	return tap_done();
}
