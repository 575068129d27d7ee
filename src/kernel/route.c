/* SPDX-License-Identifier: MIT */
/*
 * Routes, from and to the octets of rtnetlink.
 */
#include "kernel/route.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/attribute.h"

/* ---- from the kernel ---- */

/* The kernel counts in clock ticks; 0 is "never", below 0 "expired, and still listed". */
static uint64_t route_expires(int32_t ticks, uint64_t now)
{
	long frequency = sysconf(_SC_CLK_TCK);

	if (ticks <= 0)
		return ticks == 0 ? TIME_FOREVER : now;
	return now + (uint64_t)ticks * NSEC_PER_SEC / (uint64_t)(frequency > 0 ? frequency : 100);
}

/* RFC 5549: an IPv4 route may have an IPv6 next hop, which has an attribute of its own. */
static void hop_gateway(
	const struct nlattr *const *table, unsigned int family, struct kernel_hop *hop, bool *bad)
{
	const struct nlattr *via = table[RTA_VIA];
	struct rtvia head;

	if (table[RTA_GATEWAY] != NULL) {
		attribute_address(table[RTA_GATEWAY], family, hop->ifindex, &hop->gateway, bad);
		return;
	}
	if (!attribute_copy(via, &head, sizeof(head), bad))
		return;
	if (head.rtvia_family != AF_INET6 || mnl_attr_get_payload_len(via) < sizeof(head) + 16)
		*bad = true;
	else
		hop->gateway = address_ipv6(
			(const uint8_t *)mnl_attr_get_payload(via) + sizeof(head), hop->ifindex);
}

static void route_read(const struct nlattr *const *table, const struct rtmsg *head, uint64_t now,
	struct kernel_route *route, bool *bad)
{
	struct rta_cacheinfo cache = {0};
	uint32_t ifindex = 0;

	attribute_copy(table[RTA_TABLE], &route->table, sizeof(uint32_t), bad);
	attribute_copy(table[RTA_PRIORITY], &route->metric, sizeof(uint32_t), bad);
	attribute_copy(table[RTA_CACHEINFO], &cache, sizeof(cache), bad);
	route->expires = route_expires(cache.rta_expires, now);
	attribute_copy(table[RTA_OIF], &ifindex, sizeof(ifindex), bad);
	attribute_address(table[RTA_DST], head->rtm_family, 0, &route->destination, bad);
	attribute_address(table[RTA_SRC], head->rtm_family, 0, &route->source, bad);
	attribute_address(table[RTA_PREFSRC], head->rtm_family, ifindex, &route->preferred, bad);
	if (table[RTA_MULTIPATH] != NULL) {
		route->hops = mnl_attr_get_payload(table[RTA_MULTIPATH]);
		route->left = mnl_attr_get_payload_len(table[RTA_MULTIPATH]);
	} else if (ifindex != 0) {
		route->hop.ifindex = ifindex;
		hop_gateway(table, head->rtm_family, &route->hop, bad);
		route->single = (head->rtm_flags & RTNH_F_DEAD) == 0;
	}
}

int kernel_route_parse(const struct nlmsghdr *message, uint64_t now, struct kernel_route *route)
{
	const struct nlattr *table[RTA_MAX + 1];
	const struct rtmsg *head = mnl_nlmsg_get_payload(message);
	uint32_t bits;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	if (head->rtm_family != AF_INET && head->rtm_family != AF_INET6)
		return 0;
	bits = head->rtm_family == AF_INET ? 32 : 128;
	*route = (struct kernel_route){
		.family = head->rtm_family,
		.table = head->rtm_table,
		.protocol = head->rtm_protocol,
		.type = head->rtm_type,
		.tos = head->rtm_tos,
		.cloned = (head->rtm_flags & RTM_F_CLONED) != 0,
		.length = head->rtm_dst_len,
		.source_length = head->rtm_src_len,
	};
	route_read(table, head, now, route, &bad);
	return bad || route->length > bits || route->source_length > bits ||
			route->hop.ifindex > INT32_MAX
		? -EBADMSG
		: 1;
}

int kernel_route_next(struct kernel_route *route, struct kernel_hop *hop)
{
	const struct nlattr *table[RTA_MAX + 1];
	bool bad = false;

	if (route->single) {
		route->single = false;
		*hop = route->hop;
		return 1;
	}
	while (route->left > 0) {
		const struct rtnexthop *next = (const void *)route->hops;
		size_t step;

		if (route->left < sizeof(*next) || next->rtnh_len < sizeof(*next) ||
			next->rtnh_len > route->left ||
			attributes_index(table, ARRAY_SIZE(table), next + 1,
				next->rtnh_len - sizeof(*next)) < 0)
			return -EBADMSG;
		step = MIN(attribute_aligned(next->rtnh_len), route->left);
		route->hops += step;
		route->left -= step;
		if ((next->rtnh_flags & RTNH_F_DEAD) != 0)
			continue;
		*hop = (struct kernel_hop){.ifindex = (uint32_t)next->rtnh_ifindex};
		hop_gateway(table, route->family, hop, &bad);
		return bad || next->rtnh_ifindex <= 0 ? -EBADMSG : 1;
	}
	return 0;
}

/* ---- to the kernel ---- */

static void put_address(struct nlmsghdr *message, uint16_t type, const struct mif_address *address)
{
	if (address->family != AF_UNSPEC)
		mnl_attr_put(message, type, address_size(address), address->octets);
}

static void put_gateway(
	struct nlmsghdr *message, uint32_t family, const struct mif_address *gateway)
{
	const struct rtvia head = {.rtvia_family = AF_INET6};
	uint8_t via[sizeof(head) + 16];

	if (gateway->family == family || gateway->family == AF_UNSPEC) {
		put_address(message, RTA_GATEWAY, gateway);
		return;
	}
	memcpy(via, &head, sizeof(head));
	memcpy(via + sizeof(head), gateway->octets, 16);
	mnl_attr_put(message, RTA_VIA, sizeof(via), via);
}

struct nlmsghdr *kernel_route_message(void *octets, uint16_t type, uint16_t flags,
	const struct kernel_route *route, uint32_t lifetime)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	bool on_link = route->hop.gateway.family == AF_UNSPEC;

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	head->rtm_family = (uint8_t)route->family;
	head->rtm_dst_len = (uint8_t)route->length;
	head->rtm_protocol = route->protocol;
	head->rtm_type = RTN_UNICAST;
	head->rtm_scope = route->family == AF_INET && on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	mnl_attr_put_u32(message, RTA_TABLE, route->table);
	if (route->length > 0)
		put_address(message, RTA_DST, &route->destination);
	put_gateway(message, route->family, &route->hop.gateway);
	mnl_attr_put_u32(message, RTA_OIF, route->hop.ifindex);
	put_address(message, RTA_PREFSRC, &route->preferred);
	if (route->metric > 0)
		mnl_attr_put_u32(message, RTA_PRIORITY, route->metric);
	if (lifetime > 0)
		mnl_attr_put_u32(message, RTA_EXPIRES, lifetime);
	return message;
}
