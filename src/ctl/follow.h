/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/mif.h>

/* What to follow besides interfaces, domains, elements, addresses and the default domains. */
#define FOLLOW_DATA 1 /* ask each new domain for all its configuration information */
#define FOLLOW_COUNTERS 2 /* ask for the counters, once */
#define FOLLOW_PVDS 4 /* only interfaces and domains */
#define FOLLOW_HOLDERS 8 /* ask who wants to connect, once */

/* Identifiers, in order. */
struct id_set {
	uint64_t *ids;
	size_t count, room;
};

struct follow {
	struct mif *mif;
	unsigned int flags;
	struct id_set pvds; /* whose data were asked for */
	struct mif_message *requests; /* from first on: not posted yet */
	size_t first, count, room;
	size_t unanswered;
};

/* 0, or negative errno. follow_deinit() is needed in any case. */
int follow_init(struct follow *follow, struct mif *mif, unsigned int flags);
void follow_deinit(struct follow *follow);

/* To be called with every report that was got: posts what follows from it. 0, or negative errno. */
int follow_report(struct follow *follow, const struct mif_message *report);

/* Posts what found no room before. 0, or negative errno. */
int follow_post(struct follow *follow);

/* Requests wait for room: try follow_post() again soon. */
static inline bool follow_waits(const struct follow *follow)
{
	return follow->first < follow->count;
}

/* Whatever was asked for has been answered. */
static inline bool follow_complete(const struct follow *follow)
{
	return follow->unanswered == 0;
}
