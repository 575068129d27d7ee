/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/command.h"
#include "net/listener.h"
#include "net/path.h"
#include "net/steer.h"
#include "net/verb.h"

/* How long the engine stays dead: twice as long after each death, from the first to the last, until
 * it has lived for a while. After so many deaths in a row the parent gives up. */
#define PARENT_DELAY (100 * NSEC_PER_MSEC)
#define PARENT_DELAY_MAX (10 * NSEC_PER_SEC)
#define PARENT_LIVED (60 * NSEC_PER_SEC)
#define PARENT_DEATHS 10

/* How long the engine may take to end when it is told to. */
#define PARENT_PATIENCE (2 * NSEC_PER_SEC)

struct parent_options {
	const char *socket; /* path */
	struct listener_access access; /* to it */
	const char *user; /* of the engine: name or number; NULL: see privilege_user() */
	struct steer_mark mark; /* what is put into the kernel for the engine */
	const char (*links)[VERB_LINK_NAME]; /* names of those that the engine may have changed */
	const struct link_command *commands; /* of these; or NULL */
	size_t link_count;
	const char *fetcher; /* path of mif-fetch; NULL: none is started */
	const char *authorities; /* for it, besides the system's: a file of certificates, or NULL */
	const char *nss; /* path of mif-nss; NULL: none is started */
	const char *nss_services; /* for it: names of services, blanks between them */
	const struct path
		*path; /* what path_open() has opened: the parent's from now on; or NULL */
	bool takeover; /* all multipath connections of this namespace are the engine's */
	uint64_t delay; /* before the first restart; 0: PARENT_DELAY */

	/* The engine, in its own process, without privilege: serves the clients of listen_fd, says
	 * VERB_READY on verb_fd, returns only in failure. When verb_fd hangs up, the parent is dead. */
	void (*engine)(void *context, int listen_fd, int verb_fd);
	void *context;

	/* Level and line, as syslog(3). */
	__attribute__((format(printf, 2, 3))) void (*log)(int level, const char *format, ...);
};

/* The privileged parent: binds the socket, gives up what it does not need, keeps an engine running.
 * Returns after SIGTERM or SIGINT (0) or a failure (1): what main() should return. What needs more
 * privilege than CAP_NET_ADMIN and CAP_NET_RAW must be done before. */
int parent_run(const struct parent_options *options);
