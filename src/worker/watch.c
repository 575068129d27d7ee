/* SPDX-License-Identifier: MIT */
/*
 * The sockets of a worker in one epoll descriptor. Events name a descriptor, never an address in
 * memory, so that what is closed while others are being served can be told from what is not.
 */
#include "worker/watch.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#define EVENTS 64

int watches_init(struct watches *watches)
{
	*watches = (struct watches){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	return watches->epoll < 0 ? -errno : 0;
}

void watches_deinit(struct watches *watches)
{
	free(watches->by_fd);
	watches->epoll = close_fd(watches->epoll);
}

static int make_room(struct watches *watches, int fd)
{
	size_t size = watches->size;
	struct watch **by_fd;

	if ((size_t)fd < size)
		return 0;
	size = MAX(size * 2, (size_t)fd + 16);
	by_fd = reallocarray(watches->by_fd, size, sizeof(*by_fd));
	if (by_fd == NULL)
		return -ENOMEM;
	memset(by_fd + watches->size, 0, (size - watches->size) * sizeof(*by_fd));
	watches->by_fd = by_fd;
	watches->size = size;
	return 0;
}

int watch_open(struct watches *watches, struct watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	int r = make_room(watches, fd);

	if (r == 0 && epoll_ctl(watches->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		r = -errno;
	if (r < 0) {
		watch->fd = close_fd(fd);
		return r;
	}
	watch->fd = fd;
	watches->by_fd[fd] = watch;
	return 0;
}

void watch_change(struct watches *watches, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = watch->fd};

	/* Cannot fail for what is there already. */
	epoll_ctl(watches->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void watch_close(struct watches *watches, struct watch *watch)
{
	if (watch->fd < 0)
		return;
	watches->by_fd[watch->fd] = NULL;
	watch->fd = close_fd(watch->fd);
}

void watches_dispatch(struct watches *watches, uint64_t now)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(watches->epoll, events, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		struct watch *watch = watches->by_fd[events[i].data.fd];

		if (watch != NULL)
			watch->ready(watch, events[i].events, now);
	}
}
