/* SPDX-License-Identifier: MIT */
/*
 * A set as the octets of section 3 of the draft: three octets of head, length, family, count, and
 * for each address length, family and the rest of a BSD struct sockaddr. In memory a set is another
 * thing (struct sockaddr_mp); these octets are for files and protocols.
 */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cursor.h"
#include "base/public.h"
#include "multipath/fail.h"
#include "multipath/set.h"

/* The draft gives no numbers. The only system that has the family calls it 39; families of addresses
 * differ by system, and of AF_INET6 the same system's number is written. */
#define PACKED_MULTIPATH 39
#define PACKED_INET 2
#define PACKED_INET6 30

#define PACKED_HEAD 3

/* Linux; OpenBSD and NetBSD; FreeBSD; Darwin. */
static bool is_inet6(uint8_t family)
{
	return family == 10 || family == 24 || family == 28 || family == PACKED_INET6;
}

static void pack_member(struct writer *writer, const struct mif_endpoint *member)
{
	bool inet6 = member->address.family == AF_INET6;

	writer_number(writer, member_size(member->address.family), 1);
	writer_number(writer, inet6 ? PACKED_INET6 : PACKED_INET, 1);
	writer_number(writer, member->port, 2);
	if (inet6) {
		writer_number(writer, 0, 4); /* flow information */
		writer_octets(writer, member->address.octets, 16);
		writer_number(writer, member->address.scope, 4);
	} else {
		writer_octets(writer, member->address.octets, 4);
		writer_number(writer, 0, 8);
	}
}

PUBLIC int multipath_pack(const struct sockaddr_mp *octets, void *packed, size_t size)
{
	uint8_t whole[SMP_MAX_PACKED];
	struct writer writer = writer_of(whole, sizeof(whole));
	size_t length;
	struct set set;
	int r = set_read(&set, octets, octets->smp_len, SET_ANY);

	if (r < 0)
		return fail(r);
	writer_number(&writer, 0, 1);
	writer_number(&writer, PACKED_MULTIPATH, 1);
	writer_number(&writer, set.count, 1);
	for (size_t i = 0; i < set.count; i++)
		pack_member(&writer, &set.members[i]);
	length = (size_t)(writer.at - whole);
	if (writer.failed || length > size)
		return fail(-EMSGSIZE);
	whole[0] = (uint8_t)length;
	memcpy(packed, whole, length);
	return (int)length;
}

static int unpack_member(struct mif_endpoint *member, struct reader *reader)
{
	struct reader part = *reader;
	uint8_t length = reader_u8(&part), family = reader_u8(&part);
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_in in = {.sin_family = AF_INET};

	if (part.failed)
		return -EINVAL;
	if (family != PACKED_INET && !is_inet6(family))
		return -EAFNOSUPPORT;
	if (length != member_size(family == PACKED_INET ? AF_INET : AF_INET6))
		return -EINVAL;
	part = reader_part(reader, length);
	if (part.failed)
		return -EINVAL;
	reader_take(&part, 2);
	if (family == PACKED_INET) {
		reader_copy(&part, &in.sin_port, 2);
		reader_copy(&part, &in.sin_addr, 4);
		return member_from_sockaddr(member, &in, sizeof(in));
	}
	reader_copy(&part, &in6.sin6_port, 2);
	reader_take(&part, 4);
	reader_copy(&part, &in6.sin6_addr, 16);
	in6.sin6_scope_id = reader_u32(&part);
	return member_from_sockaddr(member, &in6, sizeof(in6));
}

static int unpack(struct set *set, struct reader *reader)
{
	size_t size = reader_left(reader);
	uint8_t count;

	if (size < PACKED_HEAD || reader_u8(reader) != size)
		return -EINVAL;
	if (reader_u8(reader) != PACKED_MULTIPATH)
		return -EAFNOSUPPORT;
	count = reader_u8(reader);
	if (count == 0)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		struct mif_endpoint member;
		int r = unpack_member(&member, reader);

		if (r < 0)
			return r;
		if (set_add(set, &member) < 0)
			return -EINVAL;
	}
	return reader_left(reader) == 0 ? 0 : -EINVAL;
}

PUBLIC int multipath_unpack(struct sockaddr_mp_storage *storage, const void *octets, size_t size)
{
	struct reader reader = reader_of(octets, size);
	socklen_t room = sizeof(*storage);
	struct set set = {.count = 0};
	int r = unpack(&set, &reader);

	if (r < 0)
		return fail(r);
	multipath_clear(storage);
	set_write(&set, storage, &room);
	return (int)set.count;
}
