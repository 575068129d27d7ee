/* SPDX-License-Identifier: MIT */
/*
 * What single rtnetlink messages say, as facts. Holds no state: octets come in, facts go out, and a
 * message that is shorter than it claims says nothing.
 */
#include "source/rtnetlink-parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <linux/icmpv6.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"

#define ROUTER_ADVERTISEMENT 134

/* ---- attributes ---- */

/* Everything in a netlink message begins at a multiple of four octets. */
static size_t aligned(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Sorts attributes by type into table. -EBADMSG: one of them reaches beyond the end. */
static int attributes_index(
	const struct nlattr **table, size_t count, const void *octets, size_t size)
{
	const uint8_t *at = octets;

	memset(table, 0, count * sizeof(*table));
	while (size > 0) {
		const struct nlattr *attribute = (const void *)at;
		size_t step;

		if (!mnl_attr_ok(attribute, (int)size))
			return -EBADMSG;
		if (mnl_attr_get_type(attribute) < count)
			table[mnl_attr_get_type(attribute)] = attribute;
		step = MIN(aligned(attribute->nla_len), size);
		at += step;
		size -= step;
	}
	return 0;
}

/* The attributes behind a message's fixed head of this size. */
static int message_index(
	const struct nlattr **table, size_t count, const struct nlmsghdr *message, size_t head)
{
	const uint8_t *payload = mnl_nlmsg_get_payload(message);
	size_t size = mnl_nlmsg_get_payload_len(message);

	if (size < head)
		return -EBADMSG;
	head = MIN(aligned(head), size);
	return attributes_index(table, count, payload + head, size - head);
}

/* Whether it is there; one that is there and too short makes the message bad. */
static bool attribute_copy(const struct nlattr *attribute, void *value, size_t size, bool *bad)
{
	if (attribute == NULL)
		return false;
	if (mnl_attr_get_payload_len(attribute) < size) {
		*bad = true;
		return false;
	}
	memcpy(value, mnl_attr_get_payload(attribute), size);
	return true;
}

static bool attribute_address(const struct nlattr *attribute, unsigned int family, uint32_t ifindex,
	struct mif_address *address, bool *bad)
{
	uint8_t octets[16];

	if (!attribute_copy(attribute, octets, family == AF_INET ? 4 : 16, bad))
		return false;
	*address = family == AF_INET ? address_ipv4(octets) : address_ipv6(octets, ifindex);
	return true;
}

/* The kernel ends its strings with a NUL; one without it, or without room, makes it bad. */
static bool attribute_text(const struct nlattr *attribute, char *text, size_t size, bool *bad)
{
	const char *from;
	size_t length;

	if (attribute == NULL)
		return false;
	from = mnl_attr_get_payload(attribute);
	length = strnlen(from, mnl_attr_get_payload_len(attribute));
	if (length == mnl_attr_get_payload_len(attribute) || length >= size) {
		*bad = true;
		return false;
	}
	memcpy(text, from, length + 1);
	return true;
}

/* ---- links ---- */

/* By what made it, where the kernel says so. A TAP device has the type of Ethernet and behaves so,
 * which is why it is not here: "tun" counts only without that type. */
static const struct {
	const char *name;
	uint32_t kind;
} link_kinds[] = {
	{"bridge", MIF_KIND_BRIDGE},
	{"wireguard", MIF_KIND_TUNNEL},
	{"ppp", MIF_KIND_TUNNEL},
	{"sit", MIF_KIND_TUNNEL},
	{"gre", MIF_KIND_TUNNEL},
	{"gretap", MIF_KIND_TUNNEL},
	{"ip6gre", MIF_KIND_TUNNEL},
	{"ip6gretap", MIF_KIND_TUNNEL},
	{"ip6tnl", MIF_KIND_TUNNEL},
	{"ipip", MIF_KIND_TUNNEL},
	{"vti", MIF_KIND_TUNNEL},
	{"vti6", MIF_KIND_TUNNEL},
	{"xfrm", MIF_KIND_TUNNEL},
	{"wwan", MIF_KIND_CELLULAR},
	{"rmnet", MIF_KIND_CELLULAR},
};

static uint32_t link_kind(unsigned int type, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(link_kinds); i++) {
		if (strcmp(name, link_kinds[i].name) == 0)
			return link_kinds[i].kind;
	}
	switch (type) {
	case ARPHRD_LOOPBACK:
		return MIF_KIND_LOOPBACK;
	case ARPHRD_ETHER: /* Wi-Fi too: rtnetlink does not tell them apart */
		return MIF_KIND_ETHERNET;
	case ARPHRD_IEEE80211:
	case ARPHRD_IEEE80211_PRISM:
	case ARPHRD_IEEE80211_RADIOTAP:
		return MIF_KIND_WIFI;
	case ARPHRD_RAWIP:
		return MIF_KIND_CELLULAR;
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return MIF_KIND_TUNNEL;
	case ARPHRD_NONE: /* also of modems that carry raw IP, which nothing made */
		return strcmp(name, "tun") == 0 ? MIF_KIND_TUNNEL : MIF_KIND_UNKNOWN;
	default:
		return MIF_KIND_UNKNOWN;
	}
}

int rtnetlink_parse_link(const struct nlmsghdr *message, struct fact *fact)
{
	const struct nlattr *table[IFLA_MAX + 1], *information[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(message);
	char kind[32] = "";
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	/* AF_BRIDGE: a port joins or leaves a bridge. IFLA_WIRELESS: an event of the driver that
	 * repeats the name and nothing else. */
	if (head->ifi_family != AF_UNSPEC || table[IFLA_WIRELESS] != NULL)
		return 0;
	*fact = (struct fact){
		.kind = FACT_LINK,
		.ifindex = (uint32_t)head->ifi_index,
		.element = MIF_ELEMENT_ANY,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER,
	};
	if (table[IFLA_LINKINFO] != NULL) {
		if (attributes_index(information, ARRAY_SIZE(information),
			    mnl_attr_get_payload(table[IFLA_LINKINFO]),
			    mnl_attr_get_payload_len(table[IFLA_LINKINFO])) < 0)
			return -EBADMSG;
		attribute_text(information[IFLA_INFO_KIND], kind, sizeof(kind), &bad);
	}
	attribute_text(table[IFLA_IFNAME], fact->as.link.name, IFNAMSIZ, &bad);
	attribute_copy(table[IFLA_MTU], &fact->as.link.mtu, sizeof(uint32_t), &bad);
	/* Addresses of other sizes are not MAC addresses. */
	if (table[IFLA_ADDRESS] != NULL &&
		mnl_attr_get_payload_len(table[IFLA_ADDRESS]) == sizeof(fact->as.link.hardware))
		attribute_copy(table[IFLA_ADDRESS], fact->as.link.hardware,
			sizeof(fact->as.link.hardware), &bad);
	fact->as.link.kind = link_kind(head->ifi_type, kind);
	fact->as.link.flags = ((head->ifi_flags & IFF_UP) != 0 ? MIF_INTERFACE_UP : 0u) |
		((head->ifi_flags & IFF_LOWER_UP) != 0 ? MIF_INTERFACE_RUNNING : 0u);
	return bad || head->ifi_index <= 0 || fact->as.link.name[0] == '\0' ? -EBADMSG : 1;
}

/* ---- addresses ---- */

static uint32_t address_flags(unsigned int family, uint32_t flags, const struct ifa_cacheinfo *life)
{
	uint32_t result = 0;

	/* Optimistic addresses (RFC 4429) are tentative as well, and stay so until duplicate address
	 * detection is done: what is announced shall not be taken back a second later. */
	if ((flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0)
		result |= FACT_ADDRESS_TENTATIVE;
	/* The kernel says "preferred 0" one message before it says "deprecated". */
	if ((flags & IFA_F_DEPRECATED) != 0 || life->ifa_prefered == 0)
		result |= FACT_ADDRESS_DEPRECATED;
	if (family == AF_INET6 && (flags & IFA_F_TEMPORARY) != 0) /* IPv4: the bit is "secondary" */
		result |= FACT_ADDRESS_TEMPORARY;
	return result;
}

int rtnetlink_parse_address(const struct nlmsghdr *message, uint64_t now, struct fact *fact)
{
	const struct nlattr *table[IFA_MAX + 1];
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(message);
	struct ifa_cacheinfo life = {.ifa_prefered = UINT32_MAX, .ifa_valid = UINT32_MAX};
	bool bad = false;
	uint8_t origin = IFAPROT_UNSPEC;
	uint32_t flags;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	if (head->ifa_family != AF_INET && head->ifa_family != AF_INET6)
		return 0;
	*fact = (struct fact){.kind = FACT_ADDRESS, .ifindex = head->ifa_index};
	/* Between two points, IFA_ADDRESS is the other end's. */
	if (!attribute_address(table[IFA_LOCAL] != NULL ? table[IFA_LOCAL] : table[IFA_ADDRESS],
		    head->ifa_family, head->ifa_index, &fact->as.address.address, &bad))
		return -EBADMSG;
	flags = head->ifa_flags;
	attribute_copy(table[IFA_FLAGS], &flags, sizeof(flags), &bad);
	attribute_copy(table[IFA_CACHEINFO], &life, sizeof(life), &bad);
	attribute_copy(table[IFA_PROTO], &origin, sizeof(origin), &bad);
	fact->element = origin == IFAPROT_KERNEL_RA ? MIF_ELEMENT_RA : MIF_ELEMENT_ANY;
	fact->valid_until = clock_after(now, life.ifa_valid);
	fact->preferred_until = clock_after(now, life.ifa_prefered);
	fact->as.address.prefix_length = head->ifa_prefixlen;
	fact->as.address.flags = address_flags(head->ifa_family, flags, &life);
	if (head->ifa_prefixlen > 8 * address_size(&fact->as.address.address))
		bad = true;
	return bad || head->ifa_index == 0 ? -EBADMSG : 1;
}

/* ---- routes ---- */

/* The kernel counts in clock ticks; 0 is "never", below 0 "expired, and still listed". */
static uint64_t route_expires(int32_t ticks, uint64_t now)
{
	long frequency = sysconf(_SC_CLK_TCK);

	if (ticks <= 0)
		return ticks == 0 ? TIME_FOREVER : now;
	return now + (uint64_t)ticks * NSEC_PER_SEC / (uint64_t)(frequency > 0 ? frequency : 100);
}

static bool route_is_default(const struct rtmsg *head, uint32_t table)
{
	return (head->rtm_family == AF_INET || head->rtm_family == AF_INET6) &&
		head->rtm_dst_len == 0 && head->rtm_type == RTN_UNICAST && head->rtm_tos == 0 &&
		table == RT_TABLE_MAIN && (head->rtm_flags & RTM_F_CLONED) == 0;
}

int rtnetlink_parse_route(
	const struct nlmsghdr *message, uint64_t now, struct rtnetlink_route *route)
{
	const struct nlattr *table[RTA_MAX + 1];
	const struct rtmsg *head = mnl_nlmsg_get_payload(message);
	struct rta_cacheinfo cache = {0};
	uint32_t number;
	bool bad = false;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*head))
		return -EBADMSG;
	if (head->rtm_dst_len != 0) /* nearly every route of a busy host: no look at the rest */
		return 0;
	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	number = head->rtm_table;
	attribute_copy(table[RTA_TABLE], &number, sizeof(number), &bad);
	if (!bad && !route_is_default(head, number))
		return 0;
	*route = (struct rtnetlink_route){.gateway = table[RTA_GATEWAY], .via = table[RTA_VIA]};
	route->fact.kind = FACT_ROUTE;
	route->fact.as.route.family = head->rtm_family;
	route->fact.as.route.advertised = head->rtm_protocol == RTPROT_RA;
	route->fact.element = route->fact.as.route.advertised ? MIF_ELEMENT_RA : MIF_ELEMENT_ANY;
	attribute_copy(table[RTA_PRIORITY], &route->fact.as.route.metric, sizeof(uint32_t), &bad);
	attribute_copy(table[RTA_CACHEINFO], &cache, sizeof(cache), &bad);
	route->expires = route_expires(cache.rta_expires, now);
	route->fact.valid_until = route->expires == TIME_FOREVER
		? TIME_FOREVER
		: route->expires + RTNETLINK_ROUTE_GRACE;
	route->fact.preferred_until = TIME_FOREVER;
	if (table[RTA_MULTIPATH] != NULL) {
		route->hops = mnl_attr_get_payload(table[RTA_MULTIPATH]);
		route->left = mnl_attr_get_payload_len(table[RTA_MULTIPATH]);
	} else if (attribute_copy(table[RTA_OIF], &route->fact.ifindex, sizeof(uint32_t), &bad)) {
		route->single = (head->rtm_flags & RTNH_F_DEAD) == 0;
	}
	return bad ? -EBADMSG : 1;
}

/* RFC 5549: an IPv4 route may have an IPv6 next hop, which has an attribute of its own. */
static bool route_gateway(
	const struct nlattr *gateway, const struct nlattr *via, struct fact *fact, bool *bad)
{
	struct rtvia head;

	if (gateway != NULL)
		return attribute_address(gateway, fact->as.route.family, fact->ifindex,
			&fact->as.route.gateway, bad);
	if (!attribute_copy(via, &head, sizeof(head), bad))
		return false;
	if (head.rtvia_family != AF_INET6 || mnl_attr_get_payload_len(via) < sizeof(head) + 16) {
		*bad = true;
		return false;
	}
	fact->as.route.gateway = address_ipv6(
		(const uint8_t *)mnl_attr_get_payload(via) + sizeof(head), fact->ifindex);
	return true;
}

int rtnetlink_route_next(struct rtnetlink_route *route, struct fact *fact)
{
	const struct nlattr *table[RTA_MAX + 1];
	bool bad = false;

	*fact = route->fact;
	if (route->single) {
		route->single = false;
		route_gateway(route->gateway, route->via, fact, &bad);
		return bad ? -EBADMSG : 1;
	}
	while (route->left > 0) {
		const struct rtnexthop *hop = (const void *)route->hops;
		size_t step;

		if (route->left < sizeof(*hop) || hop->rtnh_len < sizeof(*hop) ||
			hop->rtnh_len > route->left)
			return -EBADMSG;
		if (attributes_index(
			    table, ARRAY_SIZE(table), hop + 1, hop->rtnh_len - sizeof(*hop)) < 0)
			return -EBADMSG;
		step = MIN(aligned(hop->rtnh_len), route->left);
		route->hops += step;
		route->left -= step;
		if ((hop->rtnh_flags & RTNH_F_DEAD) != 0)
			continue;
		fact->ifindex = (uint32_t)hop->rtnh_ifindex;
		route_gateway(table[RTA_GATEWAY], table[RTA_VIA], fact, &bad);
		return bad || hop->rtnh_ifindex <= 0 ? -EBADMSG : 1;
	}
	return 0;
}

/* ---- router advertisement options ---- */

int rtnetlink_parse_options(const struct nlmsghdr *message, struct rtnetlink_options *options)
{
	const struct nlattr *table[NDUSEROPT_MAX + 1];
	const struct nduseroptmsg *head = mnl_nlmsg_get_payload(message);
	bool bad = false;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*head) ||
		message_index(table, ARRAY_SIZE(table), message,
			sizeof(*head) + head->nduseropt_opts_len) < 0)
		return -EBADMSG;
	if (head->nduseropt_family != AF_INET6 ||
		head->nduseropt_icmp_type != ROUTER_ADVERTISEMENT || head->nduseropt_icmp_code != 0)
		return 0;
	if (head->nduseropt_ifindex <= 0)
		return -EBADMSG;
	*options = (struct rtnetlink_options){
		.ifindex = (uint32_t)head->nduseropt_ifindex,
		.octets = (const uint8_t *)(head + 1),
		.size = head->nduseropt_opts_len,
	};
	if (!attribute_address(
		    table[NDUSEROPT_SRCADDR], AF_INET6, options->ifindex, &options->router, &bad))
		return -EBADMSG;
	return address_is_link_local(&options->router) ? 1 : -EBADMSG;
}
