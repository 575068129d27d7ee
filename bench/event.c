/* SPDX-License-Identifier: MIT */
/*
 * How long a change of an address takes to reach a subscriber in another process. The changer sends
 * RTM_NEWADDR and RTM_DELADDR on a netlink socket of its own; a sample runs from just before the
 * send until the subscriber has the news in its hands. Between two samples all of them sleep.
 *
 * Each side has a network namespace of its own, since whoever listens in the same one is woken as
 * well; so the sides can take turns.
 *
 * The device has an address of the same prefix already, so a change touches one address and its
 * local route, as for any second address of a network.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "change.h"
#include "handle.h"
#include "measure.h"

#define SIDES 4
#define PAUSE_US 1000

/* Addresses come in groups, and go again: a link may have only so many. */
#define GROUP 8

/* After a group, until nothing that an earlier change set off is still to be done. */
#define REST_US 300000

#define NETWORK "10.77.0.0"
#define FIRST 100 /* the last octet of the first address */

/* ---- the subscriber: behind the least that a daemon could be ---- */

/* Reads the event, looks at nothing, passes it on. */
static void relay_run(int to)
{
	int fd = change_reader();
	char octets[8192];
	ssize_t size;

	while ((size = recv(fd, octets, sizeof(octets), 0)) > 0)
		if (send(to, octets, (size_t)size, MSG_NOSIGNAL) < 0)
			break;
	_exit(1);
}

static int relay_open(void)
{
	int ends[2];

	measure_call(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
	if (measure_fork() == 0)
		relay_run(ends[1]);
	close(ends[1]);
	/* Until it listens. */
	usleep(REST_US);
	return ends[0];
}

/* ---- the subscriber: a handle ---- */

static void subscribe(struct mif *mif, const char *device)
{
	struct mif_message ask = {.type = MIF_ANNOUNCE_ADDRESSES};

	ask.as.announce_addresses.pvd = handle_pvd(mif, device);
	handle_post(mif, &ask);
	handle_settle(mif);
}

static void handle_receipt(struct mif *mif, struct receipt *receipt)
{
	for (;;) {
		const struct mif_message *message = NULL;

		measure_check(mif_check(mif, NULL, 0, -1), "mif_check");
		if (measure_check(mif_get(mif, &message), "mif_get") == 0)
			continue;
		receipt->added = message->type == MIF_ADDRESS;
		if (message->type == MIF_ADDRESS)
			receipt->address = change_address(&message->as.address.address);
		else if (message->type == MIF_NO_ADDRESS)
			receipt->address = change_address(&message->as.no_address.address);
		else
			continue;
		receipt->when = measure_now();
		return;
	}
}

static void subscriber_run(const char *side, const char *device, int to)
{
	struct receipt receipt = {0};
	struct mif *mif = NULL;
	int fd = -1;

	if (strcmp(side, "netlink") == 0) {
		fd = change_reader();
	} else if (strcmp(side, "relay") == 0) {
		fd = relay_open();
	} else {
		mif = handle_open(side);
		subscribe(mif, device);
	}
	/* The first one says: ready. */
	while (write(to, &receipt, sizeof(receipt)) == sizeof(receipt)) {
		if (mif == NULL)
			change_next(fd, &receipt);
		else
			handle_receipt(mif, &receipt);
	}
	_exit(1);
}

/* ---- the changer ---- */

static uint64_t sample(const struct change_side *side, bool add, uint32_t address)
{
	struct receipt receipt;
	uint64_t started;

	usleep(PAUSE_US);
	started = measure_now();
	change_make(side->netlink, add, side->ifindex, address);
	receipt = change_wait(side->from);
	if (receipt.address != address || receipt.added != add)
		measure_fail(0, "this is not the news that was waited for");
	return receipt.when - started;
}

static void measure_group(struct change_side *side, uint32_t size)
{
	uint32_t first = ntohl(inet_addr(NETWORK)) + FIRST;

	for (uint32_t i = 0; i < size; i++)
		series_add(&side->added, sample(side, true, first + i));
	for (uint32_t i = 0; i < size; i++)
		series_add(&side->removed, sample(side, false, first + i));
}

/* The sides take turns after each group, and in being the first after the rest: whoever that is finds
 * the machine asleep. */
static void measure(struct change_side sides[SIDES], size_t count)
{
	for (size_t turn = 0; count > 0; turn++) {
		uint32_t size = count < GROUP ? (uint32_t)count : GROUP;

		usleep(REST_US);
		for (size_t s = 0; s < SIDES; s++)
			measure_group(&sides[(turn + s) % SIDES], size);
		count -= size;
	}
}

int main(int argc, char **argv)
{
	static const char *const names[SIDES] = {"netlink", "daemon", "engine", "relay"};
	struct change_side sides[SIDES];
	size_t count;

	if (argc != 3 + SIDES) {
		fprintf(stderr,
			"usage: bench-event DEVICE COUNT NAMESPACE NAMESPACE NAMESPACE "
			"NAMESPACE\n");
		return 2;
	}
	count = measure_number(argv[2]);
	for (size_t s = 0; s < SIDES; s++)
		change_begin(
			&sides[s], names[s], argv[3 + s], argv[1], count, subscriber_run, argv[1]);
	measure(sides, count);
	for (size_t s = 0; s < SIDES; s++) {
		series_print(&sides[s].added);
		series_print(&sides[s].removed);
	}
	return 0;
}
