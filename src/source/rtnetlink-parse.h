/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "base/clock.h"
#include "engine/fact.h"
#include "kernel/route.h"

/*
 * One rtnetlink message to facts. Each returns 1: it speaks of something that is a fact here;
 * 0: it does not; -EBADMSG: malformed. Of a message that tells of a deletion only the key counts.
 */
/* *filter: of what comes in on the link alone, whatever holds for all (IPv4, rp_filter). */
int rtnetlink_parse_link(const struct nlmsghdr *message, struct fact *fact, uint32_t *filter);

/* The table of the VRF that a link is in, or 0. */
uint32_t rtnetlink_parse_vrf(const struct nlmsghdr *message);

/* RTM_NEWNETCONF: the same of one link, or of all of them (*ifindex 0). Of a link that is new, which
 * tells so itself, it does not speak. */
int rtnetlink_parse_filter(const struct nlmsghdr *message, uint32_t *ifindex, uint32_t *filter);

int rtnetlink_parse_address(const struct nlmsghdr *message, uint64_t now, struct fact *fact);

/* Whether it is a default route of the main table, for whatever source. */
bool rtnetlink_route_is_default(const struct kernel_route *route);

/* A route's fact outlives the kernel's route by this much, so that there is time to ask whether a
 * router advertisement has extended it, of which the kernel says nothing. */
#define RTNETLINK_ROUTE_GRACE NSEC_PER_SEC

/* Of its next hops, one after the other. 1; 0: there is none; -EBADMSG. */
int rtnetlink_route_fact(struct kernel_route *route, struct fact *fact);

/* Neighbour discovery options of a router advertisement that user space should know. */
struct rtnetlink_options {
	uint32_t ifindex;
	struct mif_address router;
	const uint8_t *octets;
	size_t size;
};

int rtnetlink_parse_options(const struct nlmsghdr *message, struct rtnetlink_options *options);
