/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "multipath/known.h"
#include "multipath/set.h"

/* What mifd is asked for, for a connection that it has adopted. */
struct join {
	const struct set *remotes; /* each shall have a path */
	const struct entries *locals; /* as shall each of these; count 0: from wherever */
	bool shows; /* it may not know the connection */
	bool leaves; /* paths to other addresses shall go */
	uint64_t until; /* how long is waited for what comes of it */
	int errors[SMP_MAX_ADDRS]; /* of the remotes: errno, or 0 */
};

/* 0, or negative errno: mifd does not do it. */
int join_run(int fd, struct join *join);

/* Shows it alone. 0, or negative errno: mifd can do nothing with it. */
int join_show(int fd);

/* What became of addresses that are not in use. */
void join_look(int fd, struct entries *remotes);
