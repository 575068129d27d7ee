/* SPDX-License-Identifier: MIT */
/*
 * The sockets of a race. The first attempt is made on the program's own socket, so that what watches
 * that socket sees nothing new in the usual case; further ones on twins of it. Handshakes run side by
 * side: on a path that is slower than the delay between two attempts, one after the other would never
 * end.
 */
#include "multipath/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/bound.h"
#include "multipath/contest.h"
#include "multipath/daemon.h"
#include "multipath/host.h"
#include "multipath/interrupt.h"
#include "multipath/known.h"
#include "multipath/twin.h"

struct attempts {
	int fd; /* the program's */
	bool busy; /* it is in use by an attempt */
	bool mapped; /* it was in use for IPv4 */
	bool adopted; /* mifd has adopted it, and shall adopt whatever takes its place */
	bool reset; /* but it was reset since */
	const struct set *remotes;
	const struct entries *locals;
	struct contest contest;
	int sockets[SMP_MAX_ADDRS]; /* of running attempts, else -1 */
	int errors[SMP_MAX_ADDRS];
};

/* ---- sources ---- */

static bool can_be_source(const struct entry *entry, const struct mif_endpoint *remote)
{
	const struct mif_address *local = &entry->endpoint.address;

	if (!entry_is_bound(entry))
		return false;
	if (local->family == remote->address.family)
		return local->scope == 0 || local->scope == remote->address.scope;
	/* :: takes IPv4 as well, if the kernel lets it. */
	return local->family == AF_INET6 && address_is_unspecified(local);
}

/* Which source the kernel would take, or none: connecting a datagram socket sends nothing. */
static struct mif_endpoint kernel_source(const struct mif_endpoint *remote)
{
	struct mif_endpoint source = {.address.family = AF_UNSPEC};
	_cleanup_(host_closep) int fd =
		host_socket(remote->address.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && socket_connect(fd, remote) == 0)
		socket_name(fd, &source);
	return source;
}

const struct entry *attempts_local(const struct entries *locals, const struct mif_endpoint *remote)
{
	const struct entry *first = NULL;
	struct mif_endpoint source;

	for (size_t i = 0; i < locals->count; i++)
		if (first == NULL && can_be_source(&locals->at[i], remote))
			first = &locals->at[i];
	if (first == NULL || locals->count == 1)
		return first;
	source = kernel_source(remote);
	for (size_t i = 0; i < locals->count; i++)
		if (can_be_source(&locals->at[i], remote) &&
			address_equal(&locals->at[i].endpoint.address, &source.address))
			return &locals->at[i];
	return first;
}

/* ---- one attempt ---- */

static void share_port(int fd)
{
	host_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
}

/* Several sockets may have one port while they lead to different places; all must agree to it, and
 * a multipath socket can do so before it connects only. */
static void share_ports(const struct attempts *attempts)
{
	for (size_t i = 0; i < attempts->locals->count; i++) {
		const struct entry *local = &attempts->locals->at[i];

		if (entry_is_bound(local))
			share_port(local->fd >= 0 ? local->fd : attempts->fd);
	}
}

/* A twin from the port of that entry. */
static int twin_from(struct attempts *attempts, const struct entry *local)
{
	int twin = twin_new(attempts->fd, 0);
	int r;

	if (twin < 0 || local == NULL)
		return twin;
	share_port(twin);
	r = socket_bind(twin, &local->endpoint);
	if (r == 0)
		return twin;
	host_close(twin);
	return r;
}

/* The program's own socket may be used for this. One of IPv6 that was connected to IPv4 is not fit
 * for IPv6 any more, not even when it was disconnected: the kernel leaves it with the functions for
 * IPv4, and no answer reaches it. */
static bool own_is_fit(const struct attempts *attempts, const struct entry *local, size_t place)
{
	if (attempts->busy || (local != NULL && local->fd >= 0))
		return false;
	return !attempts->mapped || attempts->remotes->members[place].address.family == AF_INET;
}

/* The socket for an attempt, or negative errno. */
static int attempt_socket(struct attempts *attempts, size_t place)
{
	const struct entry *local = NULL;
	int twin;

	if (attempts->locals->count > 0) {
		local = attempts_local(attempts->locals, &attempts->remotes->members[place]);
		if (local == NULL)
			return -ENETUNREACH;
	}
	if (own_is_fit(attempts, local, place)) {
		/* A reset has given it back to the kernel's path manager. */
		if (attempts->adopted && attempts->reset)
			daemon_adopt(attempts->fd);
		attempts->reset = false;
		attempts->busy = true;
		attempts->mapped = attempts->remotes->members[place].address.family == AF_INET;
		return attempts->fd;
	}
	twin = twin_from(attempts, local);
	if (twin >= 0 && attempts->adopted)
		daemon_adopt(twin);
	return twin < 0 ? twin : twin_hide(twin);
}

static void attempt_end(struct attempts *attempts, size_t place)
{
	static const struct linger none = {.l_onoff = 1, .l_linger = 0};
	int fd = attempts->sockets[place];

	attempts->sockets[place] = -1;
	if (fd < 0)
		return;
	if (fd == attempts->fd) {
		socket_reset(fd);
		attempts->reset = true;
		attempts->busy = false;
		return;
	}
	/* A loser that is connected already is reset, before any data. */
	host_setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	host_close(fd);
}

static void attempt_failed(struct attempts *attempts, size_t place, int error, uint64_t now)
{
	attempt_end(attempts, place);
	attempts->errors[place] = -error;
	contest_fail(&attempts->contest, place, now);
}

/* 0: connected; -EINPROGRESS; -EAGAIN: it has failed. */
static int attempt_begin(struct attempts *attempts, size_t place, uint64_t now)
{
	int fd = attempt_socket(attempts, place);
	int r = fd;

	if (fd >= 0) {
		attempts->sockets[place] = fd;
		r = socket_connect(fd, &attempts->remotes->members[place]);
	}
	if (r == 0 || r == -EINPROGRESS)
		return r;
	attempt_failed(attempts, place, r, now);
	return -EAGAIN;
}

/* ---- all of them ---- */

/* Waits for news. 0: go on; 1: *place is connected; -EINPROGRESS, -EINTR: no more waiting. */
static int attempts_wait(struct attempts *attempts, uint64_t until, size_t *place)
{
	struct pollfd polled[SMP_MAX_ADDRS];
	size_t count = attempts->remotes->count;
	uint64_t deadline = MIN(contest_deadline(&attempts->contest), until);
	uint64_t now;

	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){.fd = attempts->sockets[i], .events = POLLOUT};
	if (poll(polled, (nfds_t)count, clock_timeout(clock_boottime(), deadline)) < 0)
		return errno != EINTR ? -errno : signals_interrupt() ? -EINTR : 0;
	now = clock_boottime();
	for (size_t i = 0; i < count; i++) {
		int r;

		if (polled[i].fd < 0 || polled[i].revents == 0)
			continue;
		r = socket_outcome(polled[i].fd);
		if (r == 0) {
			*place = i;
			return 1;
		}
		if (r != -EINPROGRESS)
			attempt_failed(attempts, i, r, now);
	}
	/* Somebody must be left to go on with. */
	return now >= until && contest_youngest(&attempts->contest) < count ? -EINPROGRESS : 0;
}

/* 0: *place is connected; else as attempts_run(). */
static int attempts_race(struct attempts *attempts, uint64_t until, size_t *place)
{
	for (;;) {
		uint64_t now = clock_boottime();
		size_t next;
		int r;

		while (contest_next(&attempts->contest, &next, now)) {
			if (attempt_begin(attempts, next, now) == 0) {
				*place = next;
				return 0;
			}
		}
		if (contest_lost(&attempts->contest))
			return -attempts->errors[0];
		r = attempts_wait(attempts, until, place);
		if (r == 1)
			return 0;
		if (r < 0) {
			*place = contest_youngest(&attempts->contest);
			return r;
		}
	}
}

/* The socket of that member becomes the program's. */
static int attempts_settle(struct attempts *attempts, size_t place)
{
	int fd = attempts->sockets[place];

	attempts->sockets[place] = -1;
	for (size_t i = 0; i < attempts->remotes->count; i++)
		attempt_end(attempts, i);
	attempts->mapped = attempts->remotes->members[place].address.family == AF_INET;
	return fd == attempts->fd ? 0 : twin_replace(attempts->fd, fd);
}

int attempts_run(int fd, const struct set *remotes, const struct entries *locals,
	uint64_t attempt_delay, uint64_t limit, struct attempts_result *result)
{
	struct attempts attempts = {
		.fd = fd,
		.remotes = remotes,
		.locals = locals,
		.mapped = result->mapped,
		.adopted = known_read(fd).adopted,
	};
	uint64_t now = clock_boottime();
	uint64_t until = limit < TIME_FOREVER - now ? now + limit : TIME_FOREVER;
	int flags = fcntl(fd, F_GETFL);
	int r, replaced = 0;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	/* An error that nobody asked for would be taken for that of the first attempt. */
	attempts.reset = socket_option(fd, SOL_SOCKET, SO_ERROR, 0) != 0;
	if (attempts.reset)
		socket_reset(fd);
	for (size_t i = 0; i < SMP_MAX_ADDRS; i++)
		attempts.sockets[i] = -1;
	share_ports(&attempts);
	contest_begin(&attempts.contest, remotes, attempt_delay);
	r = attempts_race(&attempts, until, &result->place);
	if (r == 0 || r == -EINPROGRESS || r == -EINTR)
		replaced = attempts_settle(&attempts, result->place);
	for (size_t i = 0; i < remotes->count; i++)
		attempt_end(&attempts, i);
	fcntl(fd, F_SETFL, flags);
	memcpy(result->errors, attempts.errors, sizeof(attempts.errors));
	result->mapped = attempts.mapped;
	return replaced < 0 ? replaced : r;
}
