/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model.h"
#include "kernel/route.h"
#include "kernel/rule.h"

/*
 * The kernel's routing policy as far as it tells sources apart: rules, and the default routes of the
 * tables that they name. What follows from both are facts: which router of a link is taken by what
 * has such a source, whoever made the rule (FACT_STEER).
 */
#define POLICY_RULES 8192
#define POLICY_ROUTES 4096
#define POLICY_VRFS 4096
#define POLICY_DIRTY 8

struct policy_source {
	uint32_t length;
	struct mif_address prefix;
};

struct policy_route {
	uint32_t family, table;
	uint32_t parts; /* 1 << which half of all destinations; both: default */
	uint32_t source_length; /* of the only source that it is for; 0: any */
	struct mif_address source;
	uint32_t ifindex, metric;
	struct mif_address gateway;
	uint64_t valid_until;
};

/* A link in a VRF: to what is bound to it, the VRF's table comes before the main one. */
struct policy_vrf {
	uint32_t ifindex, table;
};

struct policy_put {
	struct policy_source source;
	uint32_t ifindex;
	bool stale;
};

struct policy {
	struct kernel_rule *rules; /* in the order in which the kernel looks at them */
	struct policy_route *routes;
	struct policy_vrf *vrfs;
	struct policy_put *puts; /* the facts */
	size_t rule_count, rule_room, route_count, route_room, put_count, put_room;
	size_t vrf_count, vrf_room;
	struct policy_source dirty[POLICY_DIRTY]; /* whose facts may have changed */
	size_t dirty_count;
	bool dirty_all;
	bool all_tables; /* were read, not the main one alone */
};

void policy_deinit(struct policy *policy);

/* A table is about to be told again, whole. */
void policy_begin_rules(struct policy *policy);
void policy_begin_routes(struct policy *policy);

/* Whether the default routes of other tables than the main one are of interest. */
bool policy_names_tables(const struct policy *policy);

/* 0, -ENOMEM, -ENOSPC. */
int policy_put_rule(struct policy *policy, const struct kernel_rule *rule);
void policy_drop_rule(struct policy *policy, const struct kernel_rule *rule);

/* The link is in the VRF of this table; in none: 0. 0, -ENOMEM, -ENOSPC. */
int policy_set_vrf(struct policy *policy, uint32_t ifindex, uint32_t table);

/* Whether a route is of interest: default, or a half of all destinations as VPNs have it. */
bool policy_takes_route(const struct kernel_route *route);

/* By this next hop. */
int policy_put_route(struct policy *policy, const struct kernel_route *route,
	const struct kernel_hop *hop, uint64_t valid_until);

void policy_drop_route(
	struct policy *policy, const struct kernel_route *route, const struct kernel_hop *hop);

/* Puts and drops the facts that follow. 1: there were some; 0: none; -ENOMEM, -ENOSPC: not all. */
int policy_tell(struct policy *policy, struct model *model, uint32_t owner);
