/* SPDX-License-Identifier: MIT */
/*
 * The well-behaved client of fuzz-requests. Reports enter by its channel and are checked: the order
 * by test/scenario/order.c, answers by their tags, which rise. What it was told last of each object
 * is kept, and compared in the end with the model.
 */
#include "witness.h"

#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "engine/session.h"
#include "order.h"
#include "transport/channel.h"

#define OBJECTS 256

/* A turn hears one packet of each client. So many more may pass until the answer is there. */
#define PATIENCE 2

/* So many turns, and nothing is under way: subscriptions follow what is announced, level by level. */
#define SETTLED 16

struct witness {
	struct house *house;
	struct channel channel;
	struct order *order;
	uint32_t asked, answered; /* tags */
	bool welcome;
	size_t count;
	struct mif_message told[OBJECTS]; /* the last announcement of each object */
};

/* ---- objects ---- */

/* Whether both announce the same object. */
static bool is_same_object(const struct mif_message *a, const struct mif_message *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case MIF_INTERFACE:
		return a->as.interface.interface == b->as.interface.interface;
	case MIF_PVD:
		return a->as.pvd.pvd == b->as.pvd.pvd;
	case MIF_ELEMENT:
		return a->as.element.pvd == b->as.element.pvd &&
			a->as.element.element == b->as.element.element;
	default:
		return a->as.address.pvd == b->as.address.pvd &&
			address_equal(&a->as.address.address, &b->as.address.address);
	}
}

/* An announcement with the key of what is withdrawn; type 0: it is no withdrawal. */
static struct mif_message withdrawn(const struct mif_message *report)
{
	struct mif_message key = {0};

	switch (report->type) {
	case MIF_NO_INTERFACE:
		key.type = MIF_INTERFACE;
		key.as.interface.interface = report->as.no_interface.interface;
		break;
	case MIF_NO_PVD:
		key.type = MIF_PVD;
		key.as.pvd.pvd = report->as.no_pvd.pvd;
		break;
	case MIF_NO_ELEMENT:
		key.type = MIF_ELEMENT;
		key.as.element.pvd = report->as.no_element.pvd;
		key.as.element.element = report->as.no_element.element;
		break;
	case MIF_NO_ADDRESS:
		key.type = MIF_ADDRESS;
		key.as.address.pvd = report->as.no_address.pvd;
		key.as.address.address = report->as.no_address.address;
		break;
	default:
		break;
	}
	return key;
}

static struct mif_message *told_find(struct witness *witness, const struct mif_message *key)
{
	for (size_t i = 0; i < witness->count; i++) {
		if (is_same_object(&witness->told[i], key))
			return &witness->told[i];
	}
	return NULL;
}

static void ask(struct witness *witness, struct mif_message request)
{
	request.tag = ++witness->asked;
	PROMISE(channel_post(&witness->channel, &request) == 0);
}

static void told_new(struct witness *witness, const struct mif_message *report)
{
	PROMISE(witness->count < OBJECTS);
	witness->told[witness->count++] = *report;
	if (report->type == MIF_INTERFACE)
		ask(witness,
			(struct mif_message){.type = MIF_ANNOUNCE_PVDS,
				.as.announce_pvds.interface = report->as.interface.interface});
	if (report->type != MIF_PVD)
		return;
	ask(witness,
		(struct mif_message){.type = MIF_ANNOUNCE_ELEMENTS,
			.as.announce_elements.pvd = report->as.pvd.pvd});
	ask(witness,
		(struct mif_message){.type = MIF_ANNOUNCE_ADDRESSES,
			.as.announce_addresses = {
				.pvd = report->as.pvd.pvd, .flags = MIF_ANNOUNCE_REFRESHES}});
}

/* ---- reports ---- */

static void take_object(struct witness *witness, const struct mif_message *report)
{
	struct mif_message key = withdrawn(report);
	char error[256];

	PROMISE(order_check(witness->order, report, error));
	if (key.type != 0) {
		struct mif_message *told = told_find(witness, &key);

		PROMISE(told != NULL);
		*told = witness->told[--witness->count];
		return;
	}

	struct mif_message *told = told_find(witness, report);

	if (told != NULL)
		*told = *report;
	else
		told_new(witness, report);
}

/* Each question is answered once, and in its turn. */
/* Both messages begin with the same field. */
static bool interface_is_known(const struct witness *witness, const struct mif_message *report)
{
	for (size_t i = 0; i < witness->count; i++) {
		const struct mif_message *told = &witness->told[i];

		if (told->type == MIF_INTERFACE &&
			told->as.interface.interface == report->as.interface_going_up.interface)
			return true;
	}
	return false;
}

static void take(struct witness *witness, const struct mif_message *report)
{
	switch (report->type) {
	case MIF_WELCOME:
		PROMISE(!witness->welcome);
		witness->welcome = true;
		break;
	case MIF_ERROR:
		/* It asked for what has gone in the meantime. */
		PROMISE(report->as.error.error == ENODEV);
		PROMISE(report->tag == ++witness->answered);
		break;
	case MIF_END_OF_ANNOUNCEMENTS:
	case MIF_NO_CONFIGURATION_DATA:
		PROMISE(report->tag == ++witness->answered);
		break;
	case MIF_DEFAULT_PVD:
		PROMISE(report->as.default_pvd.family != MIF_FAMILY_ANY);
		break;
	case MIF_INTERFACE_GOING_AWAY:
	case MIF_INTERFACE_GOING_UP:
		/* Of what it knows, which the order of messages says, too. It is no object. */
		PROMISE(interface_is_known(witness, report));
		break;
	default:
		take_object(witness, report);
	}
}

static void hear(struct witness *witness)
{
	struct mif_message report;
	int r;

	for (;;) {
		r = channel_peek(&witness->channel, &report);
		if (r == 0) {
			r = channel_receive(&witness->channel);
			PROMISE(r >= 0);
			if (r == 0)
				return;
			continue;
		}
		PROMISE(r == 1);
		channel_skip(&witness->channel);
		take(witness, &report);
	}
}

void witness_turn(struct witness *witness)
{
	ask(witness, (struct mif_message){.type = MIF_GET_CONFIGURATION_DATA});

	uint32_t question = witness->asked;
	uint32_t turns = PATIENCE + question - witness->answered;

	for (uint32_t i = 0; i < turns && witness->answered < question; i++) {
		house_turn(witness->house);
		hear(witness);
	}
	PROMISE(witness->answered >= question);
}

/* ---- the end ---- */

static void compare_object(struct witness *witness, const struct object *object, size_t *count)
{
	struct mif_message expected = {0};
	const struct mif_message *told;

	switch (object->kind) {
	case OBJECT_INTERFACE:
		expected.type = MIF_INTERFACE;
		object_get_interface(object, &expected.as.interface);
		break;
	case OBJECT_PVD:
		expected.type = MIF_PVD;
		object_get_pvd(object, &expected.as.pvd);
		break;
	case OBJECT_ELEMENT:
		expected.type = MIF_ELEMENT;
		object_get_element(object, &expected.as.element);
		break;
	case OBJECT_ADDRESS:
		expected.type = MIF_ADDRESS;
		object_get_address(object, &expected.as.address);
		break;
	}
	told = told_find(witness, &expected);
	PROMISE(told != NULL && memcmp(&told->as, &expected.as, sizeof(expected.as)) == 0);
	(*count)++;
	if (object_is_leaf(object))
		return;
	list_for_each (node, &object->children)
		compare_object(witness, container_of(node, const struct object, siblings), count);
}

void witness_compare(struct witness *witness)
{
	size_t count = 0;
	uint32_t asked;

	for (int i = 0; i < SETTLED; i++) {
		asked = witness->asked;
		witness_turn(witness);
		if (witness->asked == asked + 1)
			break;
	}
	PROMISE(witness->asked == asked + 1);
	list_for_each (node, &witness->house->engine->model->interfaces)
		compare_object(witness, container_of(node, const struct object, siblings), &count);
	PROMISE(count == witness->count);
}

struct witness *witness_new(struct house *house)
{
	struct mif_message hello = {.type = MIF_HELLO, .as.hello.version = 1};
	struct witness *witness = calloc(1, sizeof(*witness));

	PROMISE(witness != NULL);
	witness->house = house;
	witness->order = order_new();
	channel_init(&witness->channel, house_connect(house));
	PROMISE(channel_post(&witness->channel, &hello) == 0);
	ask(witness, (struct mif_message){.type = MIF_ANNOUNCE_INTERFACES});
	ask(witness, (struct mif_message){.type = MIF_ANNOUNCE_DEFAULT_PVD});
	return witness;
}

void witness_free(struct witness *witness)
{
	PROMISE(witness->welcome);
	channel_deinit(&witness->channel);
	order_free(witness->order);
	free(witness);
}
