/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include <mif/address.h>

/* How long one attempt has before the next one starts beside it (RFC 8305 section 8). */
#define ATTEMPT_DELAY (250 * NSEC_PER_MSEC)

/* Opens a non-blocking, close-on-exec TCP socket bound to the interface and the source, and
 * connects it. 0: connected; -EINPROGRESS: under way, wait for EPOLLOUT; *fdp is set for both.
 * Another negative errno: failed. ifindex 0: not bound to one; source AF_UNSPEC: likewise. */
int attempt_open(int *fdp, uint32_t ifindex, const struct mif_endpoint *source,
	const struct mif_endpoint *destination);

/* 0: connected; -EINPROGRESS; another negative errno: failed. */
int attempt_outcome(int fd);

/* The end of the connection on this host. 0, or negative errno. */
int attempt_source(int fd, struct mif_endpoint *source);

/* Closes a loser, without a trace if it was connected. Takes -1; returns -1. */
int attempt_abandon(int fd);
