/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/table.h"
#include "engine/engine.h"

/*
 * The host's links, domains and addresses, as far as paths depend on them: a subscriber of the engine
 * like any other, as long as somebody has paths. What is lost is heard of before other subscribers are told.
 */

/* What is left of the time until a link goes, for the subflows' end to be told to the peers. */
#define WORLD_MARGIN (100 * NSEC_PER_MSEC)

/* Reports taken at a time. */
#define WORLD_TURN 1024

/* How long it is watched for nobody: who made a connection may soon make another. */
#define WORLD_REST (60 * NSEC_PER_SEC)

struct world_link {
	struct list node;
	struct table_node by_interface;
	uint64_t interface;
	uint32_t ifindex;
	uint32_t kind, metered; /* enum mif_kind, mif_metered */
	bool up, running;
	bool leaving; /* it is going away */
	uint64_t leave_at; /* when subflows shall have left it */
	uint64_t linger_at; /* when what was closed there has had time to say so; 0: nothing was */
	bool used, held; /* it has subflows; it is held for their sake */
};

struct world_domain {
	struct list node;
	struct table_node by_pvd;
	uint64_t pvd;
	struct world_link *link;
	uint32_t flags, state, egress; /* as in MIF_PVD */
	struct list places;
};

/* An address that subflows may come from. */
struct world_place {
	struct list in_domain;
	struct table_node by_address;
	struct world_domain *domain;
	struct mif_address address;
	uint32_t prefix_length;
	uint32_t flags; /* as in MIF_ADDRESS */
	bool gone; /* the kernel has it not any more, which subscribers will be told next */
};

struct world {
	struct engine *engine; /* NULL: nothing is known, and nothing will be */
	struct session *session; /* NULL: it is not watched */
	struct list links, domains;
	struct table by_interface, by_pvd, by_address;
	bool changed; /* since it was looked at: paths may be judged otherwise */
};

void world_init(struct world *world, struct engine *engine);

/* From now on there is something to be heard: first of all, all that there is. Without memory, or at a
 * limit of the engine's, nothing is. */
void world_watch(struct world *world, uint64_t now);

/* Forgets all of it, and holds no link. */
void world_rest(struct world *world);

/* Whether there is something to be heard. */
bool world_waits(const struct world *world);

/* Takes what the engine has to tell. lost is called for every place that goes, which is there still. */
void world_hear(struct world *world,
	void (*lost)(void *context, const struct world_place *place, uint64_t now), void *context,
	uint64_t now);

/* What a source has seen, before anybody was told: a place that goes, or NULL. */
struct world_place *world_notice(
	struct world *world, uint32_t ifindex, const struct mif_address *address);

/* The same of all places of a link: NULL: it is not known. */
struct world_link *world_link(const struct world *world, uint32_t ifindex);

/* Where a subflow's local address is, or NULL: not known, or gone. ifindex 0: on any link. */
struct world_place *world_find(
	const struct world *world, const struct mif_address *address, uint32_t ifindex);

/* Links with used are held when they are going away, the others not any more. */
void world_hold(struct world *world, uint64_t now);
