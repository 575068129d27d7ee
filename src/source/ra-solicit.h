/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Links that may be asked at the same time; a newcomer is refused. */
#define RA_SOLICIT_LINKS 64

/* The solicitations of one link. */
struct ra_solicit_link {
	uint32_t ifindex; /* 0: this place is free */
	uint8_t sent; /* since it was asked for */
	uint8_t failed; /* not sent, likewise */
	uint64_t last; /* when the last one was sent; 0: never */
	uint64_t next; /* TIME_FOREVER: nothing to do */
};

struct ra_solicit {
	struct ra_solicit_link links[RA_SOLICIT_LINKS];
	uint64_t deadline; /* the earliest of theirs: asked for at every turn of the engine */
};

void ra_solicit_init(struct ra_solicit *solicit);

/* Starts asking. *left: the link whose place was taken, that is of no more interest; 0: none.
 * 0, or -ENOSPC. */
int ra_solicit_ask(struct ra_solicit *solicit, uint32_t ifindex, uint64_t now, uint32_t *left);

/* A router of the link was heard: no more questions. */
void ra_solicit_heard(struct ra_solicit *solicit, uint32_t ifindex);

/* A link to be asked now, or 0. ra_solicit_done() must follow. */
uint32_t ra_solicit_due(const struct ra_solicit *solicit, uint64_t now);

/* The solicitation was sent, or could not be. */
void ra_solicit_done(struct ra_solicit *solicit, uint32_t ifindex, bool sent, uint64_t now);

uint64_t ra_solicit_deadline(const struct ra_solicit *solicit);
