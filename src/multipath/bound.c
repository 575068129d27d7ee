/* SPDX-License-Identifier: MIT */
/*
 * bind(2) to sets: which socket is bound to which member, and what is to be done to get from one set
 * to another. Adds first, removes nothing itself.
 */
#include "multipath/bound.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "multipath/host.h"
#include "multipath/twin.h"

/* Ephemeral ports tried until one is free on all addresses. */
#define PORT_ATTEMPTS 16

bool entry_is_bound(const struct entry *entry)
{
	return entry->state == MULTIPATH_BOUND;
}

size_t bound_count(const struct entries *entries)
{
	size_t bound = 0;

	for (size_t i = 0; i < entries->count; i++)
		bound += entry_is_bound(&entries->at[i]);
	return bound;
}

int bound_error(const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		if (!entry_is_bound(&entries->at[i]))
			return -entries->at[i].error;
	return -EINVAL;
}

void bound_close(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_close(&entries->at[i]);
}

/* :: takes IPv4 as well, as it does on a socket of its own, unless the set says itself what of IPv4
 * is wanted. */
static bool is_ipv6_only(const struct set *set, const struct mif_endpoint *member)
{
	if (member->address.family != AF_INET6)
		return false;
	if (!address_is_unspecified(&member->address))
		return true;
	for (size_t i = 0; i < set->count; i++)
		if (set->members[i].address.family == AF_INET &&
			set->members[i].port == member->port)
			return true;
	return false;
}

/* port: what stands for port 0. */
static int bind_member(int fd, const struct set *set, size_t place, uint16_t port)
{
	struct mif_endpoint member = set->members[place];
	int only = is_ipv6_only(set, &member);

	if (member.port == 0)
		member.port = port;
	host_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	return socket_bind(fd, &member);
}

/* A twin that is bound; the descriptor, or negative errno. */
static int twin_bind(int like, const struct set *set, size_t place, uint16_t port)
{
	int twin = twin_new(like, 0);
	int r;

	if (twin < 0)
		return twin;
	r = bind_member(twin, set, place, port);
	if (r == 0)
		return twin;
	host_close(twin);
	return r;
}

/* Whether a port is free on all addresses that leave the choice to us; *port 0 becomes one that is
 * on the first. */
static bool port_is_free(int like, const struct set *set, uint16_t *port)
{
	struct entries held = {.count = 0};
	bool taken = false;

	for (size_t i = 0; i < set->count && !taken; i++) {
		struct entry *entry = &held.at[held.count];
		int twin;

		if (set->members[i].port != 0)
			continue;
		twin = twin_bind(like, set, i, *port);
		taken = twin == -EADDRINUSE;
		if (twin < 0)
			continue;
		entry_hold(entry, twin);
		held.count++;
		if (*port == 0 && socket_name(entry->fd, &entry->endpoint) == 0)
			*port = entry->endpoint.port;
	}
	bound_close(&held);
	return !taken;
}

/* Members with port 0 share one. */
static uint16_t choose_port(int like, const struct set *set)
{
	size_t open = 0;
	uint16_t port = 0;

	for (size_t i = 0; i < set->count; i++)
		open += set->members[i].port == 0;
	for (int i = 0; open > 1 && i < PORT_ATTEMPTS; i++) {
		port = 0;
		if (port_is_free(like, set, &port))
			break;
	}
	return port;
}

static struct entry *entries_add(struct entries *entries, const struct mif_endpoint *endpoint)
{
	struct entry *entry = &entries->at[entries->count++];

	*entry = (struct entry){.endpoint = *endpoint, .fd = -1};
	return entry;
}

/* r: of the bind; fd: the socket that was bound. */
static void entry_settle(struct entry *entry, int r, int fd)
{
	entry->state = r < 0 ? MULTIPATH_FAILED : MULTIPATH_BOUND;
	entry->error = r < 0 ? -r : 0;
	if (r >= 0)
		socket_name(fd, &entry->endpoint);
}

int bound_make(int fd, const struct set *set, struct entries *entries)
{
	struct mif_endpoint name;
	bool own = false;
	uint16_t port;

	entries->count = 0;
	/* Bound before, by bind(2) with one address: the kernel binds once. */
	if (socket_name(fd, &name) < 0 || name.port != 0)
		return -EINVAL;
	port = choose_port(fd, set);
	for (size_t i = 0; i < set->count; i++) {
		struct entry *entry = entries_add(entries, &set->members[i]);
		int r;

		if (!own) {
			r = bind_member(fd, set, i, port);
			entry_settle(entry, r, fd);
			own = r == 0;
			continue;
		}
		r = twin_bind(fd, set, i, port);
		entry_settle(entry, r, r);
		entry_hold(entry, r < 0 ? -1 : twin_hide(r));
	}
	return bound_count(entries) == 0 ? bound_error(entries) : 0;
}

static bool is_among(const struct entries *entries, const struct entry *wanted)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entry_is_bound(&entries->at[i]) &&
			member_equal(&entries->at[i].endpoint, &wanted->endpoint))
			return true;
	return false;
}

/* The old entry that is bound to this member, port 0 meaning whatever port it has, and was not taken
 * over yet; or NULL. */
static const struct entry *find_bound(
	const struct entries *old, const struct entries *taken, const struct mif_endpoint *member)
{
	for (size_t i = 0; i < old->count; i++) {
		const struct entry *entry = &old->at[i];

		if (entry_is_bound(entry) && !is_among(taken, entry) &&
			address_equal(&entry->endpoint.address, &member->address) &&
			(member->port == 0 || member->port == entry->endpoint.port))
			return entry;
	}
	return NULL;
}

/* Members with port 0 come to the port that is there, as if they had been bound with the first. */
static uint16_t port_of(const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entry_is_bound(&entries->at[i]))
			return entries->at[i].endpoint.port;
	return 0;
}

void bound_change(int like, const struct set *set, const struct entries *old,
	struct entries *entries, struct entries *removed)
{
	entries->count = removed->count = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct entry *same = find_bound(old, entries, &set->members[i]);
		struct entry *entry = entries_add(entries, &set->members[i]);
		int r;

		if (same != NULL) {
			*entry = *same;
			continue;
		}
		r = twin_bind(like, set, i, port_of(old));
		entry_settle(entry, r, r);
		entry_hold(entry, r < 0 ? -1 : twin_hide(r));
	}
	for (size_t i = 0; i < old->count; i++)
		if (entry_is_bound(&old->at[i]) && !is_among(entries, &old->at[i]))
			removed->at[removed->count++] = old->at[i];
}
