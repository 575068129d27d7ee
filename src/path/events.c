/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of connections. Of those that were neither shown to the manager nor of a socket that
 * was, nothing is kept.
 */
#include <errno.h>

#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "path/manager.h"

void subflow_refuse(struct paths *paths, const struct connection *connection,
	const struct mif_endpoint *local, const struct mif_endpoint *remote)
{
	const struct verb verb = {.type = VERB_LEAVE,
		.as.leave = {.token = connection->token, .local = *local, .remote = *remote}};
	struct question *question = ask_add(&paths->ask, &verb, -1);

	paths->counters[PATHS_REFUSED]++;
	if (question == NULL)
		return;
	question->token = connection->token;
	question->uid = connection->uid;
}

/* A peer thinks better of it within a round trip. */
static uint64_t settle_time(const struct connection *connection)
{
	return connection->rtt == 0 ? SETTLE_UNKNOWN
				    : MAX((uint64_t)connection->rtt * 1000, SETTLE_TIME);
}

static void subflow_up(struct paths *paths, struct connection *connection,
	const struct kernel_mptcp_event *event, uint64_t now)
{
	const struct mif_endpoint local = endpoint_plain(&event->local);
	const struct mif_endpoint remote = endpoint_plain(&event->remote);
	struct flow *flow = flow_find(connection, &local, &remote);

	/* The peer's doing, for which this kernel has no limit where a process manages paths. */
	if (flow == NULL)
		flow = flow_new(connection, ++paths->number, &local, &remote);
	if (flow == NULL) {
		subflow_refuse(paths, connection, &event->local, &event->remote);
		return;
	}
	flow->local = local;
	flow->kernel_local = event->local;
	flow->kernel_remote = event->remote;
	flow->local_id = event->local_id;
	flow->remote_id = event->remote_id;
	flow->backup = event->backup;
	flow->state = MIF_PATH_ESTABLISHED;
	flow->since = now;
	flow->error = 0;
	flow->asked = flow->settled = flow->stranded = false;
	paths->stale = true;
	flow->due = now + settle_time(connection);
	paths_wake(paths, flow->due);
	flow_review(paths, flow, now);
	flow_event(paths, flow, MIF_PATH_UP, 0);
}

/* Without an errno this host has closed it: the other end was none of Multipath TCP. */
static void subflow_down(struct paths *paths, struct connection *connection,
	const struct kernel_mptcp_event *event, uint64_t now)
{
	const struct mif_endpoint local = endpoint_plain(&event->local);
	const struct mif_endpoint remote = endpoint_plain(&event->remote);
	struct flow *flow = flow_find(connection, &local, &remote);
	int error = event->error;

	if (flow == NULL)
		return;
	paths->stale |= flow->closing;
	flow->closing = flow->stranded = false;
	/* As was asked for. */
	if (flow->state == MIF_PATH_LOST && !flow->wanted) {
		if (!flow->parked)
			flow_event(paths, flow, MIF_PATH_DOWN, 0);
		flow_free(flow);
		return;
	}
	if (flow->state == MIF_PATH_JOINING && error == 0)
		error = ECONNREFUSED;
	else if (flow->state == MIF_PATH_ESTABLISHED && !flow->settled && error == 0)
		error = ECONNRESET;
	if (flow->state == MIF_PATH_JOINING || flow->state == MIF_PATH_ESTABLISHED)
		flow_lost(paths, flow, error, now);
}

static void subflow_priority(
	struct paths *paths, struct connection *connection, const struct kernel_mptcp_event *event)
{
	const struct mif_endpoint local = endpoint_plain(&event->local);
	const struct mif_endpoint remote = endpoint_plain(&event->remote);
	struct flow *flow = flow_find(connection, &local, &remote);

	if (flow == NULL)
		return;
	flow->backup = event->backup;
	flow_event(paths, flow, MIF_PATH_PRIORITY, 0);
}

/* Those that were asked for too early. */
static void established(struct paths *paths, struct connection *connection, uint64_t now)
{
	connection->established = true;
	offers_tell(paths, connection);
	list_for_each (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		if (flow->state == MIF_PATH_WAITING)
			flow_join(paths, flow, now);
	}
}

static void address_event(struct paths *paths, const struct connection *connection,
	const struct kernel_mptcp_event *event, uint32_t what)
{
	struct mif_message message = {.type = MIF_PATH_EVENT};

	message.as.path_event.connection = connection->token;
	message.as.path_event.event = what;
	message.as.path_event.remote = endpoint_plain(&event->remote);
	paths_tell_event(paths, connection, &message);
}

/* What nobody asked for is not tried there any more; what works, the kernel closes. */
static void address_removed(struct paths *paths, struct connection *connection, uint8_t id)
{
	struct mif_endpoint remote;

	if (!announced_remove(&connection->announced, id, &remote))
		return;
	list_for_each_safe (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		if (!flow->automatic || !endpoint_matches(&flow->remote, &remote))
			continue;
		flow->wanted = false;
		if (flow->state != MIF_PATH_ESTABLISHED && !flow->closing && !flow->asked)
			flow_free(flow);
	}
	paths->stale = true;
}

static void address_announced(struct paths *paths, struct connection *connection,
	const struct kernel_mptcp_event *event, uint64_t now)
{
	if (announced_is(&connection->announced, &event->remote, event->remote_id))
		return;
	/* It may have another address for the same identifier. */
	address_removed(paths, connection, event->remote_id);
	if (announced_add(&connection->announced, &event->remote, event->remote_id))
		connection_extend(paths, connection, now);
}

void paths_hear(struct paths *paths, const struct kernel_mptcp_event *event, uint64_t now)
{
	struct connection *connection = paths_find(paths, event->token);

	if (connection == NULL) {
		newcomer_hear(paths, event, now);
		return;
	}
	switch (event->event) {
	case MPTCP_EVENT_ESTABLISHED:
		established(paths, connection, now);
		break;
	case MPTCP_EVENT_CLOSED:
		address_event(paths, connection, event, MIF_PATH_CLOSED);
		connection_end(paths, connection, ENOTCONN);
		break;
	case MPTCP_EVENT_ANNOUNCED:
		address_event(paths, connection, event, MIF_PATH_ANNOUNCED);
		address_announced(paths, connection, event, now);
		break;
	case MPTCP_EVENT_REMOVED:
		address_event(paths, connection, event, MIF_PATH_REMOVED);
		address_removed(paths, connection, event->remote_id);
		break;
	case MPTCP_EVENT_SUB_ESTABLISHED:
		subflow_up(paths, connection, event, now);
		break;
	case MPTCP_EVENT_SUB_CLOSED:
		subflow_down(paths, connection, event, now);
		break;
	case MPTCP_EVENT_SUB_PRIORITY:
		subflow_priority(paths, connection, event);
		break;
	default:
		break;
	}
}
