/* SPDX-License-Identifier: MIT */
/*
 * multipath_connect() against the kernel's Multipath TCP, as an ordinary user.
 */
#include "test-net.h"

#include <arpa/inet.h>
#include <sys/time.h>

#include "multipath/connection.h"

/* What there drops, as a host that is off would. */
#define DROP(what)                                                                          \
	"nft 'add table inet t; add chain inet t c { type filter hook input priority 0; };" \
	" add rule inet t c " what " drop'"
#define UNDROP "nft delete table inet t"

static bool begins(const char *got, const char *expected)
{
	if (strncmp(got, expected, strlen(expected)) == 0)
		return true;
	printf("# %s, not %s...\n", got, expected);
	return false;
}

static void test_one(void)
{
	int server = serve("10.1.0.2:7000"), fd = client(0);
	struct sockaddr_mp_storage peer;
	socklen_t size = sizeof(peer);
	int one;

	ok(fd >= 0 && connect_to(fd, "10.1.0.2:7000") == 1, "A5 A6: a set of one is connected, 1");
	ok(is(PEER(fd), "10.1.0.2:7000") && is(LOCAL(fd), "10.1.0.1:0"),
		"A4 A14: both names are sets, IPv4 is IPv4");
	ok(connect_to(fd, "10.1.0.2:7000") == 1, "A10: the same set again, 1");
	ok(connect_to(fd, "10.2.0.2:7000") == -1 && errno == EOPNOTSUPP &&
			is(PEER(fd), "10.1.0.2:7000"),
		"A7 A10: without a path manager the last path stays, EOPNOTSUPP");
	ok(multipath_getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && size == 24,
		"A14: the name's length is its octets");
	size = 23;
	memset(&peer, 0xee, sizeof(peer));
	ok(multipath_getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && size == 24 &&
			peer.mp.smp_naddrs == 0 && peer.mp.smp_len == 8,
		"A14: an address that does not fit is left out, and the length told");
	one = multipath_accept(server, NULL, NULL);
	ok(is(PEER(one), LOCAL_PORTS(fd)) && is(LOCAL_PORTS(one), "10.1.0.2:7000"),
		"A14: and the other end has the same names");
	multipath_close(one);
	multipath_close(fd);
	multipath_close(server);
}

static void test_dead_first(void)
{
	int server = serve("10.1.0.2:7001,10.2.0.2:7001,[fd02::2]:7001"), fd = client(0), peer = -1;
	uint64_t begun, took;
	char text[8];

	run(THERE, DROP("ip daddr 10.1.0.2 tcp dport 7001"));
	begun = milliseconds();
	ok(connect_to(fd, "10.1.0.2:7001,10.2.0.2:7001") == 1 && is(PEER(fd), "10.2.0.2:7001"),
		"A8 A9: a dead first address does not cost the connection");
	took = milliseconds() - begun;
	printf("# after %d ms\n", (int)took);
	ok(took >= 245 && option(fd, MULTIPATH_ATTEMPT_DELAY) == 250,
		"A8: but one attempt delay, which is 250 ms");
	ok(is(entry_of(fd, 1), "remote unused 0 10.1.0.2:7001") &&
			is(entry_of(fd, 2), "remote established 0 10.2.0.2:7001"),
		"A9: the entries say which is in use");
	ok(write(fd, "data", 4) == 4 && (peer = multipath_accept(server, NULL, NULL)) >= 0 &&
			read(peer, text, sizeof(text)) == 4,
		"A8: and data flow on the descriptor that the program had");
	ok(fcntl(fd, F_GETFL) == O_RDWR && fcntl(fd, F_GETFD) == FD_CLOEXEC,
		"A8: which is blocking and close-on-exec as before");
	multipath_close(peer);
	multipath_close(fd);

	fd = client(0);
	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_ATTEMPT_DELAY, &(int){600}, sizeof(int));
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){1}, sizeof(int));
	begun = milliseconds();
	ok(connect_to(fd, "10.1.0.2:7001,[fd02::2]:7001") == 1 && is(PEER(fd), "[fd02::2]:7001"),
		"A4 A8: the next may be of the other family");
	took = milliseconds() - begun;
	ok(took >= 595, "A8: the attempt delay can be set");
	ok(option(fd, MULTIPATH_ATTEMPT_DELAY) == 600 && fcntl(fd, F_GETFL) == O_RDWR,
		"A8: and stays set on what has taken the socket's place");
	ok(getsockopt(fd, IPPROTO_TCP, 1, text, &(socklen_t){4}) == 0 && text[0] == 1,
		"A8: with its options");
	multipath_close(fd);
	run(THERE, UNDROP);
	multipath_close(server);
}

static void test_refused(void)
{
	int server = serve("10.2.0.2:7002"), fd = client(0);
	uint64_t begun = milliseconds(), before, after;
	socklen_t size = sizeof(before);

	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_ATTEMPT_DELAY, &(int){2 * PATIENCE}, sizeof(int));
	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &before, &size);
	ok(connect_to(fd, "10.1.0.2:7002,10.2.0.2:7002") == 1 && milliseconds() - begun < PATIENCE,
		"A8: a refusal costs no delay");
	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &after, &size);
	ok(before == after, "A8: nor another socket");
	ok(is(entry_of(fd, 1), "remote failed 111 10.1.0.2:7002"), "A6: the entry has its error");
	multipath_close(fd);
	fd = client(0);
	ok(connect_to(fd, "10.1.0.2:1,10.2.0.2:1,[fd01::2]:1") == -1 && errno == ECONNREFUSED,
		"A6: when all refuse it is ECONNREFUSED");
	ok(is(entry_of(fd, 2), "remote failed 111 [fd01::2]:1"), "A6: and each entry says so");
	ok(connect_to(fd, "10.99.0.1:1,10.1.0.2:1") == -1 && errno == ENETUNREACH,
		"A6: the error is that of the first address");
	ok(connect_to(fd, "10.2.0.2:7002") == 1, "A8: the socket can connect afterwards");
	multipath_close(fd);
	multipath_close(server);
	server = serve("[fd01::2]:7002");
	fd = client(0);
	connect_to(fd, "10.1.0.2:7002");
	ok(connect_to(fd, "[fd01::2]:7002") == 1 && is(PEER(fd), "[fd01::2]:7002"),
		"A4 A8: also to IPv6, after IPv4 has refused");
	multipath_close(fd);
	fd = client(0);
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_ATTEMPT_DELAY, &(int){2 * PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7002,[fd01::2]:7002") == 1, "A4 A8: or in the same call");
	multipath_close(fd);
	multipath_close(server);
}

/* The server's side of a race: who got data, and who a reset or an end without any. */
static void test_losers(void)
{
	int server = serve("10.1.0.2:7003,10.2.0.2:7003,[fd01::2]:7003"), fd = client(0);
	int with_data = 0, without = 0, silent = 0;
	struct pollfd polled = {.fd = server, .events = POLLIN};

	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_ATTEMPT_DELAY, &(int){0}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7003,10.2.0.2:7003,[fd01::2]:7003") == 1 &&
			write(fd, "only once", 9) == 9,
		"A8: three handshakes side by side make one connection");
	while (poll(&polled, 1, with_data == 0 ? PATIENCE : 200) == 1) {
		int peer = multipath_accept(server, NULL, NULL);
		struct timeval patience = {.tv_sec = PATIENCE / 1000};
		char text[16];
		ssize_t length;

		setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		length = read(peer, text, sizeof(text));
		with_data += length == 9;
		without += length == 0 || (length < 0 && errno != EAGAIN);
		silent += length < 0 && errno == EAGAIN;
		multipath_close(peer);
	}
	printf("# %d with data, %d without\n", with_data, without);
	ok(with_data == 1 && without <= 2 && silent == 0, "A8: losers are reset before any data");
	multipath_close(fd);
	multipath_close(server);
}

static void test_nonblocking(void)
{
	int server = serve("10.2.0.2:7004"), fd = client(SOCK_NONBLOCK);
	struct pollfd polled = {.events = POLLOUT};
	uint64_t begun;

	run(THERE, DROP("ip daddr 10.1.0.2 tcp dport 7004"));
	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_RACE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7004,10.2.0.2:7004") == 1 && is(PEER(fd), "10.2.0.2:7004"),
		"A9: a race is run without blocking as well, within its time");
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "A9: and O_NONBLOCK stays");
	multipath_close(fd);

	fd = client(SOCK_NONBLOCK);
	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_RACE_TIME, &(int){80}, sizeof(int));
	begun = milliseconds();
	ok(connect_to(fd, "10.1.0.2:7004,10.1.0.2:7005") == -1 && errno == EINPROGRESS &&
			milliseconds() - begun >= 75,
		"A9: it ends after a time that can be set, EINPROGRESS");
	ok(is(entry_of(fd, 0), "remote trying 0 10.1.0.2:7004"), "A9: and goes on");
	ok(connect_to(fd, "10.1.0.2:7004") == -1 && errno == EALREADY, "A10: again: EALREADY");
	ok(is(PEER(fd), strerror(ENOTCONN)) && is(LOCAL(fd), "10.1.0.1:0"),
		"A14: so far it has no remote address, but a local one");
	run(THERE, UNDROP);
	polled.fd = fd;
	ok(poll(&polled, 1, PATIENCE) == 1, "A9: ready when it is decided");
	multipath_close(fd);

	fd = client(SOCK_NONBLOCK);
	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_RACE_TIME, &(int){0}, sizeof(int));
	ok(connect_to(fd, "10.2.0.2:7004,10.1.0.2:7004") == -1 && errno == EINPROGRESS,
		"A9: time 0: the first address alone, EINPROGRESS");
	polled.fd = fd;
	ok(poll(&polled, 1, PATIENCE) == 1 && polled.revents == POLLOUT &&
			connect_to(fd, "10.2.0.2:7004,10.1.0.2:7004") == 1,
		"A9 A10: writable at the first path; again: 1");
	multipath_close(fd);
	multipath_close(server);
}

static void noted(int number)
{
	(void)number;
}

/* As connect(2): SO_SNDTIMEO, and signals by SA_RESTART. */
static void test_interrupted(void)
{
	struct sigaction action = {.sa_handler = noted, .sa_flags = SA_RESTART};
	struct itimerval alarm_soon = {.it_value.tv_usec = 50000, .it_interval.tv_usec = 50000};
	struct itimerval never = {0};
	struct timeval timeout = {.tv_usec = 300000};
	int fd = client(0);
	uint64_t begun;

	run(THERE, DROP("tcp dport 7006"));
	begun = milliseconds();
	multipath_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &alarm_soon, NULL);
	ok(connect_to(fd, "10.1.0.2:7006,10.2.0.2:7006") == -1 && errno == EINPROGRESS &&
			milliseconds() - begun >= 290,
		"A9: SO_SNDTIMEO ends it as it ends connect(2), a restarting signal does not");
	multipath_close(fd);
	fd = client(0);
	action.sa_flags = 0;
	sigaction(SIGALRM, &action, NULL);
	ok(connect_to(fd, "10.1.0.2:7006,10.2.0.2:7006") == -1 && errno == EINTR,
		"A9: another signal does, EINTR");
	setitimer(ITIMER_REAL, &never, NULL);
	ok(connect_to(fd, "10.1.0.2:7006") == -1 && errno == EALREADY &&
			fcntl(fd, F_GETFL) == O_RDWR,
		"A9: and the connection goes on");
	multipath_close(fd);
	signal(SIGALRM, SIG_DFL);
	run(THERE, UNDROP);
}

/* ---- what the kernel's path manager adds ---- */

static bool same_connection(int fd)
{
	static struct connection new, old;
	struct set a, b;

	if (connection_read(&new, fd) < 0 || connection_read_old(&old, fd) < 0)
		return false;
	connection_names(&new, true, &a);
	connection_names(&old, true, &b);
	return new.multipath &&new.token == old.token &&new.count == old.count &&new.subflows_max ==
		old.subflows_max &&new.accepted_max == old.accepted_max &&a.count ==
		b.count &&member_equal(&a.members[0], &b.members[0]);
}

static uint32_t identifier(int fd)
{
	socklen_t size = sizeof(uint32_t);
	uint32_t id = 0;

	return multipath_getsockopt(fd, SOL_MULTIPATH, MULTIPATH_ID, &id, &size) < 0 ? 0 : id;
}

static void test_joined(void)
{
	int server = serve("10.1.0.2:7010,[fd02::2]:7010"), fd, peer, listed;
	char command[160];
	uint32_t id;

	run(THERE, "ip mptcp endpoint add fd02::2 signal");
	run(HERE, "ip mptcp limits set subflow 4 add_addr_accepted 4");
	/* The kernel looks at its limits when the socket is made. */
	fd = client(0);
	/* So that the first packet of the second path is lost, which is sent again after a second. */
	run(THERE, DROP("ip6 daddr fd02::2 tcp dport 7010") "; (sleep 0.3; " UNDROP ") &");
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7010,[fd02::2]:7010") == 2,
		"A4 A9: what the path manager joins in the settle time is counted");
	ok(is(PEER(fd), "10.1.0.2:7010,[fd02::2]:7010") && is(LOCAL(fd), "10.1.0.1:0,[fd02::1]:0"),
		"A4 A12 A14: the names are the sets in use, of both families");
	ok(option(fd, MULTIPATH_COUNT) == 2 && option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_NOT,
		"A9: the count, and that it is not single-path");
	ok(begins(entry_of(fd, 0), "local established 0 10.1.0.1:") &&
			begins(entry_of(fd, 1), "local established 0 [fd02::1]:"),
		"A12: entries list what nobody gave as well");
	ok(same_connection(fd), "A14: kernels before 6.5 are asked otherwise, to the same end");
	id = identifier(fd);
	peer = multipath_accept(server, NULL, NULL);
	ok(id != 0 && identifier(peer) != 0 && identifier(peer) != id,
		"A15: the connection has an identifier, each end its own");
	snprintf(command, sizeof(command), "ss -Mni dst 10.1.0.2 | grep -q 'token:%x '", id);
	ok(run(HERE, command), "A15: which is the kernel's token");

	ok(connect_to(fd, "10.1.0.2:7010") == 1 && connect_to(fd, "[fd02::2]:7010") == 1 &&
			connect_to(fd, "10.1.0.2:7010,[fd02::2]:7010,10.2.0.2:7010") == 2,
		"A10: again: what of the set is connected");
	listed = run(HERE, "ss -tK dst 10.1.0.2 dport = 7010 >/dev/null");
	ok(listed && becomes(fd, multipath_getpeername, "[fd02::2]:7010") &&
			is(LOCAL(fd), "[fd02::1]:0"),
		"A12 A14: the first path is dead, and not listed any more");
	ok(option(fd, MULTIPATH_COUNT) == 1 && identifier(fd) == id,
		"A12 A15: the connection lives on with its identifier");
	ok(write(fd, "x", 1) == 1 && read(peer, command, 1) == 1, "A12: and data flow");
	multipath_close(fd);
	multipath_close(peer);
	run(THERE, "ip mptcp endpoint flush");
	run(HERE, "ip mptcp limits set subflow 2 add_addr_accepted 0");
	multipath_close(server);
}

static int tcp_server(const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	const struct sockaddr *address = multipath_next(&set.mp, NULL);
	int fd;

	on(THERE);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, address, sizeof(struct sockaddr_in)) < 0 || listen(fd, 16) < 0)
		printf("# no TCP server: %s\n", strerror(errno));
	on(HERE);
	return fd;
}

static void test_single(void)
{
	int server = serve("10.1.0.2:7011"), tcp = tcp_server("10.1.0.2:7012"), fd = client(0);

	ok(option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_UNCONNECTED,
		"A16: no path: not connected");
	ok(identifier(fd) == 0 && errno == ENOTCONN, "A15: nor has it an identifier");
	connect_to(fd, "10.1.0.2:7011");
	ok(option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_MANAGER,
		"A16: one path: no path manager would add one");
	run(HERE, "ip mptcp endpoint add 10.2.0.1 subflow");
	ok(option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_YET ||
			option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_NOT,
		"A12 A16: with an endpoint it may");
	run(HERE, "ip mptcp endpoint flush");
	multipath_close(fd);
	fd = client(0);
	ok(connect_to(fd, "10.1.0.2:7012,10.2.0.2:7012") == 1 &&
			option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_PEER &&
			is(PEER(fd), "10.1.0.2:7012") && is(LOCAL(fd), "10.1.0.1:0"),
		"A16: one path: the peer speaks TCP");
	ok(identifier(fd) == 0 && errno == EOPNOTSUPP, "A15: TCP has no identifier");
	multipath_close(fd);
	close(tcp);
	multipath_close(server);
}

/* ---- which sockets ---- */

static int protocol(int fd)
{
	socklen_t size = sizeof(int);
	int value = -1;

	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &size);
	return value;
}

static void test_sockets(void)
{
	int server = serve("10.1.0.2:7013,[fd01::2]:7013");
	int fd = socket(AF_INET6, SOCK_STREAM, 0), pipes[2];
	struct sockaddr_storage plain;
	socklen_t size = sizeof(plain);

	ok(connect_to(fd, "10.1.0.2:7013") == 1 && protocol(fd) == IPPROTO_MPTCP &&
			fcntl(fd, F_GETFD) == 0,
		"A18: an unused TCP socket of IPv6 becomes a multipath socket in place");
	ok(is(PEER(fd), "10.1.0.2:7013"), "A14: and has sets for names");
	multipath_close(fd);

	fd = socket(AF_INET6, SOCK_STREAM, 0);
	bind(fd, (struct sockaddr *)&(struct sockaddr_in6){.sin6_family = AF_INET6},
		sizeof(struct sockaddr_in6));
	ok(connect_to(fd, "[fd01::2]:7013") == 1 && protocol(fd) == IPPROTO_TCP &&
			option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_PEER,
		"A2 A18: one that was used stays TCP");
	multipath_close(fd);

	fd = socket(AF_INET, SOCK_STREAM, 0);
	ok(connect_to(fd, "[fd01::2]:7013,10.1.0.2:7013") == 1 && protocol(fd) == IPPROTO_TCP &&
			is(PEER(fd), "10.1.0.2:7013") &&
			is(entry_of(fd, 1), "remote failed 97 [fd01::2]:7013"),
		"A2: one of IPv4 stays TCP, and reaches IPv4 only");
	multipath_close(fd);

	fd = client(0);
	ok(getsockname(fd, (struct sockaddr *)&plain, &size) == 0 && plain.ss_family == AF_INET6 &&
			is(LOCAL(fd), "[::]:0"),
		"A18: the socket itself is one of IPv6");
	multipath_close(fd);
	fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
	size = sizeof(plain);
	ok(multipath_getsockname(fd, (struct sockaddr *)&plain, &size) == 0 &&
			plain.ss_family == AF_INET6 && size == sizeof(struct sockaddr_in6),
		"A14: without AF_MULTIPATH a name is an ordinary address");
	ok(connect_to(fd, "10.1.0.2:7013") == 1 && is(PEER(fd), "10.1.0.2:7013"),
		"A18: a set for a multipath socket that the program made itself");
	multipath_close(fd);

	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	ok(connect_to(fd, "10.1.0.2:7013") == -1 && errno == EAFNOSUPPORT,
		"A16: a datagram socket has no sets, EAFNOSUPPORT");
	close(fd);
	ok(connect_to(fd, "10.1.0.2:7013") == -1 && errno == EBADF, "A16: EBADF");
	ok(pipe(pipes) == 0 && connect_to(pipes[0], "10.1.0.2:7013") == -1 && errno == ENOTSOCK &&
			bind_to(pipes[0], "10.1.0.2:7013") == -1 && errno == ENOTSOCK,
		"A16: a pipe is no socket, ENOTSOCK");
	close(pipes[0]);
	close(pipes[1]);
	ok(multipath_socket(AF_MULTIPATH, SOCK_DGRAM, 0) == -1 && errno == ESOCKTNOSUPPORT &&
			multipath_socket(AF_MULTIPATH, SOCK_STREAM, IPPROTO_UDP) == -1 &&
			errno == EPROTONOSUPPORT,
		"A16: AF_MULTIPATH is for streams");
	multipath_close(server);
}

static void test_plain_address(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7014)};
	int server = serve("10.1.0.2:7014"), fd = client(0);

	inet_pton(AF_INET, "10.1.0.2", &to.sin_addr);
	ok(multipath_connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
			is(PEER(fd), "10.1.0.2:7014"),
		"A5: one plain address of IPv4 will do, and connects as ever, 0");
	multipath_close(fd);
	multipath_close(server);
}

static void test_unsupported(void)
{
	struct addrinfo hints = {.ai_family = AF_MULTIPATH}, *list;
	struct sockaddr_mp_storage set = set_of("10.1.0.2:7015");
	int fd, tcp = socket(AF_INET6, SOCK_STREAM, 0);

	run(HERE, "echo 0 >/proc/sys/net/mptcp/enabled");
	fd = multipath_socket(AF_MULTIPATH, SOCK_STREAM, 0);
	ok(fd == -1 && errno == EAFNOSUPPORT,
		"A16: without Multipath TCP socket says EAFNOSUPPORT");
	ok(connect_to(tcp, "10.1.0.2:7015") == -1 && errno == EAFNOSUPPORT &&
			protocol(tcp) == IPPROTO_TCP,
		"A16 A18: and so does connect on a TCP socket, which stays what it is");
	ok(multipath_getaddrinfo("10.1.0.2", "80", &hints, &list) == EAI_FAMILY,
		"A16: getaddrinfo says EAI_FAMILY");
	run(HERE, "echo 1 >/proc/sys/net/mptcp/enabled");
	ok(connect(tcp, (struct sockaddr *)&set, set.mp.smp_len) == -1 && errno == EAFNOSUPPORT,
		"A16: as the kernel does without the library");
	close(tcp);
}

/* ---- bound before ---- */

static void test_bound(void)
{
	int server = serve("10.1.0.2:7020,10.2.0.2:7020,[fd02::2]:7020"), fd = client(0);

	ok(bind_to(fd, "10.2.0.1:0,[fd02::1]:0") == 2, "A5 A6: two local addresses are bound, 2");
	ok(connect_to(fd, "[fd02::2]:7020") == 1 && is(LOCAL(fd), "[fd02::1]:0"),
		"A5: the source is the bound address that fits");
	ok(begins(entry_of(fd, 0), "local unused 0 10.2.0.1:") &&
			begins(entry_of(fd, 1), "local established 0 [fd02::1]:"),
		"A5: and the entries say so");
	ok(bind_to(fd, "[fd02::1]:0") == 1 && bind_to(fd, "10.1.0.1:0") == -1 &&
			errno == EOPNOTSUPP,
		"A7: bind again on a connection: what is in use stays");
	multipath_close(fd);

	fd = client(0);
	run(THERE, DROP("ip daddr 10.1.0.2 tcp dport 7020"));
	ok(bind_to(fd, "10.1.0.1:7777,10.2.0.1:7778") == 2 &&
			connect_to(fd, "10.1.0.2:7020,10.2.0.2:7020") == 1 &&
			is(LOCAL_PORTS(fd), "10.2.0.1:7778"),
		"A5 A8: in a race each address is reached from the one on its link, and its port");
	multipath_close(fd);

	fd = client(0);
	ok(bind_to(fd, "10.2.0.1:7779") == 1 &&
			connect_to(fd, "10.1.0.2:7020,10.2.0.2:7020") == 1 &&
			is(LOCAL_PORTS(fd), "10.2.0.1:7779"),
		"A5 A8: two attempts may have one port");
	multipath_close(fd);
	fd = client(0);
	ok(bind_to(fd, "10.2.0.1:0") == 1 &&
			connect_to(fd, "[fd02::2]:7020,[fd01::2]:7020") == -1 &&
			errno == ENETUNREACH,
		"A5: from IPv4 alone IPv6 is not reached, ENETUNREACH");
	multipath_close(fd);
	run(THERE, UNDROP);
	multipath_close(server);
}

static void test_resolve(void)
{
	struct addrinfo hints = {.ai_family = AF_MULTIPATH, .ai_flags = AI_CANONNAME}, *list;
	int server = serve("10.1.0.2:7021,[fd02::2]:7021"), fd;
	int r = multipath_getaddrinfo("two.example", "7021", &hints, &list);

	if (!ok(r == 0 && list->ai_next == NULL && list->ai_addr->sa_family == AF_MULTIPATH &&
			    multipath_check(list->ai_addr, list->ai_addrlen, 1) == 2,
		    "A4 A13: a name is one entry, whose address is the set of all, of both "
		    "families")) {
		printf("# %s\n", gai_strerror(r));
		return;
	}
	ok(says(list->ai_addr, "[fd02::2]:7021,10.1.0.2:7021"), "A13: in the order of RFC 6724");
	ok(list->ai_family == AF_INET6 && list->ai_socktype == SOCK_STREAM &&
			list->ai_protocol == IPPROTO_MPTCP && list->ai_canonname != NULL &&
			strcmp(list->ai_canonname, "two.example") == 0,
		"A13 A18: it says which socket to make");
	fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
	ok(multipath_connect(fd, list->ai_addr, list->ai_addrlen) == 1 &&
			is(PEER(fd), "[fd02::2]:7021"),
		"A13: and fits into connect as it is");
	/* The C library's own does as well. */
	freeaddrinfo(list);
	multipath_close(fd);
	multipath_close(server);
	hints = (struct addrinfo){.ai_flags = AI_NUMERICHOST};
	r = getaddrinfo("nowhere.example", "80", &hints, &list);
	hints.ai_family = AF_MULTIPATH;
	ok(r != 0 && multipath_getaddrinfo("nowhere.example", "80", &hints, &list) == r,
		"A13: of a name that is none it says what the C library says");
	hints.ai_flags = AI_PASSIVE;
	ok(multipath_getaddrinfo(NULL, "80", &hints, &list) == 0 &&
			(says(list->ai_addr, "0.0.0.0:80,[::]:80") ||
				says(list->ai_addr, "[::]:80,0.0.0.0:80")),
		"A5 A13: AI_PASSIVE gives the wildcards of both families");
	multipath_freeaddrinfo(list);
	hints.ai_socktype = SOCK_DGRAM;
	ok(multipath_getaddrinfo("localhost", "80", &hints, &list) == EAI_SOCKTYPE,
		"A13: datagrams have no sets, EAI_SOCKTYPE");
	hints = (struct addrinfo){.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	ok(multipath_getaddrinfo("127.0.0.1", "80", &hints, &list) == 0 &&
			list->ai_addr->sa_family == AF_INET,
		"A13: other families are the C library's");
	multipath_freeaddrinfo(list);
	multipath_freeaddrinfo(NULL);
}

int main(void)
{
	const char *missing = network_up();

	if (missing != NULL) {
		tap_skip(
			"A2 A4 A5 A6 A8 A9 A10 A12 A13 A14 A15 A16 A18: connects to sets", missing);
		return tap_done();
	}
	on(HERE);
	test_one();
	test_dead_first();
	test_refused();
	test_losers();
	test_nonblocking();
	test_interrupted();
	test_joined();
	test_single();
	test_sockets();
	test_plain_address();
	test_unsupported();
	test_bound();
	test_resolve();
	become(0);
	return tap_done();
}
