/* SPDX-License-Identifier: MIT */
/*
 * What the engine has told of the host. News enter as reports of a session of its own; links that
 * subflows use are wanted there (3.3.7.25.1), so that who takes them down waits until they have left.
 */
#include "path/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

static void world_post(struct world *world, const struct mif_message *request, uint64_t now)
{
	/* Without memory, or at a limit: nobody hears of what is missing, and paths stay as they are. */
	if (session_post(world->session, request, now) < 0)
		return;
}

void world_init(struct world *world, struct engine *engine)
{
	*world = (struct world){.engine = engine};
	list_init(&world->links);
	list_init(&world->domains);
	table_init(&world->by_interface);
	table_init(&world->by_pvd);
	table_init(&world->by_address);
}

void world_watch(struct world *world, uint64_t now)
{
	const struct mif_message request = {
		.type = MIF_ANNOUNCE_INTERFACES,
		.as.announce_interfaces.below = MIF_BELOW_PVDS | MIF_BELOW_ADDRESSES,
	};

	if (world->session != NULL || world->engine == NULL)
		return;
	if (session_new(&world->session, world->engine, SESSION_STRICT | SESSION_GUEST, NULL) < 0)
		return;
	session_set_label(world->session, (uint32_t)getuid(), (uint32_t)getpid());
	world_post(world, &request, now);
}

/* ---- what there is ---- */

static struct world_link *link_find(const struct world *world, uint64_t interface)
{
	list_for_each (node, table_bucket(&world->by_interface, interface)) {
		struct world_link *link = container_of(node, struct world_link, by_interface.node);

		if (link->interface == interface)
			return link;
	}
	return NULL;
}

struct world_link *world_link(const struct world *world, uint32_t ifindex)
{
	list_for_each (node, &world->links) {
		struct world_link *link = container_of(node, struct world_link, node);

		if (link->ifindex == ifindex)
			return link;
	}
	return NULL;
}

static struct world_domain *domain_find(const struct world *world, uint64_t pvd)
{
	list_for_each (node, table_bucket(&world->by_pvd, pvd)) {
		struct world_domain *domain = container_of(node, struct world_domain, by_pvd.node);

		if (domain->pvd == pvd)
			return domain;
	}
	return NULL;
}

static struct world_place *place_find(
	const struct world *world, const struct mif_address *address, uint32_t ifindex, bool gone)
{
	list_for_each (node, table_bucket(&world->by_address, address_hash(address))) {
		struct world_place *place = container_of(node, struct world_place, by_address.node);

		if (place->address.family == address->family &&
			memcmp(place->address.octets, address->octets, address_size(address)) ==
				0 &&
			(ifindex == 0 || place->domain->link->ifindex == ifindex) &&
			(gone || !place->gone))
			return place;
	}
	return NULL;
}

struct world_place *world_find(
	const struct world *world, const struct mif_address *address, uint32_t ifindex)
{
	return place_find(world, address, ifindex, false);
}

struct world_place *world_notice(
	struct world *world, uint32_t ifindex, const struct mif_address *address)
{
	return place_find(world, address, ifindex, true);
}

static void place_free(struct world *world, struct world_place *place)
{
	table_remove(&world->by_address, &place->by_address);
	list_remove(&place->in_domain);
	free(place);
}

static void domain_free(struct world *world, struct world_domain *domain)
{
	list_for_each_safe (node, &domain->places)
		place_free(world, container_of(node, struct world_place, in_domain));
	table_remove(&world->by_pvd, &domain->by_pvd);
	list_remove(&domain->node);
	free(domain);
}

static void link_free(struct world *world, struct world_link *link)
{
	table_remove(&world->by_interface, &link->by_interface);
	list_remove(&link->node);
	free(link);
}

void world_rest(struct world *world)
{
	list_for_each_safe (node, &world->domains)
		domain_free(world, container_of(node, struct world_domain, node));
	list_for_each_safe (node, &world->links)
		link_free(world, container_of(node, struct world_link, node));
	table_deinit(&world->by_interface);
	table_deinit(&world->by_pvd);
	table_deinit(&world->by_address);
	session_free(world->session);
	world_init(world, world->engine);
}

/* ---- news ---- */

static void hear_interface(struct world *world, const struct mif_message_interface *report)
{
	struct world_link *link = link_find(world, report->interface);

	if (link == NULL) {
		link = calloc(1, sizeof(*link));
		if (link == NULL)
			return;
		link->interface = report->interface;
		list_append(&world->links, &link->node);
		table_add(&world->by_interface, &link->by_interface, link->interface);
	}
	link->ifindex = report->ifindex;
	link->kind = report->kind;
	link->metered = report->metered;
	link->up = (report->flags & MIF_INTERFACE_UP) != 0;
	link->running = (report->flags & MIF_INTERFACE_RUNNING) != 0;
	/* It went. */
	link->leaving &= link->up;
}

static void hear_no_interface(struct world *world, uint64_t interface)
{
	struct world_link *link = link_find(world, interface);

	if (link == NULL)
		return;
	list_for_each_safe (node, &world->domains) {
		struct world_domain *domain = container_of(node, struct world_domain, node);

		if (domain->link == link)
			domain_free(world, domain);
	}
	link_free(world, link);
}

static void hear_pvd(struct world *world, const struct mif_message_pvd *report)
{
	struct world_domain *domain = domain_find(world, report->pvd);
	struct world_link *link = link_find(world, report->interface);

	if (link == NULL)
		return;
	if (domain == NULL) {
		domain = calloc(1, sizeof(*domain));
		if (domain == NULL)
			return;
		domain->pvd = report->pvd;
		list_init(&domain->places);
		list_append(&world->domains, &domain->node);
		table_add(&world->by_pvd, &domain->by_pvd, domain->pvd);
	}
	domain->link = link;
	domain->flags = report->flags;
	domain->state = report->state;
	domain->egress = report->egress;
}

static struct world_place *place_in(
	const struct world_domain *domain, const struct mif_address *address)
{
	list_for_each (node, &domain->places) {
		struct world_place *place = container_of(node, struct world_place, in_domain);

		if (address_equal(&place->address, address))
			return place;
	}
	return NULL;
}

static void hear_address(struct world *world, const struct mif_message_address *report)
{
	struct world_domain *domain = domain_find(world, report->pvd);
	struct world_place *place = domain != NULL ? place_in(domain, &report->address) : NULL;

	if (domain == NULL)
		return;
	if (place == NULL) {
		place = calloc(1, sizeof(*place));
		if (place == NULL)
			return;
		place->domain = domain;
		place->address = report->address;
		list_append(&domain->places, &place->in_domain);
		table_add(&world->by_address, &place->by_address, address_hash(&place->address));
	}
	place->prefix_length = report->prefix_length;
	place->flags = report->flags;
	place->gone = false;
}

static struct world_place *lost_place(
	const struct world *world, const struct mif_message_no_address *report)
{
	const struct world_domain *domain = domain_find(world, report->pvd);

	return domain != NULL ? place_in(domain, &report->address) : NULL;
}

static void hear_going_away(
	struct world *world, const struct mif_message_interface_going_away *report, uint64_t now)
{
	struct world_link *link = link_find(world, report->interface);
	uint64_t left = report->deadline * NSEC_PER_MSEC;

	if (link == NULL)
		return;
	link->leaving = true;
	link->leave_at = now + left - MIN(left / 4, WORLD_MARGIN);
}

static void hear_going_up(struct world *world, uint64_t interface)
{
	struct world_link *link = link_find(world, interface);

	if (link != NULL)
		link->leaving = false;
}

static void hear(struct world *world, const struct mif_message *report, uint64_t now)
{
	struct world_domain *domain;

	switch (report->type) {
	case MIF_INTERFACE:
		hear_interface(world, &report->as.interface);
		break;
	case MIF_NO_INTERFACE:
		hear_no_interface(world, report->as.no_interface.interface);
		break;
	case MIF_PVD:
		hear_pvd(world, &report->as.pvd);
		break;
	case MIF_NO_PVD:
		domain = domain_find(world, report->as.no_pvd.pvd);
		if (domain != NULL)
			domain_free(world, domain);
		break;
	case MIF_ADDRESS:
		hear_address(world, &report->as.address);
		break;
	case MIF_INTERFACE_GOING_AWAY:
		hear_going_away(world, &report->as.interface_going_away, now);
		break;
	case MIF_INTERFACE_GOING_UP:
		hear_going_up(world, report->as.interface_going_up.interface);
		break;
	default:
		return;
	}
	world->changed = true;
}

bool world_waits(const struct world *world)
{
	return world->session != NULL && session_ready(world->session);
}

void world_hear(struct world *world,
	void (*lost)(void *context, const struct world_place *place, uint64_t now), void *context,
	uint64_t now)
{
	struct mif_message report;

	for (int i = 0; i < WORLD_TURN && session_get(world->session, &report) == 1; i++) {
		struct world_place *place;

		if (report.type != MIF_NO_ADDRESS) {
			hear(world, &report, now);
			continue;
		}
		place = lost_place(world, &report.as.no_address);
		if (place == NULL)
			continue;
		if (!place->gone) {
			place->gone = true;
			lost(context, place, now);
		}
		place_free(world, place);
		world->changed = true;
	}
}

/* ---- holding ---- */

void world_hold(struct world *world, uint64_t now)
{
	list_for_each (node, &world->links) {
		struct world_link *link = container_of(node, struct world_link, node);
		struct mif_message request = {
			.type = link->used ? MIF_WANTS_TO_CONNECT : MIF_CONNECTION_IS_IDLE};

		if (link->used == link->held)
			continue;
		/* Of both the interface is in the same place. */
		request.as.wants_to_connect.interface = link->interface;
		world_post(world, &request, now);
		link->held = link->used;
	}
}
