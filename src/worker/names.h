/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/worker.h"

/*
 * What a network or a client can make grow, and where it ends. Beyond a limit the newcomer is
 * refused with -ENOBUFS (and counted); nobody is evicted.
 */
#define NAMES_DOMAINS 64 /* domains asked at once; of the others the longest unused is forgotten */
#define NAMES_RUNNING 10240 /* lookups running in one domain */
#define NAMES_TRANSLATIONS 32768 /* in all, those with results not yet fetched included */

/* How long a domain without questions keeps its sockets. */
#define NAMES_IDLE (60 * NSEC_PER_SEC)

/* How the host's Name Service Switch is asked: by processes that the host starts, one for each name. Each is
 * started as source_pvd_info's are: start() returns 0 or negative errno, and names_switch_started() says
 * later what became of it. */
struct names_switch {
	int (*start)(void *context, uint32_t number);
	void *context;
};

/* hosts_path NULL: /etc/hosts. Opens nothing that needs privilege. 0, or negative errno. */
int worker_names_new(struct worker **workerp, const char *hosts_path);

/* From now on the switch is asked for what a domain's own name services have not got. Before the first
 * request. 0, or -ENOMEM. */
int names_use_switch(struct worker *worker, const struct names_switch *options);

/* fd: a socket to the process, which is the worker's from now on; or negative errno: -EAGAIN, -ENOBUFS: to be
 * tried again later. The
 * worker's deadline may be another one then. */
void names_switch_started(struct worker *worker, uint32_t number, int fd, uint64_t now);
