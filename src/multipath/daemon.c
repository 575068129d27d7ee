/* SPDX-License-Identifier: MIT */
/*
 * A client of mifd's socket with two questions: take this socket from the kernel's path manager, and
 * make these subflows. Whatever goes wrong, the caller does without.
 */
#include "multipath/daemon.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/host.h"

#define SOCKET_PATH "/run/mif/mifd.sock"
#define VERSION 1

/* A daemon that hangs is not waited for: a socket works without it. A slow machine needs some of that. */
#define ADOPT_TIME (1 * NSEC_PER_SEC)

static int connect_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_(host_closep) int fd = -1;
	int connected;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = host_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || host_connect(fd, &address, sizeof(address)) < 0)
		return -errno;
	connected = fd;
	fd = -1;
	return connected;
}

/* Of a set-uid program's environment nothing is believed. */
static const char *socket_path(void)
{
	const char *path = secure_getenv("MIF_SOCKET");

	return path != NULL && *path != '\0' ? path : SOCKET_PATH;
}

/* Each makes its socket anew, which outlives its engine. */
uint64_t daemon_instance(void)
{
	struct stat status;

	if (stat(socket_path(), &status) < 0)
		return 0;
	return (uint64_t)status.st_ino << 32 ^ (uint64_t)status.st_ctim.tv_sec << 30 ^
		(uint64_t)status.st_ctim.tv_nsec ^ 1;
}

int daemon_open(struct daemon *daemon)
{
	struct mif_message hello = {.type = MIF_HELLO, .as.hello.version = VERSION};
	int fd = connect_path(socket_path()), r;

	if (fd < 0)
		return fd;
	*daemon = (struct daemon){0};
	channel_init(&daemon->channel, fd);
	r = channel_post(&daemon->channel, &hello);
	if (r < 0)
		daemon_close(daemon);
	return r;
}

void daemon_close(struct daemon *daemon)
{
	channel_deinit(&daemon->channel);
}

int daemon_post(struct daemon *daemon, struct mif_message *request)
{
	request->tag = ++daemon->asked;
	request->serial = daemon->asked;
	return channel_post(&daemon->channel, request);
}

/* 1: an answer; 0: something else, or nothing is there; negative errno: it has said no, or is gone. */
static int answer_take(struct daemon *daemon, struct mif_message *answer)
{
	int r = channel_peek(&daemon->channel, answer);

	if (r == 0) {
		r = channel_receive(&daemon->channel);
		return r < 0 ? r : r == 0 ? -EAGAIN : 0;
	}
	if (r < 0 && r != -ENOMSG)
		return r;
	channel_skip(&daemon->channel);
	if (r == 1 && answer->type == MIF_ERROR)
		return answer->as.error.error != 0 ? -(int)answer->as.error.error : -EPROTO;
	if (r == 1 && answer->type != MIF_PATH_ANSWER && daemon->hear != NULL)
		daemon->hear(daemon->context, answer);
	if (r != 1 || answer->type != MIF_PATH_ANSWER)
		return 0;
	daemon->answered++;
	return 1;
}

int daemon_wait(struct daemon *daemon, struct mif_message *answer, uint64_t until)
{
	struct pollfd fd = {.fd = daemon->channel.fd, .events = POLLIN};

	for (;;) {
		int r = answer_take(daemon, answer);
		uint64_t now;

		if (r == 0)
			continue;
		if (r != -EAGAIN)
			return r;
		now = clock_boottime();
		if (now >= until || poll(&fd, 1, clock_timeout(now, until)) < 0)
			return 0;
	}
}

int daemon_adopt(int fd)
{
	struct mif_message request = {.type = MIF_ADOPT_CONNECTION, .as.adopt_connection.fd = fd};
	struct mif_message answer;
	struct daemon daemon;
	int r = daemon_open(&daemon);

	if (r < 0)
		return r;
	r = daemon_post(&daemon, &request);
	if (r == 0)
		r = daemon_wait(&daemon, &answer, clock_boottime() + ADOPT_TIME);
	daemon_close(&daemon);
	if (r <= 0)
		return r < 0 ? r : -ETIMEDOUT;
	return -(int)answer.as.path_answer.error;
}
