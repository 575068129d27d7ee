/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A system bus and the service on it, both played by the test: the far end of every connection of a
 * source. It answers what the test tells it to, or says what it likes.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "base/clock.h"

#define FAR_NAME ":1.7"

struct far {
	char directory[64], path[96], address[128];
	int listener;
	int fd; /* of the connection, before the bus has it */
	sd_bus *bus;
	const char *owner; /* of the service; NULL: it is not there */
	unsigned int connections, calls;
	/* Answers a call to the service. */
	int (*answer)(sd_bus_message *call);
};

static struct far far = {.listener = -1, .fd = -1};

static void far_init(void)
{
	strcpy(far.directory, "/tmp/test-bus.XXXXXX");
	if (mkdtemp(far.directory) == NULL)
		abort();
	snprintf(far.path, sizeof(far.path), "%s/socket", far.directory);
	snprintf(far.address, sizeof(far.address), "unix:path=%s", far.path);
}

/* The bus begins to exist. */
static void far_listen(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(address.sun_path, far.path);
	far.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(far.listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(far.listener, 4) < 0)
		abort();
}

static void far_hang_up(void)
{
	far.bus = sd_bus_close_unref(far.bus);
	if (far.fd >= 0)
		close(far.fd);
	far.fd = -1;
}

/* And ceases. */
static void far_vanish(void)
{
	far_hang_up();
	close(far.listener);
	far.listener = -1;
	unlink(far.path);
}

static void far_deinit(void)
{
	far_vanish();
	rmdir(far.directory);
}

static int far_answer_bus(sd_bus_message *call)
{
	if (sd_bus_message_is_method_call(call, NULL, "Hello"))
		return sd_bus_reply_method_return(call, "s", ":1.1");
	if (sd_bus_message_is_method_call(call, NULL, "GetNameOwner") && far.owner == NULL)
		return sd_bus_reply_method_errorf(
			call, "org.freedesktop.DBus.Error.NameHasNoOwner", "nobody");
	if (sd_bus_message_is_method_call(call, NULL, "GetNameOwner"))
		return sd_bus_reply_method_return(call, "s", far.owner);
	return sd_bus_reply_method_return(call, NULL);
}

static int far_called(sd_bus_message *call, void *context, sd_bus_error *error)
{
	const char *destination = sd_bus_message_get_destination(call);

	(void)context;
	(void)error;
	if (destination != NULL && strcmp(destination, "org.freedesktop.DBus") == 0)
		return far_answer_bus(call) < 0 ? -EIO : 1;
	far.calls++;
	if (far.answer == NULL)
		return 1; /* no answer */
	return far.answer(call) < 0 ? -EIO : 1;
}

static void far_speak_dbus(void)
{
	sd_id128_t id = {0};

	if (sd_bus_new(&far.bus) < 0 || sd_bus_set_fd(far.bus, far.fd, far.fd) < 0 ||
		sd_bus_set_server(far.bus, 1, id) < 0 || sd_bus_set_trusted(far.bus, 1) < 0 ||
		sd_bus_start(far.bus) < 0 || sd_bus_add_filter(far.bus, NULL, far_called, NULL) < 0)
		abort();
	far.fd = -1;
}

/* Takes the connection that waits, if one does. */
static void far_accept(void)
{
	int fd = far.listener < 0 ? -1
				  : accept4(far.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	far_hang_up();
	far.fd = fd;
	far.connections++;
	far_speak_dbus();
}

static void far_process(void)
{
	far_accept();
	for (int i = 0; far.bus != NULL && i < 64; i++) {
		int r = sd_bus_process(far.bus, NULL);

		if (r < 0)
			far_hang_up();
		if (r <= 0)
			break;
	}
}

/* The service comes or goes. */
__attribute__((unused)) static void far_own(const char *service, const char *owner)
{
	sd_bus_message *signal = NULL;

	if (sd_bus_message_new_signal(far.bus, &signal, "/org/freedesktop/DBus",
		    "org.freedesktop.DBus", "NameOwnerChanged") < 0 ||
		sd_bus_message_append(signal, "sss", service, far.owner != NULL ? far.owner : "",
			owner != NULL ? owner : "") < 0 ||
		sd_bus_message_set_sender(signal, "org.freedesktop.DBus") < 0 ||
		sd_bus_send(far.bus, signal, NULL) < 0)
		abort();
	sd_bus_message_unref(signal);
	far.owner = owner;
}
