/* SPDX-License-Identifier: MIT */
/*
 * Which domains take part in a dial, and in which order; asks their name services. The view comes
 * in, entries and questions go out.
 *
 * Which domains: those that the caller's policy allows and that have an address of a family that is
 * wanted. A rank is used when the better ones have nothing left to try: usable domains come before
 * suspect and deprecated ones, those without a router, link scope, and those whose packets may leave
 * by another router of the link; among either, what is free comes before what costs money; and all of these
 * before what is on an interface that is going away. Where no traffic leaves the link, only the link's own
 * prefixes count. Among equals, the domain that unbound sockets use comes first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "client/dial.h"

#define RANKS 4

uint32_t dial_domain_families(const struct dial *dial)
{
	if (dial->literal.family != AF_UNSPEC)
		return dial->literal.family == AF_INET ? RACE_IPV4 : RACE_IPV6;
	if (dial->request.family == MIF_FAMILY_IPV4)
		return RACE_IPV4;
	return dial->request.family == MIF_FAMILY_IPV6 ? RACE_IPV6 : RACE_IPV4 | RACE_IPV6;
}

/* The families that a domain has an address of. Link-local ones serve the link alone. */
static uint32_t families_present(const struct dial *dial, const struct view_pvd *pvd)
{
	bool link = (pvd->flags & MIF_PVD_LINK_SCOPE) != 0 || address_is_link_local(&dial->literal);
	uint32_t families = 0;

	for (size_t i = 0; i < pvd->count; i++) {
		const struct mif_address *address = &pvd->addresses[i].address;

		if (link || !address_is_link_local(address))
			families |= address->family == AF_INET ? RACE_IPV4 : RACE_IPV6;
	}
	return families & dial_domain_families(dial);
}

/* Whether the caller's policy allows it at all. */
static bool pvd_is_allowed(const struct dial *dial, const struct view_pvd *pvd)
{
	const struct view_interface *interface =
		view_interface(&dial->task.mif->view, pvd->interface);
	const struct mif_message_dial *ask = &dial->request;

	if ((ask->pvd != 0 && ask->pvd != pvd->id) || ask->not_pvd == pvd->id)
		return false;
	if ((ask->interface != 0 && ask->interface != pvd->interface) ||
		ask->not_interface == pvd->interface)
		return false;
	if (interface == NULL)
		return ask->kinds == 0 && ask->metered != MIF_DIAL_METERED_NEVER;
	if (ask->kinds != 0 && (ask->kinds & 1U << interface->kind) == 0)
		return false;
	return ask->metered != MIF_DIAL_METERED_NEVER || interface->metered != MIF_METERED_YES;
}

bool dial_domain_is_any_allowed(const struct dial *dial)
{
	list_for_each (node, &dial->task.mif->view.pvds) {
		if (pvd_is_allowed(dial, container_of(node, struct view_pvd, node)))
			return true;
	}
	return false;
}

/* 0 to 3: what works comes before what costs nothing. */
static uint32_t pvd_rank(const struct dial *dial, const struct view_pvd *pvd)
{
	const struct view_interface *interface =
		view_interface(&dial->task.mif->view, pvd->interface);
	bool good = pvd->state == MIF_PVD_USABLE && (pvd->flags & MIF_PVD_LINK_SCOPE) == 0 &&
		pvd->egress != MIF_EGRESS_UNCERTAIN;
	bool costly = dial->request.metered == MIF_DIAL_METERED_LATER && interface != NULL &&
		interface->metered == MIF_METERED_YES;

	return (good ? 0U : 2U) + (costly ? 1U : 0U);
}

void dial_query_done(struct dial *dial, struct dial_query *query, uint32_t status)
{
	query->done = true;
	if (query->family == 0)
		race_services_answered(&dial->race, query->pvd);
	else if (query->service != 0)
		race_service_answered(
			&dial->race, query->pvd, query->service, query->family, status);
	else
		race_answered(&dial->race, query->pvd, query->family, status);
}

void dial_query_post(struct dial *dial, const struct dial_query *asked, const char *name)
{
	struct view *view = &dial->task.mif->view;
	struct mif_message request = {.type = MIF_TRANSLATE_NAME};
	struct mif_message_translate_name *ask = &request.as.translate_name;
	struct dial_query query = *asked;

	query.translation = ask->translation = view_translation(view);
	request.tag = (uint32_t)query.translation & ~VIEW_TAG;
	ask->pvd = query.pvd;
	ask->family = query.family == 0	    ? MIF_FAMILY_ANY
		: query.family == RACE_IPV4 ? MIF_FAMILY_IPV4
					    : MIF_FAMILY_IPV6;
	/* Who names a domain means it. */
	if (dial->request.zones == MIF_DIAL_ZONES_HEEDED && dial->request.pvd == 0)
		ask->flags = MIF_TRANSLATE_ZONES;
	if (query.family == 0) {
		memcpy(ask->scheme, dial->request.scheme, sizeof(ask->scheme));
		ask->port = dial->request.port;
	}
	snprintf(ask->name, sizeof(ask->name), "%s", name);
	if (dial->query_count == DIAL_QUERIES || view_post(view, &request) < 0)
		dial_query_done(dial, &query, MIF_TRANSLATION_FAILED);
	else
		dial->queries[dial->query_count++] = query;
}

/* HTTPS, AAAA, A (HEv3 section 4.1; RFC 8305 section 3). */
static void domain_ask(struct dial *dial, uint64_t pvd, uint32_t families)
{
	static const uint32_t order[] = {0, RACE_IPV6, RACE_IPV4};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct dial_query query = {.pvd = pvd, .family = order[i]};

		if (order[i] == 0 ? dial->request.scheme[0] != '\0' : (families & order[i]) != 0)
			dial_query_post(dial, &query, dial->request.host);
	}
}

static bool is_standard(const struct dial *dial, const struct view_pvd *pvd)
{
	const struct view *view = &dial->task.mif->view;

	return pvd->id == view->default4 || pvd->id == view->default6;
}

/* What begins there would not last; but as long as there is nothing else it is better than nothing. */
static bool pvd_is_away(const struct dial *dial, const struct view_pvd *pvd)
{
	const struct view_interface *interface =
		view_interface(&dial->task.mif->view, pvd->interface);

	return interface != NULL && interface->away;
}

void dial_domain_away(struct dial *dial, uint64_t interface)
{
	list_for_each (node, &dial->task.mif->view.pvds) {
		const struct view_pvd *pvd = container_of(node, struct view_pvd, node);

		if (pvd->interface == interface)
			race_domain_away(&dial->race, pvd->id, pvd_is_away(dial, pvd));
	}
}

static void domain_join(struct dial *dial, const struct view_pvd *pvd, uint64_t now)
{
	uint32_t families = families_present(dial, pvd);
	uint32_t ifindex = view_pvd_ifindex(&dial->task.mif->view, pvd);
	struct race_entry entry = {
		.pvd = pvd->id,
		.name = pvd->name,
		.ifindex = ifindex,
		.rank = pvd_rank(dial, pvd),
		.away = pvd_is_away(dial, pvd),
		.families = families,
		.prefer_ipv6 = (families & RACE_IPV6) && (pvd->flags & MIF_PVD_DEFAULT_ROUTE),
		.standard = is_standard(dial, pvd),
		.on_link = pvd->egress == MIF_EGRESS_IMPOSSIBLE,
		.services = dial->literal.family == AF_UNSPEC && dial->request.scheme[0] != '\0',
		.addresses = pvd->addresses,
		.address_count = pvd->count,
	};

	if (families == 0 || ifindex == 0 ||
		(dial->literal.scope != 0 && dial->literal.scope != ifindex) ||
		race_domain_add(&dial->race, &entry) < 0)
		return;
	if (dial->literal.family != AF_UNSPEC) {
		race_answer(&dial->race, pvd->id, &dial->literal, now);
		race_answered(&dial->race, pvd->id, families, MIF_TRANSLATION_FOUND);
		return;
	}
	domain_ask(dial, pvd->id, families);
}

void dial_domain_join_loopback(struct dial *dial, const struct mif_address *address, uint64_t now)
{
	static const struct select_address own[] = {
		{.address = {.family = AF_INET6, .octets = {[15] = 1}}, .prefix_length = 128},
		{.address = {.family = AF_INET, .octets = {127, 0, 0, 1}}, .prefix_length = 8},
	};
	struct race_entry entry = {
		.name = "loopback",
		.families = RACE_IPV4 | RACE_IPV6,
		.prefer_ipv6 = true,
		.addresses = own,
		.address_count = ARRAY_SIZE(own),
	};

	if (dial->request.pvd == 0 && race_domain_add(&dial->race, &entry) != -ENOSPC)
		race_answer(&dial->race, 0, address, now);
	race_answered(&dial->race, 0, RACE_IPV4 | RACE_IPV6, MIF_TRANSLATION_FOUND);
}

/* In which pass over the domains one joins: there may be more of them than take part. */
static unsigned int join_pass(const struct dial *dial, const struct view_pvd *pvd)
{
	unsigned int rank = pvd_rank(dial, pvd) + (pvd_is_away(dial, pvd) ? RANKS : 0);

	return rank * 2 + (is_standard(dial, pvd) ? 0 : 1);
}

void dial_domain_join_all(struct dial *dial, uint64_t now)
{
	const struct view *view = &dial->task.mif->view;

	for (unsigned int pass = 0; pass < 4 * RANKS; pass++)
		list_for_each (node, &view->pvds) {
			const struct view_pvd *pvd = container_of(node, struct view_pvd, node);

			if (join_pass(dial, pvd) == pass && pvd_is_allowed(dial, pvd))
				domain_join(dial, pvd, now);
		}
}
