/* SPDX-License-Identifier: MIT */
#pragma once

/* A server over real sockets and a fake engine, turn by turn, and its clients, in one process. */
#include "daemon/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "daemon/access.h"
#include "daemon/fake-engine.h"
#include "message/message.h"
#include "tap.h"
#include "transport/channel.h"

static char directory[] = "/tmp/dmw-XXXXXX", path[64];

struct house {
	struct access access;
	struct engine *engine;
	struct server *server;
	int listen_fd;
};

__attribute__((unused)) static void house_init(struct house *house)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	access_init(&house->access);
	strcpy(address.sun_path, path);
	unlink(path);
	house->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(house->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(house->listen_fd, 64) < 0 || engine_new(&house->engine, 0) < 0 ||
		server_new(&house->server, house->engine, &house->access, house->listen_fd) < 0)
		abort();
}

__attribute__((unused)) static void house_deinit(struct house *house)
{
	server_free(house->server);
	engine_free(house->engine);
	close(house->listen_fd);
}

__attribute__((unused)) static void turn(struct house *house)
{
	if (server_dispatch(house->server, 1) < 0)
		abort();
}

__attribute__((unused)) static struct channel visit(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct channel channel;

	strcpy(address.sun_path, path);
	channel_init(&channel, socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (connect(channel.fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	return channel;
}

__attribute__((unused)) static int say(struct channel *channel, uint32_t type, uint32_t tag)
{
	struct mif_message message = {.type = type, .tag = tag, .serial = tag};

	if (type == MIF_HELLO)
		message.as.hello.version = 1;
	return channel_post(channel, &message);
}

/* 1, 0 or -EPIPE, as the link's get. */
__attribute__((unused)) static int hear(struct channel *channel, struct mif_message *message)
{
	int r = channel_peek(channel, message);

	if (r == 0) {
		r = channel_receive(channel);
		if (r <= 0)
			return r;
		r = channel_peek(channel, message);
	}
	channel_skip(channel);
	return r;
}

/* Of the report that heard_error() heard. */
static uint32_t last_serial;

__attribute__((unused)) static bool heard_error(
	struct channel *channel, int error, uint32_t tag, const char *text)
{
	struct mif_message message = {0};
	int r = hear(channel, &message);

	last_serial = message.serial;
	if (r == 1)
		printf("# %s\n", message.as.error.text);
	return r == 1 && message.type == MIF_ERROR && message.as.error.error == (uint32_t)error &&
		message.tag == tag && strstr(message.as.error.text, text) != NULL;
}

__attribute__((unused)) static struct channel guest(struct house *house)
{
	struct channel channel = visit();
	struct mif_message message = {0};

	say(&channel, MIF_HELLO, 0);
	turn(house);
	turn(house);
	if (hear(&channel, &message) != 1 || message.type != MIF_WELCOME)
		printf("# no welcome\n");
	return channel;
}

/* Whether it still gets its answers. */
__attribute__((unused)) static bool served(struct house *house, struct channel *channel)
{
	struct mif_message message = {0};

	say(channel, MIF_ANNOUNCE_INTERFACES, 99);
	turn(house);
	return hear(channel, &message) == 1 && message.type == MIF_END_OF_ANNOUNCEMENTS &&
		message.tag == 99;
}
