/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include <libmnl/libmnl.h>

/* One question to the kernel at a time, which it answers while it is asked. */

/* Close-on-exec, does not block. NULL: errno says why. */
struct mnl_socket *netlink_open(int protocol);

/* take, if there is one, is shown all that comes before the end of the answer. 0, or negative errno. */
int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *message, uint16_t flags,
	void (*take)(const struct nlmsghdr *answer, void *context), void *context);
