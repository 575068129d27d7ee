/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "engine/fact.h"

/* What systemd-networkd says of one link: the reply of DescribeLink(), read without a look at anything
 * else. */

/* Of one link; what is more is left out and counted. */
#define NETWORKD_FACTS 96

/* Longer replies are of hosts whose routing table is no list of provisioning domains. */
#define NETWORKD_TEXT (1U << 20)

struct networkd_link {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint8_t hardware[32];
	size_t hardware_size; /* 0: it has no address */
	char state[16]; /* the administrative one; "": not told */
	size_t count, omitted;
	struct fact facts[NETWORKD_FACTS]; /* DATA, PREFIX and LEASE */
};

/* 0; -EBADMSG: not what networkd says of a link; -ENOMEM. What is odd within it is left out. */
int networkd_parse(struct networkd_link *link, const char *text, size_t size);
