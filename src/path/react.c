/* SPDX-License-Identifier: MIT */
/*
 * What the host's links and addresses mean for connections. An address that goes takes its subflows with
 * it, before anybody is told that it goes; a link that is going away is left before it does; what was lost
 * with them is tried again when they are back. The last subflow is kept as long as the kernel keeps it.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/source.h"
#include "path/manager.h"

/* ---- places ---- */

const struct world_place *flow_place(const struct paths *paths, const struct flow *flow)
{
	return world_find(&paths->world, &flow->local.address, flow->ifindex);
}

static bool link_is_open(const struct world_link *link)
{
	return link->up && !link->leaving;
}

bool place_is_open(const struct world_place *place)
{
	return !place->gone && link_is_open(place->domain->link);
}

uint32_t flow_link(const struct paths *paths, const struct flow *flow)
{
	const struct world_place *place = flow_place(paths, flow);
	const struct world_link *link = place != NULL ? place->domain->link : NULL;

	if (link == NULL || link->kind == MIF_KIND_LOOPBACK)
		return flow->ifindex;
	if ((place->domain->flags & MIF_PVD_DEFAULT_ROUTE) != 0 ||
		address_in_prefix(&flow->remote.address, &place->address, place->prefix_length))
		return link->ifindex;
	return flow->ifindex;
}

bool flow_steps_back(const struct paths *paths, const struct flow *flow)
{
	const struct world_place *place = flow_place(paths, flow);
	const struct world_link *link = place != NULL ? place->domain->link : NULL;

	if (link != NULL && !link->running)
		return true;
	if (flow->connection->turned)
		return link == NULL || !link->leaving;
	return flow->standby || (link != NULL && link->leaving);
}

/* Whether it will still work when another one is closed. Of a place that nobody knows nothing bad is. */
static bool flow_is_safe(struct paths *paths, const struct flow *flow)
{
	const struct world_place *place =
		world_notice(&paths->world, flow->ifindex, &flow->local.address);

	return flow->state == MIF_PATH_ESTABLISHED && flow->settled &&
		(place == NULL || (place_is_open(place) && place->domain->link->running));
}

bool connection_is_safe(
	struct paths *paths, const struct connection *connection, const struct flow *but)
{
	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);

		if (flow != but && flow_is_safe(paths, flow))
			return true;
	}
	return false;
}

/* ---- subflows ---- */

/* Closes it, or leaves it to the kernel when the connection has no other one. */
static void flow_end(struct paths *paths, struct flow *flow, int error, uint64_t now)
{
	bool closing = connection_is_safe(paths, flow->connection, flow) &&
		flow_ask(paths, flow, VERB_LEAVE, NULL) == 0;

	flow_down(paths, flow, error, closing, now);
}

/* What was lost works all the same, or is not needed any more. */
static void stranded_review(
	struct paths *paths, struct flow *flow, const struct world_place *place, uint64_t now)
{
	if (place != NULL && place_is_open(place)) {
		flow->stranded = false;
		flow->state = MIF_PATH_ESTABLISHED;
		flow->error = 0;
		paths->stale = true;
		flow_event(paths, flow, MIF_PATH_UP, 0);
		flow_review(paths, flow, now);
	} else if (connection_is_safe(paths, flow->connection, flow) &&
		flow_ask(paths, flow, VERB_LEAVE, NULL) == 0) {
		flow->stranded = false;
		flow->closing = true;
	}
}

static void established_review(
	struct paths *paths, struct flow *flow, const struct world_place *place, uint64_t now)
{
	const struct world_link *link = place != NULL ? place->domain->link : NULL;
	bool backup;

	if (leave_review(paths, flow, link, now)) {
		flow_end(paths, flow, ENETDOWN, now);
		return;
	}
	backup = flow_steps_back(paths, flow);
	if (backup != flow->backup && !flow->adjusting && flow->refused != (int)backup)
		flow->adjusting = flow_ask(paths, flow, VERB_PREFER, NULL) == 0;
}

void flow_review(struct paths *paths, struct flow *flow, uint64_t now)
{
	const struct world_place *place = flow_place(paths, flow);

	if (place != NULL) {
		flow->pvd = place->domain->pvd;
		flow->interface = place->domain->link->interface;
	}
	flow_follow(paths, flow);
	if (flow->state == MIF_PATH_ESTABLISHED)
		established_review(paths, flow, place, now);
	else if (flow->stranded)
		stranded_review(paths, flow, place, now);
	else if (flow->state == MIF_PATH_LOST && flow->wanted && place != NULL &&
		place_is_open(place) && (flow->parked || flow->error == EADDRNOTAVAIL))
		flow_join(paths, flow, now);
	else if (flow->automatic && flow->parked && place == NULL && !flow->closing)
		flow_free(flow);
}

void connection_review(struct paths *paths, struct connection *connection, uint64_t now)
{
	connection->review = false;
	list_for_each_safe (node, &connection->flows)
		flow_review(paths, container_of(node, struct flow, node), now);
	leave_end(paths, connection, now);
	connection_extend(paths, connection, now);
}

/* ---- what is lost ---- */

static void place_lost(void *context, const struct world_place *place, uint64_t now)
{
	struct paths *paths = context;

	list_for_each (node, &paths->connections) {
		struct connection *connection = container_of(node, struct connection, node);

		list_for_each_safe (at, &connection->flows) {
			struct flow *flow = container_of(at, struct flow, node);

			if (flow->state == MIF_PATH_ESTABLISHED &&
				world_notice(&paths->world, flow->ifindex, &flow->local.address) ==
					place)
				flow_end(paths, flow, EADDRNOTAVAIL, now);
		}
	}
}

void paths_watch(struct paths *paths, uint64_t now)
{
	world_watch(&paths->world, now);
	while (world_waits(&paths->world))
		world_hear(&paths->world, place_lost, paths, now);
}

void paths_hear_world(struct paths *paths, uint64_t now)
{
	if (!world_waits(&paths->world))
		return;
	world_hear(&paths->world, place_lost, paths, now);
	if (paths->world.changed) {
		paths->world.changed = false;
		list_for_each (node, &paths->connections)
			connection_review(paths, container_of(node, struct connection, node), now);
	}
	/* What follows is under way before anybody else hears of the same. */
	paths_dispatch(paths, false, now);
}

/* ---- what a source sees, before the engine tells of it ---- */

struct path_source {
	struct source source;
	struct paths *paths; /* NULL: no more */
};

static void notice_place(struct paths *paths, struct world_place *place, bool there, uint64_t now)
{
	paths->world.changed |= place->gone && there;
	if (place->gone == !there)
		return;
	place->gone = !there;
	if (!there)
		place_lost(paths, place, now);
}

static void notice_link(struct paths *paths, uint32_t ifindex, bool up, uint64_t now)
{
	const struct world_link *link = world_link(&paths->world, ifindex);

	if (link == NULL || link->up == up)
		return;
	list_for_each (node, &paths->world.domains) {
		struct world_domain *domain = container_of(node, struct world_domain, node);

		if (domain->link != link)
			continue;
		list_for_each (at, &domain->places)
			notice_place(
				paths, container_of(at, struct world_place, in_domain), up, now);
	}
}

static void notice(struct source *source, const struct fact *fact, bool there, uint64_t now)
{
	struct paths *paths = container_of(source, struct path_source, source)->paths;
	struct world_place *place;

	/* Nobody has anything to lose. */
	if (paths == NULL || list_empty(&paths->connections) || fact->ifindex == 0)
		return;
	if (fact->kind == FACT_LINK)
		notice_link(paths, fact->ifindex,
			there && (fact->as.link.flags & MIF_INTERFACE_UP) != 0, now);
	if (fact->kind == FACT_ADDRESS) {
		place = world_notice(&paths->world, fact->ifindex, &fact->as.address.address);
		if (place != NULL)
			notice_place(paths, place, there, now);
	}
	/* Before anybody hears of the same. The rest waits until the engine is done. */
	paths_send(paths);
}

static int no_descriptor(const struct source *source)
{
	(void)source;
	return -1;
}

static int no_facts(struct source *source, struct model *model, uint64_t now)
{
	(void)source, (void)model, (void)now;
	return 0;
}

static void source_end(struct source *source)
{
	struct path_source *own;

	if (source == NULL)
		return;
	own = container_of(source, struct path_source, source);
	if (own->paths != NULL)
		own->paths->source = NULL;
	free(own);
}

static const struct source_ops notice_ops = {
	.name = "paths",
	.fd = no_descriptor,
	.dispatch = no_facts,
	.notice = notice,
	.free = source_end,
};

struct source *paths_source(struct paths *paths)
{
	struct path_source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return NULL;
	source->source.ops = &notice_ops;
	source->paths = paths;
	paths->source = source;
	return &source->source;
}

void path_source_leave(struct path_source *source)
{
	if (source != NULL)
		source->paths = NULL;
}

/* ---- holding ---- */

void paths_hold(struct paths *paths, uint64_t now)
{
	paths->stale = false;
	leave_linger(paths, now);
	list_for_each (node, &paths->connections) {
		const struct connection *connection = container_of(node, struct connection, node);

		list_for_each (at, &connection->flows) {
			const struct flow *flow = container_of(at, struct flow, node);
			const struct world_place *place =
				flow->state == MIF_PATH_ESTABLISHED || flow->closing
				? world_notice(&paths->world, flow->ifindex, &flow->local.address)
				: NULL;

			if (place != NULL)
				place->domain->link->used = true;
		}
	}
	world_hold(&paths->world, now);
}
