/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"
#include "source/ra-parse.h"

/* Routers whose advertisements are taken: of one link, and of all. A newcomer is refused. */
#define RA_ROUTERS_OF_LINK 16
#define RA_ROUTERS 256

/* What must be remembered of a router between its advertisements. */
struct ra_router {
	struct mif_address address; /* AF_UNSPEC: this place is free */
	uint64_t heard; /* when it was heard last */
	uint64_t horizon; /* when the last of all that it advertised so far ends */
	char captive_portal[MIF_TEXT_SIZE];
	uint32_t named_count; /* prefixes that came with the name of its domain, by their digests */
	uint64_t named[RA_PREFIX_MAX];
	uint32_t option_parts; /* raw options: no code had more */
};

struct ra_routers {
	struct ra_router routers[RA_ROUTERS];
};

/* The entry of this router, a new one if need be; NULL: a limit is reached. */
struct ra_router *ra_routers_get(
	struct ra_routers *table, const struct mif_address *router, uint64_t now);

/* Puts the options of a frame that was parsed as they came, in place of those of the same codes;
 * after ra_facts_put(). Returns how many were left out: the model refused them, or they were too many.
 */
unsigned int ra_options_put(const struct ra_frame *frame, const struct ra *ra,
	struct ra_router *router, struct model *model, uint32_t owner, uint64_t now);

/* Puts and drops what the advertisement says, without a commit. Returns how many facts the model
 * refused. */
unsigned int ra_facts_put(const struct ra *ra, struct ra_router *router, struct model *model,
	uint32_t owner, uint64_t now);
