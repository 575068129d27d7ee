/* SPDX-License-Identifier: MIT */
/*
 * Rules of the routing policy, from and to the octets of rtnetlink.
 */
#include "kernel/rule.h"

#include <errno.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/attribute.h"

/* ---- from the kernel ---- */

/* Conditions that ordinary traffic meets only by chance: such a rule says nothing about a source. */
static const uint16_t special[] = {FRA_DST, FRA_TUN_ID, FRA_IP_PROTO, FRA_SPORT_RANGE,
	FRA_DPORT_RANGE, 25 /* FRA_DSCP */, 26 /* FRA_FLOWLABEL */};

static bool rule_is_special(const struct nlattr *const *table, const struct fib_rule_hdr *head)
{
	struct fib_rule_uid_range range;
	char name[32] = "";
	bool bad = false;

	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (table[special[i]] != NULL)
			return true;
	}
	if (head->dst_len != 0 || head->tos != 0)
		return true;
	if (attribute_copy(table[FRA_UID_RANGE], &range, sizeof(range), &bad) &&
		(range.start != 0 || range.end < UINT32_MAX - 1))
		return true;
	/* What this host sends comes in by "lo". */
	return attribute_text(table[FRA_IIFNAME], name, sizeof(name), &bad) &&
		strcmp(name, "lo") != 0;
}

/* FRA_OIFNAME is no condition here: by other routes than those of its own link, nothing leaves that
 * is bound to a link. */
static bool rule_matches(
	const struct nlattr *const *table, const struct fib_rule_hdr *head, bool *bad)
{
	uint32_t mark = 0, mask = UINT32_MAX;
	bool marked;

	attribute_copy(table[FRA_FWMARK], &mark, sizeof(mark), bad);
	attribute_copy(table[FRA_FWMASK], &mask, sizeof(mask), bad);
	marked = (mark & mask) != 0;
	if (rule_is_special(table, head))
		return false;
	if ((head->flags & FIB_RULE_INVERT) == 0)
		return !marked;
	/* "not fwmark N", as VPNs have it; not from somewhere is nobody's. */
	return marked && head->src_len == 0;
}

int kernel_rule_parse(const struct nlmsghdr *message, struct kernel_rule *rule)
{
	const struct nlattr *table[32];
	const struct fib_rule_hdr *head = mnl_nlmsg_get_payload(message);
	uint32_t suppress = UINT32_MAX;
	uint8_t vrf = 0;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	if (head->family != AF_INET && head->family != AF_INET6)
		return 0;
	*rule = (struct kernel_rule){
		.family = head->family, .table = head->table, .length = head->src_len};
	attribute_copy(table[FRA_PRIORITY], &rule->priority, sizeof(uint32_t), &bad);
	attribute_copy(table[FRA_TABLE], &rule->table, sizeof(uint32_t), &bad);
	attribute_copy(table[FRA_PROTOCOL], &rule->protocol, sizeof(uint8_t), &bad);
	attribute_copy(table[FRA_SUPPRESS_PREFIXLEN], &suppress, sizeof(suppress), &bad);
	attribute_copy(table[FRA_L3MDEV], &vrf, sizeof(vrf), &bad);
	rule->vrf = vrf != 0;
	attribute_address(table[FRA_SRC], head->family, 0, &rule->source, &bad);
	rule->suppresses_default = suppress <= INT32_MAX;
	rule->action = head->action == FR_ACT_TO_TBL ? KERNEL_RULE_TABLE
		: head->action == FR_ACT_BLACKHOLE || head->action == FR_ACT_UNREACHABLE ||
			head->action == FR_ACT_PROHIBIT
		? KERNEL_RULE_END
		: KERNEL_RULE_OTHER;
	rule->matches = rule_matches(table, head, &bad);
	if (rule->length > (head->family == AF_INET ? 32 : 128) ||
		(rule->length > 0 && rule->source.family == AF_UNSPEC))
		bad = true;
	return bad ? -EBADMSG : 1;
}

/* ---- to the kernel ---- */

struct nlmsghdr *kernel_rule_message(
	void *octets, uint16_t type, uint16_t flags, const struct kernel_rule *rule)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	head->family = (uint8_t)rule->family;
	head->src_len = (uint8_t)rule->length;
	head->action = FR_ACT_TO_TBL;
	mnl_attr_put(message, FRA_SRC, address_size(&rule->source), rule->source.octets);
	mnl_attr_put_u32(message, FRA_TABLE, rule->table);
	mnl_attr_put_u32(message, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(message, FRA_PROTOCOL, rule->protocol);
	/* "Suppressed" are routes of this length and shorter ones. */
	if (rule->suppresses_default)
		mnl_attr_put_u32(message, FRA_SUPPRESS_PREFIXLEN, 0);
	return message;
}
