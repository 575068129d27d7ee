/* SPDX-License-Identifier: MIT */
/*
 * The source of dhclient's leases, as it keeps them in files that everybody may read: for programs, and
 * a mifd, that come after the client. The files are a snapshot: whenever one changes, all are read.
 *
 * They hold leases of old, and other network namespaces have the same ones. So a lease counts as long as
 * its address is one of this host's, which the kernel is asked for when the files are read; and they are
 * read again when an address of one of them comes or goes.
 */
#include "source/dhclient.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/lease.h"
#include "source/report-facts.h"
#include "source/watch.h"

enum dhclient_counter {
	READ,
	FOREIGN,
	ELSEWHERE,
	REFUSED,
	COUNTERS,
};

#define RETRY NSEC_PER_SEC
#define FILES 256 /* more are not read */

struct dhclient {
	struct source source;
	char directory[PATH_MAX];
	char below[PATH_MAX + 1]; /* the same, with a final "/" */
	struct watch watch;
	uint64_t read_at; /* TIME_FOREVER: nothing has changed */
	size_t count;
	struct lease *leases[DHCLIENT_LEASES]; /* the last one of each interface and family */
	struct lease *next; /* scratch */
	struct report report; /* scratch */
	uint64_t counters[COUNTERS];
};

static struct dhclient *dhclient_of(struct source *source)
{
	return (struct dhclient *)source;
}

static const struct dhclient *dhclient_of_const(const struct source *source)
{
	return (const struct dhclient *)source;
}

/* ---- files ---- */

static void leases_forget(struct dhclient *dhclient)
{
	while (dhclient->count > 0)
		free(dhclient->leases[--dhclient->count]);
}

static size_t lease_find(const struct dhclient *dhclient, const struct lease *lease)
{
	size_t i = 0;

	while (i < dhclient->count &&
		(dhclient->leases[i]->element != lease->element ||
			strcmp(dhclient->leases[i]->interface, lease->interface) != 0))
		i++;
	return i;
}

/* In the place of this index, which may be a new one. 0, or -ENOMEM. */
static int lease_keep(struct dhclient *dhclient, size_t index, const struct lease *lease)
{
	struct lease *copy = index < dhclient->count ? dhclient->leases[index] : NULL;

	if (copy == NULL) {
		copy = malloc(sizeof(*copy));
		if (copy == NULL)
			return -ENOMEM;
		dhclient->leases[dhclient->count++] = copy;
	}
	*copy = *lease;
	for (size_t i = 0; i < copy->count; i++)
		copy->variables[i] = copy->text + (lease->variables[i] - lease->text);
	return 0;
}

/* In one file the last lease of an interface and a family holds, of several files the one that ends last. */
static int leases_take(struct dhclient *dhclient, const char *octets, size_t size)
{
	struct lease_reader reader = {octets, octets + size};
	const struct lease *lease = dhclient->next;
	bool seen[DHCLIENT_LEASES] = {false};
	int r = 0;

	while (r == 0 && lease_next(&reader, dhclient->next)) {
		size_t i = lease_find(dhclient, lease);

		if (i == DHCLIENT_LEASES ||
			(i < dhclient->count && !seen[i] &&
				dhclient->leases[i]->expire >= lease->expire))
			continue;
		r = lease_keep(dhclient, i, lease);
		seen[i] = r == 0;
	}
	return r;
}

/* It is root's, and nobody else could have written it. */
static bool is_trusted(const struct stat *status)
{
	return S_ISREG(status->st_mode) && (status->st_uid == 0 || status->st_uid == geteuid()) &&
		(status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int file_take(struct dhclient *dhclient, int directory, const char *name)
{
	_cleanup_(closep) int fd =
		openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	_cleanup_(freep) char *octets = NULL;
	const char *start;
	struct stat status;
	ssize_t size;

	if (fd < 0)
		return 0;
	if (fstat(fd, &status) < 0 || !is_trusted(&status)) {
		dhclient->counters[FOREIGN]++;
		return 0;
	}
	octets = malloc(DHCLIENT_FILE);
	if (octets == NULL)
		return -ENOMEM;
	size = pread(fd, octets, DHCLIENT_FILE, MAX(status.st_size - DHCLIENT_FILE, 0));
	dhclient->counters[READ]++;
	if (size <= 0)
		return 0;
	/* A string goes over no line, so at a line's beginning one is in none. */
	start = status.st_size > DHCLIENT_FILE ? memchr(octets, '\n', (size_t)size) : octets;
	return start != NULL ? leases_take(dhclient, start, (size_t)(octets + size - start)) : 0;
}

static int files_take(struct dhclient *dhclient)
{
	DIR *directory = opendir(dhclient->directory);
	const struct dirent *entry;
	size_t count = 0;
	int r = 0;

	leases_forget(dhclient);
	if (directory == NULL)
		return 0;
	while (r == 0 && count < FILES && (entry = readdir(directory)) != NULL) {
		if (fnmatch("dhclient*.leases", entry->d_name, 0) != 0)
			continue;
		count++;
		r = file_take(dhclient, dirfd(directory), entry->d_name);
	}
	closedir(directory);
	return r;
}

/* ---- facts ---- */

/* Whether it is an address of this host, in this network namespace: only those can be bound to. */
static bool address_is_here(const struct mif_address *address)
{
	const struct mif_endpoint endpoint = {.address = *address};
	struct sockaddr_storage name;
	socklen_t size = mif_endpoint_to_sockaddr(&endpoint, &name);
	_cleanup_(closep) int fd = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && bind(fd, (const struct sockaddr *)&name, size) == 0;
}

/* What counts of the lease: the addresses of this host, and as long as they last. */
static void addresses_choose(const struct lease *lease, struct lease *here)
{
	uint64_t expire = 0;

	*here = *lease;
	here->address_count = 0;
	for (size_t i = 0; i < lease->address_count; i++) {
		if (!address_is_here(&lease->addresses[i].address))
			continue;
		expire = MAX(expire, lease->addresses[i].expire);
		here->addresses[here->address_count++] = lease->addresses[i];
	}
	if (lease->element == MIF_ELEMENT_DHCPV6)
		here->expire = expire;
}

static int lease_put(
	struct dhclient *dhclient, struct lease *lease, struct model *model, uint64_t now)
{
	static struct environment environment;
	uint32_t ifindex = if_nametoindex(lease->interface);
	struct client_clock clock = {.now = now};
	struct lease *here = dhclient->next;
	struct timespec realtime;
	int r;

	if (lease->address_count == 0)
		return 0;
	addresses_choose(lease, here);
	if (ifindex == 0 || here->address_count == 0) {
		dhclient->counters[ELSEWHERE]++;
		return 0;
	}
	clock_gettime(CLOCK_REALTIME, &realtime);
	clock.realtime = (uint64_t)realtime.tv_sec * NSEC_PER_SEC;
	lease_report(here, ifindex, &environment, &clock, &dhclient->report);
	r = report_facts_put(
		&dhclient->report, FACT_TRUST_PROBE, model, dhclient->source.owner, now);
	dhclient->counters[REFUSED] += r > 0 ? (uint64_t)r : 0;
	return MIN(r, 0);
}

static int dhclient_read(struct dhclient *dhclient, struct model *model, uint64_t now)
{
	int r = files_take(dhclient);

	if (r < 0)
		return r;
	model_begin(model, dhclient->source.owner, REPORT_FACTS);
	for (size_t i = 0; i < dhclient->count && r == 0; i++)
		r = lease_put(dhclient, dhclient->leases[i], model, now);
	/* A snapshot that is not whole is not committed here, but put again. */
	return r < 0 ? r : model_commit(model, now);
}

static int dhclient_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct dhclient *dhclient = dhclient_of(source);
	int r;

	if (watch_read(&dhclient->watch))
		dhclient->read_at = now;
	if (dhclient->read_at > now)
		return 0;
	r = dhclient_read(dhclient, model, now);
	dhclient->read_at = r < 0 ? now + RETRY : TIME_FOREVER;
	return r == -ENOMEM ? 0 : r;
}

static bool lease_has(const struct lease *lease, const struct mif_address *address)
{
	size_t i = 0;

	while (i < lease->address_count && !address_equal(&lease->addresses[i].address, address))
		i++;
	return i < lease->address_count;
}

static void dhclient_notice(
	struct source *source, const struct fact *fact, bool there, uint64_t now)
{
	struct dhclient *dhclient = dhclient_of(source);

	(void)there;
	if (fact->kind != FACT_ADDRESS)
		return;
	for (size_t i = 0; i < dhclient->count; i++) {
		if (lease_has(dhclient->leases[i], &fact->as.address.address))
			dhclient->read_at = MIN(dhclient->read_at, now);
	}
}

static int dhclient_fd(const struct source *source)
{
	return dhclient_of_const(source)->watch.fd;
}

static uint64_t dhclient_deadline(const struct source *source)
{
	return dhclient_of_const(source)->read_at;
}

static bool dhclient_counter(
	const struct source *source, unsigned int index, const char **name, uint64_t *value)
{
	static const char *const names[COUNTERS] = {
		[READ] = "dhclient files read",
		[FOREIGN] = "dhclient files that are not root's: not used",
		[ELSEWHERE] = "dhclient leases of addresses that are not here: not used",
		[REFUSED] = "dhclient facts beyond a limit",
	};

	if (index >= COUNTERS)
		return false;
	*name = names[index];
	*value = dhclient_of_const(source)->counters[index];
	return true;
}

static const char *dhclient_path(const struct source *source, unsigned int index)
{
	return index == 0 ? dhclient_of_const(source)->below : NULL;
}

static void dhclient_free(struct source *source)
{
	struct dhclient *dhclient = dhclient_of(source);

	if (source == NULL)
		return;
	leases_forget(dhclient);
	free(dhclient->next);
	watch_deinit(&dhclient->watch);
	free(source);
}

static const struct source_ops dhclient_ops = {
	.name = "dhclient",
	.fd = dhclient_fd,
	.dispatch = dhclient_dispatch,
	.deadline = dhclient_deadline,
	.notice = dhclient_notice,
	.counter = dhclient_counter,
	.path = dhclient_path,
	.free = dhclient_free,
};

int source_dhclient_new(struct source **sourcep, const char *directory)
{
	struct dhclient *dhclient = calloc(1, sizeof(*dhclient));

	if (dhclient == NULL)
		return -ENOMEM;
	dhclient->source.ops = &dhclient_ops;
	watch_init(&dhclient->watch);
	dhclient->next = malloc(sizeof(*dhclient->next));
	if (dhclient->next == NULL) {
		dhclient_free(&dhclient->source);
		return -ENOMEM;
	}
	snprintf(dhclient->directory, sizeof(dhclient->directory), "%s", directory);
	snprintf(dhclient->below, sizeof(dhclient->below), "%s/", dhclient->directory);
	watch_add(&dhclient->watch, dhclient->directory, NULL);
	*sourcep = &dhclient->source;
	return 0;
}
