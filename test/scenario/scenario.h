/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/link.h"

/*
 * A host for scenarios: where the engine under test runs. Facts and time go in by lines of the
 * script source, clients come by links.
 */
struct host {
	const char *name;
	const char *program; /* host_mifd: the daemon */
	int patience; /* milliseconds that a report may take, at most */
	int (*begin)(struct host *host);
	int (*line)(struct host *host, const char *line, char error[256]);
	int (*open)(struct host *host, struct link **linkp);
	void (*end)(struct host *host);
};

extern struct host host_engine; /* the engine inside the process */
extern struct host host_server; /* the daemon's server and transport, in a process of their own */
extern struct host host_mifd; /* the shipped mifd, with all its processes */
