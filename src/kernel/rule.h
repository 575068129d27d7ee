/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include <mif/address.h>

enum kernel_rule_action {
	KERNEL_RULE_TABLE, /* the table is looked up */
	KERNEL_RULE_END, /* unreachable, prohibit, blackhole: nothing leaves */
	KERNEL_RULE_OTHER, /* goto, nop */
};

/* A rule of the routing policy, and how to ask for one. */
struct kernel_rule {
	uint32_t family;
	uint32_t priority; /* the lower the earlier */
	uint32_t table;
	uint8_t protocol;
	enum kernel_rule_action action;
	/* An ordinary packet of this host matches, if its source does: one without a mark. */
	bool matches;
	bool vrf; /* each link that has a VRF has that one's table, in place of this one */
	bool suppresses_default; /* default routes of the table do not count */
	uint32_t length; /* of the source; 0: any */
	struct mif_address source;
};

/* 1; 0: neither IPv4 nor IPv6; -EBADMSG. */
int kernel_rule_parse(const struct nlmsghdr *message, struct kernel_rule *rule);

/* RTM_NEWRULE or RTM_DELRULE, with a buffer of KERNEL_MESSAGE octets (kernel/route.h). */
struct nlmsghdr *kernel_rule_message(
	void *octets, uint16_t type, uint16_t flags, const struct kernel_rule *rule);
