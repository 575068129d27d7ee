/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"
#include "source/ra-parse.h"

/* Routers whose advertisements are taken: of one link, and of all; one counts for each domain that it
 * advertises, of which there may be so many. A newcomer is refused. */
#define RA_ROUTERS_OF_LINK 16
#define RA_ROUTERS 256
#define RA_DOMAINS_OF_ROUTER 8

/* What must be remembered of a router between its advertisements: of one of its domains. */
struct ra_router {
	struct mif_address
		address; /* AF_UNSPEC: this place is free. reserved: as in a fact's provider */
	char name[MIF_TEXT_SIZE]; /* of the domain, if it is explicit */
	uint64_t heard; /* when it was heard last */
	uint64_t horizon; /* when the last of all that it advertised so far ends */
	char captive_portal[MIF_TEXT_SIZE];
	uint32_t prefix_count; /* that came since it has this name, or none; by their digests */
	uint64_t prefixes[RA_PREFIX_MAX];
	uint32_t option_parts; /* raw options: no code had more */
};

struct ra_routers {
	struct ra_router routers[RA_ROUTERS];
};

/* The entry that an advertisement is about, a new one if need be, and ra->router says so; NULL: a limit is
 * reached. */
struct ra_router *ra_routers_get(struct ra_routers *table, struct ra *ra, uint64_t now);

/* An address belongs to the domain of the last advertisement that included its prefix (RFC 8801 section
 * 3.4): takes from the router's other domains what this one has; before ra_facts_put(). */
void ra_routers_move(
	struct ra_routers *table, const struct ra *ra, struct model *model, uint32_t owner);

/* Puts the options of a frame that was parsed as they came, in place of those of the same codes;
 * after ra_facts_put(). Returns how many were left out: the model refused them, or they were too many.
 */
unsigned int ra_options_put(const struct ra_frame *frame, const struct ra *ra,
	struct ra_router *router, struct model *model, uint32_t owner, uint64_t now);

/* Puts and drops what the advertisement says, without a commit. Returns how many facts the model
 * refused. */
unsigned int ra_facts_put(const struct ra *ra, struct ra_router *router, struct model *model,
	uint32_t owner, uint64_t now);
