/* SPDX-License-Identifier: MIT */
/*
 * The connection of a steady link: one inner link after the other, and the one descriptor that all
 * of them, and the time until the next try, are waited for with. Everything here is a step that does
 * not wait, but for the first connection, which the handle's owner waits for.
 */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "client/steady-link.h"

/* ---- what is waited for ---- */

static int watch_inner(struct steady *steady, int operation)
{
	if (!steady->watched || steady->inner == NULL)
		return 0;

	struct epoll_event event = {
		.events = EPOLLIN | (steady->waiting ? (uint32_t)EPOLLOUT : 0U)};
	int fd = steady->inner->ops->fd(steady->inner);

	return epoll_ctl(steady->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

/* Not before somebody asks: whoever sends to a socket pays for each that it is watched by. */
int connection_watch(struct steady *steady)
{
	if (steady->watched)
		return steady->epoll;
	steady->watched = true;
	if (watch_inner(steady, EPOLL_CTL_ADD) < 0)
		steady->watched = false;
	return steady->epoll;
}

void connection_wait_for_room(struct steady *steady, bool waiting)
{
	if (steady->waiting == waiting || steady->inner == NULL)
		return;
	steady->waiting = waiting;
	watch_inner(steady, EPOLL_CTL_MOD);
}

/* TIME_FOREVER: nothing is due. */
void connection_set_deadline(struct steady *steady, uint64_t deadline)
{
	struct itimerspec when = {0};
	struct epoll_event event = {.events = EPOLLIN};

	steady->deadline = deadline;
	if (steady->timer < 0 && deadline != TIME_FOREVER) {
		steady->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
		if (steady->timer < 0 ||
			epoll_ctl(steady->epoll, EPOLL_CTL_ADD, steady->timer, &event) < 0)
			steady->broken = -EPIPE;
	}
	if (steady->timer < 0)
		return;
	if (deadline != TIME_FOREVER) {
		/* 0 would disarm it. */
		deadline = MAX(deadline, 1);
		when.it_value.tv_sec = (time_t)(deadline / NSEC_PER_SEC);
		when.it_value.tv_nsec = (int)(deadline % NSEC_PER_SEC);
	}
	timerfd_settime(steady->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* ---- loss and return ---- */

void connection_drop(struct steady *steady)
{
	if (steady->inner == NULL)
		return;
	watch_inner(steady, EPOLL_CTL_DEL);
	steady->inner->ops->free(steady->inner);
	steady->inner = NULL;
	steady->waiting = false;
	steady->drained = true;
}

/* At once after a while of peace, else later and later. */
void connection_lose(struct steady *steady, uint64_t now)
{
	if (steady->state == STEADY_LIVE && now - steady->live_since >= STEADY_DELAY_MAX)
		steady->delay = 0;
	connection_drop(steady);
	resume_abandon(steady);
	questions_unsent(&steady->asked);
	if (steady->forgetful)
		steady->broken = -EPIPE;
	steady->state = STEADY_LOST;
	connection_set_deadline(steady, now + steady->delay);
	steady->delay =
		steady->delay == 0 ? STEADY_DELAY : MIN(2 * steady->delay, STEADY_DELAY_MAX);
}

static void connection_try(struct steady *steady, uint64_t now)
{
	int r = steady->daemon.begin(&steady->inner, steady->daemon.path, 0);

	if (r == 0) {
		steady->deaf = false;
		steady->state = STEADY_GREETING;
		connection_set_deadline(steady, now + STEADY_PATIENCE);
		r = watch_inner(steady, EPOLL_CTL_ADD);
	}
	if (r < 0)
		connection_lose(steady, now);
}

/* Whether a daemon that answers so would only say it again. */
static bool is_final(int r)
{
	return r == -EXDEV || r == -EPROTONOSUPPORT;
}

static int connection_welcome(struct steady *steady, const struct mif_message *report)
{
	int r = link_daemon_welcome(report, &steady->instance);

	if (r == 0)
		names_move(steady->names, steady->instance);
	return r;
}

static void connection_greet(struct steady *steady, uint64_t now)
{
	struct mif_message report = {0};
	int r = steady->inner->ops->get(steady->inner, &report);

	if (r == 0) {
		steady->drained = true;
		if (now >= steady->deadline)
			connection_lose(steady, now);
		return;
	}
	if (r == 1)
		r = connection_welcome(steady, &report);
	if (r == 0)
		r = resume_begin(steady, now);
	/* A link that was never welcome is refused like a handle that is opened. */
	if (is_final(r) || (r < 0 && report.type == MIF_ERROR && steady->live_since == 0))
		steady->broken = -EPIPE;
	if (r < 0) {
		connection_lose(steady, now);
		return;
	}
	connection_set_deadline(steady, now + steady->daemon.settle);
}

static void connection_collect(struct steady *steady, uint64_t now)
{
	struct mif_message report;
	int r;

	while ((r = steady->inner->ops->get(steady->inner, &report)) == 1) {
		r = resume_report(steady, &report);
		if (r < 0)
			break;
	}
	steady->drained = true;
	if (r == 0) {
		connection_wait_for_room(steady, false);
		resume_push(steady);
	}
	if (r < 0 || steady->refused || steady->names->instance != steady->instance) {
		connection_lose(steady, now);
		return;
	}
	if (!resume_ready(steady, now))
		return;
	resume_commit(steady);
	steady->state = STEADY_LIVE;
	steady->live_since = now;
	steady->drained = false;
	steady->resumed = true;
	connection_set_deadline(steady, TIME_FOREVER);
}

/* Does what is due while there is nothing to pass on. */
void connection_advance(struct steady *steady)
{
	uint64_t now = clock_boottime();

	if (steady->state == STEADY_LOST && now >= steady->deadline)
		connection_try(steady, now);
	if (steady->state == STEADY_GREETING)
		connection_greet(steady, now);
	if (steady->state == STEADY_COLLECTING)
		connection_collect(steady, now);
}

/* ---- the first connection ---- */

static int wait_until(int fd, uint64_t deadline, int most_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int timeout = clock_timeout(clock_boottime(), deadline);

	if (timeout == 0)
		return -ETIMEDOUT;
	if (most_ms >= 0 && (timeout < 0 || timeout > most_ms))
		timeout = most_ms;
	return poll(&poll_fd, 1, timeout) < 0 && errno != EINTR ? -errno : 0;
}

static int begin_until(struct steady *steady, uint64_t deadline)
{
	int r;

	/* Nothing tells when the daemon has accepted others: look again every few milliseconds. */
	while ((r = steady->daemon.begin(&steady->inner, steady->daemon.path, 0)) == -EAGAIN) {
		r = wait_until(-1, deadline, 10);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : watch_inner(steady, EPOLL_CTL_ADD);
}

static int welcome_until(struct steady *steady, uint64_t deadline, uint64_t *instance)
{
	struct mif_message report;
	int r;

	while ((r = steady->inner->ops->get(steady->inner, &report)) == 0) {
		r = wait_until(steady->inner->ops->fd(steady->inner), deadline, -1);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : link_daemon_welcome(&report, instance);
}

/* The names may be another link's, then with their engine. */
int connection_open(struct steady *steady, int timeout_ms)
{
	uint64_t deadline = timeout_ms < 0
		? TIME_FOREVER
		: clock_boottime() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	int r = begin_until(steady, deadline);

	if (r == 0)
		r = welcome_until(steady, deadline, &steady->instance);
	if (r < 0)
		return r;
	if (steady->names == NULL)
		steady->names = names_new(steady->instance);
	if (steady->names == NULL)
		return -ENOMEM;
	names_move(steady->names, steady->instance);
	steady->state = STEADY_LIVE;
	steady->live_since = clock_boottime();
	steady->deadline = TIME_FOREVER;
	steady->drained = false;
	return 0;
}
