/* SPDX-License-Identifier: MIT */
/*
 * A connection to the system bus by sd-bus, driven by our own loop. The daemon starts before the bus
 * does, or runs without any, so there is no connection, and sd-bus takes no memory, before there is a socket.
 * When a connection ends, another one is made after a rest.
 */
#include "source/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define BATCH 32
#define REST NSEC_PER_SEC

#define AT_PATH "unix:path="
#define SYSTEM_BUS AT_PATH "/run/dbus/system_bus_socket"
#define NO_OWNER "org.freedesktop.DBus.Error.NameHasNoOwner"

/* A service that does not answer so long is asked again later; what it said before stands. */
#define PATIENCE_USEC (10 * UINT64_C(1000000))

/* ---- the service ---- */

static void bus_set_present(struct bus *bus, bool present)
{
	bool was = bus->present;

	bus->answered = true;
	bus->present = present;
	if (present)
		bus->ops->appeared(bus->context, bus->now);
	else if (was)
		bus->ops->vanished(bus->context, bus->now);
}

static int owner_told(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct bus *bus = context;
	const char *owner;

	(void)error;
	bus->answered = sd_bus_message_is_method_error(message, NO_OWNER);
	if (sd_bus_message_is_method_error(message, NULL))
		bus->failed = !bus->answered;
	else if (sd_bus_message_read(message, "s", &owner) >= 0)
		bus_set_present(bus, owner[0] != '\0');
	return 0;
}

static int owner_changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct bus *bus = context;
	const char *name, *before, *after;

	(void)error;
	if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0 &&
		strcmp(name, bus->name) == 0)
		bus_set_present(bus, after[0] != '\0');
	return 0;
}

/* The match is asked for first: no change falls between. */
static int service_watch(struct bus *bus)
{
	char rule[256];
	int r;

	r = snprintf(rule, sizeof(rule),
		"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
		"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
		bus->name);
	if (r < 0 || (size_t)r >= sizeof(rule))
		return -EINVAL;
	r = sd_bus_add_match_async(bus->connection, NULL, rule, owner_changed, NULL, bus);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(bus->connection, NULL, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner", owner_told, bus,
		"s", bus->name);
}

/* ---- the connection ---- */

static int connection_start(struct bus *bus)
{
	int r = sd_bus_new(&bus->connection);

	if (r >= 0)
		r = sd_bus_set_address(bus->connection, bus->address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus->connection, 1);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus->connection, PATIENCE_USEC);
	if (r >= 0)
		r = sd_bus_start(bus->connection);
	return r < 0 ? r : service_watch(bus);
}

static void connection_end(struct bus *bus)
{
	if (bus->fd >= 0)
		epoll_ctl(bus->epoll, EPOLL_CTL_DEL, bus->fd, NULL);
	bus->fd = -1;
	bus->answered = bus->failed = false;
	/* Not flushed: that would wait for a peer that does not read. */
	bus->connection = sd_bus_close_unref(bus->connection);
}

static void connection_lose(struct bus *bus)
{
	connection_end(bus);
	bus->losses++;
	bus->retry_at = bus->now + REST;
	if (bus->present)
		bus_set_present(bus, false);
}

static uint32_t epoll_events(int events)
{
	return ((events & POLLIN) != 0 ? (uint32_t)EPOLLIN : 0) |
		((events & POLLOUT) != 0 ? (uint32_t)EPOLLOUT : 0);
}

/* Waits for what the connection waits for: first for the socket to exist, then to speak. */
static int connection_wait(struct bus *bus)
{
	int fd = sd_bus_get_fd(bus->connection), events = sd_bus_get_events(bus->connection);
	struct epoll_event event;

	if (fd < 0 || events < 0)
		return fd < 0 ? fd : events;
	event = (struct epoll_event){.events = epoll_events(events)};
	if (fd == bus->fd && event.events == bus->events &&
		epoll_ctl(bus->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	/* A descriptor that was closed has left by itself; its number may be in use again. */
	if (bus->fd >= 0 && bus->fd != fd)
		epoll_ctl(bus->epoll, EPOLL_CTL_DEL, bus->fd, NULL);
	bus->fd = fd;
	bus->events = event.events;
	if (epoll_ctl(bus->epoll, EPOLL_CTL_MOD, fd, &event) < 0 &&
		epoll_ctl(bus->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return 0;
}

/* Without it, there is nothing to do before it comes. */
static bool socket_is_there(struct bus *bus)
{
	if (access(bus->address + strlen(AT_PATH), F_OK) == 0)
		return true;
	bus->retry_at = bus->watch.fd >= 0 ? TIME_FOREVER : bus->now + REST;
	return false;
}

static void socket_watch(struct bus *bus)
{
	struct epoll_event event = {.events = EPOLLIN};
	const char *path = bus->address + strlen(AT_PATH), *name = strrchr(path, '/');
	char directory[PATH_MAX];

	watch_init(&bus->watch);
	if (name == NULL || (size_t)(name - path) >= sizeof(directory))
		return;
	memcpy(directory, path, (size_t)(name - path));
	directory[name - path] = '\0';
	watch_add(&bus->watch, directory, name + 1);
	if (epoll_ctl(bus->epoll, EPOLL_CTL_ADD, bus->watch.fd, &event) < 0)
		watch_deinit(&bus->watch);
}

static int connection_process(struct bus *bus)
{
	int r = 1;

	for (int i = 0; r > 0 && i < BATCH; i++)
		r = sd_bus_process(bus->connection, NULL);
	/* The bus has ended the connection: sd-bus tells, and then closes. */
	if (r >= 0 && (sd_bus_is_open(bus->connection) <= 0 || bus->failed))
		r = -ENOTCONN;
	return r < 0 ? r : connection_wait(bus);
}

int bus_init(struct bus *bus, const char *address, const char *name, const struct bus_ops *ops,
	void *context)
{
	*bus = (struct bus){
		.address = address != NULL ? address : SYSTEM_BUS,
		.name = name,
		.ops = ops,
		.context = context,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.fd = -1,
	};
	if (bus->epoll < 0)
		return -errno;
	socket_watch(bus);
	return 0;
}

void bus_deinit(struct bus *bus)
{
	connection_end(bus);
	watch_deinit(&bus->watch);
	bus->epoll = close_fd(bus->epoll);
}

/* sd-bus tells the time on CLOCK_MONOTONIC, which stands still while the machine sleeps. */
static uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

uint64_t bus_deadline(const struct bus *bus, uint64_t now)
{
	uint64_t usec, is;

	if (bus->connection == NULL)
		return bus->retry_at;
	if (sd_bus_get_timeout(bus->connection, &usec) < 0 || usec == UINT64_MAX)
		return TIME_FOREVER;
	is = monotonic();
	usec *= 1000;
	return usec > is ? now + (usec - is) : now;
}

bool bus_is_settled(const struct bus *bus)
{
	return bus->answered || bus->connection == NULL;
}

void bus_dispatch(struct bus *bus, uint64_t now)
{
	int r = 0;

	bus->now = now;
	if (watch_read(&bus->watch))
		bus->retry_at = 0;
	if (bus->connection == NULL) {
		if (now < bus->retry_at || !socket_is_there(bus))
			return;
		bus->connects++;
		r = connection_start(bus);
	}
	if (r >= 0)
		r = connection_process(bus);
	if (r < 0)
		connection_lose(bus);
}

/* ---- asking ---- */

int bus_call(struct bus *bus, sd_bus_slot **slot, const char *path, const char *interface,
	const char *method, sd_bus_message_handler_t handler, void *context, const char *types, ...)
{
	va_list arguments;
	int r;

	if (bus->connection == NULL || !bus->present)
		return -ENOTCONN;
	va_start(arguments, types);
	r = sd_bus_call_method_asyncv(bus->connection, slot, bus->name, path, interface, method,
		handler, context, types, arguments);
	va_end(arguments);
	return r < 0 ? r : 0;
}

int bus_match(struct bus *bus, const char *rule, sd_bus_message_handler_t handler, void *context)
{
	char full[512];
	int r = snprintf(full, sizeof(full), "type='signal',sender='%s',%s", bus->name, rule);

	if (r < 0 || (size_t)r >= sizeof(full))
		return -EINVAL;
	if (bus->connection == NULL)
		return -ENOTCONN;
	r = sd_bus_add_match_async(bus->connection, NULL, full, handler, NULL, context);
	return r < 0 ? r : 0;
}
