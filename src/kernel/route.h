/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include <mif/address.h>

/* A route as rtnetlink tells it, and how to ask for one. */
struct kernel_hop {
	uint32_t ifindex;
	struct mif_address gateway; /* AF_UNSPEC: on the link */
};

struct kernel_route {
	uint32_t family, table;
	uint8_t protocol, type, tos;
	bool cloned; /* of a cache, not of a table */
	uint32_t length; /* of the destination; 0: default */
	struct mif_address destination;
	uint32_t source_length; /* of the source that it is for; 0: any */
	struct mif_address source;
	struct mif_address preferred; /* source address of who is not bound */
	uint32_t metric;
	uint64_t expires; /* TIME_FOREVER: never */

	/* What kernel_route_next() works on. */
	bool single;
	struct kernel_hop hop;
	const uint8_t *hops;
	size_t left;
};

/* 1; 0: neither IPv4 nor IPv6; -EBADMSG. */
int kernel_route_parse(const struct nlmsghdr *message, uint64_t now, struct kernel_route *route);

/* Next hops that are dead are left out. 1: *hop is the next one; 0: there is none; -EBADMSG. */
int kernel_route_next(struct kernel_route *route, struct kernel_hop *hop);

/* Enough for a message that the functions below and in kernel/rule.h make. */
#define KERNEL_MESSAGE 256

/* RTM_NEWROUTE or RTM_DELROUTE by route->hop, which lives for so many seconds (0: for ever). */
struct nlmsghdr *kernel_route_message(void *octets, uint16_t type, uint16_t flags,
	const struct kernel_route *route, uint32_t lifetime);
