/* SPDX-License-Identifier: MIT */
/*
 * Two one-way streets, each with a buffer of its own; one poll(2) for both.
 */
#include "ctl/relay.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

struct street {
	int from, to; /* -1: that end is over */
	bool to_socket;
	size_t first, end; /* what is in the buffer */
	char buffer[65536];
};

static bool street_is_empty(const struct street *street)
{
	return street->first == street->end;
}

/* The receiver will have no more. */
static void street_close(struct street *street)
{
	if (street->to < 0)
		return;
	if (street->to_socket)
		shutdown(street->to, SHUT_WR);
	else
		close(street->to);
	street->from = street->to = -1;
}

/* Nobody is there to take what waits. */
static void street_break(struct street *street)
{
	street->first = street->end = 0;
	street_close(street);
}

static bool is_passing(int error)
{
	return error == EAGAIN || error == EINTR;
}

/* 0, or negative errno. */
static int street_read(struct street *street)
{
	ssize_t size = read(street->from, street->buffer, sizeof(street->buffer));

	if (size > 0) {
		street->first = 0;
		street->end = (size_t)size;
		return 0;
	}
	if (size < 0 && is_passing(errno))
		return 0;
	street->from = -1;
	if (size == 0)
		return 0;
	return -errno;
}

/* Only the socket is non-blocking: the standard descriptors are shared with other processes. A pipe
 * that is ready takes PIPE_BUF octets without a wait, during which the other street would stand
 * still. 0, or negative errno. */
static int street_write(struct street *street)
{
	size_t left = street->end - street->first;
	ssize_t size = write(street->to, street->buffer + street->first,
		street->to_socket ? left : MIN(left, PIPE_BUF));

	if (size >= 0) {
		street->first += (size_t)size;
		return 0;
	}
	return is_passing(errno) ? 0 : -errno;
}

/* What to wait for: to write what there is, else to read more. */
static struct pollfd street_wait(const struct street *street)
{
	if (!street_is_empty(street))
		return (struct pollfd){.fd = street->to, .events = POLLOUT};
	return (struct pollfd){.fd = street->from, .events = POLLIN};
}

static int street_move(struct street *street, const struct pollfd *ready)
{
	int r = 0;

	if (ready->fd >= 0 && ready->revents != 0)
		r = street_is_empty(street) ? street_read(street) : street_write(street);
	if (r < 0)
		street_break(street);
	if (street_is_empty(street) && street->from < 0)
		street_close(street);
	return r;
}

int relay(int socket, int in, int out)
{
	struct street up = {.from = in, .to = socket, .to_socket = true};
	struct street down = {.from = socket, .to = out};
	bool terminal = isatty(in) == 1;
	int error = 0, r;

	while (up.to >= 0 || down.to >= 0) {
		struct pollfd fds[] = {street_wait(&up), street_wait(&down)};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return -errno;
		r = street_move(&up, &fds[0]);
		/* What the peer sent before it closed is worth reading all the same. */
		error = error == 0 ? r : error;
		r = street_move(&down, &fds[1]);
		if (r < 0)
			return error == 0 ? r : error;
		if (down.to < 0 && terminal)
			street_break(&up);
	}
	return error;
}
