/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "source/watch.h"

/*
 * One service on the system's D-Bus, as seen by one source: whether it is there, and a connection on
 * which it can be asked. Nothing here waits: the bus may come later, go, and come again.
 */

/* What the owner of the service wants to hear of. */
struct bus_ops {
	/* The service is there: also when another process has taken its name over. */
	void (*appeared)(void *context, uint64_t now);
	void (*vanished)(void *context, uint64_t now);
};

struct bus {
	const char *address; /* of the bus */
	const char *name; /* of the service */
	const struct bus_ops *ops;
	void *context;
	int epoll; /* what to wait on: the connection's own descriptor changes */
	struct watch watch; /* for the bus's socket to appear */
	sd_bus *connection; /* NULL: none, until retry_at */
	uint32_t events; /* that are waited for on it */
	int fd; /* the connection's, as it was last */
	bool present;
	bool answered; /* whether the service is there */
	bool failed; /* the connection is of no use */
	uint64_t now; /* for the replies that are handled within a dispatch */
	uint64_t retry_at;
	uint64_t connects; /* counters */
	uint64_t losses;
};

/* 0, or negative errno. address: "unix:path=...", or NULL for the system's bus. address, name and ops must
 * outlive it. */
int bus_init(struct bus *bus, const char *address, const char *name, const struct bus_ops *ops,
	void *context);
void bus_deinit(struct bus *bus);

/* When bus_dispatch() wants to be called whatever the descriptor says. */
uint64_t bus_deadline(const struct bus *bus, uint64_t now);

/* Whether it is known that the service is there, or that it is not: nobody need wait for that. */
bool bus_is_settled(const struct bus *bus);

/* A bounded number of messages: the descriptor stays readable when there are more. */
void bus_dispatch(struct bus *bus, uint64_t now);

/* Asks the service; the handler is called within a later dispatch, with an error if there is no
 * answer in time, and never after *slot has been given to sd_bus_slot_unref(). 0, or negative errno:
 * it is not there. */
int bus_call(struct bus *bus, sd_bus_slot **slot, const char *path, const char *interface,
	const char *method, sd_bus_message_handler_t handler, void *context, const char *types,
	...);

/* Hears signals of the service, until the connection ends. rule: without type and sender. */
int bus_match(struct bus *bus, const char *rule, sd_bus_message_handler_t handler, void *context);
