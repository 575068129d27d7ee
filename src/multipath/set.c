/* SPDX-License-Identifier: MIT */
/*
 * A set of addresses as a value, and its struct sockaddr_mp. Here is the one place where the octets
 * of a set are judged: what passes is sound for every call, what does not has its errno.
 */
#include "multipath/set.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"

_Static_assert(sizeof(struct sockaddr_mp) == 8, "the head of a set has no gaps");
_Static_assert(sizeof(struct sockaddr_mp_storage) == SMP_MAX_LEN, "room for the largest set");
_Static_assert(
	SMP_MAX_LEN == sizeof(struct sockaddr_mp) + SMP_MAX_ADDRS * sizeof(struct sockaddr_in6),
	"the largest set is all IPv6");

size_t member_size(uint16_t family)
{
	return family == AF_INET     ? sizeof(struct sockaddr_in)
		: family == AF_INET6 ? sizeof(struct sockaddr_in6)
				     : 0;
}

bool member_is_sound(const struct mif_endpoint *member)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};
	const struct mif_address *address = &member->address;

	if (address->family == AF_INET && memcmp(address->octets, broadcast, 4) == 0)
		return false;
	return !address_is_multicast(address);
}

bool member_equal(const struct mif_endpoint *a, const struct mif_endpoint *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

int member_from_sockaddr(struct mif_endpoint *member, const void *address, size_t size)
{
	int r = mif_endpoint_from_sockaddr(member, address, (socklen_t)size);

	if (r == 0)
		*member = endpoint_plain(member);
	return r;
}

size_t set_find(const struct set *set, const struct mif_endpoint *member)
{
	size_t place = 0;

	while (place < set->count && !member_equal(&set->members[place], member))
		place++;
	return place;
}

int set_add(struct set *set, const struct mif_endpoint *member)
{
	if (!member_is_sound(member))
		return -EINVAL;
	if (set_find(set, member) < set->count)
		return -EEXIST;
	if (set->count == SMP_MAX_ADDRS)
		return -ENOSPC;
	set->members[set->count++] = *member;
	return 0;
}

/* The next struct sockaddr of the set; they do not say how long they are, their family does. */
static int read_member(struct mif_endpoint *member, struct reader *reader)
{
	struct reader peek = *reader;
	sa_family_t family;
	const uint8_t *octets;
	size_t size;

	reader_copy(&peek, &family, sizeof(family));
	if (peek.failed)
		return -EINVAL;
	size = member_size(family);
	if (size == 0)
		return -EAFNOSUPPORT;
	octets = reader_take(reader, size);
	return octets == NULL ? -EINVAL : member_from_sockaddr(member, octets, size);
}

static int read_head(struct sockaddr_mp *head, const void *octets, size_t size)
{
	struct reader reader = reader_of(octets, size);
	sa_family_t family = AF_UNSPEC;

	reader_copy(&reader, &family, sizeof(family));
	if (!reader.failed && family != AF_MULTIPATH)
		return -EAFNOSUPPORT;
	reader = reader_of(octets, size);
	reader_copy(&reader, head, sizeof(*head));
	if (reader.failed || head->smp_len < sizeof(*head) || head->smp_len > size)
		return -EINVAL;
	if (head->smp_flags != 0 || head->smp_reserved != 0 || head->smp_naddrs == 0)
		return -EINVAL;
	return head->smp_naddrs > SMP_MAX_ADDRS ? -E2BIG : 0;
}

int set_read(struct set *set, const void *octets, size_t size, enum set_use use)
{
	struct sockaddr_mp head;
	struct reader reader;
	int r = read_head(&head, octets, size);

	if (r < 0)
		return r;
	reader = reader_of(octets, head.smp_len);
	reader_take(&reader, sizeof(head));
	set->count = 0;
	for (size_t i = 0; i < head.smp_naddrs; i++) {
		struct mif_endpoint member;

		r = read_member(&member, &reader);
		if (r < 0)
			return r;
		if (use == SET_CONNECT &&
			(member.port == 0 || address_is_unspecified(&member.address)))
			return -EINVAL;
		if (set_add(set, &member) < 0)
			return -EINVAL;
	}
	return reader_left(&reader) == 0 ? 0 : -EINVAL;
}

void set_write(const struct set *set, void *octets, socklen_t *size)
{
	struct sockaddr_mp head = {.smp_family = AF_MULTIPATH, .smp_len = sizeof(head)};
	size_t room = *size, needed = sizeof(head);
	uint8_t *to = octets;

	for (size_t i = 0; i < set->count; i++) {
		struct sockaddr_storage address;
		size_t length = mif_endpoint_to_sockaddr(&set->members[i], &address);

		/* The first that does not fit ends it: what is told is the beginning. */
		if (needed + length <= room && head.smp_naddrs == i) {
			memcpy(to + needed, &address, length);
			head.smp_len = (uint16_t)(head.smp_len + length);
			head.smp_naddrs++;
		}
		needed += length;
	}
	memcpy(to, &head, MIN(room, sizeof(head)));
	*size = (socklen_t)needed;
}
