/* SPDX-License-Identifier: MIT */
/*
 * Octets as a set in the draft's own layout. What is taken for one is a sound set, and packs to no
 * more octets than it came in; those unpack to the same set.
 */
#include "fuzz.h"

#include <mif/multipath.h>

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct sockaddr_mp_storage set, again;
	uint8_t packed[SMP_MAX_PACKED];
	int count = multipath_unpack(&set, octets, size);
	int length;

	if (count < 0) {
		PROMISE(errno == EINVAL || errno == EAFNOSUPPORT);
		return 0;
	}
	PROMISE(multipath_check((const struct sockaddr *)&set, sizeof(set), 0) == count);
	length = multipath_pack(&set.mp, packed, sizeof(packed));
	PROMISE(length > 0 && (size_t)length <= size && packed[0] == length);
	PROMISE(multipath_unpack(&again, packed, (size_t)length) == count);
	PROMISE(memcmp(&set, &again, sizeof(set)) == 0);
	return 0;
}
