/* SPDX-License-Identifier: MIT */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "engine/session.h"
#include "message/message.h"
#include "order.h"

/*
 * One subscriber of the engine as a program would be one: what it asked for, and the picture that
 * it built from the reports.
 */
#define SUBSCRIBER_ITEMS 128

/* What it asked to be told of. */
struct interest {
	uint32_t type; /* MIF_INTERFACE, MIF_PVD, MIF_ELEMENT, MIF_ADDRESS */
	uint64_t parent;
	uint32_t element;
	uint32_t below;
	bool refreshes;
};

struct subscriber {
	struct session *session;
	struct order *order;
	bool follows; /* asks for everything in whatever it is told of */
	bool strict;
	bool eager; /* reads after every commit: a report that changes nothing is one too many */
	size_t count;
	struct mif_message items[SUBSCRIBER_ITEMS];
	size_t interest_count;
	struct interest interests[SUBSCRIBER_ITEMS];
	uint64_t ends; /* END_OF_ANNOUNCEMENTS and ERROR still to come */
	bool wants_default;
	uint64_t defaults[2];
	char error[1500];
};

static struct subscriber *subscriber_new(struct engine *engine, bool follows, bool strict)
{
	struct subscriber *subscriber = calloc(1, sizeof(*subscriber));

	if (subscriber == NULL)
		return NULL;
	subscriber->order = order_new();
	subscriber->follows = follows;
	subscriber->strict = strict;
	if (subscriber->order == NULL ||
		session_new(&subscriber->session, engine, strict ? SESSION_STRICT : 0, subscriber) <
			0) {
		order_free(subscriber->order);
		free(subscriber);
		return NULL;
	}
	return subscriber;
}

static size_t list_count(const struct list *list)
{
	size_t count = 0;

	list_for_each (node, list)
		count++;
	return count;
}

/* How many objects a session was told of, or is to be. */
static size_t session_tellings(const struct session *session)
{
	size_t count = 0;

	list_for_each (node, &session->queue)
		count += container_of(node, struct outgoing, queue)->kind == OUTGOING_WITHDRAWAL;
	list_for_each (node, &session->subscriptions)
		count += list_count(&container_of(node, struct subscription, in_session)->tellings);
	return count;
}

/* The session is the engine's, too: engine_free() has freed it. */
static void subscriber_forget(struct subscriber *subscriber)
{
	if (subscriber == NULL)
		return;
	order_free(subscriber->order);
	free(subscriber);
}

static inline void subscriber_free(struct subscriber *subscriber)
{
	if (subscriber != NULL)
		session_free(subscriber->session);
	subscriber_forget(subscriber);
}

/* ---- the picture ---- */

static uint64_t item_parent(const struct mif_message *item)
{
	switch (item->type) {
	case MIF_PVD:
		return item->as.pvd.interface;
	case MIF_ELEMENT:
		return item->as.element.pvd;
	case MIF_ADDRESS:
		return item->as.address.pvd;
	default:
		return 0;
	}
}

/* Whether a and b are about the same object. */
static bool item_is(const struct mif_message *a, const struct mif_message *b)
{
	if (a->type != b->type || item_parent(a) != item_parent(b))
		return false;
	switch (a->type) {
	case MIF_INTERFACE:
		return a->as.interface.interface == b->as.interface.interface;
	case MIF_PVD:
		return a->as.pvd.pvd == b->as.pvd.pvd;
	case MIF_ELEMENT:
		return a->as.element.element == b->as.element.element;
	default:
		return address_equal(&a->as.address.address, &b->as.address.address);
	}
}

/* Whether a reader would see no difference. */
static bool item_reads_as(const struct mif_message *a, const struct mif_message *b)
{
	char text[2][1024];

	message_format(a, true, text[0], sizeof(text[0]));
	message_format(b, true, text[1], sizeof(text[1]));
	return strcmp(text[0], text[1]) == 0;
}

static struct mif_message *item_find(struct subscriber *subscriber, const struct mif_message *what)
{
	for (size_t i = 0; i < subscriber->count; i++) {
		if (item_is(&subscriber->items[i], what))
			return &subscriber->items[i];
	}
	return NULL;
}

/* The announcement of what a withdrawal withdraws; type 0: it is none. */
static struct mif_message item_withdrawn(const struct mif_message *report)
{
	struct mif_message item;

	memset(&item, 0, sizeof(item));
	switch (report->type) {
	case MIF_NO_INTERFACE:
		item.type = MIF_INTERFACE;
		item.as.interface.interface = report->as.no_interface.interface;
		break;
	case MIF_NO_PVD:
		item.type = MIF_PVD;
		item.as.pvd.interface = report->as.no_pvd.interface;
		item.as.pvd.pvd = report->as.no_pvd.pvd;
		break;
	case MIF_NO_ELEMENT:
		item.type = MIF_ELEMENT;
		item.as.element.pvd = report->as.no_element.pvd;
		item.as.element.element = report->as.no_element.element;
		break;
	case MIF_NO_ADDRESS:
		item.type = MIF_ADDRESS;
		item.as.address.pvd = report->as.no_address.pvd;
		item.as.address.address = report->as.no_address.address;
		break;
	default:
		break;
	}
	return item;
}

static void items_forget(
	struct subscriber *subscriber, uint32_t type, uint64_t parent, uint32_t except)
{
	for (size_t i = 0; i < subscriber->count;) {
		const struct mif_message *item = &subscriber->items[i];

		if (item->type == type && (parent == 0 || item_parent(item) == parent) &&
			(except == 0 || item->as.element.element != except))
			subscriber->items[i] = subscriber->items[--subscriber->count];
		else
			i++;
	}
}

static void interests_forget(struct subscriber *subscriber, uint32_t type, uint64_t parent)
{
	for (size_t i = 0; i < subscriber->interest_count;) {
		const struct interest *interest = &subscriber->interests[i];

		if (interest->type == type && (parent == 0 || interest->parent == parent))
			subscriber->interests[i] =
				subscriber->interests[--subscriber->interest_count];
		else
			i++;
	}
}

/* What is asked for of all interfaces at once takes in all others of its kind. */
static const struct interest *interest_above(const struct subscriber *subscriber, uint32_t type)
{
	static const uint32_t bits[] = {[MIF_PVD - MIF_INTERFACE] = MIF_BELOW_PVDS,
		[MIF_ELEMENT - MIF_INTERFACE] = MIF_BELOW_ELEMENTS,
		[MIF_ADDRESS - MIF_INTERFACE] = MIF_BELOW_ADDRESSES};

	for (size_t i = 0; i < subscriber->interest_count; i++) {
		const struct interest *interest = &subscriber->interests[i];

		if (interest->type == MIF_INTERFACE &&
			(interest->below & bits[type - MIF_INTERFACE]) != 0)
			return interest;
	}
	return NULL;
}

static struct interest interest_in_all(
	const struct subscriber *subscriber, const struct mif_message *request)
{
	struct interest interest = {
		.type = MIF_INTERFACE, .below = request->as.announce_interfaces.below};

	interest.refreshes = (interest.below & MIF_BELOW_REFRESHES) != 0;
	if ((interest.below & (MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES)) != 0)
		interest.below |= MIF_BELOW_PVDS;
	for (size_t i = 0; i < subscriber->interest_count; i++)
		interest.below |= subscriber->interests[i].below;
	return interest;
}

static const struct interest *interest_find(
	const struct subscriber *subscriber, const struct mif_message *item)
{
	for (size_t i = 0; i < subscriber->interest_count; i++) {
		const struct interest *interest = &subscriber->interests[i];

		if (interest->type == item->type && interest->parent == item_parent(item) &&
			(interest->element == 0 || item->type != MIF_ELEMENT ||
				interest->element == item->as.element.element))
			return interest;
	}
	return interest_above(subscriber, item->type);
}

/* ---- requests ---- */

static void subscriber_asked(struct subscriber *subscriber, const struct mif_message *request)
{
	const struct model *model = subscriber->session->engine->model;
	struct interest interest = {0};

	/* A narrower filter for a domain that is gone is an error, and changes nothing. */
	if (request->type != MIF_ANNOUNCE_ELEMENTS ||
		model_pvd(model, request->as.announce_elements.pvd) != NULL)
		order_posted(subscriber->order, request);
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		interest = interest_in_all(subscriber, request);
		break;
	case MIF_ANNOUNCE_PVDS:
		interest.type = MIF_PVD;
		interest.parent = request->as.announce_pvds.interface;
		break;
	case MIF_ANNOUNCE_ELEMENTS:
		interest.type = MIF_ELEMENT;
		interest.parent = request->as.announce_elements.pvd;
		interest.element = request->as.announce_elements.element;
		if (interest.element != MIF_ELEMENT_ANY &&
			interest_above(subscriber, MIF_ELEMENT) == NULL &&
			model_pvd(model, interest.parent) != NULL)
			items_forget(subscriber, MIF_ELEMENT, interest.parent, interest.element);
		break;
	case MIF_ANNOUNCE_ADDRESSES:
		interest.type = MIF_ADDRESS;
		interest.parent = request->as.announce_addresses.pvd;
		interest.refreshes = request->as.announce_addresses.flags != 0;
		break;
	case MIF_STOP_ANNOUNCING_INTERFACES:
		for (uint32_t type = MIF_PVD; type <= MIF_ADDRESS; type++) {
			if (interest_above(subscriber, type) != NULL)
				items_forget(subscriber, type, 0, 0);
		}
		interests_forget(subscriber, MIF_INTERFACE, 0);
		items_forget(subscriber, MIF_INTERFACE, 0, 0);
		return;
	case MIF_STOP_ANNOUNCING_PVDS:
		interests_forget(subscriber, MIF_PVD, request->as.stop_announcing_pvds.interface);
		items_forget(subscriber, MIF_PVD, request->as.stop_announcing_pvds.interface, 0);
		return;
	case MIF_STOP_ANNOUNCING_ELEMENTS:
		interests_forget(subscriber, MIF_ELEMENT, request->as.stop_announcing_elements.pvd);
		items_forget(subscriber, MIF_ELEMENT, request->as.stop_announcing_elements.pvd, 0);
		return;
	case MIF_STOP_ANNOUNCING_ADDRESSES:
		interests_forget(
			subscriber, MIF_ADDRESS, request->as.stop_announcing_addresses.pvd);
		items_forget(subscriber, MIF_ADDRESS, request->as.stop_announcing_addresses.pvd, 0);
		return;
	case MIF_ANNOUNCE_DEFAULT_PVD:
		subscriber->wants_default = true;
		subscriber->ends++;
		return;
	case MIF_STOP_ANNOUNCING_DEFAULT_PVD:
		subscriber->wants_default = false;
		return;
	default:
		return;
	}
	subscriber->ends += !subscriber->strict;
	if (interest.type == MIF_PVD && model_interface(model, interest.parent) == NULL)
		return;
	if (interest.type > MIF_PVD && model_pvd(model, interest.parent) == NULL)
		return;
	if (interest_above(subscriber, interest.type) != NULL)
		return;
	interests_forget(subscriber, interest.type, interest.parent);
	if (subscriber->interest_count < SUBSCRIBER_ITEMS)
		subscriber->interests[subscriber->interest_count++] = interest;
	for (uint32_t type = MIF_PVD; type <= MIF_ADDRESS; type++) {
		if (interest_above(subscriber, type) != NULL)
			interests_forget(subscriber, type, 0);
	}
}

static int subscriber_post(
	struct subscriber *subscriber, const struct mif_message *request, uint64_t now)
{
	int r = session_post(subscriber->session, request, now);

	if (r == 0)
		subscriber_asked(subscriber, request);
	return r;
}

/* ---- reports ---- */

static int subscriber_fail(
	struct subscriber *subscriber, const char *what, const struct mif_message *report)
{
	char text[1024];

	message_format(report, true, text, sizeof(text));
	snprintf(subscriber->error, sizeof(subscriber->error), "%s: %s", what, text);
	return -1;
}

/* What a follower wants to know of what it is told of. */
static void subscriber_follow(
	struct subscriber *subscriber, const struct mif_message *report, uint64_t now)
{
	struct mif_message request = {0};

	if (report->type == MIF_INTERFACE) {
		request.type = MIF_ANNOUNCE_PVDS;
		request.as.announce_pvds.interface = report->as.interface.interface;
		subscriber_post(subscriber, &request, now);
	} else if (report->type == MIF_PVD) {
		request.type = MIF_ANNOUNCE_ELEMENTS;
		request.as.announce_elements.pvd = report->as.pvd.pvd;
		subscriber_post(subscriber, &request, now);
		memset(&request, 0, sizeof(request));
		request.type = MIF_ANNOUNCE_ADDRESSES;
		request.as.announce_addresses.pvd = report->as.pvd.pvd;
		request.as.announce_addresses.flags = MIF_ANNOUNCE_REFRESHES;
		subscriber_post(subscriber, &request, now);
	}
}

static int subscriber_announced(
	struct subscriber *subscriber, const struct mif_message *report, uint64_t now)
{
	struct mif_message *item = item_find(subscriber, report);
	struct mif_message plain = *report;

	plain.tag = plain.serial = 0;
	if (interest_find(subscriber, report) == NULL)
		return subscriber_fail(subscriber, "announced, but not asked for", report);
	if (item != NULL) {
		if (subscriber->eager && item_reads_as(item, &plain))
			return subscriber_fail(subscriber, "announced again as it was", report);
		*item = plain;
		return 0;
	}
	if (subscriber->count == SUBSCRIBER_ITEMS)
		return subscriber_fail(subscriber, "more than this test can hold", report);
	subscriber->items[subscriber->count++] = plain;
	if (subscriber->follows)
		subscriber_follow(subscriber, report, now);
	return 0;
}

static int subscriber_take(
	struct subscriber *subscriber, const struct mif_message *report, uint64_t now)
{
	struct mif_message withdrawn = item_withdrawn(report);
	struct mif_message *item = item_find(subscriber, &withdrawn);
	char error[256];

	if (!order_check(subscriber->order, report, error))
		return subscriber_fail(subscriber, error, report);
	if (withdrawn.type != 0) {
		*item = subscriber->items[--subscriber->count];
		return 0;
	}
	switch (report->type) {
	case MIF_INTERFACE:
	case MIF_PVD:
	case MIF_ELEMENT:
	case MIF_ADDRESS:
		return subscriber_announced(subscriber, report, now);
	case MIF_END_OF_ANNOUNCEMENTS:
	case MIF_ERROR:
		if (subscriber->ends-- == 0)
			return subscriber_fail(subscriber, "one end too many", report);
		return 0;
	case MIF_DEFAULT_PVD:
		if (!subscriber->wants_default)
			return subscriber_fail(subscriber, "not asked for", report);
		subscriber->defaults[report->as.default_pvd.family == MIF_FAMILY_IPV6] =
			report->as.default_pvd.pvd;
		return 0;
	default:
		return 0;
	}
}

/* At most so many reports. How many there were, or -1. */
static inline int subscriber_read(struct subscriber *subscriber, unsigned int most, uint64_t now)
{
	struct mif_message report;
	unsigned int count = 0;

	while (count < most && session_get(subscriber->session, &report) == 1) {
		count++;
		if (subscriber_take(subscriber, &report, now) < 0)
			return -1;
	}
	return (int)count;
}
