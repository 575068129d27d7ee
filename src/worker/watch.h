/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A descriptor that is waited for, in whoever owns it. */
struct watch {
	int fd; /* -1: none */
	void (*ready)(struct watch *watch, uint32_t events, uint64_t now);
};

/* All of a worker's. */
struct watches {
	int epoll;
	struct watch **by_fd; /* NULL: nobody's */
	size_t size;
};

int watches_init(struct watches *watches);
void watches_deinit(struct watches *watches);

/* Takes the descriptor and closes it in watch_close(), after an error at once. events: EPOLLIN,
 * EPOLLOUT. 0, or negative errno. */
int watch_open(struct watches *watches, struct watch *watch, int fd, uint32_t events);

void watch_change(struct watches *watches, struct watch *watch, uint32_t events);
void watch_close(struct watches *watches, struct watch *watch);

/* Calls those that are ready. One that is closed meanwhile is not called any more; one that is opened
 * meanwhile may be called for nothing. */
void watches_dispatch(struct watches *watches, uint64_t now);
