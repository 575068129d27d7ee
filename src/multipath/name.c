/* SPDX-License-Identifier: MIT */
/*
 * multipath_getsockname() and multipath_getpeername(): the addresses that are in use now. An ordinary
 * answer is made first, for sockets on which AF_MULTIPATH was never used and for their errors.
 */
#include <errno.h>

#include "base/public.h"
#include "multipath/bound.h"
#include "multipath/connection.h"
#include "multipath/fail.h"
#include "multipath/host.h"
#include "multipath/listener.h"
#include "multipath/renew.h"
#include "multipath/twin.h"

static void bound_names(const struct entries *entries, struct set *set)
{
	set->count = 0;
	for (size_t i = 0; i < entries->count; i++)
		if (entry_is_bound(&entries->at[i]))
			set_add(set, &entries->at[i].endpoint);
}

/* Of a socket that is not connected: what it is bound to, all zeroes if to nothing. */
static int local_names(int fd, struct set *set)
{
	struct entries entries;

	known_entries(fd, MULTIPATH_LOCAL, &entries);
	bound_names(&entries, set);
	if (set->count > 0)
		return 0;
	set->count = 1;
	return socket_name(fd, &set->members[0]);
}

PUBLIC int multipath_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	socklen_t room = size != NULL ? *size : 0;
	struct connection connection;
	struct entries entries;
	struct set set;
	int r = host_getsockname(fd, address, size);

	if (r < 0) {
		if (errno != ENOTSOCK || address == NULL || size == NULL ||
			!listener_get(fd, &entries))
			return -1;
		bound_names(&entries, &set);
		set_write(&set, address, size);
		return 0;
	}
	if (!known_has(fd))
		return r;
	renew(fd);
	r = connection_read(&connection, fd);
	if (r == 0)
		connection_names(&connection, false, &set);
	if (r < 0 || set.count == 0)
		r = local_names(fd, &set);
	if (r < 0)
		return fail(r);
	*size = room;
	set_write(&set, address, size);
	return 0;
}

PUBLIC int multipath_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	socklen_t room = size != NULL ? *size : 0;
	struct connection connection;
	struct entries entries;
	struct set set;
	int r = host_getpeername(fd, address, size);

	if (r < 0)
		return errno == ENOTSOCK && listener_get(fd, &entries) ? fail(-ENOTCONN) : -1;
	if (!known_has(fd))
		return r;
	renew(fd);
	r = connection_read(&connection, fd);
	if (r < 0)
		return fail(r);
	connection_names(&connection, true, &set);
	/* Every path is gone, though the connection is kept for a while (close_timeout). */
	if (set.count == 0)
		return fail(-ENOTCONN);
	*size = room;
	set_write(&set, address, size);
	return 0;
}
