/* SPDX-License-Identifier: MIT */
/*
 * What single rtnetlink messages say, as facts. Holds no state: octets come in, facts go out, and a
 * message that is shorter than it claims says nothing.
 */
#include "source/rtnetlink-parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <linux/icmpv6.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/attribute.h"

#define ROUTER_ADVERTISEMENT 134

/* ---- links ---- */

/* By what made it, where the kernel says so. A TAP device has the type of Ethernet and behaves so,
 * which is why it is not here: "tun" counts only without that type. */
static const struct {
	const char *name;
	uint32_t kind;
} link_kinds[] = {
	{"bridge", MIF_KIND_BRIDGE},
	{"vrf", MIF_KIND_UNKNOWN},
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
	case ARPHRD_ETHER: /* Wi-Fi too: rtnetlink does not tell them apart, source/wifi.c does */
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

/* IFLA_AF_SPEC holds IFLA_INET_CONF of AF_INET, which is the kernel's array of settings, of which a
 * newer kernel has more. */
static void link_filter(const struct nlattr *families, uint32_t *filter, bool *bad)
{
	const struct nlattr *by_family[AF_INET + 1], *settings[IFLA_INET_MAX + 1];
	const size_t at = (IPV4_DEVCONF_RP_FILTER - 1) * sizeof(uint32_t);
	const struct nlattr *array;

	if (families == NULL)
		return;
	if (attributes_index(by_family, ARRAY_SIZE(by_family), mnl_attr_get_payload(families),
		    mnl_attr_get_payload_len(families)) < 0) {
		*bad = true;
		return;
	}
	if (by_family[AF_INET] == NULL)
		return;
	if (attributes_index(settings, ARRAY_SIZE(settings),
		    mnl_attr_get_payload(by_family[AF_INET]),
		    mnl_attr_get_payload_len(by_family[AF_INET])) < 0) {
		*bad = true;
		return;
	}
	array = settings[IFLA_INET_CONF];
	if (array != NULL && mnl_attr_get_payload_len(array) >= at + sizeof(*filter))
		memcpy(filter, (const uint8_t *)mnl_attr_get_payload(array) + at, sizeof(*filter));
}

int rtnetlink_parse_filter(const struct nlmsghdr *message, uint32_t *ifindex, uint32_t *filter)
{
	const struct nlattr *table[NETCONFA_MAX + 1];
	const struct netconfmsg *head = mnl_nlmsg_get_payload(message);
	int32_t index = 0;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	if (head->ncm_family != AF_INET ||
		!attribute_copy(table[NETCONFA_IFINDEX], &index, sizeof(index), &bad) ||
		!attribute_copy(table[NETCONFA_RP_FILTER], filter, sizeof(*filter), &bad))
		return bad ? -EBADMSG : 0;
	if (index == NETCONFA_IFINDEX_ALL)
		index = 0;
	else if (index <= 0 || table[NETCONFA_FORWARDING] != NULL)
		return 0;
	*ifindex = (uint32_t)index;
	return 1;
}

int rtnetlink_parse_link(const struct nlmsghdr *message, struct fact *fact, uint32_t *filter)
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
	*filter = 0;
	link_filter(table[IFLA_AF_SPEC], filter, &bad);
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

uint32_t rtnetlink_parse_vrf(const struct nlmsghdr *message)
{
	const struct nlattr *table[IFLA_MAX + 1], *information[IFLA_INFO_MAX + 1];
	const struct nlattr *data[IFLA_VRF_PORT_MAX + 1];
	char kind[32] = "";
	uint32_t vrf = 0;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct ifinfomsg)) < 0 ||
		table[IFLA_LINKINFO] == NULL ||
		attributes_index(information, ARRAY_SIZE(information),
			mnl_attr_get_payload(table[IFLA_LINKINFO]),
			mnl_attr_get_payload_len(table[IFLA_LINKINFO])) < 0 ||
		!attribute_text(information[IFLA_INFO_SLAVE_KIND], kind, sizeof(kind), &bad) ||
		strcmp(kind, "vrf") != 0 || information[IFLA_INFO_SLAVE_DATA] == NULL ||
		attributes_index(data, ARRAY_SIZE(data),
			mnl_attr_get_payload(information[IFLA_INFO_SLAVE_DATA]),
			mnl_attr_get_payload_len(information[IFLA_INFO_SLAVE_DATA])) < 0)
		return 0;
	attribute_copy(data[IFLA_VRF_PORT_TABLE], &vrf, sizeof(vrf), &bad);
	return vrf;
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

bool rtnetlink_route_is_default(const struct kernel_route *route)
{
	return route->length == 0 && route->source_length == 0 && route->type == RTN_UNICAST &&
		route->tos == 0 && route->table == RT_TABLE_MAIN && !route->cloned;
}

int rtnetlink_route_fact(struct kernel_route *route, struct fact *fact)
{
	struct kernel_hop hop;
	int r = kernel_route_next(route, &hop);

	if (r <= 0)
		return r;
	*fact = (struct fact){
		.kind = FACT_ROUTE,
		.ifindex = hop.ifindex,
		.element = route->protocol == RTPROT_RA ? MIF_ELEMENT_RA : MIF_ELEMENT_ANY,
		.valid_until = route->expires == TIME_FOREVER
			? TIME_FOREVER
			: route->expires + RTNETLINK_ROUTE_GRACE,
		.preferred_until = TIME_FOREVER,
		.as.route = {.gateway = hop.gateway,
			.family = route->family,
			.metric = route->metric,
			.advertised = route->protocol == RTPROT_RA,
			.source = route->preferred},
	};
	return 1;
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
