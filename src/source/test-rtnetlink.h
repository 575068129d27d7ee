/* SPDX-License-Identifier: MIT */
#pragma once

/* Crafted rtnetlink datagrams through rtnetlink_news_take(), against a model that remembers. */
#include "source/test-model.h"

#include "tap.h"

#include <arpa/inet.h>

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>

#include "source/rtnetlink-news.h"
#include "source/rtnetlink-parse.h"

#define PORT 4711
#define NOW (1000 * NSEC_PER_SEC)

__attribute__((unused)) static struct model model;
__attribute__((unused)) static struct rtnetlink_news news;
static _Alignas(struct nlmsghdr) uint8_t octets[8192];
__attribute__((unused)) static struct nlmsghdr *message;

__attribute__((unused)) static void reset(void)
{
	test_now = NOW;
	memset(&model, 0, sizeof(model));
	policy_deinit(&news.policy);
	memset(&news, 0, sizeof(news));
	news.port = PORT;
	news.done = true;
}

__attribute__((unused)) static void start(
	uint16_t type, uint16_t flags, const void *head, size_t size)
{
	memset(octets, 0, sizeof(octets));
	message = mnl_nlmsg_put_header(octets);
	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	memcpy(mnl_nlmsg_put_extra_header(message, size), head, size);
}

__attribute__((unused)) static void put_address(uint16_t type, const char *text)
{
	struct mif_address address;

	mif_address_parse(&address, text);
	mnl_attr_put(message, type, address_size(&address), address.octets);
}

/* As an event of somebody else's doing. */
__attribute__((unused)) static void take(void)
{
	rtnetlink_news_take(&news, &model, octets, message->nlmsg_len, NOW);
}

__attribute__((unused)) static void take_answer(uint32_t sequence)
{
	message->nlmsg_pid = PORT;
	message->nlmsg_seq = sequence;
	message->nlmsg_flags |= NLM_F_MULTI;
	take();
}

/* ---- messages ---- */

__attribute__((unused)) static void start_link(uint16_t type, unsigned int hardware,
	const char *kind, const char *name, unsigned int flags, unsigned int change)
{
	struct ifinfomsg head = {
		.ifi_index = 3,
		.ifi_type = (unsigned short)hardware,
		.ifi_flags = flags,
		.ifi_change = change,
	};

	start(type, 0, &head, sizeof(head));
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put_u32(message, IFLA_MTU, 1500);
	if (kind != NULL) {
		struct nlattr *nest = mnl_attr_nest_start(message, IFLA_LINKINFO);

		mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
		mnl_attr_nest_end(message, nest);
	}
}

__attribute__((unused)) static void start_ifaddr(
	uint16_t type, const char *text, unsigned int length, uint32_t flags)
{
	struct ifaddrmsg head = {
		.ifa_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET,
		.ifa_prefixlen = (uint8_t)length,
		.ifa_flags = (uint8_t)flags,
		.ifa_index = 3,
	};

	start(type, 0, &head, sizeof(head));
	put_address(IFA_ADDRESS, text);
	mnl_attr_put_u32(message, IFA_FLAGS, flags);
}

__attribute__((unused)) static void put_life(uint32_t preferred, uint32_t valid)
{
	struct ifa_cacheinfo life = {.ifa_prefered = preferred, .ifa_valid = valid};

	mnl_attr_put(message, IFA_CACHEINFO, sizeof(life), &life);
}

__attribute__((unused)) static void start_route(
	uint16_t type, uint16_t flags, unsigned int family, struct rtmsg head)
{
	head.rtm_family = (uint8_t)family;
	if (head.rtm_table == 0)
		head.rtm_table = RT_TABLE_MAIN;
	if (head.rtm_type == 0)
		head.rtm_type = RTN_UNICAST;
	start(type, flags, &head, sizeof(head));
	mnl_attr_put_u32(message, RTA_TABLE, head.rtm_table);
	mnl_attr_put_u32(message, RTA_PRIORITY, 100);
}

__attribute__((unused)) static void put_hop(
	unsigned int ifindex, unsigned int flags, const char *gateway)
{
	struct rtnexthop hop = {.rtnh_flags = (uint8_t)flags, .rtnh_ifindex = (int)ifindex};
	uint8_t *at = octets + message->nlmsg_len;

	message->nlmsg_len += (uint32_t)sizeof(hop);
	put_address(RTA_GATEWAY, gateway);
	hop.rtnh_len = (uint16_t)(octets + message->nlmsg_len - at);
	memcpy(at, &hop, sizeof(hop));
}

__attribute__((unused)) static void put_expires(int32_t ticks)
{
	struct rta_cacheinfo cache = {.rta_expires = ticks};

	mnl_attr_put(message, RTA_CACHEINFO, sizeof(cache), &cache);
}

__attribute__((unused)) static void start_options(const void *options, size_t size)
{
	struct nduseroptmsg head = {
		.nduseropt_family = AF_INET6,
		.nduseropt_opts_len = (uint16_t)size,
		.nduseropt_ifindex = 3,
		.nduseropt_icmp_type = 134,
	};

	start(RTM_NEWNDUSEROPT, 0, &head, sizeof(head));
	memcpy(mnl_nlmsg_put_extra_header(message, size), options, size);
	put_address(NDUSEROPT_SRCADDR, "fe80::22:a");
}

__attribute__((unused)) static const uint8_t prefix_option[32] = {
	3, 4, 64, 0xc0, 0, 0, 2, 0x58, 0, 0, 1, 0x2c, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0x2a};
__attribute__((unused)) static uint8_t servers_option[24] = {
	25, 3, 0, 0, 0, 0, 1, 0x2c, 0x20, 0x01, 0x0d, 0xb8, [23] = 1};
__attribute__((unused)) static const uint8_t search_option[24] = {31, 3, 0, 0, 0, 0, 1, 0x2c, 5,
	'A', 'l', 'p', 'h', 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e'};
__attribute__((unused)) static const uint8_t portal_option[16] = {
	37, 2, 'h', 't', 't', 'p', 's', ':', '/', '/', 'p'};
__attribute__((unused)) static const uint8_t pref64_option[16] = {
	38, 2, 0x02, 0x58, 0, 0x64, 0xff, 0x9b};
__attribute__((unused)) static const uint8_t pvd_option[16] = {21, 2, 0, 0, 0, 1, 1, 'x', 0};
