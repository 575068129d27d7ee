/* SPDX-License-Identifier: MIT */
/*
 * Sets for sockets of SCTP. The socket has them itself, so nothing stands behind it; what the program
 * gave, and what came of each address, is remembered as for Multipath TCP.
 */
#include "multipath/sctp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/association.h"
#include "multipath/bound.h"
#include "multipath/host.h"
#include "multipath/known.h"
#include "multipath/twin.h"

/* How often the kernel is asked whether further addresses have answered. */
#define SETTLE_STEP (2 * NSEC_PER_MSEC)

/* And for how long at most, when nobody said. */
#define SETTLE_MAX (2 * NSEC_PER_SEC)

/* ---- bind ---- */

/* What the socket is bound to, also when that was done with one plain address. */
static void bound_now(int fd, struct entries *entries)
{
	struct mif_endpoint name;

	if (known_entries(fd, MULTIPATH_LOCAL, entries) || socket_name(fd, &name) < 0 ||
		name.port == 0)
		return;
	entries->count = 1;
	entries->at[0] = (struct entry){.endpoint = name, .state = MULTIPATH_BOUND, .fd = -1};
}

static const struct entry *find_bound(
	const struct entries *entries, const struct mif_address *address)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entry_is_bound(&entries->at[i]) &&
			address_equal(&entries->at[i].endpoint.address, address))
			return &entries->at[i];
	return NULL;
}

/* All addresses of a socket have one port: the kernel says EINVAL to another. */
static uint16_t socket_port(int fd)
{
	struct mif_endpoint name;

	return socket_name(fd, &name) == 0 ? name.port : 0;
}

static void bind_members(
	int fd, const struct set *set, const struct entries *old, struct entries *entries)
{
	entries->count = set->count;
	for (size_t i = 0; i < set->count; i++) {
		struct entry *entry = &entries->at[i];
		const struct entry *before = find_bound(old, &set->members[i].address);
		uint16_t port = socket_port(fd);
		bool fits;

		*entry = (struct entry){.endpoint = set->members[i], .fd = -1};
		if (entry->endpoint.port == 0)
			entry->endpoint.port = port;
		fits = port == 0 || entry->endpoint.port == port;
		if (before == NULL || !fits)
			entry->error = -association_bind(fd, &entry->endpoint);
		entry->state = entry->error != 0 ? MULTIPATH_FAILED : MULTIPATH_BOUND;
		if (entry->error == 0)
			entry->endpoint.port = socket_port(fd);
	}
}

/* What the set does not have any more, of that which is bound. */
static void unbind_others(int fd, const struct entries *old, struct entries *entries)
{
	for (size_t i = 0; i < old->count; i++) {
		const struct entry *entry = &old->at[i];

		if (!entry_is_bound(entry) || find_bound(entries, &entry->endpoint.address))
			continue;
		if (association_unbind(fd, &entry->endpoint) < 0 && entries->count < SMP_MAX_ADDRS)
			entries->at[entries->count++] = *entry;
	}
}

/* On an association the kernel tells the peer, or it does not: what counts is what is in use then. */
static int count_used(int fd, const struct entries *entries)
{
	struct set names;
	int count = 0;
	int r = connection_read_names(fd, false, &names);

	if (r < 0)
		return r;
	for (size_t i = 0; i < entries->count; i++) {
		const struct mif_address *address = &entries->at[i].endpoint.address;
		bool used = false;

		for (size_t j = 0; j < names.count; j++)
			used |= address_equal(&names.members[j].address, address);
		count += used;
	}
	return count > 0 ? count : -EOPNOTSUPP;
}

int sctp_bind_set(int fd, const struct set *set)
{
	int kind = socket_kind(fd);
	struct entries old, entries;
	int count, r;

	if (kind < 0)
		return kind;
	bound_now(fd, &old);
	bind_members(fd, set, &old, &entries);
	count = (int)bound_count(&entries);
	if (count == 0)
		return bound_error(&entries);
	if (kind == SOCKET_CONNECTED)
		count = count_used(fd, &entries);
	if (count < 0) {
		unbind_others(fd, &entries, &old);
		return count;
	}
	unbind_others(fd, &old, &entries);
	r = known_set_entries(fd, MULTIPATH_LOCAL, &entries);
	return r < 0 ? r : count;
}

/* ---- connect ---- */

/* What the peer has of the set becomes a candidate: addresses of the socket's families and of one port. */
static void choose(int fd, const struct set *set, struct set *candidates, struct entries *entries)
{
	bool inet = socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET6) == AF_INET;
	bool only6 = !inet && socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;

	candidates->count = 0;
	entries->count = set->count;
	for (size_t i = 0; i < set->count; i++) {
		const struct mif_endpoint *member = &set->members[i];
		bool inet6 = member->address.family == AF_INET6;
		int error = 0;

		if (inet6 ? inet : only6)
			error = EAFNOSUPPORT;
		else if (candidates->count > 0 && candidates->members[0].port != member->port)
			error = EINVAL;
		else
			set_add(candidates, member);
		entries->at[i] = (struct entry){
			.endpoint = *member,
			.state = error != 0 ? MULTIPATH_FAILED : MULTIPATH_TRYING,
			.error = error,
			.fd = -1,
		};
	}
}

/* A socket that does not block waits a little all the same, as with Multipath TCP. */
static int wait_connected(int fd, uint32_t milliseconds)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLOUT};
	int error;

	if (poll(&pollfd, 1, (int)milliseconds) <= 0)
		return -EINPROGRESS;
	error = socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
	return error != 0 ? -error : 0;
}

/* How many members have answered, when all have that the peer has, or the time is over. */
static size_t settle(int fd, const struct set *candidates, uint64_t until)
{
	struct set all, active;
	bool probed = false;

	for (;;) {
		size_t here = 0, answered = 0;
		uint64_t now = clock_boottime();

		if (association_peers(fd, &all, &active) < 0)
			return 0;
		for (size_t i = 0; i < candidates->count; i++) {
			const struct mif_endpoint *member = &candidates->members[i];
			bool answers = set_find(&active, member) < active.count;

			here += set_find(&all, member) < all.count;
			answered += answers;
			if (!answers && !probed)
				association_probe(fd, member);
		}
		if (answered >= here || now >= until)
			return answered;
		probed = true;
		poll(NULL, 0, clock_timeout(now, MIN(until, now + SETTLE_STEP)));
	}
}

/* Whoever the peer says nothing of is another host: the kernel has dropped it (A11). */
static void judge(int fd, struct entries *entries)
{
	struct set all, active;

	if (association_peers(fd, &all, &active) < 0)
		return;
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];

		if (entry->state != MULTIPATH_TRYING)
			continue;
		entry->state = MULTIPATH_UNUSED;
		if (set_find(&all, &entry->endpoint) == all.count) {
			entry->state = MULTIPATH_FAILED;
			entry->error = ECONNREFUSED;
		}
	}
}

static void fail_all(struct entries *entries, int error)
{
	for (size_t i = 0; i < entries->count; i++) {
		if (entries->at[i].state != MULTIPATH_TRYING)
			continue;
		entries->at[i].state = MULTIPATH_FAILED;
		entries->at[i].error = error;
	}
}

static int connect_first(int fd, const struct set *set)
{
	struct times times = known_read(fd).times;
	uint64_t begin = clock_boottime(), wait;
	int flags = fcntl(fd, F_GETFL);
	bool nonblocking = flags >= 0 && (flags & O_NONBLOCK) != 0;
	struct entries entries;
	struct set candidates;
	size_t answered;
	int r;

	choose(fd, set, &candidates, &entries);
	r = candidates.count == 0 ? -entries.at[0].error
				  : association_connect(fd, &candidates, times.attempt_delay);
	if (r == -EINPROGRESS && nonblocking && times.race > 0)
		r = wait_connected(fd, times.race);
	if (r == -EALREADY || r == -EISCONN)
		return r;
	if (r == 0)
		judge(fd, &entries);
	else if (r != -EINPROGRESS && r != -EINTR)
		fail_all(&entries, -r);
	known_set_entries(fd, MULTIPATH_REMOTE, &entries);
	if (r < 0)
		return r;
	/* It took two round trips to connect. */
	wait = times.settle == SETTLE_BY_RTT
		? MIN(clock_boottime() - begin, SETTLE_MAX) + 20 * NSEC_PER_MSEC
		: times.settle * NSEC_PER_MSEC;
	answered = settle(fd, &candidates, nonblocking ? 0 : clock_boottime() + wait);
	return (int)MAX(answered, 1U);
}

/* Which addresses a peer has, only it can change. Of those in the set, data go to the first. */
static int connect_again(int fd, const struct set *set)
{
	struct entries entries = {.count = set->count};
	struct set all, active;
	int count = 0;
	int r = association_peers(fd, &all, &active);

	if (r < 0)
		return r;
	for (size_t i = 0; i < set->count; i++) {
		const struct mif_endpoint *member = &set->members[i];

		entries.at[i] = (struct entry){.endpoint = *member, .fd = -1};
		if (set_find(&active, member) < active.count && count++ == 0)
			r = association_prefer(fd, member);
	}
	if (r < 0 || count == 0)
		return r < 0 ? r : -EOPNOTSUPP;
	r = known_set_entries(fd, MULTIPATH_REMOTE, &entries);
	return r < 0 ? r : count;
}

int sctp_connect_set(int fd, const struct set *set)
{
	switch (socket_kind(fd)) {
	case SOCKET_CONNECTED:
		return connect_again(fd, set);
	case SOCKET_LISTENING:
		return -EISCONN;
	default:
		return connect_first(fd, set);
	}
}
