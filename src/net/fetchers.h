/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/privilege.h"

/* How many mif-fetch may run, how long each (it ends by itself before), and how many are started in
 * how much time. */
#define FETCHERS 4
#define FETCHERS_TIME (15 * NSEC_PER_SEC)
#define FETCHERS_BURST 32
#define FETCHERS_INTERVAL (10 * NSEC_PER_SEC)

struct fetcher {
	pid_t pid; /* 0: none */
	uint64_t kill_at;
};

/*
 * The processes that fetch by HTTPS, each for one request of the engine's. The parent starts them and
 * sees to it that they end; what they ask and answer it does not see: their socket's other end is the
 * engine's.
 */
struct fetchers {
	const char *path; /* of the program; NULL: there is none */
	const char *authorities; /* one more file of certificates, or NULL */
	const struct privilege *privilege;
	const sigset_t *signals; /* what is blocked in the program */
	struct fetcher running[FETCHERS];
	uint64_t started[FETCHERS_BURST]; /* a ring; 0: none */
	unsigned int oldest;

	/* Level and line, as syslog(3). */
	__attribute__((format(printf, 2, 3))) void (*log)(int level, const char *format, ...);
};

/* Starts one, and hands over the engine's end of its socket. 0; -EOPNOTSUPP: there is no such program;
 * -EAGAIN: too many; other negative errno. */
int fetchers_start(struct fetchers *fetchers, int *passed);

/* A child has ended: was it one of them? */
void fetchers_reap(struct fetchers *fetchers);

/* Kills those whose time is over. */
void fetchers_pass_time(struct fetchers *fetchers, uint64_t now);
uint64_t fetchers_deadline(const struct fetchers *fetchers);

/* Ends all of them. */
void fetchers_end(struct fetchers *fetchers);
