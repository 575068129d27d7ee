/* SPDX-License-Identifier: MIT */
/*
 * Rules and default routes come in, facts go out. For each source that a rule or a route is for, the
 * rules are gone through as the kernel does, once for all links: to a socket that is bound to a
 * link, the first table counts that has a default route by it, and the others are as if they were
 * empty.
 *
 * The main table's ordinary default routes are facts of their own (FACT_ROUTE), so what the rules
 * leave to them needs no fact here.
 */
#include "source/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* How many links a source can be sent by: more are not told. */
#define LINKS 64

#define ALL_PARTS 3U

void policy_deinit(struct policy *policy)
{
	free(policy->rules);
	free(policy->routes);
	free(policy->vrfs);
	free(policy->puts);
	*policy = (struct policy){0};
}

/* Room for one more. */
static int grow(void **items, size_t count, size_t *room, size_t size, size_t limit)
{
	size_t more = MIN(MAX(*room * 2, 64), limit);
	void *grown;

	if (count < *room)
		return 0;
	if (count >= limit)
		return -ENOSPC;
	grown = realloc(*items, more * size);
	if (grown == NULL)
		return -ENOMEM;
	*items = grown;
	*room = more;
	return 0;
}

/* ---- sources ---- */

static bool source_covers(const struct policy_source *outer, const struct policy_source *inner)
{
	return outer->length <= inner->length &&
		address_in_prefix(&inner->prefix, &outer->prefix, outer->length);
}

static bool source_equal(const struct policy_source *a, const struct policy_source *b)
{
	return a->length == b->length && address_equal(&a->prefix, &b->prefix);
}

/* Any source of a family: the unspecified address, of length 0. */
static struct policy_source source_of(
	uint32_t family, const struct mif_address *prefix, uint32_t length)
{
	struct policy_source source = {.length = length, .prefix = *prefix};

	if (length == 0)
		source.prefix = (struct mif_address){.family = (uint16_t)family};
	return source;
}

static struct policy_source rule_source(const struct kernel_rule *rule)
{
	return source_of(rule->family, &rule->source, rule->length);
}

static void policy_touch(struct policy *policy, const struct policy_source *source)
{
	for (size_t i = 0; i < policy->dirty_count; i++) {
		if (source_covers(&policy->dirty[i], source))
			return;
	}
	if (policy->dirty_count == POLICY_DIRTY)
		policy->dirty_all = true;
	else
		policy->dirty[policy->dirty_count++] = *source;
}

static bool source_is_dirty(const struct policy *policy, const struct policy_source *source)
{
	bool dirty = policy->dirty_all;

	for (size_t i = 0; i < policy->dirty_count && !dirty; i++)
		dirty = source_covers(&policy->dirty[i], source);
	return dirty;
}

/* ---- rules ---- */

/* That one rule is there whenever VRFs were once made. */
static bool rule_names_table(const struct policy *policy, const struct kernel_rule *rule)
{
	return rule->matches && rule->action == KERNEL_RULE_TABLE && !rule->suppresses_default &&
		(!rule->vrf || policy->vrf_count > 0) && rule->table != RT_TABLE_MAIN &&
		rule->table != RT_TABLE_LOCAL && rule->table != RT_TABLE_DEFAULT;
}

static bool rule_equal(const struct kernel_rule *a, const struct kernel_rule *b)
{
	return a->family == b->family && a->priority == b->priority && a->table == b->table &&
		a->protocol == b->protocol && a->action == b->action && a->matches == b->matches &&
		a->suppresses_default == b->suppresses_default && a->vrf == b->vrf &&
		a->length == b->length && address_equal(&a->source, &b->source);
}

void policy_begin_rules(struct policy *policy)
{
	policy->rule_count = 0;
	policy->dirty_all = true;
}

bool policy_names_tables(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (rule_names_table(policy, &policy->rules[i]))
			return true;
	}
	return false;
}

int policy_put_rule(struct policy *policy, const struct kernel_rule *rule)
{
	const struct policy_source source = rule_source(rule);
	size_t at = policy->rule_count;
	int r = grow((void **)&policy->rules, at, &policy->rule_room, sizeof(*rule), POLICY_RULES);

	if (r < 0)
		return r;
	while (at > 0 && policy->rules[at - 1].priority > rule->priority)
		at--;
	/* An event may tell of what a table has told already. */
	for (size_t i = at; i > 0 && policy->rules[i - 1].priority == rule->priority; i--) {
		if (rule_equal(&policy->rules[i - 1], rule))
			return 0;
	}
	memmove(&policy->rules[at + 1], &policy->rules[at],
		(policy->rule_count - at) * sizeof(*rule));
	policy->rules[at] = *rule;
	policy->rule_count++;
	policy_touch(policy, &source);
	return 0;
}

void policy_drop_rule(struct policy *policy, const struct kernel_rule *rule)
{
	const struct policy_source source = rule_source(rule);
	size_t at = 0;

	while (at < policy->rule_count && !rule_equal(&policy->rules[at], rule))
		at++;
	if (at == policy->rule_count)
		return;
	policy->rule_count--;
	memmove(&policy->rules[at], &policy->rules[at + 1],
		(policy->rule_count - at) * sizeof(*rule));
	policy_touch(policy, &source);
}

/* ---- VRFs ---- */

static size_t vrf_find(const struct policy *policy, uint32_t ifindex)
{
	size_t at = 0;

	while (at < policy->vrf_count && policy->vrfs[at].ifindex != ifindex)
		at++;
	return at;
}

int policy_set_vrf(struct policy *policy, uint32_t ifindex, uint32_t table)
{
	size_t at = vrf_find(policy, ifindex);
	int r;

	if (at == policy->vrf_count ? table == 0 : table == policy->vrfs[at].table)
		return 0;
	if (at == policy->vrf_count) {
		r = grow((void **)&policy->vrfs, at, &policy->vrf_room, sizeof(policy->vrfs[0]),
			POLICY_VRFS);
		if (r < 0)
			return r;
		policy->vrf_count++;
	}
	policy->vrfs[at] = table == 0 ? policy->vrfs[--policy->vrf_count]
				      : (struct policy_vrf){.ifindex = ifindex, .table = table};
	policy->dirty_all = true;
	return 0;
}

/* ---- routes ---- */

/* Which half of all destinations: of IPv6, of those that are in use (2000::/3) is enough. 0: it is a
 * route to somewhere. */
static uint32_t route_parts(const struct kernel_route *route)
{
	uint8_t first = route->destination.octets[0];

	if (route->length == 0)
		return ALL_PARTS;
	if (route->length == 1)
		return 1U << (first >> 7);
	if (route->family != AF_INET6 || (first & 0xe0) != 0x20)
		return 0;
	if (route->length == 3)
		return ALL_PARTS;
	return route->length == 4 ? 1U << (first >> 4 & 1) : 0;
}

bool policy_takes_route(const struct kernel_route *route)
{
	if (route->type != RTN_UNICAST || route->tos != 0 || route->cloned ||
		route->table == RT_TABLE_LOCAL || route_parts(route) == 0)
		return false;
	return route->table != RT_TABLE_MAIN || route->source_length > 0 || route->length > 0;
}

void policy_begin_routes(struct policy *policy)
{
	policy->route_count = 0;
	policy->dirty_all = true;
}

static bool route_equal(const struct policy_route *a, const struct policy_route *b)
{
	return a->family == b->family && a->table == b->table && a->parts == b->parts &&
		a->source_length == b->source_length && address_equal(&a->source, &b->source) &&
		a->ifindex == b->ifindex && a->metric == b->metric &&
		address_equal(&a->gateway, &b->gateway);
}

/* Whose facts a route of this table may change. */
static void policy_touch_table(struct policy *policy, const struct policy_route *route)
{
	const struct policy_source own =
		source_of(route->family, &route->source, route->source_length);

	if (route->table == RT_TABLE_MAIN)
		policy_touch(policy, &own);
	for (size_t i = 0; i < policy->rule_count && !policy->dirty_all; i++) {
		const struct kernel_rule *rule = &policy->rules[i];
		const struct policy_source source = rule_source(rule);

		if (rule->family == route->family && (rule->vrf || rule->table == route->table) &&
			rule_names_table(policy, rule))
			policy_touch(policy, &source);
	}
}

static struct policy_route route_of(
	const struct kernel_route *route, const struct kernel_hop *hop, uint64_t valid_until)
{
	return (struct policy_route){
		.family = route->family,
		.table = route->table,
		.parts = route_parts(route),
		.source_length = route->source_length,
		.source = route->source,
		.ifindex = hop->ifindex,
		.metric = route->metric,
		.gateway = hop->gateway,
		.valid_until = valid_until,
	};
}

static size_t route_find(const struct policy *policy, const struct policy_route *route)
{
	size_t at = 0;

	while (at < policy->route_count && !route_equal(&policy->routes[at], route))
		at++;
	return at;
}

int policy_put_route(struct policy *policy, const struct kernel_route *route,
	const struct kernel_hop *hop, uint64_t valid_until)
{
	const struct policy_route new = route_of(route, hop, valid_until);
	size_t at = route_find(policy, &new);
	int r;

	if (at == policy->route_count) {
		r = grow((void **)&policy->routes, at, &policy->route_room, sizeof(new),
			POLICY_ROUTES);
		if (r < 0)
			return r;
		policy->route_count++;
	}
	policy->routes[at] = new;
	policy_touch_table(policy, &new);
	return 0;
}

void policy_drop_route(
	struct policy *policy, const struct kernel_route *route, const struct kernel_hop *hop)
{
	const struct policy_route gone = route_of(route, hop, 0);
	size_t at = route_find(policy, &gone);

	if (at == policy->route_count)
		return;
	policy->routes[at] = policy->routes[--policy->route_count];
	policy_touch_table(policy, &gone);
}

/* ---- what follows for one source ---- */

/* How what has the source leaves by a link. */
struct way {
	const struct policy_route *route; /* the best of the first table that has one */
	size_t rule; /* that named the table */
	uint32_t parts;
	bool several; /* routers that are equally good */
};

struct walk {
	struct policy *policy;
	struct policy_source source;
	struct way ways[LINKS];
	size_t count;
	size_t first; /* of a socket that is bound to no link; SIZE_MAX: none so far */
};

/* Longer destinations, then longer sources, then lower metrics. */
static int route_compare(const struct policy_route *a, const struct policy_route *b)
{
	bool part_a = a->parts != ALL_PARTS, part_b = b->parts != ALL_PARTS;

	if (part_a != part_b)
		return part_a ? -1 : 1;
	if (a->source_length != b->source_length)
		return a->source_length > b->source_length ? -1 : 1;
	return a->metric < b->metric ? -1 : a->metric > b->metric;
}

static void walk_take_route(struct walk *walk, const struct policy_route *route, size_t rule)
{
	struct way *way;
	size_t i = 0;
	int order;

	while (i < walk->count && walk->ways[i].route->ifindex != route->ifindex)
		i++;
	if (i == LINKS)
		return;
	way = &walk->ways[i];
	if (i == walk->count) {
		*way = (struct way){.route = route, .rule = rule, .parts = route->parts};
		walk->count++;
		return;
	}
	if (way->rule != rule)
		return;
	order = route_compare(route, way->route);
	if (order < 0)
		*way = (struct way){.route = route, .rule = rule, .parts = route->parts};
	else if (order == 0)
		way->parts |= route->parts;
	if (order == 0 && !address_equal(&way->route->gateway, &route->gateway))
		way->several = true;
}

/* One half alone is a route to somewhere. */
static void walk_forget_halves(struct walk *walk, size_t from)
{
	size_t left = from;

	for (size_t i = from; i < walk->count; i++) {
		if (walk->ways[i].parts == ALL_PARTS)
			walk->ways[left++] = walk->ways[i];
	}
	walk->count = left;
}

static void walk_find_first(struct walk *walk, size_t from)
{
	/* What is bound to no link is in no VRF. */
	if (walk->first != SIZE_MAX || from == walk->count ||
		walk->policy->rules[walk->ways[from].rule].vrf)
		return;
	walk->first = from;
	for (size_t i = from + 1; i < walk->count; i++) {
		if (route_compare(walk->ways[i].route, walk->ways[walk->first].route) < 0)
			walk->first = i;
	}
}

/* Whether the table of a rule has the route, to what is bound to the route's link. */
static bool rule_has_route(const struct policy *policy, const struct kernel_rule *rule,
	const struct policy_route *route)
{
	size_t vrf;

	if (!rule->vrf)
		return route->table == rule->table;
	vrf = vrf_find(policy, route->ifindex);
	return vrf < policy->vrf_count && policy->vrfs[vrf].table == route->table;
}

static void walk_take_table(struct walk *walk, size_t index)
{
	const struct policy *policy = walk->policy;
	const struct kernel_rule *rule = &policy->rules[index];
	size_t from = walk->count;

	for (size_t i = 0; i < policy->route_count; i++) {
		const struct policy_route *route = &policy->routes[i];
		const struct policy_source for_whom =
			source_of(route->family, &route->source, route->source_length);

		if (route->family != rule->family || !rule_has_route(policy, rule, route) ||
			(rule->suppresses_default && route->parts == ALL_PARTS) ||
			!source_covers(&for_whom, &walk->source))
			continue;
		walk_take_route(walk, route, index);
	}
	walk_forget_halves(walk, from);
	walk_find_first(walk, from);
}

/* Behind the rule that leaves all to the main table, nothing is left to other rules. */
static void walk_rules(struct walk *walk)
{
	const struct policy *policy = walk->policy;

	walk->first = SIZE_MAX;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct kernel_rule *rule = &policy->rules[i];
		const struct policy_source source = rule_source(rule);

		if (rule->family != walk->source.prefix.family || !rule->matches ||
			!source_covers(&source, &walk->source))
			continue;
		if (rule->action == KERNEL_RULE_TABLE && rule->table != RT_TABLE_LOCAL)
			walk_take_table(walk, i);
		if (rule->action == KERNEL_RULE_END ||
			(rule->table == RT_TABLE_MAIN && !rule->suppresses_default))
			return;
	}
}

/* ---- facts ---- */

static int put_remember(struct policy *policy, const struct policy_source *source, uint32_t ifindex)
{
	struct policy_put *put;
	int r;

	for (size_t i = 0; i < policy->put_count; i++) {
		put = &policy->puts[i];
		if (put->ifindex == ifindex && source_equal(&put->source, source)) {
			put->stale = false;
			return 0;
		}
	}
	r = grow((void **)&policy->puts, policy->put_count, &policy->put_room, sizeof(*put),
		POLICY_RULES);
	if (r < 0)
		return r;
	policy->puts[policy->put_count++] =
		(struct policy_put){.source = *source, .ifindex = ifindex};
	return 0;
}

static struct fact steer_fact(const struct policy_source *source, uint32_t ifindex)
{
	return (struct fact){
		.kind = FACT_STEER,
		.ifindex = ifindex,
		.element = MIF_ELEMENT_ANY,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
		.as.steer = {.prefix = source->prefix, .length = source->length},
	};
}

/* Whether what comes in by the link would leave by it, if bound to nothing but its VRF or none. */
static bool way_is_first(const struct walk *walk, size_t index)
{
	const struct way *way = &walk->ways[index];

	if (!walk->policy->rules[way->rule].vrf)
		return index == walk->first;
	for (size_t i = 0; i < walk->count; i++) {
		const struct way *other = &walk->ways[i];

		if (other->rule == way->rule && other->route->table == way->route->table &&
			route_compare(other->route, way->route) < 0)
			return false;
	}
	return true;
}

static int source_tell(struct policy *policy, const struct policy_source *source,
	struct model *model, uint32_t owner)
{
	struct walk walk = {.policy = policy, .source = *source};
	int r = 0;

	walk_rules(&walk);
	for (size_t i = 0; i < walk.count && r == 0; i++) {
		const struct way *way = &walk.ways[i];
		struct fact fact = steer_fact(source, way->route->ifindex);

		fact.valid_until = way->route->valid_until;
		fact.as.steer.gateway = way->route->gateway;
		if (way->several)
			fact.as.steer.gateway =
				(struct mif_address){.family = source->prefix.family};
		fact.as.steer.first = way_is_first(&walk, i);
		r = put_remember(policy, source, fact.ifindex);
		if (r == 0)
			r = model_put(model, owner, &fact);
	}
	return r;
}

/* A default route of the main table in two halves, as VPNs add it beside the one that is there: what
 * is bound to no link takes it, whatever the metrics. */
static int halves_tell(struct policy *policy, struct model *model, uint32_t owner)
{
	int r = 0;

	for (size_t i = 0; i < policy->route_count && r == 0; i++) {
		const struct policy_route *low = &policy->routes[i];

		if (low->table != RT_TABLE_MAIN || low->parts == 2 || low->source_length > 0)
			continue;
		for (size_t j = 0; j < policy->route_count && r == 0; j++) {
			const struct policy_route *high = &policy->routes[j];
			const struct fact fact = {
				.kind = FACT_ROUTE,
				.ifindex = low->ifindex,
				.element = MIF_ELEMENT_ANY,
				.valid_until = MIN(low->valid_until, high->valid_until),
				.preferred_until = TIME_FOREVER,
				.as.route = {.gateway = low->gateway, .family = low->family},
			};

			if (high->table == RT_TABLE_MAIN && high->family == low->family &&
				high->ifindex == low->ifindex && high->source_length == 0 &&
				(low->parts | high->parts) == ALL_PARTS &&
				address_equal(&high->gateway, &low->gateway))
				r = model_put(model, owner, &fact);
		}
	}
	return r;
}

static void puts_mark(struct policy *policy)
{
	for (size_t i = 0; i < policy->put_count; i++)
		policy->puts[i].stale = source_is_dirty(policy, &policy->puts[i].source);
}

static void puts_sweep(struct policy *policy, struct model *model, uint32_t owner)
{
	size_t left = 0;

	for (size_t i = 0; i < policy->put_count; i++) {
		const struct policy_put *put = &policy->puts[i];
		struct fact fact = steer_fact(&put->source, put->ifindex);

		if (put->stale)
			model_drop(model, owner, &fact);
		else
			policy->puts[left++] = *put;
	}
	policy->put_count = left;
}

/* Whether an earlier rule or route is for the same source, which then has been told. */
static bool source_is_repeated(const struct policy *policy, size_t rule)
{
	const struct policy_source source = rule_source(&policy->rules[rule]);

	/* Rules of one source of ours follow each other closely in priority, and others' are few. */
	for (size_t i = rule; i-- > 0;) {
		const struct policy_source other = rule_source(&policy->rules[i]);

		if (rule_names_table(policy, &policy->rules[i]) && source_equal(&source, &other))
			return true;
	}
	return false;
}

int policy_tell(struct policy *policy, struct model *model, uint32_t owner)
{
	int r = 0;

	if (!policy->dirty_all && policy->dirty_count == 0)
		return 0;
	puts_mark(policy);
	for (size_t i = 0; i < policy->rule_count && r == 0; i++) {
		const struct policy_source source = rule_source(&policy->rules[i]);

		if (rule_names_table(policy, &policy->rules[i]) &&
			source_is_dirty(policy, &source) && !source_is_repeated(policy, i))
			r = source_tell(policy, &source, model, owner);
	}
	for (size_t i = 0; i < policy->route_count && r == 0; i++) {
		const struct policy_route *route = &policy->routes[i];
		const struct policy_source source =
			source_of(route->family, &route->source, route->source_length);

		if (source.length > 0 && source_is_dirty(policy, &source))
			r = source_tell(policy, &source, model, owner);
	}
	if (r == 0)
		r = halves_tell(policy, model, owner);
	puts_sweep(policy, model, owner);
	policy->dirty_all = r < 0;
	policy->dirty_count = 0;
	return r < 0 ? r : 1;
}
