/* SPDX-License-Identifier: MIT */
/*
 * multipath_bind(), multipath_listen() and multipath_accept() on sets, as an ordinary user, against
 * clients that know nothing of sets.
 */
#include "test-net.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>

static const char *program;

/* A client from the other host, with one address: 0, or an errno. */
static int dial(const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	const struct sockaddr *to = multipath_next(&set.mp, NULL);
	bool inet6 = to->sa_family == AF_INET6;
	int r;

	on(THERE);

	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	r = connect(fd, to, inet6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)) < 0
		? errno
		: 0;
	on(HERE);
	/* It leaves at once: what was accepted is a connection all the same. */
	close(fd);
	return r;
}

/* Accepts one whose local address is this. */
static bool accepts(int fd, const char *local)
{
	int peer = multipath_accept(fd, NULL, NULL);
	struct sockaddr_mp_storage name;
	socklen_t size = sizeof(name);
	bool right = peer >= 0 &&
		multipath_getsockname(peer, (struct sockaddr *)&name, &size) == 0 &&
		says(&name, local);

	if (peer >= 0)
		multipath_close(peer);
	else
		printf("# accept: %s\n", strerror(errno));
	return right;
}

static bool serves(int fd, const char *address)
{
	int r = dial(address);

	if (r != 0)
		printf("# %s: %s\n", address, strerror(r));
	return r == 0 && accepts(fd, address);
}

static bool set_reuse(int fd)
{
	return multipath_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0;
}

/* "10.1.0.1:%d,..." with a port in every place. */
static const char *with_port(const char *format, int port)
{
	static char text[2][SMP_MAX_TEXT];
	static int turn;

	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]), format, port, port, port, port);
	return text[turn];
}

static int port_of(int fd)
{
	struct sockaddr_mp_storage set;
	socklen_t size = sizeof(set);

	if (multipath_getsockname(fd, (struct sockaddr *)&set, &size) < 0)
		return -1;
	return ntohs(((struct sockaddr_in *)(void *)set.addrs)->sin_port);
}

#define FOUR "10.1.0.1:%d,10.2.0.1:%d,[fd01::1]:%d,[fd02::1]:%d"

static void test_set(void)
{
	int fd = client(0), port, peer;
	struct sockaddr_mp_storage name;
	socklen_t size = sizeof(name);

	ok(bind_to(fd, "10.1.0.1:0,10.2.0.1:0,[fd01::1]:0") == 3,
		"A4 A5 A6: bound to three addresses of two families, 3");
	port = port_of(fd);
	ok(port > 0 && is(LOCAL_PORTS(fd), with_port("10.1.0.1:%d,10.2.0.1:%d,[fd01::1]:%d", port)),
		"A5 A14: with one port that is free on all");
	ok(dial(with_port("10.1.0.1:%d", port)) == ECONNREFUSED,
		"A5: before listen nobody gets in");
	ok(multipath_listen(fd, 16) == 0, "A5: listens");
	ok(serves(fd, with_port("10.1.0.1:%d", port)) &&
			serves(fd, with_port("10.2.0.1:%d", port)) &&
			serves(fd, with_port("[fd01::1]:%d", port)),
		"A4 A5: and accepts on each");
	ok(dial(with_port("[fd02::1]:%d", port)) == ECONNREFUSED, "A5: and on no other");
	ok(is(LOCAL_PORTS(fd), with_port("10.1.0.1:%d,10.2.0.1:%d,[fd01::1]:%d", port)) &&
			option(fd, MULTIPATH_COUNT) == 3,
		"A14: the names of the listener are the set");
	ok(is(PEER(fd), strerror(ENOTCONN)), "A14: and it has no peer");
	dial(with_port("10.2.0.1:%d", port));
	peer = multipath_accept4(fd, (struct sockaddr *)&name, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	ok(peer >= 0 && size == 24 && name.mp.smp_naddrs == 1 &&
			strncmp(text_of(&name.mp), "10.2.0.2:", 9) == 0,
		"A4 A14: the peer of what is accepted is a set of one");
	ok((fcntl(peer, F_GETFL) & O_NONBLOCK) != 0 && fcntl(peer, F_GETFD) == FD_CLOEXEC,
		"A5: accept4 has its flags");
	multipath_close(peer);
	multipath_close(fd);
	ok(dial(with_port("10.1.0.1:%d", port)) == ECONNREFUSED &&
			dial(with_port("[fd01::1]:%d", port)) == ECONNREFUSED,
		"A5: closed, all are closed");
}

static void test_count(void)
{
	int fd = client(0), other = client(0);

	ok(bind_to(fd, "10.99.0.1:8001,10.1.0.1:8001,[fd99::1]:8001,[fd02::1]:8001") == 2,
		"A6: of four addresses two are the host's, 2");
	ok(is(entry_of(fd, 0), "local failed 99 10.99.0.1:8001") &&
			is(entry_of(fd, 1), "local bound 0 10.1.0.1:8001") &&
			is(entry_of(fd, 2), "local failed 99 [fd99::1]:8001"),
		"A6: each entry has its error");
	multipath_listen(fd, 4);
	ok(is(LOCAL_PORTS(fd), "10.1.0.1:8001,[fd02::1]:8001") && serves(fd, "[fd02::1]:8001") &&
			is(entry_of(fd, 0), "local failed 99 10.99.0.1:8001"),
		"A6 A14: and stays so while listening");
	ok(bind_to(other, "10.1.0.1:8001,[fd02::1]:8001") == -1 && errno == EADDRINUSE,
		"A6: none of those that are taken, EADDRINUSE");
	ok(bind_to(other, "10.99.0.1:8001,10.1.0.1:8001") == -1 && errno == EADDRNOTAVAIL,
		"A6: the error is that of the first");
	ok(bind_to(other, "10.1.0.1:8001,10.2.0.1:8001") == 1, "A6: one of two, 1");
	multipath_close(other);
	multipath_close(fd);
	fd = client(0);
	ok(bind_to(fd, "10.1.0.1:80") == -1 && errno == EACCES, "A6: a port for root, EACCES");
	multipath_close(fd);
}

static void test_kinds(void)
{
	int fd = client(0);
	struct sockaddr_in plain = {.sin_family = AF_INET, .sin_port = htons(8010)};

	ok(bind_to(fd, "10.1.0.1:8010,10.1.0.1:8011,[fd01::1]:8012") == 3 &&
			multipath_listen(fd, 4) == 0 && serves(fd, "10.1.0.1:8010") &&
			serves(fd, "10.1.0.1:8011") && serves(fd, "[fd01::1]:8012"),
		"A5: ports may differ within a set");
	multipath_close(fd);
	fd = client(0);
	ok(bind_to(fd, "0.0.0.0:8013,[::]:8013") == 2 && multipath_listen(fd, 4) == 0 &&
			serves(fd, "10.2.0.1:8013") && serves(fd, "[fd02::1]:8013"),
		"A4 A5: wildcards of both families");
	multipath_close(fd);
	fd = client(0);
	ok(bind_to(fd, "[::]:8014,10.1.0.1:8015") == 2 && multipath_listen(fd, 4) == 0 &&
			serves(fd, "10.2.0.1:8014") && serves(fd, "[fd02::1]:8014") &&
			serves(fd, "10.1.0.1:8015") && dial("10.2.0.1:8015") == ECONNREFUSED,
		"A5: :: alone takes IPv4 as well, as with bind");
	multipath_close(fd);
	fd = client(0);
	ok(bind_to(fd, "10.1.0.1:8016") == 1 && multipath_listen(fd, 4) == 0 &&
			serves(fd, "10.1.0.1:8016") &&
			getsockname(fd, (struct sockaddr *)&plain, &(socklen_t){sizeof(plain)}) ==
				0,
		"A5: a set of one is an ordinary listener");
	multipath_close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ok(bind_to(fd, "10.1.0.1:8019,10.2.0.1:8019,[fd01::1]:8019") == 2 &&
			is(entry_of(fd, 2), "local failed 97 [fd01::1]:8019") &&
			multipath_listen(fd, 4) == 0 && serves(fd, "10.1.0.1:8019") &&
			serves(fd, "10.2.0.1:8019"),
		"A2 A5: a TCP socket of IPv4 listens on addresses of IPv4");
	multipath_close(fd);
	fd = client(0);
	plain.sin_family = AF_INET;
	plain.sin_port = htons(8017);
	plain.sin_addr.s_addr = htonl(INADDR_ANY);
	ok(multipath_bind(fd, (struct sockaddr *)&plain, sizeof(plain)) == 0 &&
			multipath_listen(fd, 4) == 0 && serves(fd, "10.2.0.1:8017"),
		"A5: so is one plain address, 0");
	ok(bind_to(fd, "10.1.0.1:8018") == 1, "A7: for which a set may come later");
	multipath_close(fd);
	fd = client(0);
	bind(fd, (struct sockaddr *)&(struct sockaddr_in6){.sin6_family = AF_INET6},
		sizeof(struct sockaddr_in6));
	ok(bind_to(fd, "10.1.0.1:8018,10.2.0.1:8018") == -1 && errno == EINVAL,
		"A5: what is bound and does not listen is not bound to a set, EINVAL");
	multipath_close(fd);
}

/* ---- again ---- */

static void test_again_listening(void)
{
	int fd = client(0), peer, before;
	char octet = 'x';

	set_reuse(fd);
	bind_to(fd, "10.1.0.1:8020,[fd01::1]:8020");
	multipath_listen(fd, 16);
	on(THERE);
	before = client(0);
	connect_to(before, "10.1.0.1:8020");
	on(HERE);
	peer = multipath_accept(fd, NULL, NULL);
	ok(bind_to(fd, "10.2.0.1:8020,[fd01::1]:8020") == 2, "A7: again, while listening: 2");
	ok(serves(fd, "10.2.0.1:8020") && serves(fd, "[fd01::1]:8020"),
		"A7: what is new is served");
	ok(dial("10.1.0.1:8020") == ECONNREFUSED, "A7: what is missing is not");
	ok(is(LOCAL_PORTS(fd), "10.2.0.1:8020,[fd01::1]:8020"), "A7 A14: and the names say so");
	ok(write(before, &octet, 1) == 1 && read(peer, &octet, 1) == 1,
		"A7: connections that are there live on");
	ok(bind_to(fd, "10.99.0.1:8020,10.98.0.1:8020") == -1 && errno == EADDRNOTAVAIL &&
			serves(fd, "10.2.0.1:8020") && serves(fd, "[fd01::1]:8020"),
		"A7: a set of which nothing can be bound changes nothing");
	ok(bind_to(fd, "10.99.0.1:8020,[fd02::1]:8020") == 1 && serves(fd, "[fd02::1]:8020") &&
			dial("10.2.0.1:8020") == ECONNREFUSED,
		"A6 A7: one of which something can, changes");
	ok(bind_to(fd, "10.1.0.1:8020,10.2.0.1:8020,[fd01::1]:8020,[fd02::1]:8020") == 4 &&
			serves(fd, "10.1.0.1:8020"),
		"A7: and what had gone may come back");
	multipath_close(before);
	multipath_close(peer);
	multipath_close(fd);
}

static void test_again_earlier(void)
{
	int fd = client(0), other = client(0);

	bind_to(fd, "10.1.0.1:8021,10.2.0.1:8021");
	ok(bind_to(fd, "[fd01::1]:8021,[fd02::1]:8021") == 2 &&
			is(LOCAL_PORTS(fd), "[fd01::1]:8021,[fd02::1]:8021"),
		"A7: again, before listen, to other addresses altogether");
	ok(bind_to(other, "10.1.0.1:8021,10.2.0.1:8021") == 2,
		"A7: the earlier ones are anybody's again");
	multipath_close(other);
	ok(multipath_listen(fd, 4) == 0 && serves(fd, "[fd01::1]:8021") &&
			serves(fd, "[fd02::1]:8021") && dial("10.1.0.1:8021") == ECONNREFUSED,
		"A7: and listens on those");
	multipath_close(fd);
	fd = client(0);
	bind_to(fd, "10.1.0.1:8022");
	multipath_listen(fd, 4);
	ok(bind_to(fd, "10.1.0.1:8022,[fd02::1]:8022") == 2 && serves(fd, "10.1.0.1:8022") &&
			serves(fd, "[fd02::1]:8022"),
		"A7: a listener of one address gets another");
	multipath_close(fd);
	fd = client(0);
	bind_to(fd, "10.1.0.1:0,10.2.0.1:0");
	multipath_listen(fd, 4);
	ok(bind_to(fd, "10.1.0.1:0,10.2.0.1:0,[fd01::1]:0") == 3 &&
			is(LOCAL_PORTS(fd),
				with_port("10.1.0.1:%d,10.2.0.1:%d,[fd01::1]:%d", port_of(fd))),
		"A7: port 0 is the port that the set has");
	multipath_close(fd);
}

/* ---- the descriptor ---- */

static void test_waiting(void)
{
	int fd = client(0), epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got;
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	struct timeval time = {.tv_usec = 100000}, no_time = {0};
	uint64_t begun;
	fd_set set;

	bind_to(fd, "10.1.0.1:8030,[fd01::1]:8030");
	multipath_listen(fd, 16);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	ok(poll(&polled, 1, 0) == 0 && epoll_wait(epoll, &got, 1, 0) == 0,
		"A5: nobody there: poll and epoll say so");
	dial("10.1.0.1:8030");
	dial("[fd01::1]:8030");
	FD_ZERO(&set);
	FD_SET(fd, &set);
	ok(poll(&polled, 1, PATIENCE) == 1 && epoll_wait(epoll, &got, 1, PATIENCE) == 1 &&
			select(fd + 1, &set, NULL, NULL, &no_time) == 1,
		"A5: somebody there: poll, epoll and select say so");
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	ok(multipath_close(multipath_accept(fd, NULL, NULL)) == 0 &&
			multipath_close(multipath_accept(fd, NULL, NULL)) == 0 &&
			multipath_accept(fd, NULL, NULL) == -1 && errno == EAGAIN,
		"A5: without blocking, two and then EAGAIN");
	fcntl(fd, F_SETFL, O_RDWR);
	multipath_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	begun = milliseconds();
	ok(multipath_accept(fd, NULL, NULL) == -1 && errno == EAGAIN &&
			milliseconds() - begun >= 95,
		"A5: SO_RCVTIMEO ends accept as it does elsewhere");
	close(epoll);
	multipath_close(fd);
}

static int int_option(int fd, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	multipath_getsockopt(fd, SOL_SOCKET, name, &value, &size);
	return value;
}

static void test_options(void)
{
	int fd = client(SOCK_NONBLOCK), peer;
	struct pollfd polled = {.fd = fd, .events = POLLIN};

	multipath_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
	bind_to(fd, "10.1.0.1:8031,[fd01::1]:8031");
	multipath_listen(fd, 16);
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC,
		"A5: a listener has the flags that the socket had");
	dial("[fd01::1]:8031");
	poll(&polled, 1, PATIENCE);
	peer = multipath_accept(fd, NULL, NULL);
	ok(peer >= 0 && int_option(peer, SO_KEEPALIVE) == 1, "A5: and every member its options");
	multipath_close(peer);
	ok(int_option(fd, SO_ACCEPTCONN) == 1 && int_option(fd, SO_TYPE) == SOCK_STREAM &&
			int_option(fd, SO_PROTOCOL) == IPPROTO_MPTCP,
		"A5: options of a listener are those of its sockets");
	ok(multipath_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){0}, sizeof(int)) == 0 &&
			int_option(fd, SO_KEEPALIVE) == 0,
		"A5: and can be set");
	ok(multipath_listen(fd, 1) == 0, "A5: listen again, for another backlog");
	ok(multipath_shutdown(fd, SHUT_RDWR) == 0 && dial("10.1.0.1:8031") == ECONNREFUSED &&
			dial("[fd01::1]:8031") == ECONNREFUSED,
		"A5: shutdown ends them all");
	multipath_close(fd);
}

/* ---- who else has it ---- */

static void test_duplicate(void)
{
	int fd = client(0), second, status;
	pid_t child;

	bind_to(fd, "10.1.0.1:8040,[fd01::1]:8040");
	multipath_listen(fd, 16);
	second = dup(fd);
	ok(serves(second, "10.1.0.1:8040"), "A5: a duplicate is the same listener");
	multipath_close(fd);
	ok(serves(second, "[fd01::1]:8040"), "A5: also when the first is closed");
	ok(bind_to(second, "10.2.0.1:8040") == 1 && serves(second, "10.2.0.1:8040"),
		"A7: and can be changed");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int peer = multipath_accept(second, NULL, NULL);

		_exit(peer < 0);
	}
	dial("10.2.0.1:8040");
	ok(waitpid(child, &status, 0) == child && status == 0, "A5: a child accepts from it");
	ok(serves(second, "10.2.0.1:8040"), "A5: and its end is not the listener's");
	multipath_close(second);
	ok(dial("10.2.0.1:8040") == ECONNREFUSED, "A5: after the last it is closed");
}

/* As a program that has inherited a listener at descriptor 3. */
static int inherited(void)
{
	struct sockaddr_mp_storage name;
	socklen_t size = sizeof(name);
	int peer = multipath_accept(3, (struct sockaddr *)&name, &size);

	if (peer < 0 || name.mp.smp_family != AF_MULTIPATH)
		return 1;
	/* The kernel does not keep their order. */
	size = sizeof(name);
	if (multipath_getsockname(3, (struct sockaddr *)&name, &size) < 0 ||
		(strcmp(text_of(&name.mp), "10.1.0.1:8041,[fd01::1]:8041") != 0 &&
			strcmp(text_of(&name.mp), "[fd01::1]:8041,10.1.0.1:8041") != 0))
		return 2;
	return multipath_close(3) == 0 ? 0 : 3;
}

static void test_exec(void)
{
	int fd = multipath_socket(AF_MULTIPATH, SOCK_STREAM, 0), status;
	pid_t child;

	bind_to(fd, "10.1.0.1:8041,[fd01::1]:8041");
	multipath_listen(fd, 16);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (dup2(fd, 3) == 3)
			execl(program, program, "inherited", (char *)NULL);
		_exit(99);
	}
	dial("[fd01::1]:8041");
	ok(waitpid(child, &status, 0) == child && status == 0,
		"A5 A14: a program that has inherited a listener finds its sockets");
	if (status != 0)
		printf("# exit status %d\n", WEXITSTATUS(status));
	multipath_close(fd);
}

/* Sends the listener, but not the sockets behind it. */
static void test_passed(void)
{
	int fd = client(0), ends[2], status;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	char octet = 'x';
	struct iovec data = {.iov_base = &octet, .iov_len = 1};
	struct msghdr message = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	pid_t child;

	bind_to(fd, "10.1.0.1:8042,[fd01::1]:8042");
	multipath_listen(fd, 16);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int passed, r;

		/* Nothing is left of what this process had. */
		for (int i = 3; i < 1024; i++)
			if (i != ends[1])
				close(i);
		if (recvmsg(ends[1], &message, 0) != 1)
			_exit(1);
		memcpy(&passed, CMSG_DATA(&control.head), sizeof(passed));
		execl(program, program, "passed", (const char[2]){(char)('0' + passed), '\0'},
			(char *)NULL);
		r = errno;
		_exit(r);
	}
	if (sendmsg(ends[0], &message, 0) != 1)
		printf("# sendmsg: %s\n", strerror(errno));
	dial("10.1.0.1:8042");
	ok(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
			WEXITSTATUS(status) == ENOTSOCK,
		"A5: passed without its sockets it is no listener, ENOTSOCK");
	close(ends[0]);
	close(ends[1]);
	multipath_close(fd);
}

/* Where the sender had the sockets, this program has others of its own. */
static int passed(const char *number)
{
	int other = socket(AF_INET, SOCK_STREAM, 0);

	listen(other, 1);
	for (int i = 0; i < 8; i++)
		dup2(other, 768 + i);
	alarm(PATIENCE / 1000);
	return multipath_accept(atoi(number), NULL, NULL) < 0 ? errno : 0;
}

/* Sockets that are held for a set go when the one that they are held for goes. */
static void test_held(void)
{
	int fd = client(0), second = dup(fd), other = client(0);

	bind_to(fd, "10.1.0.1:8050,10.2.0.1:8050");
	multipath_close(fd);
	ok(bind_to(other, "10.2.0.1:8050") == -1 && errno == EADDRINUSE,
		"A5: addresses are held while a duplicate is there");
	multipath_close(second);
	ok(bind_to(other, "10.2.0.1:8050") == 1, "A5: and not longer");
	multipath_close(other);
}

int main(int argc, char **argv)
{
	const char *missing;

	program = argv[0];
	if (argc == 2 && strcmp(argv[1], "inherited") == 0)
		return inherited();
	if (argc == 3 && strcmp(argv[1], "passed") == 0)
		return passed(argv[2]);
	missing = network_up();
	if (missing != NULL) {
		tap_skip("A4 A5 A6 A7 A14: listens on sets", missing);
		return tap_done();
	}
	on(HERE);
	test_set();
	test_count();
	test_kinds();
	test_again_listening();
	test_again_earlier();
	test_waiting();
	test_options();
	test_duplicate();
	test_exec();
	test_passed();
	test_held();
	become(0);
	return tap_done();
}
