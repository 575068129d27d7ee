/* SPDX-License-Identifier: MIT */
/*
 * A wire with a delay: two TAP devices, each in a network namespace, and what comes in at one goes out
 * at the other so much later, in its order. For kernels without netem, and for delays that are exact:
 * ppoll(2) waits until the first frame is due. Ends with its standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define FRAME 2048
#define ROOM 1024 /* frames on their way, in each direction; more are lost */

struct frame {
	uint64_t due;
	size_t size;
	uint8_t octets[FRAME];
};

/* One direction. */
struct line {
	int from, to;
	struct frame frames[ROOM];
	size_t first, count;
};

static int tap_open(const char *namespace, const char *device)
{
	int where = measure_call(open(namespace, O_RDONLY | O_CLOEXEC), namespace);
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd;

	measure_call(setns(where, CLONE_NEWNET), namespace);
	close(where);
	fd = measure_call(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	measure_call(ioctl(fd, TUNSETIFF, &request), device);
	return fd;
}

static void line_take(struct line *line, uint64_t delay)
{
	while (line->count < ROOM) {
		struct frame *frame = &line->frames[(line->first + line->count) % ROOM];
		ssize_t size = read(line->from, frame->octets, sizeof(frame->octets));

		if (size <= 0)
			return;
		frame->size = (size_t)size;
		frame->due = measure_now() + delay;
		line->count++;
	}
}

/* A device that is down loses what is sent to it, as a cable does. */
static void line_give(struct line *line, uint64_t now)
{
	while (line->count > 0 && line->frames[line->first].due <= now) {
		const struct frame *frame = &line->frames[line->first];
		ssize_t written = write(line->to, frame->octets, frame->size);

		(void)written;
		line->first = (line->first + 1) % ROOM;
		line->count--;
	}
}

/* Nanoseconds from now until the first frame is due; UINT64_MAX: none is on its way. */
static uint64_t lines_wait(const struct line lines[2], uint64_t now)
{
	uint64_t wait = UINT64_MAX;

	for (int i = 0; i < 2; i++) {
		uint64_t due = lines[i].frames[lines[i].first].due;

		if (lines[i].count > 0 && (due <= now || due - now < wait))
			wait = due <= now ? 0 : due - now;
	}
	return wait;
}

int main(int argc, char **argv)
{
	static struct line lines[2];
	uint64_t delay;

	if (argc != 6) {
		fprintf(stderr,
			"usage: bench-wire NAMESPACE DEVICE NAMESPACE DEVICE MICROSECONDS\n");
		return 2;
	}
	lines[0].from = lines[1].to = tap_open(argv[1], argv[2]);
	lines[1].from = lines[0].to = tap_open(argv[3], argv[4]);
	delay = measure_number(argv[5]) * 1000;
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd fds[3] = {{lines[0].from, POLLIN, 0}, {lines[1].from, POLLIN, 0},
			{STDIN_FILENO, POLLIN, 0}};
		uint64_t wait = lines_wait(lines, measure_now());
		struct timespec time = {(time_t)(wait / 1000000000), (int32_t)(wait % 1000000000)};

		if (ppoll(fds, 3, wait == UINT64_MAX ? NULL : &time, NULL) < 0 && errno != EINTR)
			measure_fail(errno, "ppoll");
		if (fds[2].revents != 0)
			return 0;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents != 0)
				line_take(&lines[i], delay);
		for (int i = 0; i < 2; i++)
			line_give(&lines[i], measure_now());
	}
}
