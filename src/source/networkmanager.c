/* SPDX-License-Identifier: MIT */
/*
 * The source of what NetworkManager knows. All its objects are read with one question, again whenever
 * one that matters has changed, at most four times a second: a change comes as a burst of signals.
 * Nothing is kept between two answers. When NetworkManager goes, its facts stay for a while, for it may
 * be restarted.
 */
#include "source/networkmanager.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "source/bus.h"
#include "source/networkmanager-future.h"
#include "source/own-link.h"

#define SERVICE "org.freedesktop.NetworkManager"
#define ROOT "/org/freedesktop"
#define OBJECTS "org.freedesktop.DBus.ObjectManager"

#define SETTLE (100 * NSEC_PER_MSEC)
#define INTERVAL (250 * NSEC_PER_MSEC)
#define RETRY (5 * NSEC_PER_SEC)
#define GRACE (3 * NSEC_PER_SEC)

/* So long it waits for our own dispatcher script, dist/networkmanager-mif, if that is there. */
#define HOOK_WAITS (5 * NSEC_PER_SEC)

static const char *const hooks[] = {
	"/etc/NetworkManager/dispatcher.d/pre-down.d/50-mif",
	"/usr/lib/NetworkManager/dispatcher.d/pre-down.d/50-mif",
};

enum networkmanager_counter {
	READ,
	FAILED,
	BAD,
	OMITTED,
	LOST,
	COUNTERS,
};

struct networkmanager {
	struct source source;
	struct bus bus;
	sd_bus_slot *asked;
	sd_bus_message *answer; /* to be read by the dispatch, which has the model */
	uint64_t matched; /* for which connection signals are heard */
	uint64_t ask_at, not_before, gone_at;
	struct nm_future future;
	uint64_t counters[COUNTERS];
};

static struct networkmanager *networkmanager_of(struct source *source)
{
	return container_of(source, struct networkmanager, source);
}

static const struct networkmanager *networkmanager_of_const(const struct source *source)
{
	return container_of(source, const struct networkmanager, source);
}

/* ---- the bus ---- */

static int changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct networkmanager *networkmanager = context;

	(void)message;
	(void)error;
	networkmanager->ask_at = MIN(networkmanager->ask_at, networkmanager->bus.now + SETTLE);
	return 0;
}

/* Told here, and not only asked for: NetworkManager does not wait. */
static int state_changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct networkmanager *networkmanager = context;
	const char *path = sd_bus_message_get_path(message);
	uint32_t state;

	(void)error;
	if (path != NULL && sd_bus_message_read(message, "u", &state) > 0)
		nm_future_change(&networkmanager->future, path, state);
	return 0;
}

/* Of the many properties that change all the time (the strength of every access point) none. */
static void changes_hear(struct networkmanager *networkmanager)
{
	static const char *const interfaces[] = {"Device", "IP4Config", "IP6Config", "DHCP4Config",
		"DHCP6Config", "Connection.Active"};
	char rule[256];

	if (networkmanager->matched == networkmanager->bus.connects)
		return;
	networkmanager->matched = networkmanager->bus.connects;
	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		snprintf(rule, sizeof(rule),
			"interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',"
			"arg0='" SERVICE ".%s'",
			interfaces[i]);
		bus_match(&networkmanager->bus, rule, changed, networkmanager);
	}
	bus_match(&networkmanager->bus, "interface='" OBJECTS "'", changed, networkmanager);
	bus_match(&networkmanager->bus, "interface='" SERVICE ".Device',member='StateChanged'",
		state_changed, networkmanager);
}

static int answered(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct networkmanager *networkmanager = context;

	(void)error;
	networkmanager->asked = sd_bus_slot_unref(networkmanager->asked);
	if (sd_bus_message_is_method_error(message, NULL)) {
		networkmanager->counters[FAILED]++;
		networkmanager->ask_at =
			MIN(networkmanager->ask_at, networkmanager->bus.now + RETRY);
		return 0;
	}
	sd_bus_message_unref(networkmanager->answer);
	networkmanager->answer = sd_bus_message_ref(message);
	return 0;
}

static void question_forget(struct networkmanager *networkmanager)
{
	networkmanager->asked = sd_bus_slot_unref(networkmanager->asked);
	networkmanager->answer = sd_bus_message_unref(networkmanager->answer);
}

static void appeared(void *context, uint64_t now)
{
	struct networkmanager *networkmanager = context;

	question_forget(networkmanager);
	changes_hear(networkmanager);
	networkmanager->ask_at = now;
	networkmanager->gone_at = TIME_FOREVER;
}

static void vanished(void *context, uint64_t now)
{
	struct networkmanager *networkmanager = context;

	question_forget(networkmanager);
	networkmanager->ask_at = TIME_FOREVER;
	networkmanager->gone_at = now + GRACE;
}

static const struct bus_ops bus_ops = {.appeared = appeared, .vanished = vanished};

static uint64_t ask_at(const struct networkmanager *networkmanager)
{
	if (networkmanager->asked != NULL || networkmanager->ask_at == TIME_FOREVER)
		return TIME_FOREVER;
	return MAX(networkmanager->ask_at, networkmanager->not_before);
}

static void ask(struct networkmanager *networkmanager, uint64_t now)
{
	if (ask_at(networkmanager) > now)
		return;
	networkmanager->ask_at = TIME_FOREVER;
	networkmanager->not_before = now + INTERVAL;
	if (bus_call(&networkmanager->bus, &networkmanager->asked, ROOT, OBJECTS,
		    "GetManagedObjects", answered, networkmanager, NULL) < 0)
		networkmanager->ask_at = now + RETRY;
}

/* ---- facts ---- */

static uint32_t ifindex_of(const struct nm_device *device)
{
	return own_link(device->name, 0, device->hardware, device->hardware_size)
		? if_nametoindex(device->name)
		: 0;
}

/* What cannot be read changes nothing. */
static int answer_put(struct networkmanager *networkmanager, struct model *model, uint64_t now)
{
	const struct nm_clock clock = {.now = now, .realtime = (uint64_t)time(NULL)};
	struct nm *nm = malloc(sizeof(*nm));
	int r = nm == NULL ? -ENOMEM : nm_read(nm, networkmanager->answer);

	networkmanager->answer = sd_bus_message_unref(networkmanager->answer);
	if (r == 0) {
		model_begin(model, networkmanager->source.owner, NM_FACTS);
		r = nm_put(nm, ifindex_of, &clock, model, networkmanager->source.owner);
		networkmanager->counters[OMITTED] += nm->omitted + (uint64_t)MAX(r, 0);
		nm_future_learn(&networkmanager->future, nm, ifindex_of);
	}
	if (r >= 0) {
		networkmanager->counters[READ]++;
		r = model_commit(model, now);
	} else if (r == -EBADMSG) {
		networkmanager->counters[BAD]++;
	}
	free(nm);
	if (r == -ENOMEM || r == -EBADMSG)
		networkmanager->ask_at = MIN(networkmanager->ask_at, now + RETRY);
	return r == -ENOMEM || r == -EBADMSG ? 0 : MIN(r, 0);
}

static int facts_end(struct networkmanager *networkmanager, struct model *model, uint64_t now)
{
	int r;

	networkmanager->gone_at = TIME_FOREVER;
	nm_future_forget(&networkmanager->future, model, networkmanager->source.owner);
	model_begin(model, networkmanager->source.owner, NM_FACTS);
	r = model_commit(model, now);
	return r == -ENOMEM ? 0 : r;
}

/* ---- as a source ---- */

static uint64_t hook_waits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (access(hooks[i], F_OK) == 0)
			return HOOK_WAITS;
	}
	return 0;
}

static int networkmanager_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct networkmanager *networkmanager = networkmanager_of(source);
	int r = 0;

	bus_dispatch(&networkmanager->bus, now);
	networkmanager->counters[LOST] = networkmanager->bus.losses;
	if (networkmanager->gone_at <= now)
		r = facts_end(networkmanager, model, now);
	if (r == 0 && networkmanager->answer != NULL)
		r = answer_put(networkmanager, model, now);
	/* After the facts: a link that is new is known then. */
	if (networkmanager->future.stale)
		nm_future_tell(&networkmanager->future, model, source->owner, hook_waits(), now);
	if (networkmanager->bus.present)
		ask(networkmanager, now);
	return r;
}

static int networkmanager_fd(const struct source *source)
{
	return networkmanager_of_const(source)->bus.epoll;
}

static uint64_t networkmanager_deadline(const struct source *source)
{
	const struct networkmanager *networkmanager = networkmanager_of_const(source);
	uint64_t deadline = bus_deadline(&networkmanager->bus, networkmanager->bus.now);

	deadline = MIN(deadline, networkmanager->gone_at);
	return networkmanager->bus.present ? MIN(deadline, ask_at(networkmanager)) : deadline;
}

static bool networkmanager_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[READ] = "networkmanager: answers read",
		[FAILED] = "networkmanager: no answer, or an error",
		[BAD] = "networkmanager: answers not understood",
		[OMITTED] = "networkmanager: items over a limit",
		[LOST] = "networkmanager: connections to the bus lost",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = networkmanager_of_const(source)->counters[index];
	return true;
}

static void networkmanager_free(struct source *source)
{
	if (source == NULL)
		return;
	question_forget(networkmanager_of(source));
	bus_deinit(&networkmanager_of(source)->bus);
	free(source);
}

static const struct source_ops networkmanager_ops = {
	.name = "networkmanager",
	.fd = networkmanager_fd,
	.dispatch = networkmanager_dispatch,
	.deadline = networkmanager_deadline,
	.counter = networkmanager_counter,
	.free = networkmanager_free,
};

bool source_networkmanager_is_settled(const struct source *source)
{
	const struct networkmanager *networkmanager = networkmanager_of_const(source);

	if (!networkmanager->bus.present)
		return bus_is_settled(&networkmanager->bus);
	return networkmanager->asked == NULL && networkmanager->answer == NULL &&
		networkmanager->counters[READ] + networkmanager->counters[FAILED] +
			networkmanager->counters[BAD] >
		0;
}

int source_networkmanager_new(struct source **sourcep, const char *address)
{
	struct networkmanager *networkmanager = calloc(1, sizeof(*networkmanager));
	int r;

	if (networkmanager == NULL)
		return -ENOMEM;
	networkmanager->source.ops = &networkmanager_ops;
	networkmanager->ask_at = networkmanager->gone_at = TIME_FOREVER;
	r = bus_init(&networkmanager->bus, address, SERVICE, &bus_ops, networkmanager);
	if (r < 0) {
		networkmanager_free(&networkmanager->source);
		return r;
	}
	*sourcep = &networkmanager->source;
	return 0;
}
