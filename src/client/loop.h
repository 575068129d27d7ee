/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/list.h"

/* A descriptor that is waited for; a member of what it belongs to (container_of). */
struct watch {
	int fd; /* -1: none. Never closed here */
	void (*ready)(struct watch *watch, uint32_t events, uint64_t now);
};

/* A point in time that is waited for; likewise. It is stopped when due is called. */
struct timer {
	struct list node;
	uint64_t deadline;
	void (*due)(struct timer *timer, uint64_t now);
};

/* What a handle waits for besides its link. Costs no descriptor until something is watched. */
struct loop {
	int epoll; /* of the watches; -1: never needed yet */
	size_t watched; /* how many there are */
	struct list timers; /* the earliest first */
	int outer; /* loop_fd(): epoll of the link, of the watches and of the two below; -1 */
	int timer_fd; /* the next deadline */
	int event_fd; /* something is pending */
	uint64_t armed; /* what timer_fd is set to; TIME_FOREVER: nothing */
	bool raised; /* whether event_fd is readable */
};

void loop_init(struct loop *loop);
void loop_deinit(struct loop *loop);

/* events as for epoll, level-triggered. 0, or negative errno. */
int loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t events,
	void (*ready)(struct watch *watch, uint32_t events, uint64_t now));
int loop_change(struct loop *loop, struct watch *watch, uint32_t events);

/* Before the descriptor is closed. A watch that is not watched may be unwatched. */
void loop_unwatch(struct loop *loop, struct watch *watch);

/* Before its first use. */
void timer_init(struct timer *timer, void (*due)(struct timer *timer, uint64_t now));

/* Starts or moves it. */
void loop_set_timer(struct loop *loop, struct timer *timer, uint64_t deadline);
void timer_stop(struct timer *timer);

/* Whether loop_run() could have anything to do, now or later. */
static inline bool loop_busy(const struct loop *loop)
{
	return loop->watched > 0 || !list_empty(&loop->timers);
}

/* When the next timer is due; TIME_FOREVER: none. */
uint64_t loop_deadline(const struct loop *loop);

/* Calls what is ready and what is due. Never waits; bounded work. */
void loop_run(struct loop *loop, uint64_t now);

/* One descriptor for the link's, the watches and the timers; or negative errno. */
int loop_fd(struct loop *loop, int link_fd, int beside);

/* Keeps that descriptor true: readable at once if pending, else at the next deadline. */
void loop_arm(struct loop *loop, bool pending);
