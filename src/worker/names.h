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

/* hosts_path NULL: /etc/hosts. Opens nothing that needs privilege. 0, or negative errno. */
int worker_names_new(struct worker **workerp, const char *hosts_path);
