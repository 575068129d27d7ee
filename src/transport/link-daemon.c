/* SPDX-License-Identifier: MIT */
/*
 * The link to the daemon: a client's end of a channel. A request leaves with one send(2) as a
 * packet of its own; reports come as many to a packet as the daemon had, and are handed on one by
 * one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "client/link.h"
#include "message/message.h"
#include "transport/channel.h"

#define VERSION 1

struct link_daemon {
	struct link link;
	struct channel channel;
	struct sockaddr_un address;
	uint32_t flags;
	int timeout_ms;
};

static int link_daemon_post(struct link *link, const struct mif_message *request)
{
	struct link_daemon *daemon = container_of(link, struct link_daemon, link);
	const struct message_info *info = message_info(request->type);

	if (info == NULL || info->report)
		return -EINVAL;
	return channel_post(&daemon->channel, request);
}

/* The next report, of a type that is known: a newer daemon may say more than we understand. */
static int link_daemon_get(struct link *link, struct mif_message *report)
{
	struct link_daemon *daemon = container_of(link, struct link_daemon, link);
	int r;

	for (;;) {
		r = channel_peek(&daemon->channel, report);
		if (r == 0) {
			r = channel_receive(&daemon->channel);
			if (r <= 0)
				return r;
			continue;
		}
		if (r != 1 && r != -ENOMSG)
			return r;
		channel_skip(&daemon->channel);
		if (r == 1)
			return message_info(report->type)->report ? 1 : -EBADMSG;
	}
}

static int link_daemon_fd(const struct link *link)
{
	return container_of(link, const struct link_daemon, link)->channel.fd;
}

static bool link_daemon_pending(const struct link *link)
{
	return container_of(link, const struct link_daemon, link)->channel.in != NULL;
}

static int link_daemon_wait(struct link *link, int timeout_ms)
{
	struct link_daemon *daemon = container_of(link, struct link_daemon, link);

	return daemon->channel.in != NULL ? 1 : channel_wait(&daemon->channel, timeout_ms);
}

static void daemon_free(struct link_daemon *daemon)
{
	if (daemon == NULL)
		return;
	channel_deinit(&daemon->channel);
	free(daemon);
}

DEFINE_FREEP(link_daemon, daemon_free)

static void link_daemon_free(struct link *link)
{
	if (link != NULL)
		daemon_free(container_of(link, struct link_daemon, link));
}

static int link_daemon_another(struct link *link, struct link **linkp)
{
	const struct link_daemon *daemon = container_of(link, const struct link_daemon, link);

	return link_daemon_open(linkp, daemon->address.sun_path, daemon->flags, daemon->timeout_ms);
}

static const struct link_ops link_daemon_ops = {
	.post = link_daemon_post,
	.get = link_daemon_get,
	.fd = link_daemon_fd,
	.pending = link_daemon_pending,
	.wait = link_daemon_wait,
	.another = link_daemon_another,
	.free = link_daemon_free,
};

/* Of a socket that does not block, and does from then on, for channel_wait(). */
static int connect_now(int fd, const struct sockaddr_un *address)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	return fcntl(fd, F_SETFL, 0) < 0 ? -errno : 0;
}

/* connect(2) to a Unix socket waits while the daemon's backlog is full: at most SO_SNDTIMEO, since
 * there is nothing that poll(2) could wait for. */
static int connect_until(int fd, const struct sockaddr_un *address, uint64_t deadline)
{
	for (;;) {
		uint64_t now = clock_boottime();
		struct timeval timeout = {0}; /* for ever */

		if (deadline <= now)
			return -ETIMEDOUT;
		if (deadline != TIME_FOREVER) {
			timeout.tv_sec = (time_t)((deadline - now) / NSEC_PER_SEC);
			timeout.tv_usec = (suseconds_t)((deadline - now) % NSEC_PER_SEC / 1000) | 1;
		}
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
			return -errno;
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return 0;
		if (errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
}

static int wait_until(int fd, uint64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int r = poll(&poll_fd, 1, clock_timeout(clock_boottime(), deadline));

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

int link_daemon_welcome(const struct mif_message *report, uint64_t *instance)
{
	uint32_t error = report->as.error.error;

	if (report->type == MIF_ERROR)
		return error > 0 && error < 4096 ? -(int)error : -EBADMSG;
	if (report->type != MIF_WELCOME)
		return -EBADMSG;
	*instance = report->as.welcome.instance;
	return report->as.welcome.version == VERSION ? 0 : -EPROTONOSUPPORT;
}

static int say_hello(struct link_daemon *daemon)
{
	struct mif_message hello = {
		.type = MIF_HELLO,
		.as.hello = {.version = VERSION, .flags = daemon->flags},
	};
	int r = channel_post(&daemon->channel, &hello);

	/* A daemon that refuses this client has said so and closed already. */
	return r == -EPIPE ? 0 : r;
}

static int wait_for_welcome(struct link_daemon *daemon, uint64_t deadline)
{
	struct mif_message message;
	uint64_t instance;
	int r;

	for (;;) {
		r = link_daemon_get(&daemon->link, &message);
		if (r != 0)
			break;
		r = wait_until(daemon->channel.fd, deadline);
		if (r < 0)
			break;
	}
	if (r < 0)
		return r;
	return link_daemon_welcome(&message, &instance);
}

static int link_daemon_new(
	struct link_daemon **daemonp, const char *path, uint32_t flags, uint64_t deadline)
{
	int nonblock = deadline == 0 ? SOCK_NONBLOCK : 0;
	_cleanup_(daemon_freep) struct link_daemon *daemon = calloc(1, sizeof(*daemon));
	int r;

	if (daemon == NULL)
		return -ENOMEM;
	daemon->channel.fd = -1;
	daemon->link.ops = &link_daemon_ops;
	daemon->address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(daemon->address.sun_path))
		return -ENAMETOOLONG;
	strcpy(daemon->address.sun_path, path);
	daemon->flags = flags;
	channel_init(
		&daemon->channel, socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | nonblock, 0));
	if (daemon->channel.fd < 0)
		return -errno;
	/* Connections are opened in the client's own process, never by the daemon. */
	daemon->channel.plain = true;
	r = deadline == 0 ? connect_now(daemon->channel.fd, &daemon->address)
			  : connect_until(daemon->channel.fd, &daemon->address, deadline);
	if (r == 0)
		r = say_hello(daemon);
	if (r < 0)
		return r;
	*daemonp = daemon;
	daemon = NULL;
	return 0;
}

int link_daemon_begin(struct link **linkp, const char *path, uint32_t flags)
{
	struct link_daemon *daemon = NULL;
	int r = link_daemon_new(&daemon, path, flags, 0);

	if (r == 0)
		*linkp = &daemon->link;
	return r;
}

int link_daemon_open(struct link **linkp, const char *path, uint32_t flags, int timeout_ms)
{
	uint64_t deadline = timeout_ms < 0
		? TIME_FOREVER
		: clock_boottime() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	_cleanup_(daemon_freep) struct link_daemon *daemon = NULL;
	int r = link_daemon_new(&daemon, path, flags, deadline);

	if (r == 0)
		r = wait_for_welcome(daemon, deadline);
	if (r < 0)
		return r;
	daemon->timeout_ms = timeout_ms;
	*linkp = &daemon->link;
	daemon = NULL;
	return 0;
}
