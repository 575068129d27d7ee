/* SPDX-License-Identifier: MIT */
#pragma once

#include "client/race.h"

/* A destination of a domain, by their places in the race. */
struct race_candidate {
	size_t domain, destination;
	uint32_t overlap; /* how much it has in common with what was tried */
};

/* When the next attempt begins, if nothing happens before, and of what; TIME_FOREVER: none can. */
uint64_t race_choice(const struct race *race, struct race_candidate *candidate);

/* Whether the domain may give more addresses. */
bool race_domain_pending(const struct race_domain *domain);
