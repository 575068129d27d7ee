/* SPDX-License-Identifier: MIT */
/*
 * A link that many programs hold is going away: how long from the first that has been told to the last
 * one, and from the change until the last one has. Beside it as many programs that listen to the kernel's
 * own multicast of a change of the link. Each is a process of its own, asleep in its own call.
 *
 * A side has a network namespace of its own, for every listener of one is woken.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "handle.h"
#include "measure.h"

#define PAUSE_US 100000
#define DEADLINE_MS 600000

/* What the processes of a side share: when each was told of a change first (0: not yet), and how many
 * have been. */
struct board {
	atomic_size_t ready, told;
	uint64_t when[];
};

struct side {
	const char *name;
	struct board *board;
	size_t count;
	unsigned int ifindex;
	int netlink;
	struct mif *mif;
	uint64_t interface;
	struct series spread, whole;
};

static void note(struct board *board, size_t self)
{
	if (board->when[self] != 0)
		return;
	board->when[self] = measure_now();
	atomic_fetch_add(&board->told, 1);
}

/* ---- those who are told ---- */

static void listen_run(struct board *board, size_t self)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK, .nl_groups = 1U << (RTNLGRP_LINK - 1)};
	int fd = measure_call(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
	char octets[8192];

	measure_call(bind(fd, (const struct sockaddr *)&local, sizeof(local)), "bind");
	atomic_fetch_add(&board->ready, 1);
	while (recv(fd, octets, sizeof(octets), 0) > 0)
		note(board, self);
	_exit(1);
}

static void hold_run(struct board *board, size_t self, const char *device)
{
	struct mif *mif = handle_open("daemon");
	struct mif_message want = {.type = MIF_WANTS_TO_CONNECT};

	want.as.wants_to_connect.interface = handle_interface(mif, device);
	handle_post(mif, &want);
	atomic_fetch_add(&board->ready, 1);
	for (;;) {
		const struct mif_message *message = NULL;

		measure_check(mif_check(mif, NULL, 0, -1), "mif_check");
		if (measure_check(mif_get(mif, &message), "mif_get") == 1 &&
			(message->type == MIF_INTERFACE_GOING_AWAY ||
				message->type == MIF_INTERFACE_GOING_UP))
			note(board, self);
	}
}

/* ---- what they are told of ---- */

/* The kernel tells of a link whose alias is set, whatever it was before. */
static void change_link(const struct side *side, bool away)
{
	_Alignas(struct nlmsghdr) char octets[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct ifinfomsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = RTM_NEWLINK;
	message->nlmsg_flags = NLM_F_REQUEST;
	head->ifi_index = (int)side->ifindex;
	mnl_attr_put_strz(message, IFLA_IFALIAS, away ? "away" : "here");
	if (send(side->netlink, message, message->nlmsg_len, 0) < 0)
		measure_fail(errno, "send");
}

static void change_departure(const struct side *side, bool away)
{
	struct mif_message request = {.type = away ? MIF_TAKE_DOWN : MIF_CALL_OFF};

	if (away) {
		request.as.take_down.interface = side->interface;
		request.as.take_down.deadline = DEADLINE_MS;
	} else {
		request.as.call_off.interface = side->interface;
	}
	handle_post(side->mif, &request);
}

/* What the requests are answered with, and the changes themselves: nobody waits for it. */
static void forget_answers(const struct side *side)
{
	const struct mif_message *message;

	while (measure_check(mif_check(side->mif, NULL, 0, 0), "mif_check") > 0)
		measure_check(mif_get(side->mif, &message), "mif_get");
}

static void wait_for(atomic_size_t *counter, size_t count, const char *what)
{
	uint64_t end = measure_now() + (uint64_t)PATIENCE_MS * 1000000 * 4;

	while (atomic_load(counter) < count) {
		if (measure_now() > end)
			measure_fail(ETIMEDOUT, what);
		usleep(1000);
	}
}

static void sample(struct side *side, bool away)
{
	struct board *board = side->board;
	uint64_t started, first = UINT64_MAX, last = 0;

	memset(board->when, 0, side->count * sizeof(*board->when));
	atomic_store(&board->told, 0);
	usleep(PAUSE_US);
	started = measure_now();
	if (side->mif == NULL)
		change_link(side, away);
	else
		change_departure(side, away);
	wait_for(&board->told, side->count, side->name);
	for (size_t i = 0; i < side->count; i++) {
		first = board->when[i] < first ? board->when[i] : first;
		last = board->when[i] > last ? board->when[i] : last;
	}
	series_add(&side->spread, last - first);
	series_add(&side->whole, last - started);
	if (side->mif != NULL)
		forget_answers(side);
}

static void side_begin(struct side *side, const char *name, const char *namespace,
	const char *device, size_t count, size_t samples)
{
	int where = measure_call(open(namespace, O_RDONLY | O_CLOEXEC), namespace);
	bool bare = strcmp(name, "netlink") == 0;

	measure_call(setns(where, CLONE_NEWNET), namespace);
	close(where);
	*side = (struct side){.name = name, .count = count, .ifindex = if_nametoindex(device)};
	side->board = mmap(NULL, sizeof(*side->board) + count * sizeof(*side->board->when),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (side->board == MAP_FAILED)
		measure_fail(errno, "mmap");
	for (size_t i = 0; i < count; i++) {
		if (measure_fork() == 0) {
			if (bare)
				listen_run(side->board, i);
			else
				hold_run(side->board, i, device);
		}
	}
	wait_for(&side->board->ready, count, "the holders");
	if (bare) {
		side->netlink = measure_call(
			socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
	} else {
		side->mif = handle_open("daemon");
		side->interface = handle_interface(side->mif, device);
	}
	series_init(&side->spread, name, "holders", samples);
	series_init(&side->whole, name, "told", samples);
}

int main(int argc, char **argv)
{
	struct side sides[2];
	size_t count, samples;

	if (argc != 6) {
		fprintf(stderr,
			"usage: bench-holders DEVICE HOLDERS SAMPLES NAMESPACE NAMESPACE\n");
		return 2;
	}
	count = measure_number(argv[2]);
	samples = measure_number(argv[3]);
	side_begin(&sides[0], "netlink", argv[4], argv[1], count, samples);
	side_begin(&sides[1], "daemon", argv[5], argv[1], count, samples);
	for (size_t i = 0; i < samples; i++)
		for (size_t s = 0; s < 2; s++)
			sample(&sides[(i / 2 + s) % 2], i % 2 == 0);
	for (size_t s = 0; s < 2; s++) {
		series_print(&sides[s].spread);
		series_print(&sides[s].whole);
	}
	return 0;
}
