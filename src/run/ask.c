/* SPDX-License-Identifier: MIT */
/*
 * What a dial would try, asked of libmif: a plan for each domain or interface that the program was
 * told to use, or one for all. Nothing of libmif survives the call, no descriptor above all: programs
 * close what they did not open, and fork.
 */
#include "run/ask.h"

#include <errno.h>
#include <string.h>

#include <mif/mif.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "run/settings.h"

/* How long the name services may take, and how long after the first that has answered. */
#define ASK_LIMIT (5 * NSEC_PER_SEC)
#define ASK_WINDOW (200 * NSEC_PER_MSEC)

/* How long an engine may take that hangs, beyond that. */
#define ASK_PATIENCE NSEC_PER_SEC

/* How long nobody is asked after there was nobody. */
#define ASK_PAUSE (5 * NSEC_PER_SEC)

#define FILTERS_MAX 16
#define INTERFACES_MAX 1024

/* No name services are asked about a port; one that no service has says so. */
#define ASK_PORT 1

DEFINE_FREEP(mif, mif_close)

/* Which part of the host is asked about. */
struct filter {
	uint64_t pvd, interface; /* 0: any */
};

struct ask {
	struct mif *mif;
	uint64_t deadline;
	struct filter filters[FILTERS_MAX];
	size_t filter_count;
	uint64_t interfaces[INTERFACES_MAX]; /* that were found, and may have domains of the name */
	size_t interface_count;
};

/* The next report, or negative errno. */
static int ask_next(struct ask *ask, const struct mif_message **reportp)
{
	for (;;) {
		int r = mif_get(ask->mif, reportp);
		uint64_t now;

		if (r != 0)
			return MIN(r, 0);
		now = clock_boottime();
		if (now >= ask->deadline)
			return -ETIMEDOUT;
		r = mif_check(ask->mif, NULL, 0, clock_timeout(now, ask->deadline));
		if (r < 0 && r != -EINTR)
			return r;
	}
}

/* ---- which domains ---- */

static void filter_add(struct ask *ask, uint64_t pvd, uint64_t interface)
{
	if (ask->filter_count < FILTERS_MAX)
		ask->filters[ask->filter_count++] =
			(struct filter){.pvd = pvd, .interface = interface};
}

static bool interface_is_wanted(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->interface_count; i++)
		if (strcmp(settings->interfaces[i], name) == 0)
			return true;
	return settings->interface_count == 0;
}

/* Posts a request for announcements and takes what comes, to its end. */
static int ask_announcements(struct ask *ask, const struct mif_message *request)
{
	const struct settings *settings = settings_get();
	const struct mif_message *report;
	int r = mif_post(ask->mif, request);

	while (r == 0 && (r = ask_next(ask, &report)) == 0) {
		if (report->type == MIF_END_OF_ANNOUNCEMENTS || report->type == MIF_ERROR)
			return 0;
		if (report->type == MIF_INTERFACE && request->type == MIF_ANNOUNCE_INTERFACES &&
			interface_is_wanted(settings, report->as.interface.name)) {
			if (ask->interface_count < INTERFACES_MAX)
				ask->interfaces[ask->interface_count++] =
					report->as.interface.interface;
		} else if (report->type == MIF_PVD && request->type == MIF_ANNOUNCE_PVDS &&
			strcmp(report->as.pvd.name, settings->pvd) == 0) {
			filter_add(ask, report->as.pvd.pvd, 0);
		}
	}
	return r;
}

static int ask_filters(struct ask *ask)
{
	const struct settings *settings = settings_get();
	struct mif_message request = {.type = MIF_ANNOUNCE_INTERFACES};
	int r;

	if (!settings_pin(settings)) {
		filter_add(ask, 0, 0);
		return 0;
	}
	r = ask_announcements(ask, &request);
	for (size_t i = 0; r == 0 && i < ask->interface_count; i++) {
		if (settings->pvd[0] == '\0') {
			filter_add(ask, 0, ask->interfaces[i]);
			continue;
		}
		request = (struct mif_message){.type = MIF_ANNOUNCE_PVDS};
		request.as.announce_pvds.interface = ask->interfaces[i];
		r = ask_announcements(ask, &request);
	}
	return r < 0 ? r : ask->filter_count > 0 ? 0 : -ENODEV;
}

/* ---- the plans ---- */

static int ask_post(struct ask *ask, const char *host, uint32_t family)
{
	for (size_t i = 0; i < ask->filter_count; i++) {
		struct mif_message request = {.type = MIF_DIAL};
		struct mif_message_dial *dial = &request.as.dial;
		int r;

		dial->connection = i + 1;
		memcpy(dial->host, host, strlen(host) + 1);
		dial->port = ASK_PORT;
		dial->family = family;
		dial->pvd = ask->filters[i].pvd;
		dial->interface = ask->filters[i].interface;
		dial->timeout = ASK_LIMIT;
		dial->window = ASK_WINDOW;
		dial->verbose = dial->plan = 1;
		r = mif_post(ask->mif, &request);
		if (r < 0)
			return r;
	}
	return 0;
}

static void ask_attempt(struct ways *ways, const struct mif_message_attempt *attempt)
{
	struct way way = {
		.ifindex = attempt->ifindex,
		.source = attempt->source.address,
		.destination = attempt->destination.address,
	};

	if (attempt->outcome == MIF_ATTEMPT_PLANNED)
		ways_add(ways, &way);
}

/* The reports of several plans come one plan after the other: a plan is made in one go. */
static int ask_collect(struct ask *ask, struct ways *ways)
{
	const struct mif_message *report;
	int error = 0, r;

	for (size_t ended = 0; ended < ask->filter_count;) {
		r = ask_next(ask, &report);
		if (r < 0)
			return r;
		if (report->type == MIF_ATTEMPT) {
			ask_attempt(ways, &report->as.attempt);
		} else if (report->type == MIF_NOT_CONNECTED) {
			ended++;
			if (report->as.not_connected.error != ECANCELED)
				error = -(int)report->as.not_connected.error;
		}
	}
	return ways->count > 0 ? 0 : error < 0 ? error : -ENETUNREACH;
}

/* As mif_open(). Who does not answer costs its time once, not with every call of the program. */
static int ask_open(struct mif **mifp)
{
	static _Atomic uint64_t again;
	uint64_t now = clock_boottime();
	int r = now < again ? -EAGAIN : mif_open(mifp, settings_get()->host);

	if (r < 0 && r != -EAGAIN)
		again = now + ASK_PAUSE;
	return r;
}

int ask_ways(struct ways *ways, const char *host, uint32_t family)
{
	_cleanup_(mif_closep) struct mif *mif = NULL;
	struct ask ask = {.deadline = clock_boottime() + ASK_LIMIT + ASK_PATIENCE};
	int r;

	ways->count = 0;
	if (*host == '\0' || strlen(host) >= MIF_TEXT_SIZE)
		return -EINVAL;
	r = ask_open(&mif);
	if (r < 0)
		return r;
	ask.mif = mif;
	r = ask_filters(&ask);
	if (r == 0)
		r = ask_post(&ask, host, family);
	return r < 0 ? r : ask_collect(&ask, ways);
}
