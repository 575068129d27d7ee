/* SPDX-License-Identifier: MIT */
/*
 * A question and its answer: mif_post() to mif_get(), against the same number of octets each way
 * between two processes on a bare SOCK_SEQPACKET socket pair. And against an empty daemon, which has to
 * wait for whoever speaks first, as every server of several clients.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handle.h"
#include "measure.h"
#include "message/message.h"

#define SIDES 4
#define WARM_UP 200

/* The sides take turns after so many. */
#define BLOCK 50

struct side {
	struct mif *mif; /* or bare: */
	int fd;
	size_t request_size, answer_size;
	struct mif_message request;
	struct series series;
};

/* ---- bare ---- */

/* epoll: or -1 */
static void echo_run(int epoll, int fd, size_t answer)
{
	char octets[MESSAGE_MAX] = {0};
	struct epoll_event event;

	while ((epoll < 0 || epoll_wait(epoll, &event, 1, -1) == 1) &&
		recv(fd, octets, sizeof(octets), 0) > 0)
		if (send(fd, octets, answer, MSG_NOSIGNAL) < 0)
			break;
	_exit(0);
}

static int echo_epoll(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	measure_call(epoll, "epoll_create1");
	measure_call(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
	return epoll;
}

static void bare_begin(struct side *side, bool daemon, size_t request, size_t answer)
{
	int ends[2];

	measure_call(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
	if (measure_fork() == 0) {
		close(ends[0]);
		echo_run(daemon ? echo_epoll(ends[1]) : -1, ends[1], answer);
	}
	close(ends[1]);
	side->mif = NULL;
	side->fd = ends[0];
	side->request_size = request;
	side->answer_size = answer;
}

static uint64_t bare_sample(const struct side *side)
{
	char octets[MESSAGE_MAX] = {0};
	uint64_t started = measure_now();

	if (send(side->fd, octets, side->request_size, MSG_NOSIGNAL) < 0 ||
		recv(side->fd, octets, sizeof(octets), 0) != (ssize_t)side->answer_size)
		measure_fail(errno, "socket pair");
	return measure_now() - started;
}

/* ---- a handle ---- */

static void handle_begin(struct side *side, const char *name, const char *device)
{
	struct mif_message_get_configuration_data *ask = &side->request.as.get_configuration_data;
	uint8_t octets[MESSAGE_MAX];

	side->mif = handle_open(name);
	side->request = (struct mif_message){.type = MIF_GET_CONFIGURATION_DATA, .tag = 7};
	ask->pvd = handle_pvd(side->mif, device);
	ask->information = MIF_INFORMATION_ROUTERS;
	handle_post(side->mif, &side->request);
	side->request_size = (size_t)message_encode(&side->request, octets, sizeof(octets));
	side->answer_size = (size_t)message_encode(handle_next(side->mif), octets, sizeof(octets));
}

static uint64_t handle_sample(const struct side *side)
{
	const struct mif_message *answer;
	uint64_t started = measure_now(), taken;

	handle_post(side->mif, &side->request);
	answer = handle_next(side->mif);
	taken = measure_now() - started;
	if (answer->type != MIF_CONFIGURATION_DATA || answer->tag != side->request.tag ||
		answer->as.configuration_data.count != 1)
		measure_fail(0, "this is not the answer that was waited for");
	return taken;
}

/* ---- all of them ---- */

static uint64_t sample(const struct side *side)
{
	return side->mif == NULL ? bare_sample(side) : handle_sample(side);
}

int main(int argc, char **argv)
{
	static const char *const names[SIDES] = {"socketpair", "daemon", "engine", "relay"};
	struct side sides[SIDES];
	size_t count;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-roundtrip DEVICE COUNT\n");
		return 2;
	}
	count = measure_number(argv[2]);
	for (size_t s = 1; s < 3; s++)
		handle_begin(&sides[s], names[s], argv[1]);
	bare_begin(&sides[0], false, sides[1].request_size, sides[1].answer_size);
	bare_begin(&sides[3], true, sides[1].request_size, sides[1].answer_size);
	for (size_t s = 0; s < SIDES; s++) {
		series_init(&sides[s].series, names[s], "roundtrip", count);
		for (size_t i = 0; i < WARM_UP; i++)
			sample(&sides[s]);
	}
	for (size_t i = 0; i < count; i += BLOCK)
		for (size_t s = 0; s < SIDES; s++)
			for (size_t n = 0; n < BLOCK; n++)
				series_add(&sides[s].series, sample(&sides[s]));
	for (size_t s = 0; s < SIDES; s++) {
		series_print(&sides[s].series);
		mif_close(sides[s].mif);
	}
	return 0;
}
