/* SPDX-License-Identifier: MIT */
/*
 * The source of what systemd-networkd knows. It is asked over the bus, link by link (DescribeLink);
 * its signals tell of states only, so that something has changed is seen by the files that it writes
 * for others, whose names are indexes and whose contents are private. Lifetimes are prolonged without
 * any news: a link is described again when half of its shortest is over.
 *
 * Owns the facts of every link that has any; each change puts all of them anew. When networkd goes
 * away, its facts stay for a while: one that is restarted finds the network as it left it.
 */
#include "source/networkd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "source/bus.h"
#include "source/networkd-future.h"
#include "source/networkd-parse.h"
#include "source/own-link.h"

#define DIRECTORY "/run/systemd/netif"

#define SERVICE "org.freedesktop.network1"
#define OBJECT "/org/freedesktop/network1"
#define MANAGER SERVICE ".Manager"

/* Links that are asked about, the first ones; and of these, questions at the same time. */
#define LINKS 4096
#define WINDOW 8

/* Several files change at once. */
#define SETTLE (50 * NSEC_PER_MSEC)
#define SOONEST NSEC_PER_SEC
#define RETRY (5 * NSEC_PER_SEC)

/* Facts without a networkd: so long it may be away. */
#define GRACE (3 * NSEC_PER_SEC)

#define KINDS (1U << FACT_DATA | 1U << FACT_PREFIX | 1U << FACT_LEASE)

enum networkd_counter {
	DESCRIBED,
	FAILED,
	BAD,
	OMITTED,
	LOST,
	COUNTERS,
};

struct networkd;

struct networkd_entry {
	struct networkd *networkd;
	uint32_t ifindex;
	uint64_t ask_at; /* TIME_FOREVER: nothing is to be asked */
	sd_bus_slot *asked; /* and not answered yet */
	bool listed; /* in the list that is read */
	bool own; /* of this network namespace */
	enum networkd_state state, told; /* what it is, and what the model knows */
	size_t count;
	struct fact *facts;
};

struct networkd {
	struct source source;
	const char *directory;
	struct bus bus;
	int inotify;
	struct networkd_entry **entries; /* answers come to them: they stay where they are */
	size_t count, room;
	size_t asked;
	sd_bus_slot *list_asked;
	uint64_t matched; /* for which connection signals are heard */
	bool states_stale; /* the model does not know all of them */
	uint64_t settle_until; /* a networkd that has just come finds out again what it knew */
	uint64_t list_at; /* when the links are to be listed */
	uint64_t put_at; /* when the facts are to be put */
	uint64_t gone_at; /* when they end, since networkd has */
	uint64_t counters[COUNTERS];
	struct networkd_link parsed; /* scratch */
};

static struct networkd *networkd_of(struct source *source)
{
	return container_of(source, struct networkd, source);
}

static const struct networkd *networkd_of_const(const struct source *source)
{
	return container_of(source, const struct networkd, source);
}

/* ---- links ---- */

static struct networkd_entry *entry_find(const struct networkd *networkd, uint32_t ifindex)
{
	for (size_t i = 0; i < networkd->count; i++) {
		if (networkd->entries[i]->ifindex == ifindex)
			return networkd->entries[i];
	}
	return NULL;
}

static bool entries_grow(struct networkd *networkd)
{
	size_t room = MAX(2 * networkd->room, (size_t)16);
	struct networkd_entry **entries;

	if (networkd->count < networkd->room)
		return true;
	entries = reallocarray(networkd->entries, room, sizeof(*entries));
	if (entries == NULL)
		return false;
	networkd->entries = entries;
	networkd->room = room;
	return true;
}

/* The entry of this link, made if need be; or NULL. */
static struct networkd_entry *entry_get(struct networkd *networkd, uint32_t ifindex)
{
	struct networkd_entry *entry = entry_find(networkd, ifindex);

	if (entry != NULL)
		return entry;
	if (networkd->count == LINKS || !entries_grow(networkd)) {
		networkd->counters[OMITTED]++;
		return NULL;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->networkd = networkd;
	entry->ifindex = ifindex;
	entry->ask_at = TIME_FOREVER;
	networkd->entries[networkd->count++] = entry;
	return entry;
}

static void entry_clear(struct networkd_entry *entry)
{
	free(entry->facts);
	entry->facts = NULL;
	entry->count = 0;
}

/* No answer comes after this. */
static void entry_forget_question(struct networkd_entry *entry)
{
	if (entry->asked == NULL)
		return;
	entry->asked = sd_bus_slot_unref(entry->asked);
	entry->networkd->asked--;
}

static void entry_free(struct networkd_entry *entry)
{
	entry_forget_question(entry);
	entry_clear(entry);
	free(entry);
}

static void entry_ask(struct networkd_entry *entry, uint64_t at)
{
	if (entry != NULL)
		entry->ask_at = MIN(entry->ask_at, at);
}

static void entries_free(struct networkd *networkd)
{
	for (size_t i = 0; i < networkd->count; i++)
		entry_free(networkd->entries[i]);
	free(networkd->entries);
	networkd->entries = NULL;
	networkd->count = networkd->room = 0;
}

/* Those that networkd no longer lists. */
static void entries_prune(struct networkd *networkd)
{
	size_t kept = 0;

	for (size_t i = 0; i < networkd->count; i++) {
		struct networkd_entry *entry = networkd->entries[i];

		if (entry->listed)
			networkd->entries[kept++] = entry;
		else
			entry_free(entry);
	}
	networkd->count = kept;
}

/* ---- answers ---- */

/* When half of the shortest lifetime is over, it may have been prolonged. */
static uint64_t entry_refresh(const struct networkd_entry *entry, uint64_t now)
{
	uint64_t until = TIME_FOREVER;

	for (size_t i = 0; i < entry->count; i++)
		until = MIN(until, entry->facts[i].valid_until);
	if (until == TIME_FOREVER)
		return TIME_FOREVER;
	return now + MAX(until > now ? (until - now) / 2 : 0, SOONEST);
}

/* The first one is no news: it was so before we came. */
static void entry_set_state(struct networkd_entry *entry, const char *text)
{
	entry->state = networkd_state_parse(text);
	if (entry->told == NETWORKD_UNKNOWN)
		entry->told = entry->state;
	entry->networkd->states_stale |= entry->state != entry->told;
}

static void states_tell(struct networkd *networkd, struct model *model, uint64_t now)
{
	for (size_t i = 0; networkd->states_stale && i < networkd->count; i++) {
		struct networkd_entry *entry = networkd->entries[i];

		if (entry->own)
			networkd_future_tell(model, networkd->source.owner, entry->ifindex,
				entry->told, entry->state, now);
		entry->told = entry->state;
	}
	networkd->states_stale = false;
}

/* 0; -EAGAIN: it will know more. */
static int entry_take(struct networkd_entry *entry, const struct networkd_link *parsed)
{
	bool own = own_link(parsed->name, parsed->ifindex, parsed->hardware, parsed->hardware_size);
	size_t count = own ? parsed->count : 0;
	struct fact *facts = NULL;

	entry->own = own;
	entry_set_state(entry, parsed->state);
	if (own && count < entry->count && entry->networkd->bus.now < entry->networkd->settle_until)
		return -EAGAIN;
	if (count > 0) {
		facts = malloc(count * sizeof(*facts));
		if (facts == NULL)
			return -ENOMEM;
		memcpy(facts, parsed->facts, count * sizeof(*facts));
	}
	entry_clear(entry);
	entry->facts = facts;
	entry->count = count;
	return 0;
}

/* What cannot be read changes nothing. */
static int entry_read(struct networkd_entry *entry, sd_bus_message *message)
{
	struct networkd *networkd = entry->networkd;
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return -EBADMSG;
	r = networkd_parse(&networkd->parsed, text, strlen(text));
	if (r < 0 || networkd->parsed.ifindex != entry->ifindex)
		return r < 0 ? r : -EBADMSG;
	networkd->counters[OMITTED] += networkd->parsed.omitted;
	return entry_take(entry, &networkd->parsed);
}

static int described(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct networkd_entry *entry = context;
	struct networkd *networkd = entry->networkd;
	uint64_t now = networkd->bus.now;
	int r;

	(void)error;
	entry_forget_question(entry);
	if (sd_bus_message_is_method_error(message, NULL)) {
		networkd->counters[FAILED]++;
		entry_ask(entry, now + RETRY);
		/* A link that has gone has no answer, and is not listed any more. */
		networkd->list_at = MIN(networkd->list_at, now + SETTLE);
		return 0;
	}
	r = entry_read(entry, message);
	networkd->counters[r < 0 && r != -EAGAIN ? BAD : DESCRIBED]++;
	if (r == -EAGAIN)
		entry_ask(entry, now + SOONEST);
	else if (r < 0)
		entry_ask(entry, now + RETRY);
	else
		entry_ask(entry, entry_refresh(entry, now));
	if (r == 0)
		networkd->put_at = MIN(networkd->put_at, now);
	return 0;
}

static int links_read(struct networkd *networkd, sd_bus_message *message)
{
	uint64_t now = networkd->bus.now;
	int r = sd_bus_message_enter_container(message, 'a', "(iso)");
	int32_t ifindex;

	for (size_t i = 0; i < networkd->count; i++)
		networkd->entries[i]->listed = false;
	for (size_t i = 0; r > 0 && i < LINKS; i++) {
		r = sd_bus_message_read(message, "(iso)", &ifindex, NULL, NULL);
		if (r > 0 && ifindex > 0) {
			bool known = entry_find(networkd, (uint32_t)ifindex) != NULL;
			struct networkd_entry *entry = entry_get(networkd, (uint32_t)ifindex);

			if (entry != NULL)
				entry->listed = true;
			if (!known)
				entry_ask(entry, now);
		}
	}
	return r;
}

static int listed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct networkd *networkd = context;

	(void)error;
	networkd->list_asked = sd_bus_slot_unref(networkd->list_asked);
	if (sd_bus_message_is_method_error(message, NULL) || links_read(networkd, message) < 0) {
		networkd->counters[FAILED]++;
		networkd->list_at = MIN(networkd->list_at, networkd->bus.now + RETRY);
		return 0;
	}
	entries_prune(networkd);
	networkd->put_at = MIN(networkd->put_at, networkd->bus.now);
	return 0;
}

/* ---- questions ---- */

static void ask_list(struct networkd *networkd, uint64_t now)
{
	if (networkd->list_at > now || networkd->list_asked != NULL)
		return;
	networkd->list_at = TIME_FOREVER;
	if (bus_call(&networkd->bus, &networkd->list_asked, OBJECT, MANAGER, "ListLinks", listed,
		    networkd, NULL) < 0)
		networkd->list_at = now + RETRY;
}

static void ask_links(struct networkd *networkd, uint64_t now)
{
	for (size_t i = 0; i < networkd->count && networkd->asked < WINDOW; i++) {
		struct networkd_entry *entry = networkd->entries[i];

		if (entry->asked != NULL || entry->ask_at > now)
			continue;
		entry->ask_at = now + RETRY;
		if (bus_call(&networkd->bus, &entry->asked, OBJECT, MANAGER, "DescribeLink",
			    described, entry, "i", (int32_t)entry->ifindex) < 0)
			continue;
		entry->ask_at = TIME_FOREVER;
		networkd->asked++;
	}
}

/* ---- the service ---- */

/* Its directories are made before it starts, and may have been removed since. */
static void files_watch(struct networkd *networkd)
{
	static const char *const names[] = {"links", "leases"};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", networkd->directory, names[i]);
		inotify_add_watch(networkd->inotify, path, IN_ONLYDIR | IN_MOVED_TO);
	}
}

static void ask_all(struct networkd *networkd, uint64_t now)
{
	networkd->list_at = now;
	for (size_t i = 0; i < networkd->count; i++)
		entry_ask(networkd->entries[i], now);
}

/* The change of a state comes with its value: there is no time to ask. */
static int state_changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct networkd *networkd = context;
	const char *path = sd_bus_message_get_path(message), *name, *state;
	_cleanup_(freep) char *number = NULL;
	struct networkd_entry *entry = NULL;

	(void)error;
	if (path != NULL && sd_bus_path_decode(path, OBJECT "/link", &number) > 0)
		entry = entry_find(networkd, (uint32_t)strtoul(number, NULL, 10));
	if (entry == NULL || sd_bus_message_skip(message, "s") < 0 ||
		sd_bus_message_enter_container(message, 'a', "{sv}") <= 0)
		return 0;
	while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
		if (sd_bus_message_read(message, "s", &name) <= 0)
			return 0;
		if (strcmp(name, "AdministrativeState") != 0)
			sd_bus_message_skip(message, "v");
		else if (sd_bus_message_read(message, "v", "s", &state) > 0)
			entry_set_state(entry, state);
		else
			return 0;
		if (sd_bus_message_exit_container(message) < 0)
			return 0;
	}
	return 0;
}

static void states_hear(struct networkd *networkd)
{
	if (networkd->matched == networkd->bus.connects)
		return;
	networkd->matched = networkd->bus.connects;
	bus_match(&networkd->bus,
		"path_namespace='" OBJECT "/link',interface='org.freedesktop.DBus.Properties',"
		"member='PropertiesChanged',arg0='" SERVICE ".Link'",
		state_changed, networkd);
}

static void questions_forget(struct networkd *networkd)
{
	networkd->list_asked = sd_bus_slot_unref(networkd->list_asked);
	for (size_t i = 0; i < networkd->count; i++)
		entry_forget_question(networkd->entries[i]);
}

static void appeared(void *context, uint64_t now)
{
	struct networkd *networkd = context;

	questions_forget(networkd);
	/* It begins anew with all of them. */
	for (size_t i = 0; i < networkd->count; i++)
		networkd->entries[i]->state = networkd->entries[i]->told = NETWORKD_UNKNOWN;
	states_hear(networkd);
	files_watch(networkd);
	ask_all(networkd, now);
	networkd->settle_until = now + GRACE;
	networkd->gone_at = TIME_FOREVER;
}

static void vanished(void *context, uint64_t now)
{
	struct networkd *networkd = context;

	questions_forget(networkd);
	networkd->list_at = TIME_FOREVER;
	networkd->gone_at = now + GRACE;
}

static const struct bus_ops bus_ops = {.appeared = appeared, .vanished = vanished};

/* The names of the files are indexes; others are those that are being written. */
static void files_read(struct networkd *networkd, uint64_t now)
{
	_Alignas(struct inotify_event) char octets[4096];
	ssize_t size = read(networkd->inotify, octets, sizeof(octets));

	for (ssize_t at = 0; at < size;) {
		const struct inotify_event *event = (const void *)(octets + at);
		unsigned long ifindex = 0;
		char *end;

		if (event->len > 0 && event->name[0] >= '1' && event->name[0] <= '9') {
			ifindex = strtoul(event->name, &end, 10);
			if (*end == '\0' && ifindex <= INT32_MAX)
				entry_ask(entry_get(networkd, (uint32_t)ifindex), now + SETTLE);
		}
		if ((event->mask & IN_Q_OVERFLOW) != 0)
			ask_all(networkd, now);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
}

/* ---- as a source ---- */

static int facts_put(struct networkd *networkd, struct model *model, uint64_t now)
{
	uint32_t owner = networkd->source.owner;
	int r = 0;

	if (networkd->put_at > now)
		return 0;
	model_begin(model, owner, KINDS);
	for (size_t i = 0; i < networkd->count; i++) {
		const struct networkd_entry *entry = networkd->entries[i];

		for (size_t j = 0; j < entry->count && r != -ENOMEM; j++) {
			if (entry->facts[j].valid_until <= now)
				continue;
			r = model_put(model, owner, &entry->facts[j]);
			networkd->counters[OMITTED] += r == -ENOSPC;
		}
	}
	if (r != -ENOMEM)
		r = model_commit(model, now);
	networkd->put_at = r == -ENOMEM ? now + RETRY : TIME_FOREVER;
	return r == -ENOMEM ? 0 : r;
}

static int networkd_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct networkd *networkd = networkd_of(source);

	bus_dispatch(&networkd->bus, now);
	files_read(networkd, now);
	if (networkd->gone_at <= now) {
		entries_free(networkd);
		networkd->gone_at = TIME_FOREVER;
		networkd->put_at = now;
	}
	if (networkd->bus.present) {
		ask_list(networkd, now);
		ask_links(networkd, now);
	}
	networkd->counters[LOST] = networkd->bus.losses;
	/* Before the facts are taken away. */
	states_tell(networkd, model, now);
	return facts_put(networkd, model, now);
}

static int networkd_fd(const struct source *source)
{
	return networkd_of_const(source)->bus.epoll;
}

static uint64_t networkd_deadline(const struct source *source)
{
	const struct networkd *networkd = networkd_of_const(source);
	uint64_t deadline = bus_deadline(&networkd->bus, networkd->bus.now);

	deadline = MIN(deadline, MIN(networkd->put_at, networkd->gone_at));
	if (!networkd->bus.present)
		return deadline;
	if (networkd->list_asked == NULL)
		deadline = MIN(deadline, networkd->list_at);
	for (size_t i = 0; i < networkd->count && networkd->asked < WINDOW; i++) {
		if (networkd->entries[i]->asked == NULL)
			deadline = MIN(deadline, networkd->entries[i]->ask_at);
	}
	return deadline;
}

static bool networkd_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[DESCRIBED] = "networkd: links described",
		[FAILED] = "networkd: no answer, or an error",
		[BAD] = "networkd: answers not understood",
		[OMITTED] = "networkd: items over a limit",
		[LOST] = "networkd: connections to the bus lost",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = networkd_of_const(source)->counters[index];
	return true;
}

static void networkd_free(struct source *source)
{
	struct networkd *networkd;

	if (source == NULL)
		return;
	networkd = networkd_of(source);
	questions_forget(networkd);
	bus_deinit(&networkd->bus);
	entries_free(networkd);
	close_fd(networkd->inotify);
	free(networkd);
}

static const struct source_ops networkd_ops = {
	.name = "networkd",
	.fd = networkd_fd,
	.dispatch = networkd_dispatch,
	.deadline = networkd_deadline,
	.counter = networkd_counter,
	.free = networkd_free,
};

bool source_networkd_is_settled(const struct source *source)
{
	const struct networkd *networkd = networkd_of_const(source);

	if (!networkd->bus.present)
		return bus_is_settled(&networkd->bus);
	if (networkd->list_asked != NULL || networkd->list_at <= networkd->bus.now ||
		networkd->asked > 0 || networkd->put_at != TIME_FOREVER)
		return false;
	for (size_t i = 0; i < networkd->count; i++) {
		if (networkd->entries[i]->ask_at <= networkd->bus.now)
			return false;
	}
	return true;
}

int source_networkd_new(struct source **sourcep, const char *address, const char *directory)
{
	struct networkd *networkd = calloc(1, sizeof(*networkd));
	struct epoll_event event = {.events = EPOLLIN};
	int r;

	if (networkd == NULL)
		return -ENOMEM;
	networkd->source.ops = &networkd_ops;
	networkd->directory = directory != NULL ? directory : DIRECTORY;
	networkd->list_at = networkd->put_at = networkd->gone_at = TIME_FOREVER;
	networkd->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r = bus_init(&networkd->bus, address, SERVICE, &bus_ops, networkd);
	/* Not in an epoll around both: a program waits for all of this with epolls of its own, and the kernel
	 * lets five be nested. */
	if (r == 0 &&
		(networkd->inotify < 0 ||
			epoll_ctl(networkd->bus.epoll, EPOLL_CTL_ADD, networkd->inotify, &event) <
				0))
		r = -errno;
	if (r < 0) {
		networkd_free(&networkd->source);
		return r;
	}
	*sourcep = &networkd->source;
	return 0;
}
