/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "client/link.h"

/*
 * A link to the daemon that outlives the daemon. When the connection is lost it connects again, for
 * ever; then it compares what the new engine says with what its owner was told, and reports the true
 * differences alone. Its owner sees no loss, no identifier of its own changes its meaning, and no
 * request stays without its answer.
 *
 * What the owner wants to connect through, the new engine is told, and the owner is told that an
 * interface is going up which the new engine does not want to take down.
 *
 * Not remembered, so not resumed: identifiers that the owner has from another handle, or from PVD_FOUND and DEFAULT_PVD alone without ever having
 * been told of the domain. After a loss such an identifier names nothing.
 */

/* Limits. Beyond the first two a post is refused with -EAGAIN and -ENOBUFS; whoever was told of more
 * objects than can be remembered is told of the loss, as if there were no steady link. */
#define STEADY_QUESTIONS 1024 /* requests whose answer is awaited */
#define STEADY_WANTS 65536 /* announcements asked for */
#define STEADY_OBJECTS 16384 /* interfaces, domains, elements and addresses told of */
#define STEADY_NAMES 8192 /* interfaces and domains known by identifier, in a whole handle */
#define STEADY_TRANSLATED 64 /* addresses of a translation that are not told twice */

/* Between two tries to connect, from the first, doubled. */
#define STEADY_DELAY (50 * NSEC_PER_MSEC)
#define STEADY_DELAY_MAX NSEC_PER_SEC

/* How long a daemon that has accepted may take to say WELCOME. It is long because the socket may
 * belong to mifd's parent, which starts an engine that has died only after a while. */
#define STEADY_PATIENCE (10 * NSEC_PER_SEC)

/* A new engine learns what there is bit by bit: a router answers a solicitation after up to 0.5 s,
 * one that answers by multicast after up to 3 s more (RFC 4861 section 6.2.6). For so long what is
 * missing or different may still turn out to be as it was. */
#define STEADY_SETTLE (4 * NSEC_PER_SEC)

/* Where the daemon is. */
struct steady_daemon {
	/* As link_daemon_begin(). */
	int (*begin)(struct link **linkp, const char *path, uint32_t flags);
	uint64_t settle;
	char path[108];
};

/* Connects and shakes hands, at most timeout_ms long; errors as link_daemon_open(). */
int steady_open(struct link **linkp, const struct steady_daemon *daemon, int timeout_ms);
