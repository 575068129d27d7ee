/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/* How many domains are asked at the same time; the others wait. */
#define PVD_INFO_RUNNING 4

struct pvd_info_options {
	/* Asks for a mif-fetch. source_pvd_info_started() with the same number follows, unless this
	 * fails. 0, or negative errno. */
	int (*start)(void *context, uint32_t number);
	void *context;

	uint64_t (*realtime)(void); /* seconds since 1970 */
	uint64_t seed; /* of the random delays; anything but 0 */
};

/* Additional information of explicit domains (RFC 8801 section 4). */
int source_pvd_info_new(struct source **sourcep, const struct pvd_info_options *options);

/* fd: a socket to a mif-fetch that waits for its request, which is taken over; or negative errno. */
void source_pvd_info_started(struct source *source, uint32_t number, int fd, uint64_t now);
