/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;
struct object;

/*
 * Split DNS: whether a name is to be asked for in a domain, by the zones of all domains. Owns nothing:
 * a judgement begins with the name and the domain, weighs zone by zone, and is read at the end. The
 * rule is in mif(3), "Names that belong to one domain", by these numbers.
 */
struct zone_judgement {
	const char *name; /* as DNS has it: A-labels, lower case, no final dot */
	uint64_t pvd; /* in which it would be asked for */
	uint32_t weight; /* of the zone that counts; 0: none does */
	uint64_t best_pvd; /* one that has it */
	const char *best; /* that zone, as it was given */
	bool own; /* the domain itself has it */
	bool has_zones; /* the domain has any, whatever the name */
};

void zone_judge(struct zone_judgement *judgement, const char *name, uint64_t pvd);

/* claimed: by a network, in additional information; else written by hand, or a manager's. */
void zone_weigh(struct zone_judgement *judgement, uint64_t pvd, const char *zone, bool claimed);

/* own_network: the domain says that it leads to its own network only. */
bool zone_admits(const struct zone_judgement *judgement, bool own_network);

/* The same by what the model knows. Where it does not admit the name, judgement says why. */
bool zone_admits_in(const struct model *model, const struct object *pvd, const char *name,
	struct zone_judgement *judgement);
