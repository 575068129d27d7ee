/* SPDX-License-Identifier: MIT */
/*
 * CONNECT_TO_ADDRESS and CONNECT_TO_ADDRESS_FROM_ADDRESS (3.3.7.21, 3.3.7.22): one destination
 * through one domain, from its own addresses by RFC 6724 section 5, one beside the other after a
 * Connection Attempt Delay. A request becomes a task; it waits for the view, then for its sockets,
 * and ends in one CONNECTED or NOT_CONNECTED:
 *
 *	ENODEV		there is no such domain
 *	EADDRNOTAVAIL	the source given is none of the domain's addresses
 *	ENETUNREACH	the domain has no address that could be the source
 *	ENETDOWN	the domain went away
 *	ETIMEDOUT	the time is over
 *	ECANCELED	STOP_CONNECTING
 *	EPIPE		the engine went away before it could tell the domain's addresses
 *	another		what came of the best source address
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "client/attempt.h"
#include "client/client.h"

/* Sources tried for one destination. */
#define CONNECT_SOURCES 16

struct connect;

struct connect_attempt {
	struct connect *connect;
	struct watch watch;
	struct mif_endpoint source;
	int fd;
};

struct connect {
	struct task task;
	struct timer limit, delay;
	uint64_t pvd;
	struct mif_endpoint destination;
	struct mif_endpoint source; /* as asked; AF_UNSPEC: by selection */
	uint32_t ifindex;
	bool begun; /* the sources are known */
	bool refreshed; /* the view was asked once more before a refusal */
	struct connect_attempt attempts[CONNECT_SOURCES];
	size_t count, next, running;
	int error; /* of the best source that has failed */
	char text[MIF_TEXT_SIZE];
};

static struct connect *connect_of(struct task *task)
{
	return container_of(task, struct connect, task);
}

/* Adds to the sentence that a NOT_CONNECTED carries. */
__attribute__((format(printf, 2, 3))) static void connect_say(
	struct connect *connect, const char *format, ...)
{
	size_t length = strlen(connect->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(connect->text + length, sizeof(connect->text) - length, format, arguments);
	va_end(arguments);
}

static void attempt_end(struct connect *connect, struct connect_attempt *attempt)
{
	loop_unwatch(&connect->task.mif->loop, &attempt->watch);
	attempt->fd = attempt_abandon(attempt->fd);
}

static void connect_free(struct task *task)
{
	struct connect *connect = connect_of(task);

	timer_stop(&connect->limit);
	timer_stop(&connect->delay);
	for (size_t i = 0; i < connect->next; i++)
		attempt_end(connect, &connect->attempts[i]);
	task_deinit(task);
	free(connect);
}

/* ---- the attempts ---- */

static void connect_won(struct connect *connect, struct connect_attempt *attempt)
{
	struct mif_endpoint source = attempt->source;
	int fd = attempt->fd;

	loop_unwatch(&connect->task.mif->loop, &attempt->watch);
	attempt->fd = -1;
	attempt_source(fd, &source);
	task_connected(&connect->task, fd, connect->pvd, &source, &connect->destination, "");
}

static void attempt_failed(struct connect *connect, struct connect_attempt *attempt, int error)
{
	char text[MIF_ADDRESS_TEXT];

	attempt_end(connect, attempt);
	/* The error that the caller sees is that of the best source, which is the first. */
	if (connect->error == 0 || attempt == &connect->attempts[0])
		connect->error = error;
	connect_say(connect, "; from %s: %s", mif_address_format(&attempt->source.address, text),
		strerror(error));
}

static void attempt_ready(struct watch *watch, uint32_t events, uint64_t now);

/* As attempt_open(). */
static int attempt_begin(struct connect *connect, struct connect_attempt *attempt)
{
	int r = attempt_open(
		&attempt->fd, connect->ifindex, &attempt->source, &connect->destination);
	int watched;

	if (r != -EINPROGRESS)
		return r;
	watched = loop_watch(
		&connect->task.mif->loop, &attempt->watch, attempt->fd, EPOLLOUT, attempt_ready);
	return watched < 0 ? watched : r;
}

/* Begins the next attempt, at once the one after it if that fails. May end the task. */
static void connect_next(struct connect *connect, uint64_t now)
{
	timer_stop(&connect->delay);
	while (connect->next < connect->count) {
		struct connect_attempt *attempt = &connect->attempts[connect->next++];
		int r = attempt_begin(connect, attempt);

		if (r == 0) {
			connect_won(connect, attempt);
			return;
		}
		if (r == -EINPROGRESS) {
			connect->running++;
			if (connect->next < connect->count)
				loop_set_timer(&connect->task.mif->loop, &connect->delay,
					now + ATTEMPT_DELAY);
			return;
		}
		attempt_failed(connect, attempt, -r);
	}
	if (connect->running == 0)
		task_failed(&connect->task, connect->error, connect->text);
}

static void attempt_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	struct connect_attempt *attempt = container_of(watch, struct connect_attempt, watch);
	struct connect *connect = attempt->connect;
	int r = attempt_outcome(attempt->fd);

	(void)events;
	if (r == -EINPROGRESS)
		return;
	if (r == 0) {
		connect_won(connect, attempt);
		return;
	}
	connect->running--;
	attempt_failed(connect, attempt, -r);
	connect_next(connect, now);
}

static void connect_delayed(struct timer *timer, uint64_t now)
{
	connect_next(container_of(timer, struct connect, delay), now);
}

static void connect_timed_out(struct timer *timer, uint64_t now)
{
	struct connect *connect = container_of(timer, struct connect, limit);

	(void)now;
	connect_say(connect, "; no answer in time");
	task_failed(&connect->task, ETIMEDOUT, connect->text);
}

/* ---- the sources ---- */

static bool same_address(const struct mif_address *a, const struct mif_address *b, uint32_t ifindex)
{
	struct mif_address left = *a, right = *b;

	if (address_is_link_local(a) && a->family == AF_INET6) {
		left.scope = left.scope == 0 ? ifindex : left.scope;
		right.scope = right.scope == 0 ? ifindex : right.scope;
	}
	return address_equal(&left, &right);
}

static size_t find_source(
	const struct connect *connect, const struct view_pvd *pvd, struct mif_address *sources)
{
	for (size_t i = 0; i < pvd->count; i++) {
		sources[0] = pvd->addresses[i].address;
		if (same_address(&sources[0], &connect->source.address, connect->ifindex))
			return 1;
	}
	return 0;
}

/* Fills in the attempts. 0, or the errno for which there are none, which is then explained. */
static int connect_prepare(struct connect *connect)
{
	const struct view *view = &connect->task.mif->view;
	const struct view_pvd *pvd = view_pvd(view, connect->pvd);
	bool given = connect->source.address.family != AF_UNSPEC;
	struct mif_address destination = connect->destination.address;
	struct mif_address sources[CONNECT_SOURCES];
	char text[MIF_ADDRESS_TEXT];

	connect->text[0] = '\0';
	connect_say(connect, "%s", mif_endpoint_format(&connect->destination, text));
	connect->ifindex = pvd != NULL ? view_pvd_ifindex(view, pvd) : 0;
	if (connect->ifindex == 0) {
		connect_say(connect, ": there is no domain %llu", (unsigned long long)connect->pvd);
		return ENODEV;
	}
	connect_say(connect, " through %.80s", pvd->name);
	if (address_is_link_local(&destination) && destination.family == AF_INET6 &&
		destination.scope == 0)
		destination.scope = connect->ifindex;
	connect->count = given ? find_source(connect, pvd, sources)
			       : select_sources(pvd->addresses, pvd->count, &destination, sources,
					 CONNECT_SOURCES);
	if (connect->count == 0 && given) {
		connect_say(connect, ": %s is not an address of this domain",
			mif_address_format(&connect->source.address, text));
		return EADDRNOTAVAIL;
	}
	if (connect->count == 0) {
		connect_say(connect, ": the domain has no address to connect from");
		return ENETUNREACH;
	}
	for (size_t i = 0; i < connect->count; i++) {
		connect->attempts[i] = (struct connect_attempt){
			.connect = connect,
			.watch.fd = -1,
			.source = {.address = sources[i], .port = connect->source.port},
			.fd = -1,
		};
	}
	return 0;
}

static void connect_begin(struct connect *connect, uint64_t now)
{
	int error = connect_prepare(connect);

	if (error == 0) {
		connect->begun = true;
		connect_next(connect, now);
		return;
	}
	/* The caller's own subscriber may have heard of the domain or address before the view. */
	if (!connect->refreshed && view_refresh(&connect->task.mif->view) == 0) {
		connect->refreshed = true;
		return;
	}
	task_failed(&connect->task, error, connect->text);
}

/* ---- a task ---- */

static void connect_news(struct task *task, const struct mif_message *report, uint64_t now)
{
	struct connect *connect = connect_of(task);

	if (report != NULL || connect->begun)
		return;
	if (task->mif->view.link == NULL)
		task_failed(task, EPIPE, "the engine went away");
	else if (view_settled(&task->mif->view))
		connect_begin(connect, now);
}

static void connect_pvd_gone(struct task *task, uint64_t pvd, uint64_t now)
{
	struct connect *connect = connect_of(task);

	(void)now;
	if (connect->pvd != pvd)
		return;
	connect_say(connect, "; the domain went away");
	task_failed(task, ENETDOWN, connect->text);
}

static const struct task_ops connect_ops = {
	.news = connect_news,
	.pvd_gone = connect_pvd_gone,
	.free = connect_free,
};

static bool endpoint_is_destination(const struct mif_endpoint *endpoint)
{
	return endpoint->address.family != AF_UNSPEC && endpoint->port != 0 &&
		!address_is_unspecified(&endpoint->address) &&
		!address_is_multicast(&endpoint->address);
}

int connect_start(struct mif *mif, const struct mif_message *request, uint64_t now)
{
	/* The second request begins with the fields of the first. */
	const struct mif_message_connect_to_address *to = &request->as.connect_to_address;
	const struct mif_message_connect_to_address_from_address *from =
		&request->as.connect_to_address_from_address;
	bool given = request->type == MIF_CONNECT_TO_ADDRESS_FROM_ADDRESS;
	uint64_t timeout = to->timeout != 0 ? to->timeout : CLIENT_TIMEOUT;
	_cleanup_(freep) struct connect *connect = NULL;
	struct connect *task;
	int r;

	if (!endpoint_is_destination(&to->destination))
		return -EINVAL;
	if (given && from->source.address.family != to->destination.address.family)
		return -EINVAL;
	r = task_check(mif, to->connection);
	if (r == 0)
		r = client_need_view(mif);
	if (r < 0)
		return r;
	connect = calloc(1, sizeof(*connect));
	if (connect == NULL)
		return -ENOMEM;
	r = task_init(
		&connect->task, mif, &connect_ops, &mif->outbox, to->connection, request->tag);
	if (r < 0)
		return r;
	timer_init(&connect->limit, connect_timed_out);
	timer_init(&connect->delay, connect_delayed);
	connect->pvd = to->pvd;
	connect->destination = to->destination;
	if (given)
		connect->source = from->source;
	loop_set_timer(&mif->loop, &connect->limit,
		timeout < TIME_FOREVER - now ? now + timeout : TIME_FOREVER - 1);
	task = connect;
	connect = NULL;
	if (view_settled(&mif->view))
		connect_begin(task, now);
	return 0;
}
