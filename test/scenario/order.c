/* SPDX-License-Identifier: MIT */
/*
 * The order that the drafts promise (3.3.7.5, M12), checked on every stream of reports that a test
 * reads: every identifier named is still valid, what an object holds is withdrawn before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "scenario.h"

#define ORDER_OBJECTS 4096

struct known {
	uint32_t type; /* MIF_INTERFACE, MIF_PVD, MIF_ELEMENT, MIF_ADDRESS */
	uint64_t id, parent;
	struct mif_address address;
};

struct order {
	struct known known[ORDER_OBJECTS];
	size_t count;
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

static bool order_has_children(const struct order *order, const struct known *what)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct known *known = &order->known[i];

		if (known->parent != what->id)
			continue;
		if (what->type == MIF_INTERFACE && known->type == MIF_PVD)
			return true;
		if (what->type == MIF_PVD && known->type != MIF_PVD && known->type != MIF_INTERFACE)
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
		*what = (struct known){MIF_INTERFACE, report->as.interface.interface, 0, {0}};
		return false;
	case MIF_NO_INTERFACE:
		*what = (struct known){MIF_INTERFACE, report->as.no_interface.interface, 0, {0}};
		return true;
	case MIF_PVD:
		*what = (struct known){MIF_PVD, report->as.pvd.pvd, report->as.pvd.interface, {0}};
		return false;
	case MIF_NO_PVD:
		*what = (struct known){
			MIF_PVD, report->as.no_pvd.pvd, report->as.no_pvd.interface, {0}};
		return true;
	case MIF_ELEMENT:
		*what = (struct known){
			MIF_ELEMENT, report->as.element.element, report->as.element.pvd, {0}};
		return false;
	case MIF_NO_ELEMENT:
		*what = (struct known){
			MIF_ELEMENT, report->as.no_element.element, report->as.no_element.pvd, {0}};
		return true;
	case MIF_ADDRESS:
		*what = (struct known){
			MIF_ADDRESS, 0, report->as.address.pvd, report->as.address.address};
		return false;
	case MIF_NO_ADDRESS:
		*what = (struct known){
			MIF_ADDRESS, 0, report->as.no_address.pvd, report->as.no_address.address};
		return true;
	default:
		return false;
	}
}

bool order_check(struct order *order, const struct mif_message *report, char error[256])
{
	struct known what;
	bool withdrawn = order_subject(report, &what);
	struct known *known = order_find(order, &what);

	if (what.type == 0)
		return true;
	if (!withdrawn) {
		if (known == NULL && order->count < ORDER_OBJECTS)
			order->known[order->count++] = what;
		return true;
	}
	if (known == NULL) {
		snprintf(error, 256, "withdrawn, but never announced (or already withdrawn)");
		return false;
	}
	if (order_has_children(order, &what)) {
		snprintf(error, 256, "withdrawn before what it holds");
		return false;
	}
	*known = order->known[--order->count];
	return true;
}
