/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/privilege.h"

/* How many of one program may run, and how many are started in how much time, at most. */
#define HELPERS 4
#define HELPERS_BURST_MAX 256
#define HELPERS_INTERVAL (10 * NSEC_PER_SEC)

/* Of mif-fetch and mif-nss: how long each may run (it ends by itself before), how many are started in
 * that time. */
#define HELPERS_FETCH_TIME (15 * NSEC_PER_SEC)
#define HELPERS_FETCH_BURST 32
#define HELPERS_NSS_TIME (8 * NSEC_PER_SEC)
#define HELPERS_NSS_BURST 256

struct helper {
	pid_t pid; /* 0: none */
	uint64_t kill_at;
};

/*
 * The processes of one program that does what the engine must not do itself: mif-fetch, which fetches by
 * HTTPS, and mif-nss, which asks the host's Name Service Switch; each for one request of the engine's. The
 * parent starts them and sees to it that they end; what they ask and answer it does not see: their
 * socket's other end is the engine's.
 */
struct helpers {
	const char *name; /* of the program, in the log */
	const char *path; /* of the program; NULL: there is none */
	const char *argument; /* its only one, or NULL */
	uint64_t time; /* how long each may run */
	unsigned int burst; /* so many are started in HELPERS_INTERVAL */
	const struct privilege *privilege;
	const sigset_t *signals; /* what is blocked in the program */
	struct helper running[HELPERS];
	uint64_t started[HELPERS_BURST_MAX]; /* a ring; 0: none */
	unsigned int oldest;

	/* Level and line, as syslog(3). */
	__attribute__((format(printf, 2, 3))) void (*log)(int level, const char *format, ...);
};

/* Starts one, and hands over the engine's end of its socket. 0; -EOPNOTSUPP: there is no such program;
 * -EAGAIN: too many; other negative errno. */
int helpers_start(struct helpers *helpers, int *passed);

/* A child has ended: was it one of them? */
void helpers_reap(struct helpers *helpers);

/* Kills those whose time is over. */
void helpers_pass_time(struct helpers *helpers, uint64_t now);
uint64_t helpers_deadline(const struct helpers *helpers);

/* Ends all of them. */
void helpers_end(struct helpers *helpers);
