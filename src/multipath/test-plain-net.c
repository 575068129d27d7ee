/* SPDX-License-Identifier: MIT */
/*
 * multipath_connect() with a set of one on a socket that was not used yet: what it costs beside connect(2), and
 * that a socket that was used is not taken for one that was not.
 */
#include "test-net.h"

#include <arpa/inet.h>
#include <sys/syscall.h>

/* Calls that the library makes, instead of the C library's. Those are declared with types of its own making. */
static struct {
	int asked, named, connected, others;
} calls;

#define COUNTED(name, parameters) int counted_##name parameters __asm__(#name)

COUNTED(getsockopt, (int fd, int level, int option, void *value, socklen_t *size));
COUNTED(setsockopt, (int fd, int level, int option, const void *value, socklen_t size));
COUNTED(getsockname, (int fd, void *address, socklen_t *size));
COUNTED(getpeername, (int fd, void *address, socklen_t *size));
COUNTED(connect, (int fd, const void *address, socklen_t size));

int counted_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	calls.asked++;
	return (int)syscall(SYS_getsockopt, fd, level, option, value, size);
}

int counted_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	calls.others++;
	return (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}

int counted_getsockname(int fd, void *address, socklen_t *size)
{
	calls.named++;
	return (int)syscall(SYS_getsockname, fd, address, size);
}

int counted_getpeername(int fd, void *address, socklen_t *size)
{
	calls.others++;
	return (int)syscall(SYS_getpeername, fd, address, size);
}

int counted_connect(int fd, const void *address, socklen_t size)
{
	calls.connected++;
	return (int)syscall(SYS_connect, fd, address, size);
}

static bool are(int asked, int named, int connected, int others)
{
	if (calls.asked == asked && calls.named == named && calls.connected == connected &&
		calls.others == others)
		return true;
	printf("# asked %d, named %d, connected %d, others %d\n", calls.asked, calls.named,
		calls.connected, calls.others);
	return false;
}

static int counted(int fd, const char *text)
{
	memset(&calls, 0, sizeof(calls));
	return connect_to(fd, text);
}

/* By connect(2) itself: what the library knows nothing of. */
static int connect_alone(int fd, const char *address, uint16_t port)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	inet_pton(AF_INET6, address, &name.sin6_addr);
	return connect(fd, (const struct sockaddr *)&name, sizeof(name));
}

static void test_cost(void)
{
	int server = serve("10.1.0.2:7100,[fd01::2]:7100"), fd = client(0);

	ok(counted(fd, "10.1.0.2:7100") == 1 && are(1, 1, 1, 0),
		"A5 A8: a set of one costs connect(2), and two questions");
	ok(is(PEER(fd), "10.1.0.2:7100") && is(LOCAL(fd), "10.1.0.1:0") &&
			is(entry_of(fd, 1), "remote established 0 10.1.0.2:7100"),
		"A4 A14: and is remembered");
	ok(connect_to(fd, "10.1.0.2:7100") == 1, "A10: it is one to connect again");
	multipath_close(fd);
	fd = client(SOCK_NONBLOCK);
	ok((counted(fd, "[fd01::2]:7100") == 1 || errno == EINPROGRESS) && are(1, 1, 1, 0),
		"A5 A8: of IPv6 and without blocking as well");
	ok(becomes(fd, multipath_getpeername, "[fd01::2]:7100"), "A9: and is connected");
	multipath_close(fd);
	multipath_close(server);
}

static void test_refused(void)
{
	int server = serve("[fd02::2]:7101"), fd = client(0);

	ok(counted(fd, "10.2.0.2:7101") == -1 && errno == ECONNREFUSED && are(1, 1, 1, 0) &&
			is(entry_of(fd, 0), "remote failed 111 10.2.0.2:7101"),
		"A6: its failure is the call's, and the entry's");
	ok(connect_to(fd, "[fd02::2]:7101") == 1 && is(PEER(fd), "[fd02::2]:7101"),
		"A4 A8: and it can still connect, by the other family as well");
	multipath_close(fd);
	multipath_close(server);
}

static void test_used(void)
{
	int server = serve("10.1.0.2:7102"), fd = client(0);

	ok(connect_alone(fd, "::ffff:10.1.0.2", 7102) == 0 &&
			connect_to(fd, "10.1.0.2:7102") == 1 &&
			connect_to(fd, "10.2.0.2:7102") == -1 && errno == EOPNOTSUPP,
		"A10: one that connect(2) has connected is one to connect again");
	multipath_close(fd);
	run(THERE,
		"nft 'add table inet t; add chain inet t c { type filter hook input priority 0; };"
		" add rule inet t c tcp dport 7103 drop'");
	fd = client(SOCK_NONBLOCK);
	ok(connect_alone(fd, "::ffff:10.1.0.2", 7103) == -1 && errno == EINPROGRESS &&
			fcntl(fd, F_SETFL, O_RDWR) == 0 && connect_to(fd, "10.1.0.2:7103") == -1 &&
			errno == EALREADY,
		"A9: one that it is connecting is not waited for: EALREADY");
	multipath_close(fd);
	fd = client(SOCK_NONBLOCK);
	ok(connect_to(fd, "10.1.0.2:7103") == -1 && errno == EINPROGRESS &&
			is(entry_of(fd, 0), "remote trying 0 10.1.0.2:7103") &&
			connect_to(fd, "10.1.0.2:7103") == -1 && errno == EALREADY,
		"A9: nor one that the call is");
	multipath_close(fd);
	run(THERE, "nft delete table inet t");
	fd = client(0);
	ok(listen(fd, 1) == 0 && connect_to(fd, "10.1.0.2:7102") == -1 && errno == EISCONN,
		"A8: one that listens cannot connect: EISCONN");
	multipath_close(fd);
	multipath_close(server);
}

static void test_bound(void)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6};
	int server = serve("10.2.0.2:7104,[fd02::2]:7104"), fd = client(0);

	inet_pton(AF_INET6, "::ffff:10.2.0.1", &name.sin6_addr);
	ok(bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
			connect_to(fd, "10.2.0.2:7104") == 1 && is(LOCAL(fd), "10.2.0.1:0"),
		"A5: one that bind(2) has bound goes from there");
	ok(strncmp(entry_of(fd, 0), "local ", 6) == 0, "A5: which is remembered");
	multipath_close(fd);
	fd = client(0);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
	ok(bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
			connect_to(fd, "[fd02::2]:7104") == -1 &&
			connect_to(fd, "10.2.0.2:7104") == 1 && is(LOCAL(fd), "10.2.0.1:0"),
		"A5: as does one that has no port yet");
	multipath_close(fd);
	multipath_close(server);
}

int main(void)
{
	const char *missing = network_up();

	if (missing != NULL) {
		tap_skip("A4 A5 A6 A8 A9 A10 A14: connects to a set of one", missing);
		return tap_done();
	}
	on(HERE);
	test_cost();
	test_refused();
	test_used();
	test_bound();
	become(0);
	return tap_done();
}
