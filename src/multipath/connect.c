/* SPDX-License-Identifier: MIT */
/*
 * multipath_connect(): the first path is raced over the set; what a path manager adds to it is waited
 * for, if there is one; and which addresses the program gave, with what came of each, goes into the
 * table.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/public.h"
#include "multipath/association.h"
#include "multipath/attempts.h"
#include "multipath/bound.h"
#include "multipath/connection.h"
#include "multipath/daemon.h"
#include "multipath/fail.h"
#include "multipath/host.h"
#include "multipath/join.h"
#include "multipath/manager.h"
#include "multipath/sctp.h"
#include "multipath/socket.h"
#include "multipath/twin.h"

/* How often the kernel is asked while waiting: it tells an ordinary user nothing by itself. */
#define SETTLE_STEP (2 * NSEC_PER_MSEC)

/* ---- after the first path ---- */

static size_t count_connected(const struct connection *connection, const struct set *set)
{
	struct set names;
	size_t count = 0;

	connection_names(connection, true, &names);
	for (size_t i = 0; i < set->count; i++)
		count += set_find(&names, &set->members[i]) < names.count;
	return count;
}

/* Twice the first path's round trip, and what two hosts need to think (A9). */
static uint64_t settle_time(const struct times *times, const struct connection *connection)
{
	if (times->settle != SETTLE_BY_RTT)
		return times->settle * NSEC_PER_MSEC;
	return 2 * (uint64_t)connection->subflows[0].rtt * 1000 + 20 * NSEC_PER_MSEC;
}

/* How many members are connected, when all are or the time is over. */
static int settle(int fd, const struct set *set, struct join *join, const struct known *known)
{
	uint64_t now = clock_boottime(), until;
	struct connection connection;
	size_t connected;
	bool grows;
	int r = connection_read(&connection, fd);

	if (r < 0)
		return r;
	until = now + settle_time(&known->times, &connection);
	join->until = until;
	/* When mifd has decided there is nothing to be waited for. */
	grows = (!known->adopted || join_run(fd, join) < 0) && manager_adds(&connection);
	if (connection_read(&connection, fd) < 0)
		return 1;
	for (;;) {
		connected = count_connected(&connection, set);
		if (connected == set->count || now >= until || !grows)
			break;
		poll(NULL, 0, clock_timeout(now, MIN(until, now + SETTLE_STEP)));
		if (connection_read(&connection, fd) < 0)
			break;
		now = clock_boottime();
	}
	/* The first path is there, even when it has gone again by now. */
	return (int)MAX(connected, 1U);
}

/* ---- what is remembered ---- */

static struct entry outcome(const struct mif_endpoint *member, int error)
{
	return (struct entry){
		.endpoint = *member,
		.state = error != 0 ? MULTIPATH_FAILED : MULTIPATH_UNUSED,
		.error = error,
		.fd = -1,
	};
}

static bool goes_on(int r)
{
	return r == -EINPROGRESS || r == -EINTR;
}

static void remember(int fd, const struct set *set, const struct attempts_result *result,
	const int *joins, int r)
{
	struct entries entries = {.count = set->count};

	for (size_t i = 0; i < set->count; i++)
		entries.at[i] =
			outcome(&set->members[i], joins[i] != 0 ? joins[i] : result->errors[i]);
	if (goes_on(r))
		entries.at[result->place].state = MULTIPATH_TRYING;
	known_set_entries(fd, MULTIPATH_REMOTE, &entries);
	known_set_mapped(fd, result->mapped);
}

/* What the other addresses were held with is not needed any more: the connection has its own. */
static void release_locals(int fd, struct entries *locals)
{
	if (locals->count == 0)
		return;
	bound_close(locals);
	for (size_t i = 0; i < locals->count; i++)
		if (entry_is_bound(&locals->at[i]))
			locals->at[i].state = MULTIPATH_UNUSED;
	known_set_entries(fd, MULTIPATH_LOCAL, locals);
}

/* ---- connect ---- */

/* How long a call may take: by O_NONBLOCK, or by SO_SNDTIMEO as with connect(2). */
static uint64_t time_limit(int fd, const struct times *times, bool nonblocking)
{
	struct timeval timeout = {0};
	socklen_t size = sizeof(timeout);

	if (nonblocking)
		return times->race * NSEC_PER_MSEC;
	if (host_getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &size) < 0 ||
		(timeout.tv_sec == 0 && timeout.tv_usec == 0))
		return TIME_FOREVER;
	return (uint64_t)timeout.tv_sec * NSEC_PER_SEC + (uint64_t)timeout.tv_usec * 1000;
}

/* What the program is bound to, also when it did that with one plain address. After a first try the
 * kernel tells what that had for a source. */
static void bound_to(int fd, struct entries *locals)
{
	struct mif_endpoint name;
	struct entries tried;

	if (known_entries(fd, MULTIPATH_LOCAL, locals) ||
		known_entries(fd, MULTIPATH_REMOTE, &tried))
		return;
	if (socket_name(fd, &name) == 0 && name.port != 0) {
		locals->count = 1;
		locals->at[0] = (struct entry){
			.endpoint = name,
			.state = MULTIPATH_BOUND,
			.fd = -1,
		};
		known_set_entries(fd, MULTIPATH_LOCAL, locals);
	}
}

/* One address and one socket: as connect(2), with all its ways. */
static bool is_ordinary(const struct set *set, const struct entries *locals, bool mapped)
{
	bool ipv4 = set->members[0].address.family == AF_INET;

	if (set->count != 1 || (mapped && !ipv4))
		return false;
	if (locals->count == 0)
		return true;

	const struct entry *local = attempts_local(locals, &set->members[0]);

	return local != NULL && local->fd < 0;
}

static int connect_first(int fd, const struct set *set)
{
	const struct known known = known_read(fd);
	struct attempts_result result = {.place = 0, .mapped = known.mapped};
	int flags = fcntl(fd, F_GETFL);
	bool nonblocking = flags >= 0 && (flags & O_NONBLOCK) != 0;
	struct entries locals, left;
	struct join join = {.remotes = set, .locals = &left};
	int r, count = 1;

	bound_to(fd, &locals);
	left = locals;
	/* Nobody tells mifd of the connection, and this is how it knows from where it may have paths. */
	if (known.adopted && locals.count > 0 && (set->count == 1 || nonblocking))
		daemon_adopt(fd);
	if (is_ordinary(set, &locals, result.mapped) || (nonblocking && known.times.race == 0)) {
		r = socket_connect(fd, &set->members[0]);
		if (r < 0 && !goes_on(r))
			result.errors[0] = -r;
		result.mapped |= set->members[0].address.family == AF_INET;
	} else {
		r = attempts_run(fd, set, &locals, known.times.attempt_delay * NSEC_PER_MSEC,
			time_limit(fd, &known.times, nonblocking), &result);
	}
	if (r == 0 || goes_on(r))
		release_locals(fd, &locals);
	if (r == 0 && (set->count > 1 || locals.count > 1) && (!nonblocking || known.adopted))
		count = settle(fd, set, &join, &known);
	remember(fd, set, &result, join.errors, r);
	if (known.adopted && set->count > 1 && goes_on(r))
		known_set_daemon(fd, known.daemon, true);
	return r < 0 ? r : count;
}

/* How much longer a set may take that gives something up: what it has in place of that must be there first. */
#define AGAIN_TIME (1 * NSEC_PER_SEC)

static bool gives_up(const struct connection *connection, const struct set *set)
{
	struct set names;

	connection_names(connection, true, &names);
	for (size_t i = 0; i < names.count; i++)
		if (set_find(set, &names.members[i]) == set->count)
			return true;
	return false;
}

/* The set of a connection that is there already: what is missing comes, then what is not in it goes, as
 * far as mifd does that; what of it is in use is counted. */
static int connect_again(int fd, const struct set *set)
{
	static const struct attempts_result none = {.mapped = true};
	const struct known known = known_read(fd);
	uint64_t instance = daemon_instance();
	struct entries locals;
	struct join join = {.remotes = set,
		.locals = &locals,
		.shows = known.owed || known.daemon != instance,
		.leaves = true};
	struct connection connection;
	size_t connected;
	int r = connection_read(&connection, fd);

	if (r < 0)
		return r;
	known_entries(fd, MULTIPATH_LOCAL, &locals);
	join.until = clock_boottime() + settle_time(&known.times, &connection);
	if (gives_up(&connection, set))
		join.until += AGAIN_TIME;
	/* One that was accepted, or passed by somebody else, it may manage all the same. */
	if (instance != 0 && (known.adopted || join_show(fd) == 0) && join_run(fd, &join) == 0) {
		known_set_adopted(fd, true);
		known_set_daemon(fd, instance, false);
		r = connection_read(&connection, fd);
	}
	if (r < 0)
		return r;
	connected = count_connected(&connection, set);
	if (connected == 0)
		return -EOPNOTSUPP;
	remember(fd, set, &none, join.errors, 0);
	return (int)connected;
}

/* What most programs do: one address, and a socket of multipath_socket() that nothing was done with, for it
 * has no port. That is connect(2): whatever else a call finds out is known of it. */
static bool is_plain(int fd, const struct set *set, uint64_t *cookie)
{
	struct mif_endpoint name;

	return set->count == 1 && known_is_unused(fd, cookie) && socket_name(fd, &name) == 0 &&
		name.port == 0;
}

static int connect_plain(int fd, uint64_t cookie, const struct mif_endpoint *member)
{
	int r = socket_connect_ipv6(fd, member);
	struct entry entry = outcome(member, goes_on(r) ? 0 : -r);

	if (goes_on(r))
		entry.state = MULTIPATH_TRYING;
	known_set_remote(cookie, &entry, member->address.family == AF_INET);
	return r < 0 ? r : 1;
}

static int connect_set(int fd, const struct set *set)
{
	uint64_t cookie;
	int kind;

	if (is_plain(fd, set, &cookie))
		return connect_plain(fd, cookie, &set->members[0]);
	if (socket_is_sctp(fd))
		return sctp_connect_set(fd, set);
	kind = socket_take(fd);
	switch (kind) {
	case SOCKET_FRESH:
		return connect_first(fd, set);
	case SOCKET_CONNECTED:
		return connect_again(fd, set);
	case SOCKET_CONNECTING:
		return -EALREADY;
	case SOCKET_LISTENING:
		return -EISCONN;
	default:
		return kind;
	}
}

PUBLIC int multipath_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	struct mif_endpoint member;
	struct set set;
	int r;

	if (address == NULL || size < sizeof(sa_family_t))
		return host_connect(fd, address, size);
	if (address->sa_family == AF_MULTIPATH) {
		r = set_read(&set, address, size, SET_CONNECT);
		return answer(r < 0 ? r : connect_set(fd, &set));
	}
	/* One address of IPv4 on a socket of IPv6, as on one that is bound to a set. */
	if (address->sa_family == AF_INET && known_has(fd) &&
		member_from_sockaddr(&member, address, size) == 0) {
		known_set_mapped(fd, true);
		return answer(socket_connect(fd, &member));
	}
	return host_connect(fd, address, size);
}
