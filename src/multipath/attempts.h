/* SPDX-License-Identifier: MIT */
#pragma once

#include "multipath/known.h"

/* How attempts at the addresses of a set ended. */
struct attempts_result {
	size_t place; /* of the member that fd is connected to, or goes on connecting to */
	int errors[SMP_MAX_ADDRS]; /* errno of those that failed, else 0 */
	bool mapped; /* the program's socket was used for IPv4 */
};

/*
 * Connects the program's socket to one of the remotes, over several sockets if need be; whichever
 * connects first becomes the program's, the others are reset. locals: what the program is bound to,
 * or none. limit: how long to wait, in nanoseconds, TIME_FOREVER: until all have failed. In the
 * result, mapped tells what was before.
 *
 * 0: fd is connected. -EINPROGRESS, -EINTR: the time is over, or a signal came; fd goes on with the
 * youngest attempt. Another negative errno, that of the first member: all have failed.
 */
int attempts_run(int fd, const struct set *remotes, const struct entries *locals,
	uint64_t attempt_delay, uint64_t limit, struct attempts_result *result);

/* The entry that should be the source for this remote, or NULL. */
const struct entry *attempts_local(const struct entries *locals, const struct mif_endpoint *remote);
