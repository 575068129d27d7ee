/* SPDX-License-Identifier: MIT */
/*
 * How subflows leave a link that is going away. At once they are backup ones: nothing new is sent in them.
 *
 * When a subflow is closed, Linux gives all that the peer has not acknowledged of the connection to the other
 * ones again, also what they have themselves (net/mptcp/protocol.c, __mptcp_retransmit_pending_data). That
 * comes behind what waits in them already, and as long as it is sent nothing new arrives: with some megabytes in
 * a queue for a third of a second, though the subflow that was closed had nothing any more. So before it is closed
 * the others come to rest. For a moment it is they that are backup ones, and what is new waits in the one that
 * leaves; when they have nothing, it is closed, and what it had is sent in them at once. The peer, which has its
 * own queues, does likewise, since it is told which are backup ones. The link is held until the subflow has
 * said the peer that it is closed, which comes behind what it had.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "path/manager.h"

static bool leaves(const struct flow *flow)
{
	return flow->state == MIF_PATH_ESTABLISHED && flow->leave_at != TIME_FOREVER;
}

static bool others_are_calm(const struct connection *connection)
{
	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);

		if (flow->state == MIF_PATH_ESTABLISHED && !leaves(flow) && !flow->calm)
			return false;
	}
	return true;
}

/* What was seen before is of no use. */
static void look_anew(struct connection *connection, uint64_t now)
{
	connection->looked = false;
	connection->look_at = now;
	list_for_each (node, &connection->flows)
		container_of(node, struct flow, node)->calm = false;
}

void leave_look(struct paths *paths, struct connection *connection)
{
	uint64_t pause = MAX(LOOK_TIME, (uint64_t)connection->rtt * 1000);

	if (connection->look_at > paths->surveyed_at)
		return;
	list_for_each (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		flow->calm =
			connection->looked && flow->queued == 0 && flow->received == flow->heard;
		flow->heard = flow->received;
	}
	connection->looked = connection->review = true;
	connection->look_at = paths->surveyed_at + pause;
}

static uint64_t drain_time(const struct connection *connection)
{
	return DRAIN_TIME + 2 * (uint64_t)connection->rtt * 1000;
}

static void leave_begin(struct flow *flow, uint64_t leave_at, uint64_t now)
{
	uint64_t time = MAX(leave_at, now) - now;

	/* Of a short time a third is for what the subflow has been given before, one for what the others have, and
	 * one for what it has been given meanwhile. */
	flow->leave_at = now + MIN(time / 3 * 2, LEAVE_TIME);
	flow->drain_at = now + MIN(time / 3, drain_time(flow->connection));
	look_anew(flow->connection, now);
}

/* What it has been given has arrived, or had time to. */
static bool drained(struct flow *flow, uint64_t now)
{
	if (flow->calm || flow->drain_at <= now)
		flow->drain_at = TIME_FOREVER;
	return flow->drain_at == TIME_FOREVER;
}

void leave_end(struct paths *paths, struct connection *connection, uint64_t now)
{
	list_for_each (node, &connection->flows) {
		if (leaves(container_of(node, struct flow, node)))
			return;
	}
	connection->look_at = TIME_FOREVER;
	if (!connection->turned)
		return;
	/* The others are used again. */
	connection->turned = false;
	connection->review = true;
	paths_wake(paths, now);
}

void leave_wake(struct paths *paths, const struct flow *flow, uint64_t now)
{
	uint64_t next = MIN(flow->leave_at, flow->drain_at);

	/* What is not safe stays, though it is late. */
	if (next > now)
		paths_wake(paths, next);
	else
		flow->connection->review = true;
}

void leave_linger(struct paths *paths, uint64_t now)
{
	paths->linger_at = TIME_FOREVER;
	list_for_each (node, &paths->world.links) {
		struct world_link *link = container_of(node, struct world_link, node);

		link->used = link->linger_at > now;
		if (link->used)
			paths->linger_at = MIN(paths->linger_at, link->linger_at);
	}
}

/* It is not made a backup one again: the others would take what is new before what they are given again. */
static void link_linger(
	struct paths *paths, const struct connection *connection, uint32_t ifindex, uint64_t now)
{
	struct world_link *link = world_link(&paths->world, ifindex);

	if (link != NULL)
		link->linger_at = MIN(link->leave_at, now + drain_time(connection));
}

/* Whether it is to be closed now; that it is not the last one is known. */
static bool leave_judge(struct paths *paths, struct flow *flow, uint64_t now)
{
	struct connection *connection = flow->connection;

	if (flow->leave_at <= now)
		return true;
	if (!drained(flow, now))
		return false;
	/* Otherwise nobody can see what is on its way. */
	if (others_are_calm(connection) || (!connection->turned && !connection->looked))
		return true;
	if (!connection->turned) {
		connection->turned = connection->review = true;
		look_anew(connection, now);
		paths_wake(paths, now);
	}
	return false;
}

bool leave_review(
	struct paths *paths, struct flow *flow, const struct world_link *link, uint64_t now)
{
	struct connection *connection = flow->connection;

	if (link == NULL || !link->leaving) {
		flow->leave_at = flow->drain_at = TIME_FOREVER;
		leave_end(paths, connection, now);
		return false;
	}
	if (flow->leave_at == TIME_FOREVER)
		leave_begin(flow, link->leave_at, now);
	/* Without another one it stays; what comes makes this be looked at again. */
	if (!connection_is_safe(paths, connection, flow))
		return false;
	if (leave_judge(paths, flow, now)) {
		if (connection->turned)
			link_linger(paths, connection, link->ifindex, now);
		return true;
	}
	leave_wake(paths, flow, now);
	paths_survey_soon(paths, connection->look_at);
	return false;
}
