/* SPDX-License-Identifier: MIT */
/* What the kernel tells of links, addresses and routes. */
#include "source/test-rtnetlink.h"

/* ---- links ---- */

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
	policy_deinit(&news.policy);
	return tap_done();
}
