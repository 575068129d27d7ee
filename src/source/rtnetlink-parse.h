/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "base/clock.h"
#include "engine/fact.h"

/*
 * One rtnetlink message to facts. Each returns 1: it speaks of something that is a fact here;
 * 0: it does not; -EBADMSG: malformed. Of a message that tells of a deletion only the key counts.
 */
int rtnetlink_parse_link(const struct nlmsghdr *message, struct fact *fact);
int rtnetlink_parse_address(const struct nlmsghdr *message, uint64_t now, struct fact *fact);

/* A default route of the main table: its next hops follow. */
struct rtnetlink_route {
	struct fact fact; /* what they have in common */
	uint64_t expires; /* TIME_FOREVER: never */
	const struct nlattr *gateway, *via;
	const uint8_t *hops;
	size_t left; /* octets of hops */
	bool single;
};

/* A route's fact outlives the kernel's route by this much, so that there is time to ask whether a
 * router advertisement has extended it, of which the kernel says nothing. */
#define RTNETLINK_ROUTE_GRACE NSEC_PER_SEC

int rtnetlink_parse_route(
	const struct nlmsghdr *message, uint64_t now, struct rtnetlink_route *route);

/* 1: *fact is the next of its hops; 0: there is none; -EBADMSG. */
int rtnetlink_route_next(struct rtnetlink_route *route, struct fact *fact);

/* Neighbour discovery options of a router advertisement that user space should know. */
struct rtnetlink_options {
	uint32_t ifindex;
	struct mif_address router;
	const uint8_t *octets;
	size_t size;
};

int rtnetlink_parse_options(const struct nlmsghdr *message, struct rtnetlink_options *options);
