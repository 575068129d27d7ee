/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A daemon for tests of the steady link: a world of objects, its links, and its restarts, in which
 * every identifier changes. A link answers like the daemon's; it can be cut after so many reports.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "client/client.h"
#include "client/link.h"
#include "client/steady.h"
#include "message/message.h"
#include "tap.h"

#define WORLD_OBJECTS 64
#define WORLD_LINKS 4
#define WORLD_QUEUE 2048

struct world_link {
	struct link link;
	int fd;
	uint32_t serial;
	struct mif_message queue[WORLD_QUEUE];
	size_t queued;
	struct mif_message requests[WORLD_QUEUE];
	size_t request_count;
	bool broken;
};

static struct world {
	struct mif_message objects[WORLD_OBJECTS]; /* with the identifiers of this instance */
	size_t count;
	uint64_t instance;
	uint64_t shift; /* what the identifiers differ by from the first instance's */
	int begin_error; /* what begin returns instead */
	int refuse; /* what WELCOME is replaced by */
	int silent; /* so many requests are not answered any more */
	int post_error;
	long left; /* so many reports until every link is cut; -1: never */
	unsigned int begun;
	struct world_link *links[WORLD_LINKS];
} world;

static struct world_link *world_link_of(const struct link *link)
{
	return (struct world_link *)(uintptr_t)link;
}

__attribute__((unused)) static struct mif_message parsed(const char *text)
{
	struct mif_message message;
	char error[256];

	if (message_parse(&message, text, error) < 0) {
		printf("Bail out! %s: %s\n", text, error);
		exit(1);
	}
	return message;
}

static void world_break(struct world_link *link)
{
	link->broken = true;
	eventfd_write(link->fd, 1);
}

/* The connections are gone; what was on its way arrives. */
__attribute__((unused)) static void world_cut(void)
{
	for (size_t i = 0; i < WORLD_LINKS; i++) {
		if (world.links[i] != NULL)
			world_break(world.links[i]);
	}
}

static void world_say(struct world_link *link, const struct mif_message *report)
{
	if (link->broken)
		return;
	assert(link->queued < WORLD_QUEUE);
	link->queue[link->queued] = *report;
	link->queue[link->queued++].serial = link->serial;
	eventfd_write(link->fd, 1);
}

/* To all links that have asked at all. */
__attribute__((unused)) static void world_tell(const char *text)
{
	struct mif_message report = parsed(text);

	for (size_t i = 0; i < WORLD_LINKS; i++) {
		if (world.links[i] != NULL)
			world_say(world.links[i], &report);
	}
}

/* ---- what there is ---- */

static void shift_ids(struct mif_message *message, uint64_t by)
{
	const struct message_info *info = message_info(message->type);

	for (size_t i = 0; i < info->count; i++) {
		const char *name = info->fields[i].name;
		char *at = (char *)message + info->fields[i].offset;
		uint64_t id;

		if (strcmp(name, "pvd") != 0 && strcmp(name, "interface") != 0)
			continue;
		memcpy(&id, at, sizeof(id));
		id += id != 0 ? by : 0;
		memcpy(at, &id, sizeof(id));
	}
}

/* Identifiers in the text are the first instance's. */
__attribute__((unused)) static void world_add(const char *text)
{
	struct mif_message object = parsed(text);

	assert(world.count < WORLD_OBJECTS);
	shift_ids(&object, world.shift);
	world.objects[world.count++] = object;
}

__attribute__((unused)) static void world_set(size_t index, const char *text)
{
	size_t count = world.count;

	world.count = index;
	world_add(text);
	world.count = count;
}

__attribute__((unused)) static void world_drop(size_t index)
{
	world.count--;
	memmove(&world.objects[index], &world.objects[index + 1],
		(world.count - index) * sizeof(world.objects[0]));
}

/* Another engine, which numbers everything anew and counts generations from 1. */
static void world_renew(void)
{
	uint64_t by = world.instance % 2 != 0 ? 100 : (uint64_t)-60;

	world.instance++;
	world.shift += by;
	for (size_t i = 0; i < world.count; i++) {
		shift_ids(&world.objects[i], by);
		if (world.objects[i].type == MIF_ELEMENT)
			world.objects[i].as.element.generation = 1;
	}
}

__attribute__((unused)) static void world_restart(void)
{
	world_cut();
	world_renew();
}

__attribute__((unused)) static void world_reset(void)
{
	struct world_link *links[WORLD_LINKS];

	memcpy(links, world.links, sizeof(links));
	world = (struct world){.instance = 1, .left = -1};
	memcpy(world.links, links, sizeof(links));
	world_add(
		"interface interface=1 name=h1 ifindex=2 kind=ethernet flags=up,running mtu=1500");
	world_add("interface interface=2 name=h2 ifindex=3 kind=wifi flags=up,running mtu=1500");
	world_add("pvd interface=1 pvd=3 name=h1:10.0.0.0/24 family=ipv4 state=usable");
	world_add("pvd interface=1 pvd=4 name=h1:fe80::1 family=ipv6 state=usable");
	world_add("pvd interface=2 pvd=5 name=h2:10.1.0.0/24 family=ipv4 state=usable");
	world_add("element pvd=3 element=dhcpv4 generation=3 digest=77");
	world_add("element pvd=4 element=ra generation=2 digest=78");
	world_add("address pvd=3 address=10.0.0.5 prefix_length=24 valid_until=100");
	world_add("address pvd=4 address=2001:db8::5 prefix_length=64");
	world_add("address pvd=5 address=10.1.0.5 prefix_length=24");
	world_add("default_pvd family=ipv4 pvd=3");
	world_add("default_pvd family=ipv6 pvd=4");
}

/* ---- answers ---- */

static bool world_has(uint32_t type, uint64_t id)
{
	for (size_t i = 0; i < world.count; i++) {
		const struct mif_message *object = &world.objects[i];

		if (object->type == type &&
			(type == MIF_PVD ? object->as.pvd.pvd : object->as.interface.interface) ==
				id)
			return true;
	}
	return false;
}

static bool world_belongs(const struct mif_message *object, const struct mif_message *request)
{
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		return object->type == MIF_INTERFACE ||
			(object->type != MIF_DEFAULT_PVD &&
				request->as.announce_interfaces.below != 0);
	case MIF_ANNOUNCE_PVDS:
		return object->type == MIF_PVD &&
			object->as.pvd.interface == request->as.announce_pvds.interface;
	case MIF_ANNOUNCE_ELEMENTS:
		return object->type == MIF_ELEMENT &&
			object->as.element.pvd == request->as.announce_elements.pvd &&
			(request->as.announce_elements.element == 0 ||
				request->as.announce_elements.element ==
					object->as.element.element);
	case MIF_ANNOUNCE_ADDRESSES:
		return object->type == MIF_ADDRESS &&
			object->as.address.pvd == request->as.announce_addresses.pvd;
	case MIF_ANNOUNCE_DEFAULT_PVD:
		return object->type == MIF_DEFAULT_PVD;
	default:
		return false;
	}
}

static void world_list(struct world_link *link, const struct mif_message *request)
{
	struct mif_message end = {.type = MIF_END_OF_ANNOUNCEMENTS, .tag = request->tag};
	bool known = true;

	if (request->type == MIF_ANNOUNCE_PVDS)
		known = world_has(MIF_INTERFACE, request->as.announce_pvds.interface);
	else if (request->type == MIF_ANNOUNCE_ELEMENTS || request->type == MIF_ANNOUNCE_ADDRESSES)
		known = world_has(MIF_PVD, request->as.announce_addresses.pvd);
	for (size_t i = 0; known && i < world.count; i++) {
		struct mif_message report = world.objects[i];

		report.tag = request->tag;
		if (world_belongs(&report, request))
			world_say(link, &report);
	}
	end.as.end_of_announcements.request = request->type;
	if (!known) {
		end.type = MIF_ERROR;
		end.as.error.request = request->type;
		end.as.error.error = ENODEV;
	}
	world_say(link, &end);
}

/* Two items of every information, two addresses of every name. */
static void world_answer(struct world_link *link, const struct mif_message *request)
{
	struct mif_message report = {.type = MIF_CONFIGURATION_DATA, .tag = request->tag};
	struct mif_message_configuration_data *data = &report.as.configuration_data;

	link->serial = request->serial;
	switch (request->type) {
	case MIF_GET_CONFIGURATION_DATA:
		if (!world_has(MIF_PVD, request->as.get_configuration_data.pvd))
			report.type = MIF_NO_CONFIGURATION_DATA;
		data->pvd = request->as.get_configuration_data.pvd;
		data->information = request->as.get_configuration_data.information;
		for (data->index = 0, data->count = 2; data->index < data->count; data->index++) {
			world_say(link, &report);
			if (report.type == MIF_NO_CONFIGURATION_DATA)
				break;
		}
		break;
	case MIF_TRANSLATE_NAME:
		report = parsed("name_translation address=192.0.2.1");
		report.as.name_translation.translation = request->as.translate_name.translation;
		world_say(link, &report);
		report.as.name_translation.address.octets[3] = 2;
		world_say(link, &report);
		report = parsed("name_translation_done");
		report.as.name_translation_done.translation =
			request->as.translate_name.translation;
		world_say(link, &report);
		break;
	case MIF_FIND_PVD:
		report = parsed("pvd_found interface=1 pvd=3");
		shift_ids(&report, world.shift);
		report.tag = request->tag;
		world_say(link, &report);
		break;
	case MIF_ANNOUNCE_INTERFACES:
	case MIF_ANNOUNCE_PVDS:
	case MIF_ANNOUNCE_ELEMENTS:
	case MIF_ANNOUNCE_ADDRESSES:
	case MIF_ANNOUNCE_DEFAULT_PVD:
		world_list(link, request);
		break;
	default:
		break;
	}
}

/* ---- the link ---- */

static int world_post(struct link *base, const struct mif_message *request)
{
	struct world_link *link = world_link_of(base);

	if (link->broken)
		return -EPIPE;
	if (world.post_error != 0)
		return world.post_error;
	assert(link->request_count < WORLD_QUEUE);
	link->requests[link->request_count++] = *request;
	if (world.silent > 0)
		world.silent--;
	else
		world_answer(link, request);
	return 0;
}

static int world_get(struct link *base, struct mif_message *report)
{
	struct world_link *link = world_link_of(base);
	eventfd_t count;

	if (world.left == 0) {
		/* What was on its way is lost with it. */
		world.left = -1;
		world_restart();
		link->queued = 0;
	}
	if (link->queued == 0) {
		if (link->broken)
			return -EPIPE;
		eventfd_read(link->fd, &count);
		return 0;
	}
	if (world.left > 0)
		world.left--;
	*report = link->queue[0];
	link->queued--;
	memmove(link->queue, link->queue + 1, link->queued * sizeof(link->queue[0]));
	return 1;
}

static int world_fd(const struct link *link)
{
	return world_link_of(link)->fd;
}

static void world_free(struct link *link)
{
	if (link == NULL)
		return;
	for (size_t i = 0; i < WORLD_LINKS; i++) {
		if (world.links[i] == world_link_of(link))
			world.links[i] = NULL;
	}
	close(world_link_of(link)->fd);
	free(world_link_of(link));
}

static const struct link_ops world_ops = {
	.post = world_post,
	.get = world_get,
	.fd = world_fd,
	.free = world_free,
};

static int world_begin(struct link **linkp, const char *path, uint32_t flags)
{
	struct mif_message welcome = {.type = MIF_WELCOME, .as.welcome.version = 1};
	struct world_link *link;
	size_t slot = 0;

	(void)path;
	(void)flags;
	world.begun++;
	if (world.begin_error != 0)
		return world.begin_error;
	while (world.links[slot] != NULL)
		slot++;
	assert(slot < WORLD_LINKS);
	link = calloc(1, sizeof(*link));
	link->link.ops = &world_ops;
	link->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	world.links[slot] = link;
	welcome.as.welcome.instance = world.instance;
	if (world.refuse != 0) {
		welcome.type = MIF_ERROR;
		welcome.as.error.request = MIF_HELLO;
		welcome.as.error.error = (uint32_t)world.refuse;
	}
	world_say(link, &welcome);
	*linkp = &link->link;
	return 0;
}

int link_daemon_welcome(const struct mif_message *report, uint64_t *instance)
{
	if (report->type == MIF_ERROR)
		return -(int)report->as.error.error;
	*instance = report->as.welcome.instance;
	return 0;
}

int link_daemon_begin(struct link **linkp, const char *path, uint32_t flags)
{
	return world_begin(linkp, path, flags);
}

__attribute__((unused)) static struct mif *world_open(unsigned int flags)
{
	struct steady_daemon daemon = {.begin = world_begin, .settle = 50 * NSEC_PER_MSEC};
	struct link *link;
	struct mif *mif = NULL;
	int r = steady_open(&link, &daemon, 1000);

	if (r == 0)
		r = client_new(&mif, link, MIF_OPEN_DAEMON, flags);
	if (r < 0) {
		printf("Bail out! open: %s\n", strerror(-r));
		exit(1);
	}
	return mif;
}

__attribute__((unused)) static bool same(const char *got, const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return true;
	printf("# got:\n# %s\n# wanted:\n# %s\n", got, wanted);
	return false;
}
