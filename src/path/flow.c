/* SPDX-License-Identifier: MIT */
/*
 * Connections and their subflows, as data. A subflow is found by its addresses and the remote port; by
 * its local port too, once that is known.
 */
#include "path/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/clock.h"
#include "path/paths.h"

bool endpoint_matches(const struct mif_endpoint *endpoint, const struct mif_endpoint *wanted)
{
	if (wanted->address.family == AF_UNSPEC)
		return true;
	return address_equal(&endpoint->address, &wanted->address) &&
		(wanted->port == 0 || endpoint->port == wanted->port);
}

struct connection *connection_new(uint32_t token, uint32_t uid)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return NULL;
	connection->token = token;
	connection->uid = uid;
	connection->look_at = TIME_FOREVER;
	list_init(&connection->node);
	list_init(&connection->flows);
	return connection;
}

void connection_free(struct connection *connection)
{
	if (connection == NULL)
		return;
	list_for_each_safe (node, &connection->flows)
		flow_free(container_of(node, struct flow, node));
	list_remove(&connection->node);
	free(connection);
}

struct flow *flow_new(struct connection *connection, uint32_t number,
	const struct mif_endpoint *local, const struct mif_endpoint *remote)
{
	struct flow *flow;

	if (connection->count >= PATHS_SUBFLOWS_MAX)
		return NULL;
	flow = calloc(1, sizeof(*flow));
	if (flow == NULL)
		return NULL;
	flow->connection = connection;
	flow->number = number;
	flow->local = flow->kernel_local = *local;
	flow->remote = flow->kernel_remote = *remote;
	flow->due = flow->leave_at = flow->drain_at = TIME_FOREVER;
	flow->refused = -1;
	list_append(&connection->flows, &flow->node);
	connection->count++;
	return flow;
}

struct flow *flow_new_first(struct connection *connection, uint32_t number,
	const struct mif_endpoint *local, const struct mif_endpoint *remote)
{
	const struct mif_endpoint ends[2] = {endpoint_plain(local), endpoint_plain(remote)};
	struct flow *flow = flow_new(connection, number, &ends[0], &ends[1]);

	if (flow == NULL)
		return NULL;
	flow->kernel_local = *local;
	flow->kernel_remote = *remote;
	flow->state = MIF_PATH_ESTABLISHED;
	flow->settled = flow->wanted = true;
	return flow;
}

void flow_free(struct flow *flow)
{
	flow->connection->count--;
	list_remove(&flow->node);
	free(flow);
}

struct flow *flow_find(const struct connection *connection, const struct mif_endpoint *local,
	const struct mif_endpoint *remote)
{
	struct flow *found = NULL;

	list_for_each (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);

		if (!address_equal(&flow->local.address, &local->address) ||
			!address_equal(&flow->remote.address, &remote->address) ||
			flow->remote.port != remote->port)
			continue;
		if (flow->local.port == local->port)
			return flow;
		if (flow->local.port == 0 || local->port == 0)
			found = flow;
	}
	return found;
}

size_t connection_working(const struct connection *connection, const struct flow *but)
{
	size_t count = 0;

	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);

		count += flow != but && flow->state == MIF_PATH_ESTABLISHED;
	}
	return count;
}

bool announced_remove(struct announced *announced, uint8_t id, struct mif_endpoint *remote)
{
	for (size_t i = 0; i < announced->count; i++) {
		if (announced->at[i].id != id)
			continue;
		*remote = announced->at[i].remote;
		announced->at[i] = announced->at[--announced->count];
		return true;
	}
	return false;
}

bool announced_is(const struct announced *announced, const struct mif_endpoint *remote, uint8_t id)
{
	const struct mif_endpoint plain = endpoint_plain(remote);

	for (size_t i = 0; i < announced->count; i++) {
		if (announced->at[i].id == id &&
			address_equal(&announced->at[i].remote.address, &plain.address) &&
			announced->at[i].remote.port == plain.port)
			return true;
	}
	return false;
}

bool announced_add(struct announced *announced, const struct mif_endpoint *remote, uint8_t id)
{
	const struct mif_endpoint plain = endpoint_plain(remote);
	struct mif_endpoint before;

	announced_remove(announced, id, &before);
	if (announced->count == CONNECTION_ANNOUNCED || plain.port == 0 ||
		address_is_unspecified(&plain.address) || address_is_multicast(&plain.address) ||
		address_is_loopback(&plain.address))
		return false;
	announced->at[announced->count].remote = plain;
	announced->at[announced->count++].id = id;
	return true;
}
