/* SPDX-License-Identifier: MIT */
/*
 * Sets of addresses over SCTP, between two hosts: a kernel that has it is needed.
 */
#include "test-net.h"

#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/sctp.h>
#include <sys/socket.h>

#include "multipath/association.h"

static int made(enum host host, int flags)
{
	int fd;

	on(host);
	fd = multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC | flags, IPPROTO_SCTP);
	on(HERE);
	return fd;
}

static int listen_on(const char *text)
{
	int fd = made(THERE, 0);
	int bound;

	on(THERE);
	bound = bind_to(fd, text);
	if (bound < 0 || multipath_listen(fd, 8) < 0)
		printf("# listen on %s: %d, %s\n", text, bound, strerror(errno));
	on(HERE);
	return fd;
}

/* An octet goes from one end to the other. */
static bool passes(int from, int to)
{
	static unsigned char next;
	unsigned char sent = ++next, received = 0;
	struct pollfd pollfd = {.fd = to, .events = POLLIN};

	return send(from, &sent, 1, MSG_NOSIGNAL) == 1 && poll(&pollfd, 1, PATIENCE) == 1 &&
		recv(to, &received, 1, 0) == 1 && received == sent;
}

/* How much this host has sent over a link. */
static size_t sent_over(const char *link)
{
	struct ifaddrs *all;
	size_t octets = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *each = all; each != NULL; each = each->ifa_next)
		if (each->ifa_addr != NULL && each->ifa_addr->sa_family == AF_PACKET &&
			strcmp(each->ifa_name, link) == 0)
			octets = ((const struct rtnl_link_stats *)each->ifa_data)->tx_bytes;
	freeifaddrs(all);
	return octets;
}

/* Where data go as long as that path answers. */
static bool primary_is(int fd, const char *address)
{
	struct sctp_status status = {0};
	socklen_t size = sizeof(status);
	char text[INET6_ADDRSTRLEN] = "none";
	const struct sockaddr *primary = (struct sockaddr *)&status.sstat_primary.spinfo_address;

	if (getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &size) == 0)
		getnameinfo(primary, sizeof(status.sstat_primary.spinfo_address), text,
			sizeof(text), NULL, 0, NI_NUMERICHOST);
	return is(text, address);
}

/* All of some kilooctets arrives, by one link and not by the other. */
static bool passes_by(int from, int to, const char *link, const char *other)
{
	static char data[12000];
	size_t by_link = sent_over(link), by_other = sent_over(other), received = 0;
	struct pollfd pollfd = {.fd = to, .events = POLLIN};

	if (send(from, data, sizeof(data), MSG_NOSIGNAL) != sizeof(data))
		return false;
	while (received < sizeof(data) && poll(&pollfd, 1, PATIENCE) == 1) {
		ssize_t n = recv(to, data, sizeof(data), 0);

		if (n <= 0)
			return false;
		received += (size_t)n;
	}
	by_link = sent_over(link) - by_link;
	by_other = sent_over(other) - by_other;
	printf("# %zu octets over %s, %zu over %s\n", by_link, link, by_other, other);
	return received == sizeof(data) && by_link >= sizeof(data) && by_other < sizeof(data);
}

static bool holds(
	int fd, int (*name)(int, struct sockaddr *, socklen_t *), const char *member, bool expected)
{
	uint64_t end = milliseconds() + PATIENCE;

	while ((strstr(name_of(fd, name, true), member) != NULL) != expected &&
		milliseconds() < end)
		poll(NULL, 0, 20);
	if ((strstr(name_of(fd, name, true), member) != NULL) == expected)
		return true;
	printf("# %s, %s %s\n", name_of(fd, name, true), expected ? "without" : "with", member);
	return false;
}

/* One of the entries reads so. */
static bool has_entry(int fd, const char *expected)
{
	const char *entry;

	for (size_t i = 0; strcmp(entry = entry_of(fd, i), "none") != 0; i++) {
		if (strcmp(entry, expected) == 0)
			return true;
		printf("# %s\n", entry);
	}
	return false;
}

/* ---- binding ---- */

static void test_bind(void)
{
	int fd = made(THERE, 0);

	on(THERE);
	ok(fd >= 0 && socket_is_sctp(fd), "A17: a socket for sets is one of SCTP if that is asked");
	ok(bind_to(fd, "10.1.0.2:7000,10.9.9.9:7000,[fd02::2]:7000") == 2,
		"A17 A4 A6: it is bound to what of a set is an address of this host");
	ok(has_entry(fd, "local failed 99 10.9.9.9:7000") &&
			has_entry(fd, "local bound 0 [fd02::2]:7000"),
		"A17 A6: of each address it is known what came of it");
	ok(is(LOCAL_PORTS(fd), "10.1.0.2:7000,[fd02::2]:7000"), "A17 A14: and which are bound");
	ok(bind_to(fd, "10.1.0.2:7001") < 0 && errno == EINVAL,
		"A17: another port is refused, since SCTP has one");
	ok(is(LOCAL_PORTS(fd), "10.1.0.2:7000,[fd02::2]:7000"), "A17 A7: which changes nothing");
	ok(bind_to(fd, "10.2.0.2:7000,[fd02::2]:0") == 2 &&
			is(LOCAL_PORTS(fd), "10.2.0.2:7000,[fd02::2]:7000"),
		"A17 A7: binding again replaces the set");
	ok(bind_to(fd, "10.9.9.9:7000") < 0 && errno == EADDRNOTAVAIL,
		"A17 A6: nothing that could be bound is a failure");
	ok(is(LOCAL_PORTS(fd), "10.2.0.2:7000,[fd02::2]:7000"), "A17 A7: the last one stays");
	ok(multipath_listen(fd, 8) == 0 && bind_to(fd, "10.1.0.2:7000,10.2.0.2:7000") == 2 &&
			is(LOCAL_PORTS(fd), "10.1.0.2:7000,10.2.0.2:7000"),
		"A17 A7: also while it listens");
	ok(option(fd, MULTIPATH_COUNT) == 2, "A17: how many they are is an option");
	multipath_close(fd);
	fd = made(THERE, 0);
	on(THERE);
	ok(bind_to(fd, "10.1.0.2:0,10.2.0.2:0") == 2 && option(fd, MULTIPATH_COUNT) == 2,
		"A17 A5: members without a port share one");
	multipath_close(fd);
	fd = made(THERE, 0);
	on(THERE);
	ok(bind_to(fd, "[::]:7002") == 1 && multipath_listen(fd, 8) == 0,
		"A17 A5: a wildcard is bound");
	multipath_close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
	ok(bind_to(fd, "[fd01::2]:7003") < 0 && errno == EAFNOSUPPORT,
		"A17 A2: a socket of IPv4 takes none of IPv6");
	ok(bind_to(fd, "[fd01::2]:7003,10.1.0.2:7003") == 1, "A17 A2: but the rest");
	multipath_close(fd);
	on(HERE);
}

/* ---- connecting ---- */

static void test_connect(int listener)
{
	struct sockaddr_mp_storage set;
	socklen_t size = sizeof(set);
	int fd = made(HERE, 0), peer, again;

	ok(option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_UNCONNECTED, "a socket has no path");
	ok(bind_to(fd, "10.1.0.1:0,10.2.0.1:0") == 2, "A17 A5: a client is bound as well");
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7000,10.2.0.2:7000") == 2,
		"A17 A8 A9: it is connected to both addresses of a host");
	ok(is(PEER(fd), "10.1.0.2:7000,10.2.0.2:7000") && is(LOCAL(fd), "10.1.0.1:0,10.2.0.1:0"),
		"A17 A14: and knows the addresses of both ends");
	ok(option(fd, MULTIPATH_COUNT) == 2 && option(fd, MULTIPATH_ID) != 0 &&
			option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_NOT,
		"A17 A15: how many they are, and the association's identifier");
	peer = multipath_accept(listener, (struct sockaddr *)&set, &size);
	ok(peer >= 0 && set.mp.smp_family == AF_MULTIPATH && set.mp.smp_naddrs == 2,
		"A17 A14: who accepts learns all addresses of the client");
	ok(passes(fd, peer) && passes(peer, fd), "A17: octets pass");
	ok(connect_to(fd, "10.9.9.9:7000") < 0 && errno == EOPNOTSUPP && passes(fd, peer),
		"A17 A10: no address of the peer is no set for a connection");
	ok(bind_to(fd, "10.9.9.9:0") < 0 && passes(fd, peer),
		"A17 A7: no address of the host is none either");

	run(HERE, "ip link set mpa0 down");
	ok(passes(fd, peer), "A17: with one path down, octets pass by the other");
	ok(passes(peer, fd), "A17: in both directions");
	run(HERE, "ip link set mpa0 up");

	ok(connect_to(fd, "10.2.0.2:7000,10.9.9.9:7000") == 1,
		"A17 A10: to connect again says how many of a set are in use");
	ok(primary_is(fd, "::ffff:10.2.0.2") && passes_by(fd, peer, "mpb0", "mpa0"),
		"A17 A10: and data go to the first of them");
	run(HERE, "ip link set mpa0 down");
	ok(passes(fd, peer), "A17 A10: so that the other may go away");
	run(HERE, "ip link set mpa0 up");
	again = made(HERE, 0);
	ok(connect_to(again, "10.2.0.2:7000,10.1.0.2:7000") > 0, "another connection");
	multipath_close(again);
	again = multipath_accept(listener, NULL, NULL);
	multipath_close(again);
	multipath_close(peer);
	multipath_close(fd);
}

static void test_dead(int listener)
{
	int fd = made(HERE, 0), peer;
	uint64_t begin = milliseconds();

	ok(connect_to(fd, "10.1.0.99:7000,10.2.0.2:7000") == 1,
		"A17 A8: a dead first address does not cost the connection");
	printf("# after %d ms\n", (int)(milliseconds() - begin));
	ok(is(PEER(fd), "10.2.0.2:7000") || is(PEER(fd), "10.1.0.2:7000,10.2.0.2:7000"),
		"A17 A14: and is not among the names");
	ok(has_entry(fd, "remote failed 111 10.1.0.99:7000"),
		"A17 A11: what is no address of this host is marked");
	peer = multipath_accept(listener, NULL, NULL);
	ok(passes(fd, peer), "A17 A8: octets pass");
	multipath_close(peer);
	multipath_close(fd);

	fd = made(HERE, 0);
	ok(connect_to(fd, "10.1.0.2:7999,10.2.0.2:7999") < 0 && errno == ECONNREFUSED,
		"A17 A9: where nobody listens is an error");
	multipath_close(fd);
	fd = made(HERE, 0);
	ok(connect_to(fd, "10.1.0.2:7000,10.2.0.2:7001") == 1 &&
			has_entry(fd, "remote failed 22 10.2.0.2:7001"),
		"A17: of two ports the first one's is connected to");
	peer = multipath_accept(listener, NULL, NULL);
	multipath_close(peer);
	multipath_close(fd);
}

static void test_nonblocking(int listener)
{
	struct pollfd pollfd = {.fd = made(HERE, SOCK_NONBLOCK), .events = POLLOUT};
	int fd = pollfd.fd, peer;

	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_RACE_TIME, &(int){0}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7000,10.2.0.2:7000") < 0 && errno == EINPROGRESS,
		"A17 A9: a socket that does not block goes on connecting");
	ok(poll(&pollfd, 1, PATIENCE) == 1 && (pollfd.revents & POLLOUT) != 0 && PEER(fd)[0] == '1',
		"A17 A9: and is writable when that is done");
	peer = multipath_accept(listener, NULL, NULL);
	ok(passes(fd, peer), "A17 A9: octets pass");
	multipath_close(peer);
	multipath_close(fd);
	fd = made(HERE, SOCK_NONBLOCK);
	multipath_setsockopt(fd, SOL_MULTIPATH, MULTIPATH_RACE_TIME, &(int){PATIENCE}, sizeof(int));
	ok(connect_to(fd, "10.1.0.2:7000,10.2.0.2:7000") >= 1,
		"A17 A9: with some patience it is connected when the call returns");
	multipath_close(multipath_accept(listener, NULL, NULL));
	multipath_close(fd);
}

/* ---- addresses that change ---- */

static void test_change(void)
{
	static const char allow[] = "sysctl -qw net.sctp.addip_enable=1 "
				    "net.sctp.addip_noauth_enable=1";
	int listener, fd, peer;

	listener = listen_on("10.1.0.2:7009");
	fd = made(HERE, 0);
	ok(bind_to(fd, "10.1.0.1:0") == 1 && connect_to(fd, "10.1.0.2:7009") == 1,
		"A17: where the kernels do not tell each other of new addresses,");
	ok(bind_to(fd, "10.2.0.1:0") < 0 && errno == EOPNOTSUPP && is(LOCAL(fd), "10.1.0.1:0"),
		"A17 A7: a set with none that is in use is refused");
	ok(bind_to(fd, "10.2.0.1:0,10.1.0.1:0") == 1 && is(LOCAL(fd), "10.1.0.1:0"),
		"A17 A7: and of another one counts what is in use");
	multipath_close(fd);
	multipath_close(listener);

	ok(run(HERE, allow) && run(THERE, allow), "the kernels allow addresses to change");
	listener = listen_on("10.1.0.2:7010,10.2.0.2:7010");
	fd = made(HERE, 0);
	ok(bind_to(fd, "10.1.0.1:0") == 1 && connect_to(fd, "10.1.0.2:7010,10.2.0.2:7010") >= 1,
		"A17: a connection from one address");
	peer = multipath_accept(listener, NULL, NULL);
	ok(passes(fd, peer) && holds(peer, multipath_getpeername, "10.2.0.1", false),
		"A17: of which the peer knows no other");
	ok(bind_to(fd, "10.1.0.1:0,10.2.0.1:0") == 2, "A17 A7: gets another one");
	ok(holds(peer, multipath_getpeername, "10.2.0.1", true),
		"A17 A12: which the peer hears of, and uses");
	ok(bind_to(fd, "10.2.0.1:0") == 1 && holds(fd, multipath_getsockname, "10.1.0.1", false),
		"A17 A7: the first is given up");
	ok(holds(peer, multipath_getpeername, "10.1.0.1", false),
		"A17 A12: which the peer hears of as well");
	run(HERE, "ip link set mpa0 down");
	ok(passes(fd, peer) && passes(peer, fd), "A17 A7: and the connection has moved");
	run(HERE, "ip link set mpa0 up");
	multipath_close(peer);
	multipath_close(fd);
	multipath_close(listener);
}

int main(void)
{
	const char *reason = network_up();
	int listener;

	if (reason == NULL && (listener = made(HERE, 0)) < 0)
		reason = errno == EPROTONOSUPPORT ? "this kernel has no SCTP" : strerror(errno);
	if (reason != NULL) {
		become(0);
		printf("1..0 # SKIP %s\n", reason);
		return 0;
	}
	multipath_close(listener);
	test_bind();
	listener = listen_on("10.1.0.2:7000,10.2.0.2:7000");
	test_connect(listener);
	test_dead(listener);
	test_nonblocking(listener);
	multipath_close(listener);
	test_change();
	return tap_done();
}
