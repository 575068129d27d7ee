/* SPDX-License-Identifier: MIT */
/*
 * What a program does with a struct sockaddr_mp of its own: build it, walk it, print and read it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/public.h"
#include "multipath/fail.h"
#include "multipath/set.h"

PUBLIC void multipath_clear(struct sockaddr_mp_storage *set)
{
	memset(set, 0, sizeof(*set));
	set->mp.smp_family = AF_MULTIPATH;
	set->mp.smp_len = sizeof(set->mp);
}

/* A set under construction may be empty. */
static int storage_read(struct set *set, const struct sockaddr_mp_storage *storage)
{
	set->count = 0;
	if (storage->mp.smp_family == AF_MULTIPATH && storage->mp.smp_naddrs == 0)
		return storage->mp.smp_len == sizeof(storage->mp) ? 0 : -EINVAL;
	return set_read(set, storage, sizeof(*storage), SET_ANY);
}

static int storage_write(struct sockaddr_mp_storage *storage, const struct set *set)
{
	socklen_t size = sizeof(*storage);

	multipath_clear(storage);
	set_write(set, storage, &size);
	return (int)set->count;
}

PUBLIC int multipath_add(
	struct sockaddr_mp_storage *storage, const struct sockaddr *address, socklen_t size)
{
	struct mif_endpoint member;
	struct set set;
	int r = storage_read(&set, storage);

	if (r == 0)
		r = member_from_sockaddr(&member, address, size);
	if (r == 0)
		r = set_add(&set, &member);
	return r < 0 ? fail(r) : storage_write(storage, &set);
}

PUBLIC int multipath_remove(
	struct sockaddr_mp_storage *storage, const struct sockaddr *address, socklen_t size)
{
	struct mif_endpoint member;
	struct set set;
	size_t place;
	int r = storage_read(&set, storage);

	if (r == 0)
		r = member_from_sockaddr(&member, address, size);
	if (r < 0)
		return fail(r);
	place = set_find(&set, &member);
	if (place == set.count)
		return fail(-ENOENT);
	set.count--;
	memmove(&set.members[place], &set.members[place + 1],
		(set.count - place) * sizeof(set.members[0]));
	return storage_write(storage, &set);
}

PUBLIC int multipath_check(const struct sockaddr *octets, socklen_t size, unsigned int flags)
{
	struct set set;
	int r;

	if ((flags & ~(unsigned int)MULTIPATH_CHECK_CONNECT) != 0)
		return fail(-EINVAL);
	r = set_read(&set, octets, size, flags != 0 ? SET_CONNECT : SET_ANY);
	return r < 0 ? fail(r) : (int)set.count;
}

PUBLIC const struct sockaddr *multipath_next(
	const struct sockaddr_mp *set, const struct sockaddr *previous)
{
	const uint8_t *begin = (const uint8_t *)set, *at = begin + sizeof(*set);
	size_t size;

	if (previous != NULL)
		at = (const uint8_t *)previous + member_size(previous->sa_family);
	if (set->smp_naddrs == 0 || at + sizeof(sa_family_t) > begin + set->smp_len)
		return NULL;
	size = member_size(((const struct sockaddr *)(const void *)at)->sa_family);
	if (size == 0 || at + size > begin + set->smp_len)
		return NULL;
	return (const struct sockaddr *)(const void *)at;
}

PUBLIC int multipath_format(const struct sockaddr_mp *octets, char *text, size_t size)
{
	char member[MIF_ADDRESS_TEXT];
	struct set set;
	size_t length = 0;
	int r = set_read(&set, octets, octets->smp_len, SET_ANY);

	if (r < 0)
		return fail(r);
	for (size_t i = 0; i < set.count; i++) {
		size_t at = MIN(length, size);
		char none[1];

		length += (size_t)snprintf(size > at ? text + at : none, size - at, "%s%s",
			i > 0 ? "," : "", mif_endpoint_format(&set.members[i], member));
	}
	return (int)length;
}

PUBLIC int multipath_parse(struct sockaddr_mp_storage *storage, const char *text)
{
	struct set set = {.count = 0};

	for (;;) {
		char member[2 * MIF_ADDRESS_TEXT];
		size_t length = strcspn(text, ",");
		struct mif_endpoint endpoint;
		struct sockaddr_storage address;
		int r = -EINVAL;

		if (length < sizeof(member)) {
			memcpy(member, text, length);
			member[length] = '\0';
			r = mif_endpoint_parse(&endpoint, member);
		}
		if (r == 0)
			r = member_from_sockaddr(
				&endpoint, &address, mif_endpoint_to_sockaddr(&endpoint, &address));
		if (r == 0)
			r = set_add(&set, &endpoint);
		if (r < 0)
			return fail(r);
		if (text[length] == '\0')
			return storage_write(storage, &set);
		text += length + 1;
	}
}
