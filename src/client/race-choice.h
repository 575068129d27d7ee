/* SPDX-License-Identifier: MIT */
#pragma once

#include "client/race.h"

/* A destination of a domain, by their places in the race. */
struct race_candidate {
	size_t domain, destination;
	uint32_t overlap; /* how much it has in common with what was tried */
	uint32_t group; /* of its service: 0 has the best priority */
	bool doubtful; /* its domain has not answered in this family of late */
	uint32_t reason; /* enum mif_dial_reason: what told it from the next best */
};

/* Its rank, behind all of those that stay when its interface does not. */
#define RACE_RANK_AWAY (UINT32_C(1) << 16)

static inline uint32_t race_rank(const struct race_domain *domain)
{
	return domain->rank + (domain->away ? RACE_RANK_AWAY : 0);
}

/* When the next attempt begins, if nothing happens before, and of what; TIME_FOREVER: none can. now:
 * for what is remembered only so long. */
uint64_t race_choice(const struct race *race, struct race_candidate *candidate, uint64_t now);

/* Whether the domain may give more addresses. */
bool race_domain_pending(const struct race_domain *domain);
