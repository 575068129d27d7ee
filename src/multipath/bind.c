/* SPDX-License-Identifier: MIT */
/*
 * multipath_bind(), multipath_listen(), multipath_accept(), multipath_close(). A set is bound by one
 * socket for each member; the program's own is the first that could be. Listening puts them behind
 * one descriptor; connecting lets the others go.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/public.h"
#include "multipath/association.h"
#include "multipath/bound.h"
#include "multipath/connection.h"
#include "multipath/fail.h"
#include "multipath/host.h"
#include "multipath/listener.h"
#include "multipath/sctp.h"
#include "multipath/socket.h"
#include "multipath/twin.h"

/* ---- bind ---- */

static int bind_first(int fd, const struct set *set)
{
	struct entries entries;
	int r = bound_make(fd, set, &entries);

	if (r == 0)
		r = known_set_entries(fd, MULTIPATH_LOCAL, &entries);
	if (r < 0) {
		bound_close(&entries);
		return r;
	}
	return (int)bound_count(&entries);
}

/* The program's own socket was bound to what is not wanted any more: another takes its place, since
 * the kernel binds a socket once. */
static int promote(int fd, struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];
		int other = entry->fd;

		if (!entry_is_bound(entry) || other < 0)
			continue;
		entry->fd = -1;
		return twin_replace(fd, other);
	}
	return 0;
}

static bool has_own(const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entry_is_bound(&entries->at[i]) && entries->at[i].fd < 0)
			return true;
	return false;
}

/* Before listen. */
static int bind_again(int fd, const struct set *set, const struct entries *old)
{
	struct entries entries, removed;
	int r = 0;

	bound_change(fd, set, old, &entries, &removed);
	if (bound_count(&entries) == 0)
		return bound_error(&entries);
	if (!has_own(&entries))
		r = promote(fd, &entries);
	if (r == 0)
		r = known_set_entries(fd, MULTIPATH_LOCAL, &entries);
	bound_close(&removed);
	return r < 0 ? r : (int)bound_count(&entries);
}

/* A set for a socket that listens on one address: now it needs several. */
static int bind_listening(int fd, const struct set *set)
{
	struct entries entries;
	int r;

	known_entries(fd, MULTIPATH_LOCAL, &entries);
	if (bound_count(&entries) == 0) {
		entries.count = 1;
		entries.at[0] = (struct entry){.state = MULTIPATH_BOUND, .fd = -1};
		r = socket_name(fd, &entries.at[0].endpoint);
		if (r < 0)
			return r;
	}
	r = listener_make(fd, &entries, SOMAXCONN);
	return r < 0 ? r : listener_change(fd, set);
}

/* Whether the set names this address, port 0 meaning any. */
static bool set_covers(const struct set *set, const struct mif_endpoint *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (address_equal(&set->members[i].address, &name->address))
			return true;
	return false;
}

/* The local set of a connection: what of it is in use stays, and is counted. */
static int bind_connected(int fd, const struct set *set)
{
	struct entries entries = {.count = set->count};
	struct set names;
	int count = 0;
	int r = connection_read_names(fd, false, &names);

	if (r < 0)
		return r;
	for (size_t i = 0; i < names.count; i++)
		count += set_covers(set, &names.members[i]);
	if (count == 0)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < set->count; i++)
		entries.at[i] = (struct entry){.endpoint = set->members[i], .fd = -1};
	r = known_set_entries(fd, MULTIPATH_LOCAL, &entries);
	return r < 0 ? r : count;
}

static int bind_set(int fd, const struct set *set)
{
	struct entries entries;
	int kind;

	if (socket_is_sctp(fd))
		return sctp_bind_set(fd, set);
	kind = socket_take(fd);

	if (kind == -ENOTSOCK)
		return listener_change(fd, set);
	known_entries(fd, MULTIPATH_LOCAL, &entries);
	switch (kind) {
	case SOCKET_FRESH:
		return bound_count(&entries) > 0 ? bind_again(fd, set, &entries)
						 : bind_first(fd, set);
	case SOCKET_LISTENING:
		return bind_listening(fd, set);
	case SOCKET_CONNECTED:
		return bind_connected(fd, set);
	case SOCKET_CONNECTING:
		return -EALREADY;
	default:
		return kind;
	}
}

PUBLIC int multipath_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	struct mif_endpoint member;
	struct set set;
	int r;

	if (address == NULL || size < sizeof(sa_family_t))
		return host_bind(fd, address, size);
	if (address->sa_family == AF_MULTIPATH) {
		r = set_read(&set, address, size, SET_ANY);
		return answer(r < 0 ? r : bind_set(fd, &set));
	}
	if (address->sa_family == AF_INET && known_has(fd) &&
		member_from_sockaddr(&member, address, size) == 0)
		return answer(socket_bind(fd, &member));
	return host_bind(fd, address, size);
}

/* ---- listen, accept ---- */

PUBLIC int multipath_listen(int fd, int backlog)
{
	struct entries entries = {.count = 0};

	known_entries(fd, MULTIPATH_LOCAL, &entries);
	if (bound_count(&entries) > 1 && socket_kind(fd) == SOCKET_FRESH && !socket_is_sctp(fd))
		return answer(listener_make(fd, &entries, backlog));
	if (host_listen(fd, backlog) == 0)
		return 0;
	return errno == ENOTSOCK ? answer(listener_listen(fd, backlog)) : -1;
}

/* All that a peer of SCTP has; else the one that it came from. */
static void accepted_names(int fd, struct set *set)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	struct set all;

	set->count = 1;
	if (socket_is_sctp(fd) && association_peers(fd, set, &all) == 0)
		return;
	/* One that is gone already is accepted all the same, as with accept(2). */
	if (host_getpeername(fd, &peer, &length) < 0 ||
		member_from_sockaddr(&set->members[0], &peer, sizeof(peer)) < 0)
		set->count = 0;
}

/* Whoever is accepted on a socket for sets is known by a set, of one at first. */
static int accepted(int fd, void *address, socklen_t *size, socklen_t room)
{
	struct set set;

	known_add(fd);
	if (address == NULL)
		return fd;
	accepted_names(fd, &set);
	*size = room;
	set_write(&set, address, size);
	return fd;
}

/* r: what the system's call said. */
static int accept_after(
	int r, int fd, struct sockaddr *address, socklen_t *size, socklen_t room, int flags)
{
	if (r >= 0)
		return known_has(fd) ? accepted(r, address, size, room) : r;
	if (errno != ENOTSOCK)
		return -1;
	if (address != NULL && size == NULL)
		return fail(-EFAULT);
	r = listener_accept(fd, flags);
	return r < 0 ? fail(r) : accepted(r, address, size, room);
}

PUBLIC int multipath_accept(int fd, struct sockaddr *address, socklen_t *size)
{
	socklen_t room = address != NULL && size != NULL ? *size : 0;

	return accept_after(host_accept(fd, address, size), fd, address, size, room, 0);
}

PUBLIC int multipath_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	socklen_t room = address != NULL && size != NULL ? *size : 0;

	return accept_after(host_accept4(fd, address, size, flags), fd, address, size, room, flags);
}

/* ---- the end ---- */

PUBLIC int multipath_shutdown(int fd, int how)
{
	struct entries entries;

	if (host_shutdown(fd, how) == 0)
		return 0;
	if (errno != ENOTSOCK || !listener_get(fd, &entries))
		return -1;
	for (size_t i = 0; i < entries.count; i++)
		if (entries.at[i].fd >= 0 && host_shutdown(entries.at[i].fd, how) < 0)
			return -1;
	return 0;
}

/* Addresses that are held for a socket go with it, unless it has a duplicate. */
PUBLIC int multipath_close(int fd)
{
	listener_forget(fd);
	known_release(fd);
	return host_close(fd);
}
