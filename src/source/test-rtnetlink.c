/* SPDX-License-Identifier: MIT */
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

static struct model model;
static struct rtnetlink_news news;
static _Alignas(struct nlmsghdr) uint8_t octets[8192];
static struct nlmsghdr *message;

static void reset(void)
{
	test_now = NOW;
	memset(&model, 0, sizeof(model));
	policy_deinit(&news.policy);
	memset(&news, 0, sizeof(news));
	news.port = PORT;
	news.done = true;
}

static void start(uint16_t type, uint16_t flags, const void *head, size_t size)
{
	memset(octets, 0, sizeof(octets));
	message = mnl_nlmsg_put_header(octets);
	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	memcpy(mnl_nlmsg_put_extra_header(message, size), head, size);
}

static void put_address(uint16_t type, const char *text)
{
	struct mif_address address;

	mif_address_parse(&address, text);
	mnl_attr_put(message, type, address_size(&address), address.octets);
}

/* As an event of somebody else's doing. */
static void take(void)
{
	rtnetlink_news_take(&news, &model, octets, message->nlmsg_len, NOW);
}

static void take_answer(uint32_t sequence)
{
	message->nlmsg_pid = PORT;
	message->nlmsg_seq = sequence;
	message->nlmsg_flags |= NLM_F_MULTI;
	take();
}

/* ---- links ---- */

static void start_link(uint16_t type, unsigned int hardware, const char *kind, const char *name,
	unsigned int flags, unsigned int change)
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

static void test_link_kinds(void)
{
	static const struct {
		unsigned int hardware;
		const char *kind;
		uint32_t expected;
	} cases[] = {
		{ARPHRD_LOOPBACK, NULL, MIF_KIND_LOOPBACK},
		{ARPHRD_ETHER, NULL, MIF_KIND_ETHERNET},
		{ARPHRD_ETHER, "veth", MIF_KIND_ETHERNET},
		{ARPHRD_ETHER, "tun", MIF_KIND_ETHERNET}, /* TAP */
		{ARPHRD_NONE, "tun", MIF_KIND_TUNNEL},
		{ARPHRD_NONE, "wireguard", MIF_KIND_TUNNEL},
		{ARPHRD_NONE, NULL, MIF_KIND_UNKNOWN},
		{ARPHRD_PPP, "ppp", MIF_KIND_TUNNEL},
		{ARPHRD_PPP, NULL, MIF_KIND_TUNNEL},
		{ARPHRD_SIT, "sit", MIF_KIND_TUNNEL},
		{ARPHRD_IPGRE, "gre", MIF_KIND_TUNNEL},
		{ARPHRD_TUNNEL6, "ip6tnl", MIF_KIND_TUNNEL},
		{ARPHRD_TUNNEL, "ipip", MIF_KIND_TUNNEL},
		{ARPHRD_TUNNEL, "vti", MIF_KIND_TUNNEL},
		{ARPHRD_ETHER, "bridge", MIF_KIND_BRIDGE},
		{ARPHRD_ETHER, "vrf", MIF_KIND_UNKNOWN},
		{ARPHRD_RAWIP, NULL, MIF_KIND_CELLULAR},
		{ARPHRD_IEEE80211_RADIOTAP, NULL, MIF_KIND_WIFI},
	};
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		reset();
		start_link(RTM_NEWLINK, cases[i].hardware, cases[i].kind, "x", IFF_UP, 0);
		take();
		if (model.count == 1 && model.entries[0].fact.as.link.kind == cases[i].expected)
			right++;
		else
			printf("# wrong: type %u kind %s\n", cases[i].hardware,
				cases[i].kind != NULL ? cases[i].kind : "none");
	}
	ok(right == ARRAY_SIZE(cases), "M6: kind of a link from its type and what made it");
}

/* What the kernel says of a link in a VRF. */
static void test_link_vrf(void)
{
	struct nlattr *nest, *data;

	start_link(RTM_NEWLINK, ARPHRD_ETHER, NULL, "x", IFF_UP, 0);
	ok(rtnetlink_parse_vrf(message) == 0, "a link may be in no VRF");
	nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_SLAVE_KIND, "vrf");
	data = mnl_attr_nest_start(message, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u32(message, IFLA_VRF_PORT_TABLE, 1000);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, nest);
	ok(rtnetlink_parse_vrf(message) == 1000, "M26: or in that of a table");
	data->nla_len = 5000;
	ok(rtnetlink_parse_vrf(message) == 0, "which says nothing if it is longer than it can be");
	start_link(RTM_NEWLINK, ARPHRD_ETHER, NULL, "x", IFF_UP, 0);
	nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(message, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u32(message, 1, 1000);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, nest);
	ok(rtnetlink_parse_vrf(message) == 0, "M26: a port of a bridge is in none");
}

static void test_links(void)
{
	struct ifinfomsg bridge = {.ifi_family = AF_BRIDGE, .ifi_index = 3};

	reset();
	start_link(RTM_NEWLINK, ARPHRD_ETHER, "veth", "h1", IFF_UP | IFF_LOWER_UP, UINT32_MAX);
	take();
	ok(model_has(&model, "link 3 name=h1 kind=2 flags=3 mtu=1500 metered=0 element=0 valid=-"),
		"M6: name, ifindex, kind, state and MTU of a link");
	ok(news.wanted == 0, "a new link makes no table wanted");
	start_link(RTM_NEWLINK, ARPHRD_ETHER, "veth", "renamed", IFF_UP, 0);
	take();
	ok(model.count == 1 &&
			model_has(&model,
				"link 3 name=renamed kind=2 flags=1 mtu=1500 "
				"metered=0 element=0 valid=-"),
		"M6: a rename and a lost carrier change the same link");
	start_link(RTM_NEWLINK, ARPHRD_ETHER, "veth", "renamed", 0, IFF_UP);
	take();
	ok(news.wanted == 1U << FACT_ROUTE && news.want_at == NOW + RTNETLINK_SETTLE,
		"a link that goes down takes IPv4 routes along in silence: routes are wanted");
	start(RTM_DELLINK, 0, &bridge, sizeof(bridge));
	mnl_attr_put_strz(message, IFLA_IFNAME, "renamed");
	take();
	ok(model.count == 1, "M7: a port that leaves its bridge is not a link that goes");
	start_link(RTM_NEWLINK, ARPHRD_ETHER, NULL, "renamed", 0, 0);
	mnl_attr_put_u32(message, IFLA_WIRELESS, 0);
	((struct ifinfomsg *)mnl_nlmsg_get_payload(message))->ifi_type = ARPHRD_NONE;
	take();
	ok(model.entries[0].fact.as.link.kind == MIF_KIND_ETHERNET,
		"a wireless event, which repeats only the name, changes nothing");
	start_link(RTM_DELLINK, ARPHRD_ETHER, NULL, "renamed", 0, 0);
	take();
	ok(model.count == 0 && news.dirty, "M7: a link that is deleted");
	ok(news.counters[RTNETLINK_MALFORMED] == 0 && news.counters[RTNETLINK_EVENTS] == 6,
		"nothing of this was malformed, and each was counted");
}

/* ---- addresses ---- */

static void start_ifaddr(uint16_t type, const char *text, unsigned int length, uint32_t flags)
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

static void put_life(uint32_t preferred, uint32_t valid)
{
	struct ifa_cacheinfo life = {.ifa_prefered = preferred, .ifa_valid = valid};

	mnl_attr_put(message, IFA_CACHEINFO, sizeof(life), &life);
}

static void test_addresses(void)
{
	reset();
	start_ifaddr(RTM_NEWADDR, "192.0.2.7", 24, IFA_F_PERMANENT | IFA_F_SECONDARY);
	put_address(IFA_LOCAL, "192.0.2.7");
	put_life(UINT32_MAX, UINT32_MAX);
	take();
	ok(model_has(&model, "address 3 192.0.2.7/24 flags=0 preferred=- element=0 valid=-"),
		"M18: an IPv4 address without end; \"secondary\" is not \"temporary\"");
	reset();
	start_ifaddr(RTM_NEWADDR, "10.0.0.2", 32, IFA_F_PERMANENT);
	put_address(IFA_LOCAL, "10.0.0.1");
	take();
	ok(model_has(&model, "address 3 10.0.0.1/32 flags=0 preferred=- element=0 valid=-"),
		"between two points the local address counts, not the other end's");
	reset();
	start_ifaddr(RTM_NEWADDR, "2001:db8::1", 64, IFA_F_TEMPORARY | IFA_F_MANAGETEMPADDR);
	put_life(120, 300);
	mnl_attr_put_u8(message, IFA_PROTO, IFAPROT_KERNEL_RA);
	take();
	ok(model_has(&model, "address 3 2001:db8::1/64 flags=4 preferred=120 element=1 valid=300"),
		"M18: lifetimes are absolute; temporary; by router advertisement");
	start_ifaddr(RTM_NEWADDR, "2001:db8::1", 64, 0);
	put_life(0, 300);
	take();
	ok(model.count == 1 &&
			model_has(&model,
				"address 3 2001:db8::1/64 flags=2 preferred=0 "
				"element=0 valid=300"),
		"M18: preferred lifetime 0 is deprecated, though the kernel does not say so yet");
	reset();
	start_ifaddr(RTM_NEWADDR, "fe80::1", 64, IFA_F_PERMANENT);
	take();
	ok(model_has(&model, "address 3 fe80::1%3/64 flags=0 preferred=- element=0 valid=-"),
		"a link-local address has its link as scope");
	start_ifaddr(RTM_DELADDR, "fe80::1", 64, IFA_F_PERMANENT);
	take();
	ok(model.count == 0 && news.wanted == 0, "M20: an IPv6 address goes");
	start_ifaddr(RTM_NEWADDR, "192.0.2.7", 24, 0);
	take();
	start_ifaddr(RTM_DELADDR, "192.0.2.7", 24, 0);
	take();
	ok(model.count == 0 && news.wanted == 1U << FACT_ROUTE,
		"M20: an IPv4 address goes, and routes may have gone with it in silence");
}

static void test_address_tentative(void)
{
	static const uint32_t flags[] = {IFA_F_TENTATIVE, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC,
		IFA_F_DADFAILED, IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_PERMANENT};
	size_t tentative = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		reset();
		start_ifaddr(RTM_NEWADDR, "2001:db8::1", 64, flags[i]);
		take();
		tentative += model.count == 1 &&
			model.entries[0].fact.as.address.flags == FACT_ADDRESS_TENTATIVE;
	}
	ok(tentative == ARRAY_SIZE(flags),
		"M18: tentative: also when optimistic, and when duplicate address detection "
		"failed");
}

/* ---- routes ---- */

static void start_route(uint16_t type, uint16_t flags, unsigned int family, struct rtmsg head)
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

static void put_hop(unsigned int ifindex, unsigned int flags, const char *gateway)
{
	struct rtnexthop hop = {.rtnh_flags = (uint8_t)flags, .rtnh_ifindex = (int)ifindex};
	uint8_t *at = octets + message->nlmsg_len;

	message->nlmsg_len += (uint32_t)sizeof(hop);
	put_address(RTA_GATEWAY, gateway);
	hop.rtnh_len = (uint16_t)(octets + message->nlmsg_len - at);
	memcpy(at, &hop, sizeof(hop));
}

static void put_expires(int32_t ticks)
{
	struct rta_cacheinfo cache = {.rta_expires = ticks};

	mnl_attr_put(message, RTA_CACHEINFO, sizeof(cache), &cache);
}

static void test_routes(void)
{
	reset();
	start_route(RTM_NEWROUTE, 0, AF_INET, (struct rtmsg){.rtm_protocol = RTPROT_DHCP});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	put_address(RTA_GATEWAY, "10.0.0.1");
	take();
	start_route(RTM_NEWROUTE, 0, AF_INET, (struct rtmsg){0});
	mnl_attr_put_u32(message, RTA_OIF, 4);
	take();
	ok(model.count == 2 &&
			model_has(&model,
				"route 3 via=10.0.0.1 family=4 metric=100 advertised=0 "
				"element=0 valid=-") &&
			model_has(&model,
				"route 4 via=- family=4 metric=100 advertised=0 "
				"element=0 valid=-"),
		"a default route through a router, and one on the link");
	reset();
	start_route(RTM_NEWROUTE, 0, AF_INET, (struct rtmsg){0});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	mnl_attr_put(message, RTA_VIA, 18, "\x0a\x00\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
	take();
	ok(model_has(&model,
		   "route 3 via=fe80::1%3 family=4 metric=100 advertised=0 element=0 "
		   "valid=-"),
		"an IPv4 default route through an IPv6 next hop");
}

static void test_route_multipath(void)
{
	struct nlattr *nest;

	reset();
	start_route(RTM_NEWROUTE, 0, AF_INET6, (struct rtmsg){0});
	nest = mnl_attr_nest_start(message, RTA_MULTIPATH);
	put_hop(3, 0, "fe80::a");
	put_hop(4, RTNH_F_LINKDOWN, "fe80::b");
	put_hop(5, RTNH_F_DEAD, "fe80::c");
	put_hop(3, 0, "fe80::d");
	mnl_attr_nest_end(message, nest);
	take();
	ok(model.count == 3 &&
			model_has(&model,
				"route 3 via=fe80::a%3 family=6 metric=100 advertised=0 "
				"element=0 valid=-") &&
			model_has(&model,
				"route 4 via=fe80::b%4 family=6 metric=100 advertised=0 "
				"element=0 valid=-") &&
			model_has(&model,
				"route 3 via=fe80::d%3 family=6 metric=100 advertised=0 "
				"element=0 valid=-"),
		"one fact a next hop; dead ones are none");
}

static void test_route_expiry(void)
{
	int32_t second = (int32_t)sysconf(_SC_CLK_TCK);

	reset();
	start_route(RTM_NEWROUTE, 0, AF_INET6, (struct rtmsg){.rtm_protocol = RTPROT_RA});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	put_address(RTA_GATEWAY, "fe80::a");
	put_expires(300 * second);
	take();
	ok(model_has(&model,
		   "route 3 via=fe80::a%3 family=6 metric=100 advertised=1 element=1 "
		   "valid=301"),
		"a router advertisement's route, in clock ticks, with a second of grace");
	ok(news.wanted == 1U << FACT_ROUTE && news.want_at >= NOW + 300 * NSEC_PER_SEC &&
			news.want_at < NOW + 301 * NSEC_PER_SEC,
		"at its end routes are wanted: the kernel does not tell that it was extended");
	reset();
	start_route(RTM_NEWROUTE, 0, AF_INET6, (struct rtmsg){.rtm_protocol = RTPROT_RA});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	put_expires(-10 * second);
	take();
	ok(model.count == 0 && news.wanted == 0, "a route that has expired and is still listed");
}

static void test_routes_ignored(void)
{
	static const struct rtmsg heads[] = {
		{.rtm_table = 100},
		{.rtm_table = RT_TABLE_LOCAL},
		{.rtm_dst_len = 24},
		{.rtm_type = RTN_BLACKHOLE},
		{.rtm_type = RTN_UNREACHABLE},
		{.rtm_flags = RTM_F_CLONED},
		{.rtm_tos = 0x10},
	};

	reset();
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		start_route(RTM_NEWROUTE, 0, AF_INET, heads[i]);
		mnl_attr_put_u32(message, RTA_OIF, 3);
		take();
		message->nlmsg_type = RTM_DELROUTE;
		take();
	}
	start_route(RTM_NEWROUTE, 0, 28 /* AF_MPLS */, (struct rtmsg){0});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	take();
	ok(model.count == 0 && !news.dirty && news.wanted == 0 &&
			news.counters[RTNETLINK_MALFORMED] == 0,
		"no default route of the main table: nothing to put, ask or commit");
}

static void test_route_losses(void)
{
	reset();
	start_route(RTM_NEWROUTE, 0, AF_INET, (struct rtmsg){0});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	take();
	ok(news.wanted == 0, "a route that is added makes no table wanted");
	message->nlmsg_type = RTM_DELROUTE;
	take();
	ok(model.count == 1 && news.wanted == 1U << FACT_ROUTE &&
			news.want_at == NOW + RTNETLINK_SETTLE,
		"a loss is looked at once more, after it has settled");
	reset();
	start_route(RTM_NEWROUTE, NLM_F_REPLACE, AF_INET, (struct rtmsg){0});
	mnl_attr_put_u32(message, RTA_OIF, 3);
	take();
	ok(model.count == 1 && news.wanted == 1U << FACT_ROUTE,
		"what a route replaced is not told: routes are wanted");
}

/* ---- router advertisement options ---- */

static void start_options(const void *options, size_t size)
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

static const uint8_t prefix_option[32] = {
	3, 4, 64, 0xc0, 0, 0, 2, 0x58, 0, 0, 1, 0x2c, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0x2a};
static uint8_t servers_option[24] = {25, 3, 0, 0, 0, 0, 1, 0x2c, 0x20, 0x01, 0x0d, 0xb8, [23] = 1};
static const uint8_t search_option[24] = {31, 3, 0, 0, 0, 0, 1, 0x2c, 5, 'A', 'l', 'p', 'h', 'a', 7,
	'e', 'x', 'a', 'm', 'p', 'l', 'e'};
static const uint8_t portal_option[16] = {37, 2, 'h', 't', 't', 'p', 's', ':', '/', '/', 'p'};
static const uint8_t pref64_option[16] = {38, 2, 0x02, 0x58, 0, 0x64, 0xff, 0x9b};
static const uint8_t pvd_option[16] = {21, 2, 0, 0, 0, 1, 1, 'x', 0};

static void test_options(void)
{
	reset();
	start_options(prefix_option, sizeof(prefix_option));
	take();
	start_options(servers_option, sizeof(servers_option));
	take();
	start_options(search_option, sizeof(search_option));
	take();
	start_options(portal_option, sizeof(portal_option));
	take();
	start_options(pref64_option, sizeof(pref64_option));
	take();
	ok(model_has(&model,
		   "prefix 3 2001:db8:2a::/64 on-link=1 autonomous=1 preferred=300 "
		   "element=1 valid=600 provider=fe80::22:a%3"),
		"option 3: the prefix and the router that it belongs to");
	ok(model_has(&model, "data 3 1 2001:db8::1/0  element=1 valid=300 provider=fe80::22:a%3"),
		"option 25: DNS server");
	ok(model_has(&model,
		   "data 3 2 -/0 alpha.example element=1 valid=300 "
		   "provider=fe80::22:a%3"),
		"option 31: search domain");
	ok(model_has(&model, "data 3 7 -/0 https://p element=1 valid=600 provider=fe80::22:a%3"),
		"option 37: captive portal, for as long as all else of its router");
	ok(model_has(&model, "data 3 8 64:ff9b::/96  element=1 valid=600 provider=fe80::22:a%3"),
		"option 38: PREF64");
	ok(model.heard == 5 && model.heard_last.octets[15] == 0x0a, "its router was heard");
	servers_option[6] = servers_option[7] = 0;
	start_options(servers_option, sizeof(servers_option));
	take();
	servers_option[6] = 1;
	servers_option[7] = 0x2c;
	ok(model.count == 4, "lifetime 0 drops");
	start_options(pvd_option, sizeof(pvd_option));
	take();
	ok(model.count == 4 && news.counters[RTNETLINK_MALFORMED] == 0,
		"an option that the kernel does not pass on is not taken from it");
}

static void test_options_bad(void)
{
	static const uint8_t zero[8] = {25, 0}, beyond[8] = {25, 3};

	reset();
	start_options(zero, sizeof(zero));
	take();
	start_options(beyond, sizeof(beyond));
	take();
	start_options(servers_option, sizeof(servers_option));
	put_address(NDUSEROPT_SRCADDR, "2001:db8::1");
	take();
	start_options(servers_option, sizeof(servers_option));
	((struct nduseroptmsg *)mnl_nlmsg_get_payload(message))->nduseropt_opts_len = 4096;
	take();
	ok(model.count == 0 && news.counters[RTNETLINK_MALFORMED] == 4,
		"options of length zero or beyond the end, and routers off the link, are counted");
	start_options(servers_option, sizeof(servers_option));
	((struct nduseroptmsg *)mnl_nlmsg_get_payload(message))->nduseropt_icmp_type = 137;
	take();
	ok(model.count == 0, "options of other ICMPv6 messages are not ours");
	for (unsigned int i = 0; i < 20; i++) {
		start_options(servers_option, sizeof(servers_option));
		((uint8_t *)mnl_attr_get_payload(
			(struct nlattr *)(octets + message->nlmsg_len - 20)))[15] = (uint8_t)i;
		take();
	}
	ok(model.count == 16 && news.counters[RTNETLINK_REFUSED] == 4,
		"a link has 16 routers; more newcomers are refused");
}

/* ---- snapshots ---- */

static void start_end(uint16_t type, int error)
{
	start(type, 0, &error, sizeof(error));
}

static void expect_answer(uint32_t sequence, uint32_t kinds)
{
	news.sequence = sequence;
	news.begin = kinds;
	news.done = news.disturbed = false;
}

static void test_snapshot(void)
{
	reset();
	start_ifaddr(RTM_NEWADDR, "192.0.2.1", 24, 0);
	take();
	start_ifaddr(RTM_NEWADDR, "192.0.2.2", 24, 0);
	take();
	expect_answer(7, 1U << FACT_ADDRESS);
	start_ifaddr(RTM_NEWADDR, "192.0.2.3", 24, 0);
	take();
	ok(model.begins == 0, "events that are older than the answer come before the snapshot");
	start_ifaddr(RTM_NEWADDR, "192.0.2.2", 24, 0);
	take_answer(7);
	ok(model.begins == 1 && !news.done, "the snapshot begins with the first answer");
	start_ifaddr(RTM_NEWADDR, "192.0.2.4", 24, 0);
	take();
	start_ifaddr(RTM_NEWADDR, "192.0.2.9", 24, 0);
	take_answer(6);
	start_end(NLMSG_DONE, 0);
	take_answer(7);
	ok(news.done && !news.disturbed && model.begins == 1, "and ends with the last");
	model_commit(&model, NOW);
	ok(model.count == 2 && model.entries[0].fact.as.address.address.octets[3] == 2 &&
			model.entries[1].fact.as.address.address.octets[3] == 4,
		"what it has not is gone; an event between is kept; another request's is ignored");
}

static void test_snapshot_disturbed(void)
{
	reset();
	start_ifaddr(RTM_NEWADDR, "192.0.2.1", 24, 0);
	take();
	expect_answer(7, 1U << FACT_ADDRESS);
	start_ifaddr(RTM_NEWADDR, "192.0.2.1", 24, 0);
	message->nlmsg_flags = NLM_F_DUMP_INTR;
	take_answer(7);
	start_end(NLMSG_DONE, 0);
	message->nlmsg_flags = NLM_F_DUMP_INTR;
	take_answer(7);
	ok(news.done && news.disturbed && news.counters[RTNETLINK_INTERRUPTED] == 1,
		"NLM_F_DUMP_INTR: the snapshot was disturbed, counted once");
	expect_answer(8, 1U << FACT_ADDRESS);
	start_end(NLMSG_ERROR, -EBUSY);
	take_answer(8);
	model_commit(&model, NOW);
	ok(news.done && news.disturbed && model.count == 1 && news.counters[RTNETLINK_FAILED] == 1,
		"a refused request empties no table");
	expect_answer(9, 1U << FACT_ADDRESS);
	start_end(NLMSG_DONE, -ENOENT);
	take_answer(9);
	model_commit(&model, NOW);
	ok(news.done && !news.disturbed && model.count == 0, "a table that is not there is empty");
}

static void test_refusals(void)
{
	reset();
	model.put_error = -ENOSPC;
	start_ifaddr(RTM_NEWADDR, "192.0.2.1", 24, 0);
	take();
	ok(news.counters[RTNETLINK_REFUSED] == 1 && news.wanted == 0,
		"a fact beyond the model's limit is counted and not tried again");
	model.put_error = -ENOMEM;
	take();
	ok(news.wanted == RTNETLINK_TABLES, "without memory all tables are read again, later");
	reset();
	news.options_only = true;
	take();
	start_options(servers_option, sizeof(servers_option));
	take();
	ok(model.count == 1 && model.entries[0].fact.kind == FACT_DATA,
		"after a loss no event is believed, but options, which no table has, are");
}

/* ---- bad octets ---- */

/* One message of each sort, complete. */
static void start_sample(unsigned int sample)
{
	struct nlattr *nest;

	switch (sample) {
	case 0:
		start_link(RTM_NEWLINK, ARPHRD_ETHER, "veth", "h1", IFF_UP, 0);
		break;
	case 1:
		start_ifaddr(RTM_NEWADDR, "2001:db8::1", 64, 0);
		put_life(120, 300);
		break;
	case 2:
		start_route(RTM_NEWROUTE, 0, AF_INET, (struct rtmsg){0});
		nest = mnl_attr_nest_start(message, RTA_MULTIPATH);
		put_hop(3, 0, "10.0.0.1");
		put_hop(4, 0, "10.0.0.2");
		mnl_attr_nest_end(message, nest);
		break;
	default:
		start_options(servers_option, sizeof(servers_option));
		break;
	}
}

/* In memory of its own, of exactly this size, so that a read beyond it is found. */
static void take_exactly(const void *from, size_t size)
{
	void *copy = malloc(size > 0 ? size : 1);

	memcpy(copy, from, size);
	rtnetlink_news_take(&news, &model, copy, size, NOW);
	free(copy);
}

/* What the shortened messages lead to is not judged here, only that they are read within their
 * size: cut between two attributes, one is another, sound message. */
static void test_truncated(void)
{
	size_t taken = 0, cuts = 0;

	for (unsigned int sample = 0; sample < 4; sample++) {
		start_sample(sample);
		uint32_t whole = message->nlmsg_len;

		for (uint32_t size = 0; size < whole; size++, cuts++) {
			reset();
			start_sample(sample);
			take_exactly(octets, size);
			taken += model.count;
			if (size < sizeof(*message))
				continue;
			message->nlmsg_len = size;
			take_exactly(octets, size);
		}
	}
	ok(cuts > 200 && taken == 0, "datagrams cut short anywhere say nothing");
}

/* libmnl looks at a length as a signed number. */
static void test_length_negative(void)
{
	reset();
	start_sample(0);
	message->nlmsg_len = 0x80000004;
	take_exactly(octets, 64);
	message->nlmsg_len = UINT32_MAX;
	take_exactly(octets, 64);
	ok(model.count == 0 && news.counters[RTNETLINK_EVENTS] == 0 &&
			news.counters[RTNETLINK_MALFORMED] == 2,
		"a length above 2^31 says nothing, and is counted");
}

static void test_noise(void)
{
	uint32_t state = 1;

	reset();
	for (unsigned int round = 0; round < 40000; round++) {
		start_sample(round % 4);
		for (unsigned int i = 0; i < 1 + round % 3; i++) {
			state = state * 1664525 + 1013904223;
			octets[16 + (state >> 8) % (message->nlmsg_len - 16)] =
				(uint8_t)(state >> 24);
		}
		take_exactly(octets, message->nlmsg_len);
		model.count = MIN(model.count, 64);
	}
	ok(news.counters[RTNETLINK_EVENTS] == 40000 && news.counters[RTNETLINK_MALFORMED] > 1000,
		"noise is skipped and counted");
}

int main(void)
{
	test_link_kinds();
	test_link_vrf();
	test_links();
	test_addresses();
	test_address_tentative();
	test_routes();
	test_route_multipath();
	test_route_expiry();
	test_routes_ignored();
	test_route_losses();
	test_options();
	test_options_bad();
	test_snapshot();
	test_snapshot_disturbed();
	test_refusals();
	test_truncated();
	test_length_negative();
	test_noise();
	policy_deinit(&news.policy);
	return tap_done();
}
