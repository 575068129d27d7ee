/* SPDX-License-Identifier: MIT */
/*
 * The paths of connections that leave it to the host: one from each domain that leads there and that the
 * caller's policy allows, and one to each address that the peer tells of. What costs money is a backup
 * path; who goes through a tunnel stays in tunnels.
 */
#include "base/address.h"
#include "client/select.h"
#include "path/manager.h"

static bool is_metered(const struct world_link *link)
{
	return link->metered == MIF_METERED_YES;
}

static bool link_is_allowed(const struct connection *connection, const struct world_link *link)
{
	if (connection->kinds != 0 && (connection->kinds & 1U << link->kind) == 0)
		return false;
	if (connection->tunnel && link->kind != MIF_KIND_TUNNEL)
		return false;
	return link->kind != MIF_KIND_LOOPBACK &&
		(connection->metered != MIF_DIAL_METERED_NEVER || !is_metered(link));
}

/* Whether what is sent from there arrives. */
static bool place_reaches(const struct world_place *place, const struct mif_endpoint *remote)
{
	const struct world_domain *domain = place->domain;

	if (place->address.family != remote->address.family || !place_is_open(place) ||
		!domain->link->running ||
		(place->flags & (MIF_ADDRESS_DEPRECATED | MIF_ADDRESS_LINK_SCOPE)) != 0)
		return false;
	if (address_in_prefix(&remote->address, &place->address, place->prefix_length))
		return true;
	return (domain->flags & MIF_PVD_DEFAULT_ROUTE) != 0 &&
		domain->egress != MIF_EGRESS_IMPOSSIBLE && domain->state == MIF_PVD_USABLE;
}

/* Of one domain, for one choice. */
#define PLACES_MAX 64

/*
 * The best one of those from where it can be reached, or NULL. A dial would come from the same one (RFC
 * 6724 section 5): not from a site's own address to the Internet, nor from a lasting one where there is
 * a temporary one.
 */
static const struct world_place *domain_place(
	const struct world_domain *domain, const struct mif_endpoint *remote)
{
	struct select_address addresses[PLACES_MAX];
	const struct world_place *places[PLACES_MAX];
	struct select_pair pair;
	size_t count = 0;

	list_for_each (node, &domain->places) {
		const struct world_place *place = container_of(node, struct world_place, in_domain);

		if (count == PLACES_MAX || !place_reaches(place, remote))
			continue;
		places[count] = place;
		addresses[count++] = (struct select_address){.address = place->address,
			.flags = place->flags,
			.prefix_length = place->prefix_length};
	}
	if (count == 0)
		return NULL;
	pair = select_pair(addresses, count, &remote->address);
	for (size_t i = 0; i < count; i++) {
		if (address_equal(&addresses[i].address, &pair.source.address))
			return places[i];
	}
	return NULL;
}

/* Where it is connected to already, and from where. */
static bool connection_has(
	const struct connection *connection, const struct world_domain *domain, bool *tunnel)
{
	bool found = false;

	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);

		found |= flow->pvd == domain->pvd && flow->state != MIF_PATH_FOREIGN;
		*tunnel |= !flow->automatic && flow->pvd == domain->pvd &&
			domain->link->kind == MIF_KIND_TUNNEL;
	}
	return found;
}

/* How many it has from there. */
static size_t connection_from(
	const struct connection *connection, const struct world_domain *domain)
{
	size_t count = 0;

	list_for_each (node, &connection->flows)
		count += container_of(node, struct flow, node)->pvd == domain->pvd;
	return count;
}

static bool connection_leads_to(
	const struct connection *connection, const struct mif_endpoint *remote)
{
	list_for_each (node, &connection->flows) {
		if (endpoint_matches(&container_of(node, struct flow, node)->remote, remote))
			return true;
	}
	return false;
}

/* False: it has as many as it may have. */
static bool place_join(struct paths *paths, struct connection *connection,
	const struct world_place *place, const struct mif_endpoint *remote, bool announced,
	uint64_t now)
{
	const struct mif_endpoint local = {.address = place->address};
	struct flow *flow = flow_new(connection, ++paths->number, &local, remote);

	if (flow == NULL)
		return false;
	flow->local.address.scope = 0;
	flow->automatic = flow->wanted = true;
	flow->announced = announced;
	flow->pvd = place->domain->pvd;
	flow->interface = place->domain->link->interface;
	flow_follow(paths, flow);
	flow_join(paths, flow, now);
	return true;
}

static void domain_join(struct paths *paths, struct connection *connection,
	const struct world_domain *domain, uint64_t now)
{
	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);
		const struct mif_endpoint remote = flow->remote;
		const struct world_place *place =
			flow->state != MIF_PATH_FOREIGN ? domain_place(domain, &remote) : NULL;

		if (place == NULL)
			continue;
		place_join(paths, connection, place, &remote, false, now);
		return;
	}
}

/* From the domain that has the fewest paths. */
static const struct world_place *place_for(const struct paths *paths,
	const struct connection *connection, const struct mif_endpoint *remote)
{
	const struct world_place *best = NULL;
	size_t least = SIZE_MAX;

	list_for_each (node, &paths->world.domains) {
		const struct world_domain *domain = container_of(node, struct world_domain, node);
		size_t count = connection_from(connection, domain);
		const struct world_place *place;

		if (!link_is_allowed(connection, domain->link) || count >= least)
			continue;
		place = domain_place(domain, remote);
		if (place == NULL)
			continue;
		best = place;
		least = count;
	}
	return best;
}

/* One to each address that the peer has told of. */
static void announced_join(struct paths *paths, struct connection *connection, uint64_t now)
{
	for (size_t i = 0; i < connection->announced.count; i++) {
		const struct mif_endpoint *remote = &connection->announced.at[i].remote;
		const struct world_place *place = connection_leads_to(connection, remote)
			? NULL
			: place_for(paths, connection, remote);

		if (place != NULL && !place_join(paths, connection, place, remote, true, now))
			return;
	}
}

void connection_extend(struct paths *paths, struct connection *connection, uint64_t now)
{
	if (connection->mode != MIF_PATHS_AUTOMATIC || list_empty(&connection->flows))
		return;
	list_for_each (node, &paths->world.domains)
		connection_has(connection, container_of(node, struct world_domain, node),
			&connection->tunnel);
	list_for_each (node, &paths->world.domains) {
		const struct world_domain *domain = container_of(node, struct world_domain, node);

		if (link_is_allowed(connection, domain->link) &&
			!connection_has(connection, domain, &connection->tunnel))
			domain_join(paths, connection, domain, now);
	}
	announced_join(paths, connection, now);
}

void flow_follow(const struct paths *paths, struct flow *flow)
{
	const struct world_place *place = flow_place(paths, flow);

	if (flow->automatic && place != NULL)
		flow->standby = flow->connection->metered == MIF_DIAL_METERED_LATER &&
			is_metered(place->domain->link);
}
