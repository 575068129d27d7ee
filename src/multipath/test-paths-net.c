/* SPDX-License-Identifier: MIT */
/*
 * Sets, with a mifd that makes the paths: an ordinary user, in a namespace where paths are the kernel's
 * path manager's, which was told of nothing.
 */
#include "test-daemon.h"

/* ---- */

static void test_two(void)
{
	int server = serve("10.1.0.2:7001,10.2.0.2:7001"), fd = client(0);

	/* Until all is decided, however busy the machine. */
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7001,10.2.0.2:7001") == 2,
		"A8 A9: an ordinary user's connect to a set of two has two paths");
	if (!ok(is(PEER(fd), "10.1.0.2:7001,10.2.0.2:7001"), "A12 A14: and both are in use"))
		printf("# %s\n", entry_of(fd, 2));
	ok(option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_NOT, "it is not single-path");
	multipath_close(fd);
	multipath_close(server);
}

/* A daemon that nothing else wakes answers at once. */
static void test_often(void)
{
	int server = serve("10.1.0.2:7004,10.2.0.2:7004"), both = 0;

	for (int i = 0; i < 50; i++) {
		int fd = client(0);

		multipath_setsockopt(
			fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
		if (connect_to(fd, "10.1.0.2:7004,10.2.0.2:7004") == 2)
			both++;
		else
			printf("# %s\n", entry_of(fd, 2));
		multipath_close(fd);
	}
	if (!ok(both == 50, "A8 A9: one connection after the other has both paths"))
		printf("# %d of 50\n", both);
	multipath_close(server);
}

/* ---- an address of another host ---- */

/* here: mpc0 10.3.0.1 ---- elsewhere: mpc1 10.3.0.2 */
static bool elsewhere_up(void)
{
	char command[128];

	become(0);
	if (!make_namespace(ELSEWHERE))
		return false;
	on(HERE);
	snprintf(command, sizeof(command),
		"ip link add mpc0 type veth peer name mpc1 netns /proc/%d/fd/%d", (int)getpid(),
		namespaces[ELSEWHERE]);
	return run(HERE, command) &&
		run(HERE, "ip addr add 10.3.0.1/24 dev mpc0; ip link set mpc0 up") &&
		run(ELSEWHERE,
			"ip link set lo up; ip addr add 10.3.0.2/24 dev mpc1;"
			" ip link set mpc1 up");
}

/* How many joins came there that are of no connection of that host. */
static int foreign_joins(enum host host)
{
	return counter_of(host, "MPJoinNoTokenFound");
}

static bool joins_are(int expected)
{
	int count = foreign_joins(ELSEWHERE);

	if (count == expected)
		return true;
	printf("# %d joins, not %d\n", count, expected);
	return false;
}

static void test_foreign(void)
{
	int server = serve("10.1.0.2:7002"), other = serve_on(ELSEWHERE, "10.3.0.2:7002");
	int fd = client(0), peer, before = foreign_joins(ELSEWHERE);
	struct pollfd polled = {.fd = other, .events = POLLIN};
	char text[8];

	/* Until all is decided, however busy the machine. */
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(before == 0 && connect_to(fd, "10.1.0.2:7002,10.3.0.2:7002") == 1,
		"A11: of a set of two hosts the first alone is connected to, 1");
	ok(is(PEER(fd), "10.1.0.2:7002"), "A11 A14: and in use");
	ok(is(entry_of(fd, 2), "remote failed 111 10.3.0.2:7002"),
		"A11: the other host's address is marked, ECONNREFUSED");
	ok(joins_are(1), "A11: that host was asked once, and knew nothing of the connection");
	peer = multipath_accept(server, NULL, NULL);
	ok(write(fd, "data", 4) == 4 && read(peer, text, sizeof(text)) == 4,
		"A11: the connection carries data");
	/* What is tried again is so after a second: longer than that, and than the second after. */
	ok(poll(&polled, 1, 2500) == 0, "A11: the other host has accepted no connection");
	ok(joins_are(1), "A11: nor was it asked again");
	ok(is(entry_of(fd, 2), "remote failed 111 10.3.0.2:7002") &&
			is(PEER(fd), "10.1.0.2:7002") && write(peer, "more", 4) == 4 &&
			read(fd, text, sizeof(text)) == 4,
		"A11: the mark stays, and so does the connection");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(other);
	multipath_close(server);
}

/* Decided when the call has returned: what is known then is known at the next one. */
static void test_foreign_late(void)
{
	int server = serve("10.1.0.2:7004"), other = serve_on(ELSEWHERE, "10.3.0.2:7004");
	int fd = client(0), before = foreign_joins(ELSEWHERE);

	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){0}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7004,10.3.0.2:7004") == 1,
		"A11: without waiting for the second");
	for (uint64_t end = milliseconds() + PATIENCE;
		foreign_joins(ELSEWHERE) == before && milliseconds() < end;)
		poll(NULL, 0, 10);
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7004,10.3.0.2:7004") == 1 &&
			is(entry_of(fd, 2), "remote failed 111 10.3.0.2:7004"),
		"A11: the next call knows that it is another host's, and marks it");
	ok(joins_are(before + 1), "A11: without asking that host again");
	multipath_close(fd);
	multipath_close(other);
	multipath_close(server);
}

/* ---- another set ---- */

static void test_again(void)
{
	int server = serve("10.1.0.2:7003,10.2.0.2:7003"), fd = client(0), peer;
	char text[8];

	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7003") == 1, "A10: a connection of one address");
	ok(connect_to(fd, "10.1.0.2:7003,10.2.0.2:7003") == 2 &&
			becomes(fd, multipath_getpeername, "10.1.0.2:7003,10.2.0.2:7003"),
		"A7 A10: again with one more: it is joined");
	ok(connect_to(fd, "10.2.0.2:7003") == 1 &&
			becomes(fd, multipath_getpeername, "10.2.0.2:7003"),
		"A7 A10: again with the new one alone: the first is left");
	peer = multipath_accept(server, NULL, NULL);
	ok(write(fd, "data", 4) == 4 && read(peer, text, sizeof(text)) == 4, "A10: and data flow");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(server);
}

int main(int argc, char **argv)
{
	const char *missing = argc > 1 ? network_up() : "no mifd is given";

	if (missing == NULL && !elsewhere_up())
		missing = "no third network namespace here";

	become(0);
	if (missing != NULL) {
		tap_skip("A7 A8 A9 A10 A11 A12 A14: sets with mifd", missing);
		return tap_done();
	}
	alarm(200);
	on(HERE);
	ok(daemon_start(argv[1], ""), "mifd serves");
	test_two();
	test_often();
	test_foreign();
	test_foreign_late();
	test_again();
	ok(daemon_stop(), "nothing is left behind");
	return tap_done();
}
