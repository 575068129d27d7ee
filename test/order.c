/* SPDX-License-Identifier: MIT */
/*
 * The order that the drafts promise (3.3.7.5, M12), checked on every stream of reports that a test
 * reads: every identifier named is still valid, what an object holds is withdrawn before it, and an
 * identifier is never used again.
 */
#include "order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"

#define ORDER_OBJECTS 4096

struct known {
	uint32_t type; /* MIF_INTERFACE, MIF_PVD, MIF_ELEMENT, MIF_ADDRESS */
	uint64_t id, parent;
	struct mif_address address;
	bool gone; /* interfaces and domains: withdrawn */
	bool up,
		away; /* interfaces: as they were told last, and whether they are said to go away */
	bool leads; /* domains: beyond their link */
};

struct order {
	struct known known[ORDER_OBJECTS];
	size_t count;
	uint32_t below; /* enum mif_below: asked for with all interfaces */
};

struct order *order_new(void)
{
	return calloc(1, sizeof(struct order));
}

void order_free(struct order *order)
{
	free(order);
}

static struct known *order_find(struct order *order, const struct known *what)
{
	for (size_t i = 0; i < order->count; i++) {
		struct known *known = &order->known[i];

		if (known->type == what->type && known->id == what->id &&
			known->parent == what->parent &&
			address_equal(&known->address, &what->address))
			return known;
	}
	return NULL;
}

static bool is_child(const struct known *child, const struct known *parent)
{
	if (child->parent != parent->id || child->gone)
		return false;
	return (parent->type == MIF_INTERFACE && child->type == MIF_PVD) ||
		(parent->type == MIF_PVD &&
			(child->type == MIF_ELEMENT || child->type == MIF_ADDRESS));
}

static bool order_has_children(const struct order *order, const struct known *what)
{
	for (size_t i = 0; i < order->count; i++) {
		if (is_child(&order->known[i], what))
			return true;
	}
	return false;
}

static bool order_parent_is_gone(const struct order *order, const struct known *what)
{
	for (size_t i = 0; i < order->count; i++) {
		if (order->known[i].gone && is_child(what, &order->known[i]))
			return true;
	}
	return false;
}

/* What a report is about; true for a withdrawal. Type 0: about no object. */
static bool order_subject(const struct mif_message *report, struct known *what)
{
	memset(what, 0, sizeof(*what));
	switch (report->type) {
	case MIF_INTERFACE:
		what->type = MIF_INTERFACE;
		what->id = report->as.interface.interface;
		return false;
	case MIF_NO_INTERFACE:
		what->type = MIF_INTERFACE;
		what->id = report->as.no_interface.interface;
		return true;
	case MIF_PVD:
		what->type = MIF_PVD;
		what->id = report->as.pvd.pvd;
		what->parent = report->as.pvd.interface;
		return false;
	case MIF_NO_PVD:
		what->type = MIF_PVD;
		what->id = report->as.no_pvd.pvd;
		what->parent = report->as.no_pvd.interface;
		return true;
	case MIF_ELEMENT:
		what->type = MIF_ELEMENT;
		what->id = report->as.element.element;
		what->parent = report->as.element.pvd;
		return false;
	case MIF_NO_ELEMENT:
		what->type = MIF_ELEMENT;
		what->id = report->as.no_element.element;
		what->parent = report->as.no_element.pvd;
		return true;
	case MIF_ADDRESS:
		what->type = MIF_ADDRESS;
		what->parent = report->as.address.pvd;
		what->address = report->as.address.address;
		return false;
	case MIF_NO_ADDRESS:
		what->type = MIF_ADDRESS;
		what->parent = report->as.no_address.pvd;
		what->address = report->as.no_address.address;
		return true;
	default:
		return false;
	}
}

/* NULL, or what is wrong. */
static const char *order_announced(struct order *order, const struct known *what)
{
	const struct known *known = order_find(order, what);

	if (order_parent_is_gone(order, what))
		return "announced in something that was withdrawn";
	if (known != NULL)
		return known->gone ? "an identifier that was withdrawn is used again" : NULL;
	if (order->count == ORDER_OBJECTS)
		return "more objects than this test can follow";
	order->known[order->count++] = *what;
	return NULL;
}

static const char *order_withdrawn(struct order *order, const struct known *what)
{
	struct known *known = order_find(order, what);

	if (known == NULL || known->gone)
		return "withdrawn, but never announced (or already withdrawn)";
	if (order_has_children(order, what))
		return "withdrawn before what it holds";
	if (what->type == MIF_INTERFACE || what->type == MIF_PVD)
		known->gone = true;
	else
		*known = order->known[--order->count];
	return NULL;
}

/* Whether an interface is known to have a domain that is not of link scope. */
static bool order_leads(const struct order *order, uint64_t interface)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct known *known = &order->known[i];

		if (known->type == MIF_PVD && known->parent == interface && !known->gone &&
			known->leads)
			return true;
	}
	return false;
}

/* M34, M35: an interface is going away while it is up, before it is withdrawn; it is going up when it
 * was going away, is down, or leads nowhere. One that was never announced may be wanted all the same. */
static const char *order_future(struct order *order, uint64_t id, bool away)
{
	struct known what = {.type = MIF_INTERFACE, .id = id};
	struct known *known = order_find(order, &what);

	if (known == NULL)
		return NULL;
	if (known->gone)
		return "of an interface that was withdrawn";
	if (away && !known->up)
		return "going away (M34) when it is down already";
	if (!away && known->up && !known->away && order_leads(order, id))
		return "going up (M35), but it is up, has a domain, and was not going away";
	known->away = away;
	return NULL;
}

static void order_interface(struct order *order, const struct mif_message_interface *interface)
{
	struct known what = {.type = MIF_INTERFACE, .id = interface->interface};
	struct known *known = order_find(order, &what);

	if (known == NULL)
		return;
	known->up = (interface->flags & MIF_INTERFACE_UP) != 0;
	known->away &= known->up;
}

static void order_pvd(struct order *order, const struct mif_message_pvd *pvd)
{
	struct known what = {.type = MIF_PVD, .id = pvd->pvd, .parent = pvd->interface};
	struct known *known = order_find(order, &what);

	if (known != NULL)
		known->leads = (pvd->flags & MIF_PVD_LINK_SCOPE) == 0;
}

bool order_check(struct order *order, const struct mif_message *report, char error[256])
{
	struct known what;
	bool withdrawn = order_subject(report, &what);
	const char *wrong;

	if (report->type == MIF_INTERFACE_GOING_AWAY)
		wrong = order_future(order, report->as.interface_going_away.interface, true);
	else if (report->type == MIF_INTERFACE_GOING_UP)
		wrong = order_future(order, report->as.interface_going_up.interface, false);
	else if (what.type == 0)
		return true;
	else
		wrong = withdrawn ? order_withdrawn(order, &what) : order_announced(order, &what);
	if (report->type == MIF_INTERFACE)
		order_interface(order, &report->as.interface);
	if (report->type == MIF_PVD)
		order_pvd(order, &report->as.pvd);
	if (wrong != NULL)
		snprintf(error, 256, "%s", wrong);
	return wrong == NULL;
}

/* Forgets what lives of this type, of one parent or (0) of all, except the one of this identifier. */
static void order_forget(struct order *order, uint32_t type, uint64_t parent, uint64_t except)
{
	for (size_t i = 0; i < order->count;) {
		const struct known *known = &order->known[i];

		if (known->type == type && !known->gone &&
			(parent == 0 || known->parent == parent) &&
			(except == 0 || known->id != except))
			order->known[i] = order->known[--order->count];
		else
			i++;
	}
}

static void order_stopped(struct order *order)
{
	order_forget(order, MIF_INTERFACE, 0, 0);
	if (order->below != 0)
		order_forget(order, MIF_PVD, 0, 0);
	if ((order->below & MIF_BELOW_ELEMENTS) != 0)
		order_forget(order, MIF_ELEMENT, 0, 0);
	if ((order->below & MIF_BELOW_ADDRESSES) != 0)
		order_forget(order, MIF_ADDRESS, 0, 0);
	order->below = 0;
}

void order_posted(struct order *order, const struct mif_message *request)
{
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		order->below |=
			request->as.announce_interfaces.below & ~(uint32_t)MIF_BELOW_REFRESHES;
		break;
	case MIF_STOP_ANNOUNCING_INTERFACES:
		order_stopped(order);
		break;
	case MIF_STOP_ANNOUNCING_PVDS:
		if (request->as.stop_announcing_pvds.interface != 0)
			order_forget(order, MIF_PVD, request->as.stop_announcing_pvds.interface, 0);
		break;
	case MIF_STOP_ANNOUNCING_ELEMENTS:
		order_forget(order, MIF_ELEMENT, request->as.stop_announcing_elements.pvd, 0);
		break;
	case MIF_STOP_ANNOUNCING_ADDRESSES:
		order_forget(order, MIF_ADDRESS, request->as.stop_announcing_addresses.pvd, 0);
		break;
	case MIF_ANNOUNCE_ELEMENTS:
		if (request->as.announce_elements.element != MIF_ELEMENT_ANY &&
			(order->below & MIF_BELOW_ELEMENTS) == 0)
			order_forget(order, MIF_ELEMENT, request->as.announce_elements.pvd,
				request->as.announce_elements.element);
		break;
	default:
		break;
	}
}
