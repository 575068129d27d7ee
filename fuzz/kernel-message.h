/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "fuzz.h"

/*
 * An input of a parser of netlink: which one (one octet), then a message as the kernel would send it. It is
 * aligned as those are, and nothing may be read behind it.
 */
static inline void kernel_message_check(const uint8_t *octets, size_t size,
	void (*check)(uint8_t parser, const struct nlmsghdr *message))
{
	struct nlmsghdr head;
	uint8_t *copy;

	if (size < 1 + sizeof(struct nlmsghdr))
		return;
	copy = malloc(size - 1);
	PROMISE(copy != NULL);
	memcpy(copy, octets + 1, size - 1);
	memcpy(&head, copy, sizeof(head));
	/* How long it is the kernel itself says. */
	if (head.nlmsg_len >= sizeof(head) && head.nlmsg_len <= size - 1)
		check(octets[0], (const struct nlmsghdr *)(const void *)copy);
	free(copy);
}
