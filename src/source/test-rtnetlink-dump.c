/* SPDX-License-Identifier: MIT */
/* What the kernel tells of routers, what whole tables say, and octets that say nothing. */
#include "source/test-rtnetlink.h"

/* ---- router advertisement options ---- */

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
	expect_answer(10, 1U << FACT_ADDRESS);
	start_ifaddr(RTM_DELADDR, "192.0.2.1", 24, 0);
	take();
	start_ifaddr(RTM_NEWADDR, "192.0.2.1", 24, 0);
	take_answer(10);
	start_end(NLMSG_DONE, 0);
	take_answer(10);
	ok(news.done && news.disturbed,
		"M12: what goes while a table is read, and is in an answer after it, has it read "
		"again");
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
