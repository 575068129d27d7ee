/* SPDX-License-Identifier: MIT */
/*
 * Sets of addresses, against what a program would do by hand.
 *
 *	connect		a set of one: multipath_connect() against connect() of a socket of Multipath TCP
 *	join		a set of two, until both are in use: against a privileged program that asks the kernel's
 *			path manager by itself, preset to user space
 *	dial SET	once: milliseconds until multipath_connect() returns, and what
 *	send SET...	for SECONDS; with several sets, connects again to the next in each equal part of them
 *	upload SET	so many MiB
 *	sink [trace]	the server of all: says one octet and reads; says of each connection how much came, in
 *			which time, and the longest time without anything; trace: and what came in each 10 ms
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>
#include <mif/multipath.h>
#include <netinet/tcp.h>

#include "kernel/mptcp.h"
#include "measure.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define PAUSE_US 2000
#define PORT 7000
#define NOBODY 65534

static void enter(const char *namespace)
{
	int where = measure_call(open(namespace, O_RDONLY | O_CLOEXEC), namespace);

	measure_call(setns(where, CLONE_NEWNET), namespace);
	close(where);
}

static struct sockaddr_mp_storage set_of(const char *text)
{
	struct sockaddr_mp_storage set;

	if (multipath_parse(&set, text) < 0)
		measure_fail(errno, text);
	return set;
}

static const struct sockaddr *address_of(const struct sockaddr_mp_storage *set)
{
	return (const struct sockaddr *)set;
}

/* ---- the bare program: one path, and a second by the kernel's own messages ---- */

static struct mnl_socket *manager_open(struct kernel_mptcp_family *family)
{
	_Alignas(struct nlmsghdr) char octets[8192];
	struct mnl_socket *manager = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	struct nlmsghdr *message = kernel_mptcp_family_message(octets);
	int size;

	if (manager == NULL || mnl_socket_bind(manager, 0, MNL_SOCKET_AUTOPID) < 0)
		measure_fail(errno, "netlink");
	message->nlmsg_flags = NLM_F_REQUEST;
	measure_call((int)mnl_socket_sendto(manager, message, message->nlmsg_len), "netlink");
	size = measure_call((int)mnl_socket_recvfrom(manager, octets, sizeof(octets)), "netlink");
	if (size == 0 || kernel_mptcp_family_parse((struct nlmsghdr *)octets, family) != 1)
		measure_fail(ENOTSUP, "the kernel's path manager");
	measure_call(mnl_socket_setsockopt(
			     manager, NETLINK_ADD_MEMBERSHIP, &family->events, sizeof(int)),
		"the kernel's path manager");
	return manager;
}

/* The event of a type that comes next. */
static void manager_wait(
	struct mnl_socket *manager, uint16_t family, uint8_t type, struct kernel_mptcp_event *event)
{
	_Alignas(struct nlmsghdr) char octets[8192];

	for (;;) {
		int size = measure_call(
			(int)mnl_socket_recvfrom(manager, octets, sizeof(octets)), "netlink");
		const struct nlmsghdr *message = (const struct nlmsghdr *)octets;

		for (; mnl_nlmsg_ok(message, size); message = mnl_nlmsg_next(message, &size)) {
			if (message->nlmsg_type == NLMSG_ERROR)
				measure_fail(-*(const int *)mnl_nlmsg_get_payload(message),
					"the kernel's path manager");
			if (kernel_mptcp_event_parse(message, family, event) == 1 &&
				event->event == type)
				return;
		}
	}
}

static struct mif_address ipv4_of(const struct sockaddr *address)
{
	struct mif_address result = {.family = AF_INET};

	memcpy(result.octets, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	return result;
}

static void join_bare(struct mnl_socket *manager, uint16_t family, const struct sockaddr_mp *set,
	const char *source)
{
	_Alignas(struct nlmsghdr) char octets[KERNEL_MPTCP_MESSAGE];
	const struct sockaddr *first = multipath_next(set, NULL),
			      *second = multipath_next(set, first);
	struct kernel_mptcp_end local = {.id = 1}, remote = {.id = -1};
	struct kernel_mptcp_command command = {.command = MPTCP_PM_CMD_SUBFLOW_CREATE,
		.id = -1,
		.local = &local,
		.remote = &remote};
	struct kernel_mptcp_event event;
	struct nlmsghdr *message;
	int fd = measure_call(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP), "socket");

	measure_call(connect(fd, first, sizeof(struct sockaddr_in)), "connect");
	manager_wait(manager, family, MPTCP_EVENT_ESTABLISHED, &event);
	command.token = event.token;
	local.endpoint.address.family = AF_INET;
	inet_pton(AF_INET, source, local.endpoint.address.octets);
	remote.endpoint.address = ipv4_of(second);
	remote.endpoint.port = PORT;
	message = kernel_mptcp_message(octets, family, &command);
	message->nlmsg_flags = NLM_F_REQUEST;
	measure_call((int)mnl_socket_sendto(manager, message, message->nlmsg_len), "netlink");
	manager_wait(manager, family, MPTCP_EVENT_SUB_ESTABLISHED, &event);
	close(fd);
}

/* Whoever listens to the kernel is told when a second path is in use, and says so. */
static int witness_open(void)
{
	struct kernel_mptcp_family family;
	struct kernel_mptcp_event event;
	struct mnl_socket *manager = manager_open(&family);
	int ends[2];

	measure_call(pipe2(ends, O_CLOEXEC), "pipe");
	if (measure_fork() != 0) {
		close(ends[1]);
		return ends[0];
	}
	for (;;) {
		uint64_t now;

		manager_wait(manager, family.id, MPTCP_EVENT_SUB_ESTABLISHED, &event);
		now = measure_now();
		if (write(ends[1], &now, sizeof(now)) != sizeof(now))
			_exit(1);
	}
}

static uint64_t join_bare_sample(const char *set_text, const char *source)
{
	static struct mnl_socket *manager;
	static struct kernel_mptcp_family family;
	struct sockaddr_mp_storage set = set_of(set_text);
	uint64_t started;

	if (manager == NULL)
		manager = manager_open(&family);
	usleep(PAUSE_US);
	started = measure_now();
	join_bare(manager, family.id, &set.mp, source);
	return measure_now() - started;
}

/* ---- the same by sets ---- */

struct taken {
	uint64_t begin, connect, whole;
};

static struct taken set_sample(const char *text, int expected)
{
	struct sockaddr_mp_storage set = set_of(text);
	struct taken taken;
	uint64_t started, made;
	int fd, r;

	usleep(PAUSE_US);
	started = measure_now();
	fd = measure_call(
		multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC, 0), "multipath_socket");
	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE_MS}, sizeof(int));
	taken.begin = made = measure_now();
	r = multipath_connect(fd, address_of(&set), set.mp.smp_len);
	taken.connect = measure_now() - made;
	taken.whole = measure_now() - started;
	if (r != expected)
		measure_fail(r < 0 ? errno : 0, "multipath_connect: not all of the set is in use");
	multipath_close(fd);
	return taken;
}

static struct taken bare_sample(const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	struct taken taken;
	uint64_t started, made;
	int fd;

	usleep(PAUSE_US);
	started = measure_now();
	fd = measure_call(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP), "socket");
	made = measure_now();
	measure_call(
		connect(fd, multipath_next(&set.mp, NULL), sizeof(struct sockaddr_in)), "connect");
	taken.connect = measure_now() - made;
	taken.whole = measure_now() - started;
	close(fd);
	return taken;
}

/* The bare side three times: where nobody listens to the kernel's events of connections, where somebody does, as
 * whoever manages paths must, and where mifd does. */
static int connect_main(char **argv)
{
	static const char *const names[] = {"bare", "set", "heard", "host"};
	static const size_t places[] = {1, 3, 5, 3};
	const size_t sides = sizeof(names) / sizeof(names[0]);
	size_t count = measure_number(argv[0]);
	struct series one[4], whole[4];

	for (size_t side = 0; side < sides; side++) {
		series_init(&one[side], names[side], "one", count);
		series_init(&whole[side], names[side], "whole", count);
	}
	enter(argv[5]);
	witness_open();
	for (size_t i = 0; i < sides * count; i++) {
		size_t side = (i + i / sides) % sides;
		char **place = argv + places[side];
		struct taken taken;

		enter(place[0]);
		taken = side == 1 ? set_sample(place[1], 1) : bare_sample(place[1]);
		series_add(&one[side], taken.connect);
		series_add(&whole[side], taken.whole);
	}
	for (size_t side = 0; side < sides; side++) {
		series_print(&one[side]);
		series_print(&whole[side]);
	}
	return 0;
}

/* Until the kernel says that there is a second path, and until multipath_connect() does. */
static void join_set_sample(
	int witness, const char *set, struct series *joined, struct series *told)
{
	struct taken taken = set_sample(set, 2);
	uint64_t when;

	if (read(witness, &when, sizeof(when)) != sizeof(when))
		measure_fail(EPIPE, "the witness");
	series_add(joined, when - taken.begin);
	series_add(told, taken.connect);
}

static int join_main(char **argv)
{
	size_t count = measure_number(argv[0]);
	struct series bare, joined, told;
	int witness;

	series_init(&bare, "bare", "join", count);
	series_init(&joined, "set", "join", count);
	series_init(&told, "told", "join", count);
	enter(argv[3]);
	witness = witness_open();
	for (size_t i = 0; i < 2 * count; i++) {
		bool set = (i + i / 2) % 2 == 1;

		enter(argv[set ? 3 : 1]);
		if (set)
			join_set_sample(witness, argv[4], &joined, &told);
		else
			series_add(&bare, join_bare_sample(argv[2], argv[5]));
	}
	series_print(&bare);
	series_print(&joined);
	series_print(&told);
	return 0;
}

/* ---- one connection ---- */

static int dial_main(char **argv)
{
	struct sockaddr_mp_storage set = set_of(argv[0]);
	int fd, r;
	uint64_t started;

	measure_call(setuid(NOBODY), "setuid");
	fd = measure_call(
		multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC, 0), "multipath_socket");
	started = measure_now();
	r = multipath_connect(fd, address_of(&set), set.mp.smp_len);
	printf("%.3f %d\n", (double)(measure_now() - started) / 1e6, r);
	multipath_close(fd);
	return r < 0;
}

/* Of the path that waits longest, milliseconds. */
static double timeout_of(int fd)
{
	struct {
		struct mptcp_subflow_data head;
		struct tcp_info info[8];
	} paths = {.head = {.size_subflow_data = sizeof(paths.head),
			   .size_user = sizeof(struct tcp_info)}};
	socklen_t size = sizeof(paths);
	double longest = 0;

	if (getsockopt(fd, 284, MPTCP_TCPINFO, &paths, &size) < 0)
		return 0;
	for (uint32_t i = 0; i < paths.head.num_subflows && i < 8; i++)
		if (paths.info[i].tcpi_rto / 1e3 > longest)
			longest = paths.info[i].tcpi_rto / 1e3;
	return longest;
}

/* To where a datagram would leave from: who is bound gets no path that was not asked for. */
static void bind_alone(int fd, const struct sockaddr_mp_storage *set)
{
	const struct sockaddr *remote = multipath_next(&set->mp, NULL);
	int datagram = measure_call(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
	struct sockaddr_in source;
	socklen_t size = sizeof(source);

	measure_call(connect(datagram, remote, size), "connect");
	measure_call(getsockname(datagram, (struct sockaddr *)&source, &size), "getsockname");
	close(datagram);
	source.sin_port = 0;
	measure_call(multipath_bind(fd, (const struct sockaddr *)&source, size), "multipath_bind");
}

static int send_main(int argc, char **argv)
{
	static char octets[1 << 16];
	uint64_t part = measure_number(argv[0]) * 1000000000 / (uint64_t)(argc - 1), next;
	struct sockaddr_mp_storage set = set_of(argv[1]);
	int fd, at = 1;

	measure_call(setuid(NOBODY), "setuid");
	fd = measure_call(
		multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC, 0), "multipath_socket");
	if (argc == 2 && set.mp.smp_naddrs == 1)
		bind_alone(fd, &set);
	measure_call(multipath_connect(fd, address_of(&set), set.mp.smp_len), "multipath_connect");
	for (next = measure_now() + part;;) {
		measure_call((int)write(fd, octets, sizeof(octets)), "write");
		if (measure_now() < next)
			continue;
		if (++at == argc)
			break;
		set = set_of(argv[at]);
		printf("%.1f ", timeout_of(fd));
		measure_call(multipath_connect(fd, address_of(&set), set.mp.smp_len),
			"multipath_connect");
		next = measure_now() + part;
	}
	printf("%.1f\n", timeout_of(fd));
	multipath_close(fd);
	return 0;
}

static int upload_main(char **argv)
{
	static char octets[1 << 16];
	size_t left = measure_number(argv[0]) << 20;
	struct sockaddr_mp_storage set = set_of(argv[1]);
	int fd;

	measure_call(setuid(NOBODY), "setuid");
	fd = measure_call(
		multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC, 0), "multipath_socket");
	measure_call(multipath_connect(fd, address_of(&set), set.mp.smp_len), "multipath_connect");
	while (left > 0)
		left -= (size_t)measure_call(
			(int)write(fd, octets, left < sizeof(octets) ? left : sizeof(octets)),
			"write");
	/* Until the peer has it all. */
	shutdown(fd, SHUT_WR);
	while (read(fd, octets, sizeof(octets)) > 0)
		;
	multipath_close(fd);
	return 0;
}

/* ---- the server ---- */

#define BUCKET_NS 10000000
#define BUCKETS 6000

static bool sink_traces;

/* What came of a connection. */
struct arrival {
	uint64_t started, begin, last, longest, count;
	uint64_t buckets[BUCKETS];
};

static void arrival_note(struct arrival *arrival, uint64_t octets, uint64_t now)
{
	uint64_t bucket = (now - arrival->started) / BUCKET_NS;

	if (bucket < BUCKETS)
		arrival->buckets[bucket] += octets;
	/* How fast it can be is known after a second. */
	if (!sink_traces && now - arrival->started < 1000000000)
		return;
	if (arrival->begin == 0)
		arrival->begin = arrival->last = now;
	else
		arrival->count += octets;
	if (now - arrival->last > arrival->longest)
		arrival->longest = now - arrival->last;
	arrival->last = now;
}

/* One write for all of a line: other connections have the same standard output. */
static void arrival_tell(const struct arrival *arrival)
{
	static char line[BUCKETS * 12 + 128];
	uint64_t end = (arrival->last - arrival->started) / BUCKET_NS;
	int length = snprintf(line, sizeof(line), "%" PRIu64 " %" PRIu64 " %" PRIu64,
		arrival->count, arrival->last - arrival->begin, arrival->longest);

	for (uint64_t i = 0; sink_traces && i <= end && i < BUCKETS; i++)
		length += snprintf(line + length, sizeof(line) - (size_t)length, " %" PRIu64,
			arrival->buckets[i]);
	line[length++] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)length) < 0)
		_exit(1);
}

_Noreturn static void sink_run(int fd)
{
	static char octets[1 << 18];
	static struct arrival arrival;
	ssize_t got;

	arrival.started = measure_now();
	measure_call((int)write(fd, "!", 1), "write");
	while ((got = read(fd, octets, sizeof(octets))) > 0)
		arrival_note(&arrival, (uint64_t)got, measure_now());
	if (arrival.begin != 0)
		arrival_tell(&arrival);
	_exit(0);
}

_Noreturn static void sink_main(void)
{
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = measure_call(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP), "socket");

	measure_call(
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), "SO_REUSEADDR");
	/* One that grows by itself makes this kernel stop for 200 ms now and then, whatever becomes of the links. */
	if (sink_traces)
		measure_call(
			setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){1 << 24}, sizeof(int)),
			"SO_RCVBUFFORCE");
	measure_call(bind(fd, (const struct sockaddr *)&local, sizeof(local)), "bind");
	measure_call(listen(fd, 128), "listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int client = measure_call(accept4(fd, NULL, NULL, SOCK_CLOEXEC), "accept");

		if (measure_fork() == 0)
			sink_run(client);
		close(client);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

int main(int argc, char **argv)
{
	/* Whatever hangs. */
	if (argc > 3)
		alarm(300);
	if (argc == 9 && strcmp(argv[1], "connect") == 0)
		return connect_main(argv + 2);
	if (argc == 8 && strcmp(argv[1], "join") == 0)
		return join_main(argv + 2);
	if (argc == 3 && strcmp(argv[1], "dial") == 0)
		return dial_main(argv + 2);
	if (argc >= 4 && strcmp(argv[1], "send") == 0)
		return send_main(argc - 2, argv + 2);
	if (argc == 4 && strcmp(argv[1], "upload") == 0)
		return upload_main(argv + 2);
	sink_traces = argc == 3 && strcmp(argv[2], "trace") == 0;
	if ((argc == 2 || sink_traces) && strcmp(argv[1], "sink") == 0)
		sink_main();
	fprintf(stderr,
		"usage: bench-sets connect COUNT NAMESPACE SET NAMESPACE SET NAMESPACE SET\n"
		"       bench-sets join COUNT NAMESPACE SET NAMESPACE SET SOURCE\n"
		"       bench-sets dial SET\n"
		"       bench-sets send SECONDS SET...\n"
		"       bench-sets upload MEBIBYTES SET\n"
		"       bench-sets sink [trace]\n");
	return 2;
}
