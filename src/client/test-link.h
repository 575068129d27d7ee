/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An engine for tests: a few interfaces, domains and addresses, which it announces as asked, and
 * links to it. Like the daemon's, a link hands out many reports for one readiness of its
 * descriptor, and stamps each with the serial number of the last request processed.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/list.h"
#include "client/client.h"
#include "client/link.h"
#include "message/message.h"
#include "tap.h"

#define FAKE_MAX 4096

struct fake_link {
	struct link link;
	struct fake_engine *engine;
	int fd;
	bool held; /* requests stay unprocessed until fake_process() */
	int refuse; /* what post returns; 0: it takes the request */
	uint32_t processed; /* serial of the last request processed */
	unsigned int gets; /* how often get was called */
	struct mif_message *queue;
	size_t queued; /* sent, not received */
	size_t at, buffered; /* received as one packet: queue[at .. buffered) */
	struct mif_message *requests;
	size_t request_count, processed_count;
	bool broken;
};

struct fake_engine {
	struct fake_link *links[4]; /* [0] the caller's own, then the views */
	unsigned int link_count;
	int another_error;
	bool another_held; /* the next link processes nothing by itself */
	struct mif_message objects[64];
	size_t object_count;
};

/* Puts a report on its way. */
__attribute__((unused)) static void fake_report(
	struct fake_link *link, const struct mif_message *report)
{
	assert(link->queued < FAKE_MAX);
	link->queue[link->queued] = *report;
	link->queue[link->queued++].serial = link->processed;
	eventfd_write(link->fd, 1);
}

/* The same from its text form. */
__attribute__((unused)) static void fake_say(struct fake_link *link, const char *text)
{
	struct mif_message report;
	char error[256];

	if (message_parse(&report, text, error) < 0) {
		printf("Bail out! %s\n", error);
		exit(1);
	}
	fake_report(link, &report);
}

/* ---- the engine's answers ---- */

__attribute__((unused)) static void fake_add(struct fake_engine *engine, const char *text)
{
	char error[256];

	assert(engine->object_count < 64);
	if (message_parse(&engine->objects[engine->object_count++], text, error) < 0) {
		printf("Bail out! %s\n", error);
		exit(1);
	}
}

/* Whether the object is told to one who asked this; *known: the object that was asked for exists */
static bool fake_belongs(
	const struct mif_message *object, const struct mif_message *request, bool *known)
{
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		*known = true;
		return object->type == MIF_INTERFACE ||
			(object->type == MIF_PVD &&
				(request->as.announce_interfaces.below & MIF_BELOW_PVDS) != 0) ||
			(object->type == MIF_ADDRESS &&
				(request->as.announce_interfaces.below & MIF_BELOW_ADDRESSES) != 0);
	case MIF_ANNOUNCE_PVDS:
		*known |= object->type == MIF_INTERFACE &&
			object->as.interface.interface == request->as.announce_pvds.interface;
		return object->type == MIF_PVD &&
			object->as.pvd.interface == request->as.announce_pvds.interface;
	case MIF_ANNOUNCE_ADDRESSES:
		*known |= object->type == MIF_PVD &&
			object->as.pvd.pvd == request->as.announce_addresses.pvd;
		return object->type == MIF_ADDRESS &&
			object->as.address.pvd == request->as.announce_addresses.pvd;
	case MIF_ANNOUNCE_DEFAULT_PVD:
		*known = true;
		return object->type == MIF_DEFAULT_PVD;
	default:
		return false;
	}
}

static void fake_answer(struct fake_link *link, const struct mif_message *request)
{
	struct mif_message end = {.type = MIF_END_OF_ANNOUNCEMENTS, .tag = request->tag};
	bool known = request->type == MIF_ANNOUNCE_INTERFACES ||
		request->type == MIF_ANNOUNCE_DEFAULT_PVD;

	link->processed = request->serial;
	if (request->type != MIF_ANNOUNCE_INTERFACES && request->type != MIF_ANNOUNCE_PVDS &&
		request->type != MIF_ANNOUNCE_ADDRESSES &&
		request->type != MIF_ANNOUNCE_DEFAULT_PVD)
		return;
	for (size_t i = 0; i < link->engine->object_count; i++) {
		if (fake_belongs(&link->engine->objects[i], request, &known))
			fake_report(link, &link->engine->objects[i]);
	}
	end.as.end_of_announcements.request = request->type;
	if (!known) {
		end.type = MIF_ERROR;
		end.as.error.request = request->type;
		end.as.error.error = ENODEV;
	}
	fake_report(link, &end);
}

/* Processes the requests that were held back. */
__attribute__((unused)) static void fake_process(struct fake_link *link)
{
	while (link->processed_count < link->request_count)
		fake_answer(link, &link->requests[link->processed_count++]);
}

/* ---- the link ---- */

static struct fake_link *fake_of(const struct link *link)
{
	return (struct fake_link *)(void *)(uintptr_t)link;
}

static int fake_post(struct link *link, const struct mif_message *request)
{
	struct fake_link *fake = fake_of(link);

	if (fake->broken)
		return -EPIPE;
	if (fake->refuse != 0)
		return fake->refuse;
	assert(fake->request_count < FAKE_MAX);
	fake->requests[fake->request_count++] = *request;
	if (!fake->held)
		fake_process(fake);
	return 0;
}

static int fake_get(struct link *link, struct mif_message *report)
{
	struct fake_link *fake = fake_of(link);
	eventfd_t count;

	fake->gets++;
	if (fake->at == fake->buffered) {
		if (fake->queued == 0)
			return fake->broken ? -EPIPE : 0;
		/* What is buffered lies before what is queued, in the same array. */
		fake->at = 0;
		fake->buffered = fake->queued;
		eventfd_read(fake->fd, &count);
	}
	*report = fake->queue[fake->at++];
	if (fake->at == fake->buffered) {
		memmove(fake->queue, fake->queue + fake->buffered,
			(fake->queued - fake->buffered) * sizeof(*fake->queue));
		fake->queued -= fake->buffered;
		fake->at = fake->buffered = 0;
	}
	return 1;
}

static int fake_fd(const struct link *link)
{
	return fake_of(link)->fd;
}

static void fake_free(struct link *link)
{
	struct fake_link *fake = fake_of(link);

	if (link == NULL)
		return;
	for (unsigned int i = 0; i < fake->engine->link_count; i++) {
		if (fake->engine->links[i] == fake)
			fake->engine->links[i] = NULL;
	}
	for (size_t i = fake->at; i < fake->queued; i++) {
		int *fd = message_fd(&fake->queue[i]);

		if (fd != NULL && *fd >= 0)
			close(*fd);
	}
	close(fake->fd);
	free(fake->queue);
	free(fake->requests);
	free(fake);
}

static int fake_another(struct link *link, struct link **linkp);

static const struct link_ops fake_ops = {
	.post = fake_post,
	.get = fake_get,
	.fd = fake_fd,
	.another = fake_another,
	.free = fake_free,
};

static struct fake_link *fake_link_new(struct fake_engine *engine)
{
	struct fake_link *fake = calloc(1, sizeof(*fake));

	assert(engine->link_count < 4);
	fake->link.ops = &fake_ops;
	fake->engine = engine;
	fake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake->queue = calloc(FAKE_MAX, sizeof(*fake->queue));
	fake->requests = calloc(FAKE_MAX, sizeof(*fake->requests));
	engine->links[engine->link_count++] = fake;
	return fake;
}

static int fake_another(struct link *link, struct link **linkp)
{
	struct fake_link *fake = fake_of(link);

	if (fake->engine->another_error != 0)
		return fake->engine->another_error;
	fake = fake_link_new(fake->engine);
	fake->held = fake->engine->another_held;
	*linkp = &fake->link;
	return 0;
}

__attribute__((unused)) static void fake_break(struct fake_link *link)
{
	link->broken = true;
	eventfd_write(link->fd, 1);
}

/* ---- a handle on it ---- */

__attribute__((unused)) static struct mif *fake_open(struct fake_engine *engine, unsigned int flags)
{
	struct mif *mif = NULL;

	if (client_new(&mif, &fake_link_new(engine)->link, MIF_OPEN_ENGINE, flags) < 0)
		abort();
	return mif;
}

__attribute__((unused)) static int post_text(struct mif *mif, const char *text)
{
	struct mif_message request;
	char error[256];

	if (message_parse(&request, text, error) < 0) {
		printf("Bail out! %s\n", error);
		exit(1);
	}
	return mif_post(mif, &request);
}

/* The next message as text; "" if none comes within some seconds when waiting, or at once. */
__attribute__((unused)) static const char *get_text(struct mif *mif, bool wait)
{
	static char text[1024];
	const struct mif_message *report;

	text[0] = '\0';
	if (wait && mif_check(mif, NULL, 0, 10000) != 1)
		return text;
	if (mif_get(mif, &report) == 1)
		message_format(report, false, text, sizeof(text));
	return text;
}

__attribute__((unused)) static bool same(const char *got, const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return true;
	printf("# got:    %s\n# wanted: %s\n", got, wanted);
	return false;
}

__attribute__((unused)) static bool begins(const char *got, const char *wanted)
{
	if (strncmp(got, wanted, strlen(wanted)) == 0)
		return true;
	printf("# got:    %s\n# wanted: %s...\n", got, wanted);
	return false;
}
