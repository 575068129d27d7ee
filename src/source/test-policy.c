/* SPDX-License-Identifier: MIT */
/* Rules and routes in, facts about sources out. */
#include "source/test-model.h"

#include "tap.h"

#include <linux/rtnetlink.h>

#include "source/policy.h"

#define T 77001

static struct model model;
static struct policy policy;

static void reset(void)
{
	policy_deinit(&policy);
	memset(&model, 0, sizeof(model));
}

static uint32_t family_of(const char *text)
{
	return strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
}

/* from: a prefix; "" or ":": all of IPv4 or IPv6. */
static struct kernel_rule rule_make(uint32_t priority, const char *from, uint32_t table)
{
	struct kernel_rule rule = {
		.family = family_of(from), .priority = priority, .table = table, .matches = true};
	unsigned int length = 0;

	if (strlen(from) > 1) {
		prefix_parse(&rule.source, &length, from);
		rule.length = length;
	}
	return rule;
}

static void rule(uint32_t priority, const char *from, uint32_t table)
{
	const struct kernel_rule made = rule_make(priority, from, table);

	policy_put_rule(&policy, &made);
}

static void rule_suppress(uint32_t priority, const char *from, uint32_t table)
{
	struct kernel_rule made = rule_make(priority, from, table);

	made.suppresses_default = true;
	policy_put_rule(&policy, &made);
}

static struct kernel_route route_make(uint32_t table, const char *to, uint32_t metric)
{
	struct kernel_route route = {.family = family_of(to),
		.table = table,
		.type = RTN_UNICAST,
		.metric = metric,
		.expires = TIME_FOREVER};
	unsigned int length = 0;

	prefix_parse(&route.destination, &length, to);
	route.length = length;
	return route;
}

static struct kernel_hop hop_make(const char *gateway, uint32_t ifindex)
{
	struct kernel_hop hop = {.ifindex = ifindex};

	if (gateway != NULL)
		mif_address_parse(&hop.gateway, gateway);
	if (hop.gateway.family == AF_INET6 && address_is_link_local(&hop.gateway))
		hop.gateway.scope = ifindex;
	return hop;
}

static void route_metric(
	uint32_t table, const char *to, const char *gateway, uint32_t ifindex, uint32_t metric)
{
	struct kernel_route made = route_make(table, to, metric);
	struct kernel_hop hop = hop_make(gateway, ifindex);

	if (policy_takes_route(&made))
		policy_put_route(&policy, &made, &hop, TIME_FOREVER);
}

static void route(uint32_t table, const char *to, const char *gateway, uint32_t ifindex)
{
	route_metric(table, to, gateway, ifindex, 0);
}

static void tell(void)
{
	test_now = 0;
	policy_tell(&policy, &model, 1);
}

static bool steered(const char *text)
{
	char line[TEST_TEXT];

	snprintf(line, sizeof(line), "steer %s element=0 valid=-", text);
	return model_has(&model, line);
}

/* ---- */

static void test_from_rules(void)
{
	reset();
	rule(0, "", RT_TABLE_LOCAL);
	rule(32766, "", RT_TABLE_MAIN);
	rule(32767, "", RT_TABLE_DEFAULT);
	tell();
	ok(model.count == 0 && !policy_names_tables(&policy),
		"the kernel's own rules steer nobody");
	rule(30000, "192.0.2.7/32", T);
	ok(policy_names_tables(&policy), "a rule from an address names a table");
	tell();
	ok(model.count == 0, "an empty table steers nobody");
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	tell();
	ok(model.count == 1 && steered("2 192.0.2.7/32 via=192.0.2.1 first=1"),
		"its default route's router takes what has that source");

	struct kernel_rule gone = rule_make(30000, "192.0.2.7/32", T);

	policy_drop_rule(&policy, &gone);
	tell();
	ok(model.count == 0, "until the rule goes");
	rule(30000, "192.0.2.7/32", T);
	tell();

	struct kernel_route lost = route_make(T, "0.0.0.0/0", 0);
	struct kernel_hop hop = hop_make("192.0.2.1", 2);

	policy_drop_route(&policy, &lost, &hop);
	tell();
	ok(model.count == 0, "or the route");
}

static void test_order(void)
{
	reset();
	rule_suppress(100, "192.0.2.7/32", RT_TABLE_MAIN);
	rule(101, "192.0.2.7/32", T);
	rule(50, "192.0.2.0/24", T + 1);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	route(T, "0.0.0.0/0", "198.51.100.1", 3);
	route(T + 1, "0.0.0.0/0", "192.0.2.9", 2);
	tell();
	ok(model.count == 3 && steered("2 192.0.2.7/32 via=192.0.2.9 first=1"),
		"of several rules the first one counts that has a default route by the link");
	ok(steered("3 192.0.2.7/32 via=198.51.100.1 first=0"),
		"for another link another one, which what is bound to none does not take");
	ok(steered("2 192.0.2.0/24 via=192.0.2.9 first=1"), "a shorter prefix by itself");

	reset();
	rule(10, "", RT_TABLE_MAIN);
	rule(20, "192.0.2.7/32", T);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	tell();
	ok(model.count == 0, "what comes after the main table steers nobody");

	reset();
	rule_suppress(30, "192.0.2.7/32", T);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	tell();
	ok(model.count == 0, "nor does a rule that leaves default routes out");
}

static void test_conditions(void)
{
	struct kernel_rule marked = rule_make(10, "192.0.2.7/32", T + 1);
	struct kernel_rule end = rule_make(10, "192.0.2.7/32", 0);

	marked.matches = false;
	end.action = KERNEL_RULE_END;
	reset();
	policy_put_rule(&policy, &marked);
	rule(20, "192.0.2.7/32", T);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	route(T + 1, "0.0.0.0/0", "192.0.2.9", 2);
	tell();
	ok(model.count == 1 && steered("2 192.0.2.7/32 via=192.0.2.1 first=1"),
		"a rule for special traffic does not count");
	policy_put_rule(&policy, &end);
	tell();
	ok(model.count == 0, "behind one that ends there is nothing");
}

static void test_choice(void)
{
	reset();
	rule(10, "2001:db8:2a::/64", T);
	route_metric(T, "::/0", "fe80::a", 2, 200);
	route_metric(T, "::/0", "fe80::b", 2, 100);
	tell();
	ok(steered("2 2001:db8:2a::/64 via=fe80::b%2 first=1"), "the best metric counts");
	route_metric(T, "::/0", "fe80::c", 2, 100);
	tell();
	ok(model.count == 1 && steered("2 2001:db8:2a::/64 via=:: first=1"),
		"where two are equally good, nobody knows which");
}

/* As ip-route(8) makes with "from", and OpenWrt with sourcefilter. */
static void test_subtrees(void)
{
	struct kernel_route from = route_make(RT_TABLE_MAIN, "::/0", 50);
	struct kernel_hop hop = hop_make("fe80::b", 2);
	unsigned int length;

	reset();
	rule(32766, ":", RT_TABLE_MAIN);
	prefix_parse(&from.source, &length, "2001:db8:2b::/64");
	from.source_length = length;
	ok(policy_takes_route(&from), "a default route for a source alone");
	policy_put_route(&policy, &from, &hop, TIME_FOREVER);
	tell();
	ok(model.count == 1 && steered("2 2001:db8:2b::/64 via=fe80::b%2 first=1"),
		"is a rule as well");
	rule(10, "2001:db8:2b::/64", T);
	route(T, "::/0", "fe80::d", 2);
	tell();
	ok(model.count == 1 && steered("2 2001:db8:2b::/64 via=fe80::d%2 first=1"),
		"and comes after the rules before the main table's");
}

static void test_halves(void)
{
	reset();
	rule(32766, "", RT_TABLE_MAIN);
	route(RT_TABLE_MAIN, "0.0.0.0/1", "10.8.0.1", 9);
	tell();
	ok(model.count == 0, "half of all destinations is no default route");
	route(RT_TABLE_MAIN, "128.0.0.0/1", "10.8.0.1", 9);
	tell();
	ok(model.count == 1 &&
			model_has(&model,
				"route 9 via=10.8.0.1 family=4 metric=0 advertised=0 element=0 "
				"valid=-"),
		"both halves are one, whatever the metrics of others");
	rule_suppress(30001, "192.0.2.7/32", RT_TABLE_MAIN);
	rule(30002, "192.0.2.7/32", T);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	tell();
	ok(steered("2 192.0.2.7/32 via=192.0.2.1 first=0"),
		"an address that is bound to no link leaves by the tunnel, and by its own with it");
	reset();
	route(RT_TABLE_MAIN, "2000::/3", NULL, 9);
	tell();
	ok(model.count == 1 &&
			model_has(&model,
				"route 9 via=- family=6 metric=0 advertised=0 element=0 valid=-"),
		"of IPv6, all that is in use is enough");
}

/* As wg-quick(8) makes: everything without the tunnel's own mark. */
static void test_everything(void)
{
	reset();
	rule_suppress(32764, "", RT_TABLE_MAIN);
	rule(32765, "", 51820);
	rule(32766, "", RT_TABLE_MAIN);
	route(51820, "0.0.0.0/0", NULL, 9);
	tell();
	ok(model.count == 1 && steered("9 0.0.0.0/0 via=- first=1"),
		"a tunnel that takes everything is told for every source");
}

/* Only what a change is about is told again. */
static void test_change(void)
{
	static const struct kernel_rule one = {
		.family = AF_INET, .priority = 9, .table = T, .matches = true, .length = 32};
	size_t refused = 0;

	reset();
	rule(10, "192.0.2.7/32", T);
	rule(10, "192.0.2.8/32", T);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	tell();
	model.count = 0;
	rule(10, "192.0.2.9/32", T);
	tell();
	ok(model.count == 1 && steered("2 192.0.2.9/32 via=192.0.2.1 first=1"),
		"a new rule is told without all others");
	rule(5, "192.0.2.0/24", T);
	tell();
	ok(model.count == 4, "one for a prefix with those of its addresses");
	policy_begin_rules(&policy);
	rule(10, "192.0.2.8/32", T);
	tell();
	ok(model.count == 1 && steered("2 192.0.2.8/32 via=192.0.2.1 first=1"),
		"what is not told again is gone");
	for (uint32_t i = 0; i < POLICY_RULES + 10; i++) {
		struct kernel_rule more = one;
		const uint8_t octets[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		more.source = address_ipv4(octets);
		refused += policy_put_rule(&policy, &more) == -ENOSPC;
	}
	ok(refused == 11 && policy.rule_count == POLICY_RULES,
		"rules beyond the limit are refused");
}

/* As the kernel has it: one rule for all VRFs, before all others but that of the local table. */
static void test_vrf(void)
{
	struct kernel_rule all = rule_make(1000, "", 0);

	all.vrf = true;
	reset();
	policy_put_rule(&policy, &all);
	rule(32766, "", RT_TABLE_MAIN);
	route(T, "0.0.0.0/0", "192.0.2.1", 2);
	ok(!policy_names_tables(&policy), "without a link in a VRF, its rule names no table");
	tell();
	ok(model.count == 0, "and steers nobody");
	policy_set_vrf(&policy, 2, T);
	ok(policy_names_tables(&policy), "with one it does");
	tell();
	ok(model.count == 1 && steered("2 0.0.0.0/0 via=192.0.2.1 first=1"),
		"M26: a link in a VRF leads where the VRF's table says");
	route_metric(T, "0.0.0.0/0", "198.51.100.1", 3, 7);
	tell();
	ok(model.count == 1, "which is nothing to other links");
	policy_set_vrf(&policy, 3, T);
	tell();
	ok(steered("2 0.0.0.0/0 via=192.0.2.1 first=1") &&
			steered("3 0.0.0.0/0 via=198.51.100.1 first=0"),
		"M26: of two in one VRF the better route's is first");
	rule(30000, "192.0.2.7/32", T + 1);
	route(T + 1, "0.0.0.0/0", "192.0.2.9", 2);
	tell();
	ok(steered("2 192.0.2.7/32 via=192.0.2.1 first=1"),
		"M26: rules behind that of the VRFs count for them no more");
	policy_set_vrf(&policy, 2, 0);
	tell();
	ok(model.count == 3 && steered("2 192.0.2.7/32 via=192.0.2.9 first=1"),
		"M26: and do again for a link that has left its VRF");
	policy_set_vrf(&policy, 3, T + 5);
	tell();
	ok(model.count == 1, "a link in another VRF has not the routes of this one");
}

int main(void)
{
	test_from_rules();
	test_order();
	test_conditions();
	test_choice();
	test_subtrees();
	test_halves();
	test_everything();
	test_change();
	test_vrf();
	policy_deinit(&policy);
	return tap_done();
}
