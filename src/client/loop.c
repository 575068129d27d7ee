/* SPDX-License-Identifier: MIT */
/*
 * What a handle waits for besides its link: descriptors under way (watches) and points in time
 * (timers). Whoever waits sleeps on the inner epoll descriptor until loop_deadline() and calls
 * loop_run(). A program with an event loop of its own gets one descriptor for all of it: an outer
 * epoll around the link's descriptor, the inner epoll, a timerfd for the next deadline, and an
 * eventfd for messages that wait in this process already.
 */
#include "client/loop.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"

/* Events taken in one loop_run(): the rest stays where it is, and the descriptor readable. */
#define RUN_MAX 1024

void loop_init(struct loop *loop)
{
	*loop = (struct loop){
		.epoll = -1,
		.outer = -1,
		.timer_fd = -1,
		.event_fd = -1,
		.armed = TIME_FOREVER,
	};
	list_init(&loop->timers);
}

static void outer_close(struct loop *loop)
{
	loop->outer = close_fd(loop->outer);
	loop->timer_fd = close_fd(loop->timer_fd);
	loop->event_fd = close_fd(loop->event_fd);
}

void loop_deinit(struct loop *loop)
{
	outer_close(loop);
	loop->epoll = close_fd(loop->epoll);
}

/* ---- descriptors ---- */

static int outer_add(struct loop *loop, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(loop->outer, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int loop_need_epoll(struct loop *loop)
{
	int r;

	if (loop->epoll >= 0)
		return 0;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	r = loop->outer >= 0 ? outer_add(loop, loop->epoll) : 0;
	if (r < 0)
		loop->epoll = close_fd(loop->epoll);
	return r;
}

int loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t events,
	void (*ready)(struct watch *watch, uint32_t events, uint64_t now))
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	int r = loop_need_epoll(loop);

	watch->fd = -1;
	if (r < 0)
		return r;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	watch->fd = fd;
	watch->ready = ready;
	loop->watched++;
	return 0;
}

int loop_change(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) < 0 ? -errno : 0;
}

void loop_unwatch(struct loop *loop, struct watch *watch)
{
	if (watch->fd < 0)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
	loop->watched--;
}

/* ---- time ---- */

void timer_init(struct timer *timer, void (*due)(struct timer *timer, uint64_t now))
{
	list_init(&timer->node);
	timer->deadline = TIME_FOREVER;
	timer->due = due;
}

/* From the end: a new deadline is mostly the last one. */
void loop_set_timer(struct loop *loop, struct timer *timer, uint64_t deadline)
{
	struct list *before = &loop->timers;

	list_remove(&timer->node);
	timer->deadline = deadline;
	while (before->previous != &loop->timers &&
		container_of(before->previous, struct timer, node)->deadline > deadline)
		before = before->previous;
	list_append(before, &timer->node);
}

void timer_stop(struct timer *timer)
{
	list_remove(&timer->node);
	timer->deadline = TIME_FOREVER;
}

uint64_t loop_deadline(const struct loop *loop)
{
	if (list_empty(&loop->timers))
		return TIME_FOREVER;
	return container_of(loop->timers.next, struct timer, node)->deadline;
}

void loop_run(struct loop *loop, uint64_t now)
{
	struct epoll_event event;

	/* One at a time: what is called may end the watch that the next event is for. */
	for (int i = 0; i < RUN_MAX && loop->watched > 0; i++) {
		if (epoll_wait(loop->epoll, &event, 1, 0) != 1)
			break;

		struct watch *watch = event.data.ptr;

		watch->ready(watch, event.events, now);
	}
	while (loop_deadline(loop) <= now) {
		struct timer *timer = container_of(loop->timers.next, struct timer, node);

		timer_stop(timer);
		timer->due(timer, now);
	}
}

/* ---- one descriptor for all of it ---- */

int loop_fd(struct loop *loop, int link_fd, int beside)
{
	int r;

	if (loop->outer >= 0)
		return loop->outer;
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->outer = epoll_create1(EPOLL_CLOEXEC);
	r = loop->timer_fd < 0 || loop->event_fd < 0 || loop->outer < 0 ? -errno : 0;
	if (r == 0)
		r = outer_add(loop, loop->timer_fd);
	if (r == 0)
		r = outer_add(loop, loop->event_fd);
	if (r == 0)
		r = outer_add(loop, link_fd);
	if (r == 0 && beside >= 0)
		r = outer_add(loop, beside);
	if (r == 0 && loop->epoll >= 0)
		r = outer_add(loop, loop->epoll);
	if (r < 0) {
		outer_close(loop);
		return r;
	}
	return loop->outer;
}

void loop_arm(struct loop *loop, bool pending)
{
	uint64_t deadline = loop_deadline(loop);
	struct itimerspec time = {0};
	eventfd_t count;

	if (loop->outer < 0)
		return;
	if (pending != loop->raised &&
		(pending ? eventfd_write(loop->event_fd, 1)
			 : eventfd_read(loop->event_fd, &count)) == 0)
		loop->raised = pending;
	if (deadline == loop->armed)
		return;
	/* All zeroes disarm it. */
	if (deadline != TIME_FOREVER) {
		time.it_value.tv_sec = (time_t)(deadline / NSEC_PER_SEC);
		time.it_value.tv_nsec = (int32_t)(deadline % NSEC_PER_SEC);
	}
	if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &time, NULL) == 0)
		loop->armed = deadline;
}
