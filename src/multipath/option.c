/* SPDX-License-Identifier: MIT */
/*
 * multipath_getsockopt() and multipath_setsockopt(): what SOL_MULTIPATH tells of sets, and every other
 * option for the sockets behind a listener.
 */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/public.h"
#include "multipath/bound.h"
#include "multipath/connection.h"
#include "multipath/fail.h"
#include "multipath/host.h"
#include "multipath/join.h"
#include "multipath/kernel.h"
#include "multipath/listener.h"
#include "multipath/manager.h"
#include "multipath/renew.h"
#include "multipath/twin.h"

/* An hour: longer is a mistake. */
#define TIME_MAX_MS 3600000

/* Entries of both sides, and as many that are in use without having been given. */
#define ENTRIES_MAX (4 * SMP_MAX_ADDRS)

/* ---- entries ---- */

struct list {
	size_t count;
	struct multipath_entry at[ENTRIES_MAX];
};

static void list_add(struct list *list, uint32_t side, const struct entry *entry)
{
	struct multipath_entry *to = &list->at[list->count];
	struct sockaddr_storage address;
	size_t size = mif_endpoint_to_sockaddr(&entry->endpoint, &address);

	if (list->count == ENTRIES_MAX)
		return;
	*to = (struct multipath_entry){
		.side = side,
		.state = entry->state,
		.error = entry->error,
	};
	memcpy(&to->address, &address, MIN(size, sizeof(to->address)));
	list->count++;
}

/* A local address counts whatever ports it uses. */
static bool is_same(uint32_t side, const struct mif_endpoint *a, const struct mif_endpoint *b)
{
	return side == MULTIPATH_LOCAL ? address_equal(&a->address, &b->address)
				       : member_equal(a, b);
}

static void list_side(
	struct list *list, uint32_t side, struct entries *entries, const struct set *names)
{
	bool given[SMP_MAX_ADDRS] = {false};

	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];

		for (size_t j = 0; j < names->count; j++) {
			if (!is_same(side, &entry->endpoint, &names->members[j]))
				continue;
			given[j] = true;
			entry->state = MULTIPATH_ESTABLISHED;
			entry->error = 0;
		}
		list_add(list, side, entry);
	}
	for (size_t j = 0; j < names->count; j++) {
		struct entry entry = {
			.endpoint = names->members[j],
			.state = MULTIPATH_ESTABLISHED,
		};

		if (!given[j])
			list_add(list, side, &entry);
	}
}

static bool is_undecided(const struct entry *entry, const struct set *names)
{
	return entry->state == MULTIPATH_UNUSED && entry->error == 0 &&
		set_find(names, &entry->endpoint) == names->count;
}

/* Of a connection. What came of those that were not waited for, mifd knows. */
static void remotes_settle(int fd, struct entries *remotes, const struct set *names)
{
	bool undecided = false;

	for (size_t i = 0; i < remotes->count; i++) {
		if (names->count > 0 && remotes->at[i].state == MULTIPATH_TRYING)
			remotes->at[i].state = MULTIPATH_UNUSED;
		undecided |= is_undecided(&remotes->at[i], names);
	}
	if (undecided && names->count > 0 && known_read(fd).adopted)
		join_look(fd, remotes);
}

static void list_make(int fd, struct list *list)
{
	struct set names[2] = {{.count = 0}, {.count = 0}};
	struct connection connection;
	struct entries entries;

	list->count = 0;
	if (listener_exists() && socket_option(fd, SOL_SOCKET, SO_TYPE, -1) < 0 &&
		listener_get(fd, &entries)) {
		list_side(list, MULTIPATH_LOCAL, &entries, &names[0]);
		return;
	}
	if (connection_read(&connection, fd) == 0) {
		connection_names(&connection, false, &names[0]);
		connection_names(&connection, true, &names[1]);
	}
	for (uint32_t side = MULTIPATH_LOCAL; side <= MULTIPATH_REMOTE; side++) {
		known_entries(fd, side, &entries);
		if (side == MULTIPATH_REMOTE)
			remotes_settle(fd, &entries, &names[side]);
		list_side(list, side, &entries, &names[side]);
	}
}

/* ---- single values ---- */

static int option_count(int fd)
{
	struct connection connection;
	struct entries entries;
	struct set set;

	if (connection_read(&connection, fd) == 0) {
		connection_names(&connection, true, &set);
		return (int)set.count;
	}
	if (socket_option(fd, SOL_SOCKET, SO_TYPE, -1) >= 0)
		known_entries(fd, MULTIPATH_LOCAL, &entries);
	else if (!listener_get(fd, &entries))
		return -errno;
	return (int)bound_count(&entries);
}

/* The kernel finds out by itself whether further addresses of the peer answer. */
static int association_single(const struct connection *connection)
{
	struct set names;

	connection_names(connection, true, &names);
	if (names.count > 1)
		return MULTIPATH_SINGLE_NOT;
	return connection->announced > 1 ? MULTIPATH_SINGLE_YET : MULTIPATH_SINGLE_PEER;
}

static int option_single(int fd)
{
	struct connection connection;
	int r = connection_read(&connection, fd);

	if (r == -ENOTCONN || (r == 0 && connection_paths(&connection) == 0))
		return MULTIPATH_SINGLE_UNCONNECTED;
	if (r < 0)
		return r;
	if (connection.association)
		return association_single(&connection);
	if (connection_paths(&connection) > 1)
		return MULTIPATH_SINGLE_NOT;
	if (!connection.multipath)
		return socket_is_multipath(fd) || known_has(fd) ? MULTIPATH_SINGLE_PEER
								: MULTIPATH_SINGLE_SOCKET;
	if (known_read(fd).adopted)
		return MULTIPATH_SINGLE_YET;
	return manager_acts(&connection) ? MULTIPATH_SINGLE_YET : MULTIPATH_SINGLE_MANAGER;
}

/* ENOTCONN; EOPNOTSUPP: a connection of TCP has no identifier. */
static int option_id(int fd, uint32_t *id)
{
	struct connection connection;
	int r = connection_read(&connection, fd);

	if (r < 0)
		return r;
	if (!connection.multipath && !connection.association)
		return -EOPNOTSUPP;
	*id = connection.token;
	return 0;
}

static int option_time(int fd, int name)
{
	struct times times = known_read(fd).times;

	if (name == MULTIPATH_ATTEMPT_DELAY)
		return (int)times.attempt_delay;
	if (name == MULTIPATH_RACE_TIME)
		return (int)times.race;
	return times.settle == SETTLE_BY_RTT ? -1 : (int)times.settle;
}

/* ---- get ---- */

static int give(void *value, socklen_t *size, const void *from, size_t length)
{
	*size = (socklen_t)MIN(*size, length);
	memcpy(value, from, *size);
	return 0;
}

static int get_int(int result, void *value, socklen_t *size)
{
	return result < 0 ? result : give(value, size, &result, sizeof(result));
}

/* Whole entries only; the size that all need is told, as for names. */
static int get_entries(int fd, void *value, socklen_t *size)
{
	struct list list;
	size_t fit;

	list_make(fd, &list);
	fit = MIN(*size / sizeof(list.at[0]), list.count);
	memcpy(value, list.at, fit * sizeof(list.at[0]));
	*size = (socklen_t)(list.count * sizeof(list.at[0]));
	return 0;
}

static int get_multipath(int fd, int name, void *value, socklen_t *size)
{
	uint32_t id;
	int time, r;

	switch (name) {
	case MULTIPATH_COUNT:
		return get_int(option_count(fd), value, size);
	case MULTIPATH_ID:
		r = option_id(fd, &id);
		return r < 0 ? r : give(value, size, &id, sizeof(id));
	case MULTIPATH_SINGLE:
		return get_int(option_single(fd), value, size);
	case MULTIPATH_ENTRIES:
		return get_entries(fd, value, size);
	case MULTIPATH_ATTEMPT_DELAY:
	case MULTIPATH_RACE_TIME:
	case MULTIPATH_SETTLE_TIME:
		time = option_time(fd, name);
		return give(value, size, &time, sizeof(time));
	default:
		return -ENOPROTOOPT;
	}
}

/* A socket, or what stands for several; else the errno that getsockopt(2) has. */
static int check_socket(int fd)
{
	struct entries entries;

	if (socket_option(fd, SOL_SOCKET, SO_TYPE, -1) >= 0)
		return 0;
	return errno == ENOTSOCK && listener_get(fd, &entries) ? 0 : -ENOTSOCK;
}

PUBLIC int multipath_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	struct entries entries;
	int r;

	if (level != SOL_MULTIPATH) {
		if (host_getsockopt(fd, level, name, value, size) == 0)
			return 0;
		if (errno != ENOTSOCK || !listener_get(fd, &entries))
			return -1;
		return host_getsockopt(listener_member(&entries), level, name, value, size);
	}
	if (value == NULL || size == NULL)
		return fail(-EFAULT);
	r = check_socket(fd);
	if (r == 0 && known_is_used())
		renew(fd);
	return answer(r < 0 ? r : get_multipath(fd, name, value, size));
}

/* ---- set ---- */

static int set_time(int fd, int name, const void *value, socklen_t size)
{
	struct times times = known_read(fd).times;
	int time;

	if (size < sizeof(time))
		return -EINVAL;
	memcpy(&time, value, sizeof(time));
	if (time > TIME_MAX_MS || time < (name == MULTIPATH_SETTLE_TIME ? -1 : 0))
		return -EINVAL;
	if (name == MULTIPATH_ATTEMPT_DELAY)
		times.attempt_delay = (uint32_t)time;
	else if (name == MULTIPATH_RACE_TIME)
		times.race = (uint32_t)time;
	else
		times.settle = time < 0 ? SETTLE_BY_RTT : (uint32_t)time;
	return known_set_times(fd, &times);
}

PUBLIC int multipath_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	struct entries entries;

	if (level == SOL_MULTIPATH) {
		if (name < MULTIPATH_ATTEMPT_DELAY || name > MULTIPATH_SETTLE_TIME)
			return fail(-ENOPROTOOPT);
		return value == NULL ? fail(-EFAULT) : answer(set_time(fd, name, value, size));
	}
	if (host_setsockopt(fd, level, name, value, size) == 0)
		return 0;
	if (errno != ENOTSOCK || !listener_get(fd, &entries))
		return -1;
	for (size_t i = 0; i < entries.count; i++)
		if (entries.at[i].fd >= 0 &&
			host_setsockopt(entries.at[i].fd, level, name, value, size) < 0)
			return -1;
	return 0;
}
