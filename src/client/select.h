/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <mif/address.h>

/*
 * Default address selection (RFC 6724) among the addresses of one provisioning domain, with the
 * policy table of its section 2.1. Nothing here asks the host: its table and its other addresses
 * belong to other domains.
 */

/* No more sources than this are ever returned for one destination. */
#define SELECT_SOURCES 16

/* One of a domain's addresses. */
struct select_address {
	struct mif_address address;
	uint32_t flags; /* enum mif_address_flags */
	uint32_t prefix_length; /* 0: not known */
};

/* A destination with the source that it would be reached from. */
struct select_pair {
	struct mif_address destination;
	struct select_address source; /* of no family: the domain has none for it */
};

/*
 * Section 5: the sources that may be used for the destination, best first. They are of its family,
 * and link-local only if the destination is (and on the same link). Returns how many were written
 * to sources: at most max, at most SELECT_SOURCES.
 */
size_t select_sources(const struct select_address *addresses, size_t count,
	const struct mif_address *destination, struct mif_address *sources, size_t max);

/* The destination with the best source that section 5 gives it. */
struct select_pair select_pair(const struct select_address *addresses, size_t count,
	const struct mif_address *destination);

/* Section 6: negative if a is the better destination, positive if b is, 0 if no rule tells. The
 * rule that told comes in *rule; what a caller knows of its own (RFC 8305 section 4: round trips)
 * goes between rules 8 and 9. */
int select_compare(const struct select_pair *a, const struct select_pair *b, unsigned int *rule);

/* Section 6: gives every pair its source and sorts them, best first; what no rule tells apart stays
 * as it stands. Pairs without a source come last. */
void select_order(const struct select_address *addresses, size_t count, struct select_pair *pairs,
	size_t pair_count);
