/* SPDX-License-Identifier: MIT */
/* What is known of a domain in, routes and rules out. */
#include "route/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "net/verb.h"
#include "route/ledger.h"
#include "tap.h"

static struct ledger *ledger;
static struct plan_domain domain;

static void reset(void)
{
	ledger_free(ledger);
	if (ledger_new(&ledger, 4) < 0)
		exit(1);
	domain = (struct plan_domain){.ifindex = 3};
}

static void address(const char *text)
{
	struct plan_address *address = &domain.addresses[domain.address_count++];
	unsigned int length = 0;

	prefix_parse(&address->address, &length, text);
	address->prefix_length = length;
}

static void router(const char *text)
{
	struct plan_router *router = &domain.routers[domain.router_count++];

	mif_address_parse(&router->address, text);
	router->until = TIME_FOREVER;
}

static struct plan_prefix prefix_of(const char *text)
{
	struct plan_prefix prefix = {.until = TIME_FOREVER};
	unsigned int length = 0;

	prefix_parse(&prefix.prefix, &length, text);
	prefix.length = length;
	return prefix;
}

static void prefix(const char *text)
{
	struct plan_prefix made = prefix_of(text);

	made.advertised = true;
	domain.prefixes[domain.prefix_count++] = made;
}

static struct plan_prefix *route(const char *text)
{
	domain.routes[domain.route_count] = prefix_of(text);
	return &domain.routes[domain.route_count++];
}

/* ---- the verbs as text, in their order ---- */

static char said[4096];

static void say_route(const struct verb_route *route)
{
	char to[PREFIX_TEXT], by[MIF_ADDRESS_TEXT], from[MIF_ADDRESS_TEXT];

	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s via %s src %s",
		prefix_format(&route->destination, route->length, to),
		mif_address_format(&route->gateway, by), mif_address_format(&route->source, from));
	if (route->lifetime != 0)
		snprintf(said + strlen(said), sizeof(said) - strlen(said), " for %u s",
			route->lifetime);
	strcat(said, route->rank == VERB_RANK_FIRST ? "; " : " instead; ");
}

static void say_rule(const struct verb_rule *rule)
{
	char from[PREFIX_TEXT];

	snprintf(said + strlen(said), sizeof(said) - strlen(said), "from %s %u; ",
		prefix_format(&rule->source, rule->length, from), rule->kind);
}

static const char *plan(bool main_first)
{
	struct verb verb;

	said[0] = '\0';
	plan_want(&domain, ledger, 1, main_first);
	while (ledger_next(ledger, 0, &verb) == 1) {
		const struct verb_answer done = {.type = verb.type, .serial = verb.serial};

		if (verb.type == VERB_PUT_RULE)
			say_rule(&verb.as.put_rule);
		else
			say_route(&verb.as.put_route);
		ledger_answered(ledger, &done, 0);
		verb.serial = 0;
		verb.as.put_route.lifetime =
			verb.type == VERB_PUT_ROUTE ? 0 : verb.as.put_route.lifetime;
		ledger_has(ledger, &verb, 0);
	}
	return said;
}

static void is(const char *got, const char *wanted, const char *sentence)
{
	if (!ok(strcmp(got, wanted) == 0, "%s", sentence))
		printf("# got:    %s\n# wanted: %s\n", got, wanted);
}

/* ---- tests ---- */

static void test_ipv4(void)
{
	reset();
	address("192.0.2.7/24");
	ok(!plan_is_worth_it(&domain), "without a router there is nothing to be steered");
	is(plan(true), "", "and nothing is");
	router("192.0.2.1");
	is(plan(true),
		"192.0.2.0/24 via - src 192.0.2.7; 0.0.0.0/0 via 192.0.2.1 src 192.0.2.7; "
		"from 192.0.2.7/32 0; from 192.0.2.7/32 1; from 192.0.2.7/32 2; ",
		"M26: an address, its link, its router, three rules");
	reset();
	address("192.0.2.7/24");
	router("192.0.2.1");
	is(plan(false),
		"192.0.2.0/24 via - src 192.0.2.7; 0.0.0.0/0 via 192.0.2.1 src 192.0.2.7; "
		"from 192.0.2.7/32 2; ",
		"without the main table's routes one rule does");
	reset();
	address("192.0.2.7/32");
	address("198.51.100.7/24");
	router("192.0.2.1");
	route("203.0.113.0/24")->until = 10 * NSEC_PER_SEC;
	mif_address_parse(&route("0.0.0.0/0")->gateway, "198.51.100.1");
	mif_address_parse(&route("10.0.0.0/8")->gateway, "198.51.100.1");
	route("172.16.0.0/12")->on_link = true;
	is(plan(false),
		"198.51.100.0/24 via - src 198.51.100.7; 172.16.0.0/12 via - src 192.0.2.7; "
		"203.0.113.0/24 via 192.0.2.1 src 192.0.2.7; "
		"10.0.0.0/8 via 198.51.100.1 src 198.51.100.7; 0.0.0.0/0 via 192.0.2.1 src "
		"192.0.2.7; "
		"from 192.0.2.7/32 2; from 198.51.100.7/32 2; ",
		"M26: routes of DHCP by their own routers, or by none, as long as the address is "
		"there; the "
		"default one by the domain's");
	reset();
	address("192.0.2.7/32");
	router("fe80::1%3");
	is(plan(false), "0.0.0.0/0 via fe80::1%3 src 192.0.2.7; from 192.0.2.7/32 2; ",
		"IPv4 by an IPv6 router (RFC 5549), where there is no other");
}

static void test_ipv6(void)
{
	reset();
	address("2001:db8:2a::7/64");
	address("2001:db8:2a::8/128");
	prefix("2001:db8:2a::/64");
	route("2001:db8:2aff::/48");
	router("fe80::a%3");
	is(plan(false),
		"2001:db8:2a::/64 via - src -; 2001:db8:2aff::/48 via fe80::a%3 src -; "
		"::/0 via fe80::a%3 src -; from 2001:db8:2a::7/128 2; from 2001:db8:2a::8/128 2; "
		"from 2001:db8:2a::/64 2; ",
		"M26: addresses, and the prefix for those that are still to come");
	reset();
	address("2001:db8:2a::7/64");
	address("fe80::7/64");
	prefix("2001:db8:2a::/64");
	prefix("2001:db8:2b::/64");
	domain.prefixes[0].until = 10 * NSEC_PER_SEC;
	domain.prefixes[1].advertised = false;
	router("fe80::a%3");
	is(plan(false),
		"2001:db8:2a::/64 via - src - for 10 s; 2001:db8:2b::/64 via - src -; "
		"::/0 via fe80::a%3 src -; from 2001:db8:2a::7/128 2; from 2001:db8:2a::/64 2; ",
		"M26: no rule for what is of the link alone, nor for a prefix that no router has "
		"told; a "
		"route as long as its prefix");
	domain.address_count = 0;
	ok(!plan_is_worth_it(&domain), "a domain without an address is none");

	reset();
	address("2001:db8:2a::7/64");
	prefix("2001:db8::/32");
	domain.prefixes[0].advertised = true;
	router("fe80::a%3");
	is(plan(false),
		"2001:db8::/32 via - src -; ::/0 via fe80::a%3 src -; from 2001:db8:2a::7/128 2; ",
		"a prefix as short as a provider's is not taken for one of a link");
}

/* Two routers, and nobody knows (yet) which the addresses are of. */
static void test_unclear(void)
{
	reset();
	address("2001:db8:2a::7/64");
	address("192.0.2.7/24");
	router("fe80::a%3");
	router("fe80::b%3");
	router("192.0.2.1");
	is(plan(false),
		"192.0.2.0/24 via - src 192.0.2.7; 0.0.0.0/0 via 192.0.2.1 src 192.0.2.7; "
		"from 192.0.2.7/32 2; ",
		"M10: of several IPv6 routers none is chosen blindly");
	domain.named = true;
	is(plan(false),
		"::/0 via fe80::a%3 src -; ::/0 via fe80::b%3 src - instead; "
		"from 2001:db8:2a::7/128 2; ",
		"M26: but of an explicit domain's the first, and the other one when that is dead");
}

static void test_others(void)
{
	reset();
	address("2001:db8:2a::7/64");
	router("fe80::a%3");
	mif_address_parse(&domain.others[0].address, "fe80::c%3");
	domain.others[0].until = 600 * NSEC_PER_SEC;
	domain.other_count = 1;
	is(plan(false),
		"::/0 via fe80::a%3 src -; ::/0 via fe80::c%3 src - for 600 s instead; "
		"from 2001:db8:2a::7/128 2; ",
		"M26: a router that has given the same addresses is there when the domain's is "
		"dead");
	domain.other_count = 0;
	is(plan(false), "::/0 via fe80::c%3 src - instead; ", "and not any more when it has not");
	domain.router_count = 0;
	domain.other_count = 1;
	plan(false);
	ok(!plan_is_worth_it(&domain), "but a domain without a router has no way out by another's");
}

static void test_tunnel(void)
{
	reset();
	address("10.8.0.2/32");
	ok(!plan_is_worth_it(&domain), "a tunnel to one host");
	domain.has_default = true;
	is(plan(false), "0.0.0.0/0 via - src 10.8.0.2; from 10.8.0.2/32 2; ",
		"and one to everywhere, without a router");
	reset();
	domain.has_default = true;
	address("10.8.0.2/32");
	address("2001:db8:2a::7/64");
	router("fe80::a%3");
	is(plan(false), "::/0 via fe80::a%3 src -; from 10.8.0.2/32 2; from 2001:db8:2a::7/128 2; ",
		"M26: with a router of IPv6, that of IPv4 is none");
}

static void test_limits(void)
{
	uint64_t count;

	reset();
	for (int i = 0; i < PLAN_ADDRESSES; i++) {
		char text[64];

		snprintf(text, sizeof(text), "2001:db8:2a::%x/64", i + 1);
		address(text);
	}
	for (int i = 0; i < PLAN_PREFIXES; i++) {
		char text[64];

		snprintf(text, sizeof(text), "2001:db8:%x::/64", i + 0x100);
		prefix(text);
	}
	for (int i = 0; i < PLAN_ROUTES; i++) {
		char text[64];

		snprintf(text, sizeof(text), "2001:db8:%x::/48", i + 0x1000);
		route(text);
	}
	router("fe80::a%3");
	ok(plan_want(&domain, ledger, 1, true) == 0, "the largest plan has room in a slot");
	plan(true);
	count = ledger_count(ledger, LEDGER_OBJECTS);
	ok(count == 3 * (PLAN_ADDRESSES + PLAN_PREFIXES) + PLAN_PREFIXES + PLAN_ROUTES + 1,
		"all of it: %llu", (unsigned long long)count);
}

int main(void)
{
	test_ipv4();
	test_ipv6();
	test_unclear();
	test_others();
	test_tunnel();
	test_limits();
	ledger_free(ledger);
	return tap_done();
}
