/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/*
 * How often additional information is asked for (RFC 8801 sections 4.1 and 6): whoever advertises
 * domains could otherwise send this host, and all others of the link, against any HTTPS server.
 */
#define PVD_INFO_LINKS 64
#define PVD_INFO_NAMES 16 /* remembered of one link */
#define PVD_INFO_INTERVAL (10 * NSEC_PER_SEC) /* between two requests of one domain */
#define PVD_INFO_BURST 5 /* requests of one link within that time */
#define PVD_INFO_FAILURES 10 /* of one link; then nothing is asked for any more */

struct pvd_info_name {
	char name[MIF_TEXT_SIZE]; /* "": this place is free */
	uint64_t asked; /* when it was asked for last */
	bool failed; /* no more, as long as the host is attached to this network */
};

struct pvd_info_link {
	uint32_t ifindex; /* 0: this place is free */
	unsigned int failures;
	uint64_t asked[PVD_INFO_BURST]; /* the last requests, in a ring; 0: none */
	unsigned int oldest;
	struct pvd_info_name names[PVD_INFO_NAMES];
};

struct pvd_info_limit {
	struct pvd_info_link links[PVD_INFO_LINKS];
};

/* When a request may be sent: now or later; TIME_FOREVER: not on this network. */
uint64_t pvd_info_limit_earliest(
	const struct pvd_info_limit *limit, uint32_t ifindex, const char *name, uint64_t now);

/* The same for one more request of a link, whatever the domain. */
uint64_t pvd_info_limit_burst(const struct pvd_info_limit *limit, uint32_t ifindex, uint64_t now);

/* A request is sent, which may be. */
void pvd_info_limit_spend(
	struct pvd_info_limit *limit, uint32_t ifindex, const char *name, uint64_t now);

/* The server is not one of additional information, or not this domain's. */
void pvd_info_limit_failed(struct pvd_info_limit *limit, uint32_t ifindex, const char *name);

/* The host is attached to another network on this link, for all that we know. */
void pvd_info_limit_attached(struct pvd_info_limit *limit, uint32_t ifindex);
