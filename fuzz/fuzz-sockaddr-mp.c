/* SPDX-License-Identifier: MIT */
/*
 * Octets as a struct sockaddr_mp. What is taken for a set can be walked, printed, read back, packed
 * and built again address by address, and is the same set each time; the first octet of an input
 * tells whether it is one to connect to.
 */
#include "fuzz.h"

#include <mif/multipath.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void check_walk(const struct sockaddr_mp *set, int count)
{
	struct sockaddr_mp_storage built;
	const struct sockaddr *address = NULL;
	uint8_t packed[SMP_MAX_PACKED];
	struct sockaddr_mp_storage unpacked;
	int walked = 0;

	multipath_clear(&built);
	while ((address = multipath_next(set, address)) != NULL) {
		socklen_t size = address->sa_family == AF_INET ? 16 : 28;

		PROMISE(multipath_add(&built, address, size) == ++walked);
	}
	PROMISE(walked == count);
	PROMISE(multipath_check((struct sockaddr *)&built, sizeof(built), 0) == count);
	if (multipath_pack(&built.mp, packed, sizeof(packed)) < 0) {
		PROMISE(errno == EMSGSIZE && count > 9);
		return;
	}
	PROMISE(multipath_unpack(&unpacked, packed, packed[0]) == count);
	PROMISE(memcmp(&unpacked, &built, sizeof(built)) == 0);
}

static void check_text(const struct sockaddr_mp *set, int count)
{
	struct sockaddr_mp_storage again;
	char text[SMP_MAX_TEXT], other[SMP_MAX_TEXT];
	int length = multipath_format(set, text, sizeof(text));

	PROMISE(length > 0 && length < SMP_MAX_TEXT && strlen(text) == (size_t)length);
	/* The scope of a link-local address may be a number that is no interface's index. */
	if (multipath_parse(&again, text) < 0) {
		PROMISE(strchr(text, '%') != NULL);
		return;
	}
	PROMISE(again.mp.smp_naddrs == count);
	PROMISE(multipath_format(&again.mp, other, sizeof(other)) == length);
	PROMISE(strcmp(text, other) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct sockaddr_mp *set;
	int count;

	if (size == 0 || size > 2048)
		return 0;
	/* As large as it says, and aligned as a program's own would be. */
	set = malloc(size);
	PROMISE(set != NULL);
	memcpy(set, octets + 1, size - 1);
	count = multipath_check((const struct sockaddr *)set, (socklen_t)(size - 1),
		octets[0] & MULTIPATH_CHECK_CONNECT);
	if (count < 0) {
		PROMISE(errno == EINVAL || errno == EAFNOSUPPORT || errno == E2BIG);
	} else {
		PROMISE(count >= 1 && count <= SMP_MAX_ADDRS);
		check_walk(set, count);
		check_text(set, count);
	}
	free(set);
	return 0;
}
