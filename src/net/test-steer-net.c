/* SPDX-License-Identifier: MIT */
/*
 * The hands of class routes against the kernel, in a network namespace of their own: what the verbs
 * do, what they refuse, and that nothing of anybody else's is ever touched.
 */
#include "net/steer.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "tap.h"

static const struct steer_mark mark = {
	.protocol = 77, .table = 77000, .slots = 4, .priority = 30000};
static struct steer steer;
static uint32_t ifindex;

/* ---- the kernel's state, as text ---- */

#define STATE 16384

/* Everything that this namespace routes by. Times run, and ids of nothing change. */
static const char *state(void)
{
	static char text[2][STATE];
	static int which;
	FILE *pipe = popen("{ ip rule; ip -6 rule; ip route show table all; ip -6 route show table "
			   "all; ip -o address; ip -o link; } | sed 's/ expires [0-9]*sec//'",
		"r");
	size_t size;

	which = !which;
	if (pipe == NULL)
		return "";
	size = fread(text[which], 1, STATE - 1, pipe);
	text[which][size] = '\0';
	pclose(pipe);
	return text[which];
}

static bool run(const char *command)
{
	int status = system(command);

	if (status != 0)
		printf("# status %d: %s\n", status, command);
	return status == 0;
}

static struct mif_address address(const char *text)
{
	struct mif_address result = {0};

	mif_address_parse(&result, text);
	return result;
}

static struct verb_route route(
	uint32_t slot, const char *prefix, const char *gateway, const char *source)
{
	struct verb_route verb = {.slot = slot, .ifindex = ifindex};
	unsigned int length = 0;

	prefix_parse(&verb.destination, &length, prefix);
	verb.length = length;
	if (gateway != NULL)
		verb.gateway = address(gateway);
	if (source != NULL)
		verb.source = address(source);
	return verb;
}

static struct verb_rule rule(uint32_t slot, uint32_t kind, const char *prefix)
{
	struct verb_rule verb = {.slot = slot, .kind = kind};
	unsigned int length = 0;

	prefix_parse(&verb.source, &length, prefix);
	verb.length = length;
	return verb;
}

/* ---- what they do ---- */

static void test_routes(void)
{
	struct verb_route on_link = route(1, "192.0.2.0/24", NULL, "192.0.2.7");
	struct verb_route standard = route(1, "0.0.0.0/0", "192.0.2.1", "192.0.2.7");
	struct verb_route by_ipv6 = route(2, "0.0.0.0/0", "fe80::1%d0", NULL);
	struct verb_route six = route(1, "::/0", "fe80::1%d0", NULL), instead = six;

	instead.rank = VERB_RANK_INSTEAD;
	ok(steer_put_route(&steer, &on_link) == 0 && steer_put_route(&steer, &standard) == 0 &&
			run("ip route show table 77001 proto 77 | grep -q "
			    "'^default via 192.0.2.1 dev d0 src 192.0.2.7'"),
		"a slot's IPv4 routes are in its table");
	ok(steer_put_route(&steer, &standard) == -EEXIST, "once");
	ok(steer_put_route(&steer, &by_ipv6) == 0 &&
			run("ip route show table 77002 | grep -q 'via inet6 fe80::1 dev d0'"),
		"an IPv4 route may have an IPv6 next hop (RFC 5549)");
	six.lifetime = 100;
	ok(steer_put_route(&steer, &six) == 0 &&
			run("ip -6 route show table 77001 | grep -q "
			    "'^default via fe80::1 dev d0 proto 77 .*expires \\(99\\|100\\)sec'"),
		"an IPv6 route ends with its router's lifetime");
	six.lifetime = 1000;
	ok(steer_put_route(&steer, &six) == 0 &&
			run("ip -6 route show table 77001 | grep -q "
			    "'expires \\(999\\|1000\\)sec' && "
			    "test $(ip -6 route show table 77001 default | wc -l) = 1"),
		"and gets more time when it is put again");
	ok(steer_put_route(&steer, &instead) == 0 && steer_remove_route(&steer, &six) == 0 &&
			run("ip -6 route show table 77001 | grep -q "
			    "'^default via fe80::1 dev d0 proto 77 metric 2048'"),
		"what is there instead of another one is another route, by the same router, too");
	ok(steer_put_route(&steer, &six) == 0 && steer_remove_route(&steer, &instead) == 0 &&
			run("ip -6 route show table 77001 | grep -q "
			    "'^default via fe80::1 dev d0 proto 77 metric 1024'"),
		"and goes without it");
	ok(steer_remove_route(&steer, &six) == 0 && steer_remove_route(&steer, &by_ipv6) == 0 &&
			steer_remove_route(&steer, &standard) == 0 &&
			steer_remove_route(&steer, &on_link) == 0 &&
			run("test -z \"$(ip route show table all proto 77; ip -6 route show table "
			    "all proto 77)\""),
		"all of them go again");
	ok(steer_remove_route(&steer, &standard) == -ESRCH, "what is not there cannot go");
}

static void test_rules(void)
{
	struct verb_rule four = rule(0, VERB_RULE_ALL, "192.0.2.7/32");
	struct verb_rule main = rule(0, VERB_RULE_MAIN, "192.0.2.7/32");
	struct verb_rule six = rule(3, VERB_RULE_OWN, "2001:db8:2a::/64");

	ok(steer_put_rule(&steer, &four) == 0 && steer_put_rule(&steer, &main) == 0 &&
			run("ip rule | grep -q '^30001:.from 192.0.2.7 lookup main "
			    "suppress_prefixlength 0 proto 77' && "
			    "ip rule | grep -q '^30002:.from 192.0.2.7 lookup 77000 proto 77'"),
		"an address is sent by its slot, after the main table's routes");
	ok(steer_put_rule(&steer, &six) == 0 &&
			run("ip -6 rule | grep -q '^30192:.from 2001:db8:2a::/64 lookup 77003 "
			    "suppress_prefixlength 0 proto 77'"),
		"shorter prefixes come after longer ones");
	ok(steer_put_rule(&steer, &six) == -EEXIST, "once");
	ok(steer_remove_rule(&steer, &four) == 0 && steer_remove_rule(&steer, &main) == 0 &&
			steer_remove_rule(&steer, &six) == 0 &&
			run("! ip rule | grep -q 'proto 77' && ! ip -6 rule | grep -q 'proto 77'"),
		"all of them go again");
}

/* ---- what they refuse ---- */

static int put_route(const struct verb_route *verb)
{
	int r = steer_put_route(&steer, verb);

	return r != 0 ? r : steer_remove_route(&steer, verb) == 0 ? 1 : 2;
}

static int put_rule(const struct verb_rule *verb)
{
	int r = steer_put_rule(&steer, verb);

	return r != 0 ? r : steer_remove_rule(&steer, verb) == 0 ? 1 : 2;
}

static void refused(int result, const char *what)
{
	ok(result == -EINVAL || result == -ERANGE, "refused: %s (%d)", what, result);
}

static void test_refused_routes(void)
{
	struct verb_route good = route(3, "192.0.2.0/24", "192.0.2.1", NULL), bad = good;

	ok(put_route(&good) == 1, "a good route is none of them");
	bad.slot = 4;
	refused(put_route(&bad), "a table beyond the range");
	bad.slot = UINT32_MAX - 77000 + 254;
	refused(put_route(&bad), "a slot that would overflow to the main table");
	bad = good, bad.length = 33;
	refused(put_route(&bad), "a length of 33");
	bad = good, bad.length = 16;
	refused(put_route(&bad), "a prefix with bits behind its end");
	bad = good, bad.destination.octets[15] = 1;
	refused(put_route(&bad), "an IPv4 address of 16 octets");
	bad = good, bad.destination.scope = 1;
	refused(put_route(&bad), "an IPv4 address with a scope");
	bad = good, bad.destination.family = 1;
	refused(put_route(&bad), "another family");
	bad = route(3, "127.0.0.0/8", NULL, NULL);
	refused(put_route(&bad), "a way to the loopback's addresses");
	bad = route(3, "ff00::/8", NULL, NULL);
	refused(put_route(&bad), "a way to multicast groups");
	bad = route(3, "::/0", "192.0.2.1", NULL);
	refused(put_route(&bad), "an IPv6 route by an IPv4 gateway");
	bad = route(3, "::/0", "fe80::1", NULL);
	refused(put_route(&bad), "a gateway of another link");
	bad = route(3, "::/0", "ff02::1", NULL);
	refused(put_route(&bad), "a group as gateway");
	bad = route(3, "::/0", "fe80::1%d0", "2001:db8::1");
	refused(put_route(&bad), "a source for IPv6");
	bad = route(3, "::/0", "fe80::1%d0", NULL), bad.rank = VERB_RANKS;
	refused(put_route(&bad), "a rank that is not there");
	bad = route(3, "::/0", NULL, NULL), bad.rank = VERB_RANK_INSTEAD;
	refused(put_route(&bad), "the link instead of a router");
	bad = route(3, "2001:db8::/32", "fe80::1%d0", NULL), bad.rank = VERB_RANK_INSTEAD;
	refused(put_route(&bad), "a route to somewhere instead of another one");
	bad = good, bad.rank = VERB_RANK_INSTEAD;
	refused(put_route(&bad), "an IPv4 route instead of another one");
	bad = good, bad.ifindex = 0;
	refused(put_route(&bad), "no link");
	bad = good, bad.ifindex = UINT32_MAX;
	refused(put_route(&bad), "a link below zero");
	bad = good, bad.lifetime = 1;
	refused(put_route(&bad), "a lifetime for IPv4");
	bad = good, bad.ifindex = 9999;
	ok(put_route(&bad) < 0, "and the kernel refuses a link that is not there");
}

static void test_refused_rules(void)
{
	struct verb_rule good = rule(3, VERB_RULE_ALL, "192.0.2.7/32"), bad = good;

	ok(put_rule(&good) == 1, "a good rule is none of them");
	bad.slot = 4;
	refused(put_rule(&bad), "a slot beyond the range");
	bad = good, bad.kind = VERB_RULE_KINDS;
	refused(put_rule(&bad), "a kind that is not there");
	bad = rule(3, VERB_RULE_ALL, "0.0.0.0/0");
	refused(put_rule(&bad), "everybody's IPv4 traffic");
	bad = rule(3, VERB_RULE_ALL, "192.0.2.0/24");
	refused(put_rule(&bad), "an IPv4 prefix");
	bad = rule(3, VERB_RULE_ALL, "::/0");
	refused(put_rule(&bad), "everybody's IPv6 traffic");
	bad = rule(3, VERB_RULE_ALL, "2000::/3");
	refused(put_rule(&bad), "the Internet");
	bad = rule(3, VERB_RULE_ALL, "fe80::/64");
	refused(put_rule(&bad), "link-local addresses");
	bad = rule(3, VERB_RULE_ALL, "127.0.0.1/32");
	refused(put_rule(&bad), "the loopback's");
	bad = rule(3, VERB_RULE_ALL, "::1/128");
	refused(put_rule(&bad), "the loopback's of IPv6");
	bad = good, bad.source.family = 0;
	refused(put_rule(&bad), "no family");
}

/* ---- what they leave alone ---- */

/* Others' routes and rules, also ones that resemble ours. */
static const char foreign[] =
	"ip route add default via 192.0.2.1 dev d0 metric 5 && "
	"ip route add default via 192.0.2.1 dev d0 table 77000 proto static && "
	"ip route add 198.51.100.0/24 via 192.0.2.1 dev d0 table 77004 proto 77 && "
	"ip route add 198.51.100.0/24 via 192.0.2.1 dev d0 proto 77 && "
	"ip -6 route add default via fe80::1 dev d0 table 77000 proto ra && "
	"ip rule add from 192.0.2.7 lookup 77000 pref 30002 protocol 4 && "
	"ip rule add from 192.0.2.7 lookup 77000 pref 29999 protocol 77 && "
	"ip rule add from 192.0.2.7 lookup 77004 pref 30001 protocol 77 && "
	"ip -6 rule add from 2001:db8:2a::/64 lookup 77001 pref 30191 protocol 4";

static void test_foreign(void)
{
	struct verb_route standard = route(0, "0.0.0.0/0", "192.0.2.1", NULL);
	struct verb_rule all = rule(0, VERB_RULE_ALL, "192.0.2.7/32");
	char before[STATE];

	if (!run(foreign))
		return;
	snprintf(before, sizeof(before), "%s", state());
	ok(steer_flush(&steer) == 0 && strcmp(state(), before) == 0,
		"a flush leaves alone what has our protocol or lies in our range, but not both");
	ok(steer_remove_route(&steer, &standard) == -ESRCH &&
			steer_remove_rule(&steer, &all) == -ENOENT && strcmp(state(), before) == 0,
		"no verb removes what is another's");
	ok(steer_put_route(&steer, &standard) == -EEXIST && strcmp(state(), before) == 0,
		"nor replaces it");
	for (uint32_t slot = 0; slot < 4; slot++) {
		for (uint32_t host = 1; host <= 50; host++) {
			char text[32];

			snprintf(text, sizeof(text), "2001:db8:2a:%x::%x/128", slot, host);

			struct verb_rule more = rule(slot, VERB_RULE_ALL, text);
			struct verb_route on_link = route(slot, text, NULL, NULL);

			steer_put_rule(&steer, &more);
			steer_put_route(&steer, &on_link);
		}
	}
	ok(run("test $(ip -6 rule | grep -c 'proto 77') = 200 && "
	       "test $(ip -6 route show table all proto 77 | wc -l) = 200"),
		"a crash leaves 200 rules and 200 routes behind");
	ok(steer_flush(&steer) == 0 && strcmp(state(), before) == 0,
		"a flush takes them all, and everything is as it was");
}

int main(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		tap_skip("routes and rules in a network namespace", "needs root for a namespace");
		return tap_done();
	}
	if (!run("{ command -v ip; } >/dev/null && ip link set lo up && "
		 "ip link add d0 type veth peer name d1 && ip link set d1 up && "
		 "ip link set d0 up && ip address add 192.0.2.7/24 dev d0 && "
		 "ip address add 2001:db8:2a::7/64 dev d0 nodad && sleep 2.2")) {
		tap_skip("routes and rules in a network namespace", "needs ip(8) and veth");
		return tap_done();
	}
	ifindex = address("fe80::1%d0").scope;
	ok(steer_open(&steer, &mark) == 0, "a socket of its own");
	test_routes();
	test_rules();

	char before[STATE];

	snprintf(before, sizeof(before), "%s", state());
	test_refused_routes();
	test_refused_rules();
	ok(strcmp(state(), before) == 0, "and the kernel is as it was");
	test_foreign();
	steer_close(&steer);

	struct verb_rule all = rule(0, VERB_RULE_ALL, "192.0.2.7/32");

	ok(steer_put_rule(&steer, &all) == -EPERM && steer_flush(&steer) == -EPERM,
		"without a socket nothing is done");
	return tap_done();
}
