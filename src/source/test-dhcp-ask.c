/* SPDX-License-Identifier: MIT */
/* Questions of our own: what becomes of them, and when and whom to ask, without asking. */
#include "source/test-dhcp-world.h"

/* ---- questions of our own ---- */

static struct dhcp_link *asked(uint32_t ifindex, uint32_t family, const char *from)
{
	struct dhcp_link *link = dhcp_links_find(&news.links, ifindex);
	unsigned int i = dhcp_index(family);

	mif_address_parse(&link->asker[i], from);
	if (family == AF_INET6)
		link->asker[i].scope = ifindex;
	dhcp_ask_begin(&link->ask[i], 0x77, 0, test_now);
	dhcp_ask_sent(&link->ask[i], true, 512, test_now);
	return link;
}

static void test_probe(void)
{
	struct dhcp_link *link;

	begin();
	notice_address(H1, "10.11.0.50", 0, true);
	link = asked(H1, AF_INET, "10.11.0.50");
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = 0x77, .client = "10.11.0.50", .options = ACK_DNS});
	ok(has("data 2 1 10.11.0.1/0  element=3 probed valid=- provider=10.11.0.1") && facts() == 1,
		"M21: an answer to a question of our own: data, no lease, and trusted less");
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = 0x77, .client = "10.11.0.50", .options = ACK_DNS});
	ok(counter("dhcp question answered") == 1 &&
			counter("dhcp dropped: answer of another server") == 0,
		"M21: the same once more is nothing new");
	hear4(H1,
		&(struct test_dhcp4){.transaction = 0x77,
			.client = "10.11.0.50",
			.options = "350105 36040a0b0002 06040a0b0002 ff"});
	ok(facts() == 1 && counter("dhcp dropped: answer of another server") == 1,
		"M21: a second server's is dropped");
	request(7, REQUEST_ANY);
	answer(7, ACK_DNS);
	ok(facts() == 3, "M21: what the client is given stands beside it");
	hear4(H1,
		&(struct test_dhcp4){.request = true,
			.transaction = 9,
			.client = "10.11.0.126",
			.options = "350107 36040a0b0001 ff"});
	ok(has("data 2 1 10.11.0.1/0  element=3 probed valid=- provider=10.11.0.1") && facts() == 1,
		"M21: and goes alone");

	begin();
	link = asked(H1, AF_INET, "10.11.0.50");
	test_now = link->ask[0].until;
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = 0x77, .client = "10.11.0.50", .options = ACK_DNS});
	ok(model.count == 0 && counter("dhcp dropped: answer too late") == 1,
		"M21: an answer that comes too late is dropped");
	link = asked(H1, AF_INET, "10.11.0.50");
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = 0x78, .client = "10.11.0.50", .options = ACK_DNS});
	ok(model.count == 0 && counter("dhcp dropped: answer to no question") == 1,
		"M21: and one to another question");
}

static void test_probe6(void)
{
	static const char *const servers[] = {
		"fe80::1", "fe80::2", "fe80::3", "fe80::4", "fe80::5"};

	begin();
	notice_address(H2, "fe80::50", 0, true);
	asked(H2, AF_INET6, "fe80::50");
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		hear6(H2, false, servers[i], "07000077 00170010 20010db8000000000000000000000001");
	ok(has("data 3 1 2001:db8::1/0  element=2 probed valid=- provider=fe80::1%3") &&
			has("data 3 1 2001:db8::1/0  element=2 probed valid=- "
			    "provider=fe80::4%3") &&
			facts() == 4 && counter("dhcp dropped: answer of another server") == 1,
		"M10 M21: each router may answer for itself, four in all");
	pass(2);
	asked(H2, AF_INET6, "fe80::50");
	hear6(H2, false, "fe80::1", "07000077 00170010 20010db8000000000000000000000002");
	ok(has("data 3 1 2001:db8::2/0  element=2 probed valid=- provider=fe80::1%3") &&
			facts() == 4,
		"M21: what one of them says anew replaces what it said");
}

/* ---- when to ask ---- */

static void test_schedule(void)
{
	struct dhcp_ask ask;
	uint64_t now = NOW;

	dhcp_ask_init(&ask);
	ok(ask.next == TIME_FOREVER, "nothing is asked by itself");
	dhcp_ask_begin(&ask, 1, 1023, now);
	ok(ask.next > now + MSECONDS(199) && ask.next < now + MSECONDS(200),
		"the first question after a delay of at most 200 ms");
	dhcp_ask_begin(&ask, 1, 0, now);
	ok(ask.next == now, "which is random");
	dhcp_ask_sent(&ask, true, 0, now);
	ok(ask.next == now + SECONDS(9) / 10, "the next after a second, a tenth less or more");
	dhcp_ask_sent(&ask, true, 512, ask.next);
	dhcp_ask_sent(&ask, true, 512, ask.next);
	ok(ask.next > now + SECONDS(6) && ask.next < now + SECONDS(8), "then two, then four");
	dhcp_ask_sent(&ask, true, 512, ask.next);
	ok(ask.next == TIME_FOREVER && ask.until > now + SECONDS(14),
		"four in all, and eight seconds more for an answer");
	now += SECONDS(100);
	dhcp_ask_begin(&ask, 2, 0, now);
	dhcp_ask_sent(&ask, true, 512, now);
	dhcp_ask_answered(&ask, 0, 512, now);
	ok(ask.next > now + SECONDS(80000) && ask.next < now + SECONDS(93000) && ask.resting,
		"M21: what was answered is asked again after a day");
	dhcp_ask_answered(&ask, 600, 1023, now);
	ok(ask.next > now + SECONDS(600) && ask.next < now + SECONDS(661),
		"M21: or as the server says");
	dhcp_ask_begin(&ask, 3, 512, now);
	ok(ask.next == now + SECONDS(1), "but once a second at most");
	for (int i = 0; i < 12; i++)
		dhcp_ask_sent(&ask, false, 512, now);
	ok(ask.next > now + SECONDS(3200) && ask.next < now + SECONDS(4000),
		"where nobody answers any more, after an hour");
}

/* ---- whom to ask ---- */

/* What a link is told of, and what comes of it: without the look that the helpers above take at once. */
static void tell_link(uint32_t ifindex, uint32_t kind, uint32_t flags)
{
	struct fact fact = {.kind = FACT_LINK, .ifindex = ifindex};

	fact.as.link.kind = kind;
	fact.as.link.flags = flags;
	memcpy(fact.as.link.hardware, "\2\0\0\0\x11\x10", 6);
	dhcp_links_notice(&news.links, &fact, true, test_now);
}

static void tell_address(uint32_t ifindex, const char *text, bool there)
{
	struct fact fact = {.kind = FACT_ADDRESS, .ifindex = ifindex};

	mif_address_parse(&fact.as.address.address, text);
	fact.as.address.prefix_length = 24;
	dhcp_links_notice(&news.links, &fact, there, test_now);
}

/* As a turn of the source does. Returns how many questions were sent. */
static size_t turn(void)
{
	struct dhcp_due due[DHCP_TURN];
	size_t count;

	if (news.links.look_at <= test_now) {
		news.links.look_at = TIME_FOREVER;
		list_for_each_safe (node, &news.links.dirty) {
			struct dhcp_link *link = container_of(node, struct dhcp_link, in_dirty);

			if (dhcp_news_settle(&news, &model, link, test_now))
				dhcp_schedule_look(&schedule, link, test_now);
		}
	}
	count = dhcp_schedule_due(&schedule, &news.links, due, test_now);
	for (size_t i = 0; i < count; i++)
		dhcp_schedule_sent(&schedule, &due[i], true, test_now);
	return count;
}

/* Until then, whenever something is due. Returns when the first question was sent, or TIME_FOREVER. */
static uint64_t run_until(uint64_t end, size_t *sent)
{
	uint64_t first = TIME_FOREVER;
	size_t count;

	*sent = 0;
	for (;;) {
		uint64_t next = MIN(news.links.look_at, dhcp_schedule_deadline(&schedule));

		if (next > end)
			break;
		test_now = MAX(test_now, next);
		count = turn();
		if (count > 0)
			first = MIN(first, test_now);
		*sent += count;
	}
	test_now = end;
	return first;
}

#define RUNS (MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING)

static void begin_bare(void)
{
	begin();
	dhcp_links_deinit(&news.links);
	dhcp_news_init(&news);
	dhcp_schedule_init(&schedule);
	test_now = NOW;
}

static void test_first(void)
{
	uint64_t first;
	size_t sent;

	begin_bare();
	tell_link(H1, MIF_KIND_ETHERNET, RUNS);
	tell_address(H1, "10.11.0.50", true);
	ok(turn() == 0 && news.links.look_at == NOW + MSECONDS(100) &&
			dhcp_schedule_deadline(&schedule) == TIME_FOREVER,
		"a new address is only noted, for a look at it 100 ms later");
	test_now += MSECONDS(50);
	tell_address(H1, "10.11.0.51", true);
	tell_address(H1, "10.12.0.51", true);
	ok(news.links.look_at == NOW + MSECONDS(100), "and others that come meanwhile with it");
	first = run_until(NOW + MSECONDS(900), &sent);
	ok(sent == 1 && first >= NOW + MSECONDS(100) && first <= NOW + MSECONDS(300),
		"M21: one question, 100 to 300 ms after the address came");
	tell_address(H1, "10.11.0.52", true);
	tell_address(H1, "10.11.0.51", false);
	ok(news.links.look_at == TIME_FOREVER,
		"other addresses of the link make no work: nothing is due because of them");
	run_until(NOW + SECONDS(60), &sent);
	ok(sent == 3 && schedule.ask_at == TIME_FOREVER, "four in all, if nobody answers");
}

static void test_same_subnet(void)
{
	struct dhcp_link *link;
	size_t sent;

	begin_bare();
	tell_link(H1, MIF_KIND_ETHERNET, RUNS);
	tell_address(H1, "10.11.0.50", true);
	run_until(NOW + MSECONDS(300), &sent);
	link = dhcp_links_find(&news.links, H1);
	link->ask[0].transaction = 0x77;
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = 0x77, .client = "10.11.0.50", .options = ACK_DNS});
	dhcp_schedule_heard(&schedule, link);
	ok(facts() == 1, "M21: a server has answered");
	tell_address(H1, "10.11.0.99", true);
	tell_address(H1, "10.11.0.50", false);
	run_until(NOW + SECONDS(60), &sent);
	dhcp_news_expire(&news, &model, test_now);
	ok(sent == 0 && facts() == 1,
		"M21: another address of the same subnet takes over what was told, and is no "
		"question");
	tell_address(H1, "10.12.0.99", true);
	tell_address(H1, "10.11.0.99", false);
	run_until(NOW + SECONDS(61), &sent);
	dhcp_news_expire(&news, &model, NOW + SECONDS(64));
	ok(sent == 1 && facts() == 0, "M21: one of another subnet asks for itself");

	tell_link(H1, MIF_KIND_ETHERNET, MIF_INTERFACE_UP);
	run_until(NOW + SECONDS(120), &sent);
	tell_link(H1, MIF_KIND_ETHERNET, RUNS);
	dhcp_link_came_up(&news.links, link, test_now);
	run_until(NOW + SECONDS(121), &sent);
	ok(sent == 1, "M21: and so does one whose link comes up again");
}

/* A client's question and its answer, and what is asked in the minute after it. */
static size_t asked_after_lease(uint32_t transaction)
{
	size_t sent;

	request(transaction, REQUEST_ANY);
	answer(transaction, ACK_DNS);
	dhcp_schedule_heard(&schedule, dhcp_links_find(&news.links, H1));
	run_until(test_now + SECONDS(60), &sent);
	return sent;
}

static void test_renewed(void)
{
	struct dhcp_link *link;
	size_t sent;

	begin_bare();
	tell_link(H1, MIF_KIND_ETHERNET, RUNS);
	tell_address(H1, "10.11.0.126", true);
	request(6, REQUEST_ANY);
	answer(6, ACK_DNS);
	run_until(NOW + SECONDS(60), &sent);
	ok(asked_after_lease(7) == 0,
		"a server that never answered is not asked when a lease is renewed");

	begin_bare();
	tell_link(H1, MIF_KIND_ETHERNET, RUNS);
	tell_address(H1, "10.11.0.126", true);
	run_until(NOW + MSECONDS(300), &sent);
	link = dhcp_links_find(&news.links, H1);
	link->ask[0].transaction = 0x77;
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = 0x77, .client = "10.11.0.126", .options = ACK_DNS});
	dhcp_schedule_heard(&schedule, link);
	ok(asked_after_lease(7) >= 1,
		"M21: a lease that is renewed has it asked again: its client does not ask for all");
	tell_address(H1, "10.11.0.99", true);
	tell_address(H1, "10.11.0.126", false);
	run_until(test_now + SECONDS(60), &sent);
	ok(asked_after_lease(8) == 0, "one of an address that is not there (yet) does not");
}

static void test_unasked(void)
{
	static const struct {
		const char *what;
		uint32_t kind, flags;
	} cases[] = {
		{"loopback", MIF_KIND_LOOPBACK, RUNS},
		{"a tunnel", MIF_KIND_TUNNEL, RUNS},
		{"a link that is down", MIF_KIND_ETHERNET, 0},
		{"a link without a carrier", MIF_KIND_ETHERNET, MIF_INTERFACE_UP},
	};
	const struct dhcp_link *link;
	size_t sent;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin_bare();
		tell_link(H1, cases[i].kind, cases[i].flags);
		tell_address(H1, "10.11.0.50", true);
		ok(news.links.look_at == TIME_FOREVER, "no work for %s", cases[i].what);
		run_until(NOW + SECONDS(60), &sent);
		ok(sent == 0, "and no question");
	}
	begin_bare();
	tell_link(H1, MIF_KIND_LOOPBACK, RUNS);
	tell_address(H1, "127.0.0.1", true);
	link = dhcp_links_find(&news.links, H1);
	ok(link->address_count == 0, "loopback's addresses are not kept");
}

#define CROWD 2000

static void test_crowd(void)
{
	uint64_t first;
	size_t sent, soon;

	begin_bare();
	for (uint32_t i = 0; i < CROWD; i++) {
		tell_link(10 + i, MIF_KIND_ETHERNET, RUNS);
		tell_address(10 + i, "10.11.0.50", true);
	}
	ok(turn() == 0, "2000 links come up at once: none asks in the same turn");
	first = run_until(NOW + MSECONDS(1100), &soon);
	ok(first >= NOW + MSECONDS(100) && soon <= 408, "in the first second 400 ask: %zu", soon);
	for (int i = 0; i < 100; i++) {
		dhcp_schedule_heard(&schedule, dhcp_links_find(&news.links, 10));
		turn();
	}
	ok(turn() == 0, "however much is heard meanwhile");
	run_until(NOW + SECONDS(60), &sent);
	ok(sent + soon >= 4 * CROWD - DHCP_TURN && sent + soon <= 4 * CROWD,
		"all of them in the end, four times: %zu", sent + soon);
}

static void test_fair(void)
{
	const struct dhcp_link *last;
	size_t sent;

	begin_bare();
	for (uint32_t i = 0; i < CROWD; i++) {
		tell_link(10 + i, MIF_KIND_ETHERNET, RUNS);
		tell_address(10 + i, "10.11.0.50", true);
	}
	run_until(NOW + MSECONDS(100 + CROWD * 1000 / 400 + 100), &sent);
	last = dhcp_links_find(&news.links, 10 + CROWD - 1);
	ok(last->ask[0].sent > 0, "repetitions of some do not keep others waiting");
}

static void test_random(void)
{
	static struct random_block block;
	uint32_t seen[200];
	size_t same = 0;

	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		seen[i] = random_block_next(&block);
		for (size_t j = 0; j < i; j++)
			same += seen[i] == seen[j];
	}
	ok(same < 3, "random numbers do not repeat from block to block");
}

int main(void)
{
	test_probe();
	test_probe6();
	test_schedule();
	test_first();
	test_same_subnet();
	test_renewed();
	test_unasked();
	test_crowd();
	test_fair();
	test_random();
	dhcp_links_deinit(&news.links);
	return tap_done();
}
