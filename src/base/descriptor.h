/* SPDX-License-Identifier: MIT */
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Closes a descriptor that somebody else has passed. The last close of a socket with SO_LINGER waits as
 * long as who set that wants; a process that serves others must not. Returns -1. */
static inline int close_passed(int fd)
{
	struct linger linger = {0};
	socklen_t size = sizeof(linger);

	if (fd < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) == 0 && linger.l_onoff != 0 &&
		linger.l_linger != 0) {
		linger.l_onoff = 0;
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	}
	close(fd);
	return -1;
}

static inline void close_passedp(int *fd)
{
	close_passed(*fd);
}

/* For the start of a program: one that was started without a standard descriptor would give its number to
 * the first socket that it opens, and whatever is printed would be sent there. A standard output that was
 * missing can be read only, so that who prints is told. */
static inline void descriptors_fill(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int opened;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest number that is free: this one. */
		opened = open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
		if (opened < 0)
			return;
	}
}
