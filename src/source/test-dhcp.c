/* SPDX-License-Identifier: MIT */
/*
 * The source without a network: packets in, facts in a model of the test's own out, on a clock of the
 * test's own. And when to ask, without asking.
 */
#include "source/test-model.h"

#include "source/dhcp-news.h"
#include "source/dhcp-schedule.h"
#include "source/test-dhcp.h"
#include "tap.h"

#define NOW (1000 * NSEC_PER_SEC)
#define H1 2
#define H2 3
#define SECONDS(n) ((uint64_t)(n)*NSEC_PER_SEC)
#define MSECONDS(n) ((uint64_t)(n)*NSEC_PER_MSEC)

static struct model model;
static struct dhcp_news news;
static struct dhcp_schedule schedule;

/* ---- the kernel ---- */

static void settle(void)
{
	list_for_each_safe (node, &news.links.dirty)
		dhcp_news_settle(
			&news, &model, container_of(node, struct dhcp_link, in_dirty), test_now);
	dhcp_news_expire(&news, &model, test_now);
}

static void notice_link(uint32_t ifindex, bool there)
{
	struct fact fact = {.kind = FACT_LINK, .ifindex = ifindex};

	fact.as.link.kind = MIF_KIND_ETHERNET;
	fact.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
	memcpy(fact.as.link.hardware, "\2\0\0\0\x11\x10", 6);
	dhcp_links_notice(&news.links, &fact, there, test_now);
	settle();
}

static void notice_address(uint32_t ifindex, const char *text, uint32_t flags, bool there)
{
	struct fact fact = {.kind = FACT_ADDRESS, .ifindex = ifindex};

	mif_address_parse(&fact.as.address.address, text);
	if (address_is_link_local(&fact.as.address.address))
		fact.as.address.address.scope = ifindex;
	fact.as.address.flags = flags;
	dhcp_links_notice(&news.links, &fact, there, test_now);
	settle();
}

static void begin(void)
{
	if (news.links.links.next != NULL)
		dhcp_links_deinit(&news.links);
	memset(&model, 0, sizeof(model));
	memset(&news, 0, sizeof(news));
	dhcp_news_init(&news);
	dhcp_schedule_init(&schedule);
	test_now = NOW;
	notice_link(H1, true);
	notice_link(H2, true);
}

static void pass(uint64_t seconds)
{
	test_now += SECONDS(seconds);
	settle();
}

/* ---- the network ---- */

/* A packet that goes out (to servers) or comes in. */
static void hear(uint32_t ifindex, bool to_server, const char *from, const char *to,
	const uint8_t *payload, size_t size)
{
	uint8_t octets[TEST_PACKET_MAX];
	struct dhcp_frame frame = {
		.octets = octets,
		.size = test_packet(octets, from, to, to_server, payload, size),
		.protocol = strchr(from, '.') != NULL ? ETH_P_IP : ETH_P_IPV6,
		.ifindex = ifindex,
		.outgoing = to_server,
		.unsummed = true,
		.hardware = {2, 0, 0, 0, 0x11, 0x10},
	};

	dhcp_news_take(&news, &model, &frame, 512, test_now);
	settle();
}

static void hear4(uint32_t ifindex, const struct test_dhcp4 *message)
{
	uint8_t octets[TEST_PACKET_MAX];

	hear(ifindex, message->request, message->request ? "0.0.0.0" : "10.11.0.1",
		message->request ? "255.255.255.255" : "10.11.0.126", octets,
		test_dhcp4_write(message, octets));
}

static void hear6(uint32_t ifindex, bool to_server, const char *server, const char *hex)
{
	uint8_t octets[TEST_PACKET_MAX];
	struct writer writer = writer_of(octets, sizeof(octets));

	test_hex(&writer, hex);
	hear(ifindex, to_server, to_server ? "fe80::50" : server,
		to_server ? "ff02::1:2" : "fe80::50", octets, (size_t)(writer.at - octets));
}

static void request(uint32_t transaction, const char *options)
{
	hear4(H1,
		&(struct test_dhcp4){
			.request = true, .transaction = transaction, .options = options});
}

static void answer(uint32_t transaction, const char *options)
{
	hear4(H1,
		&(struct test_dhcp4){
			.transaction = transaction, .given = "10.11.0.126", .options = options});
}

#define REQUEST "350103 36040a0b0001 ff"
#define REQUEST_ANY "350103 ff"
#define ACK "350105 36040a0b0001 330400000258 "
#define ACK_DNS ACK "06040a0b0001 ff"
#define NAK "350106 36040a0b0001 ff"

static uint64_t counter(const char *wanted)
{
	for (size_t i = 0; i < DHCP_NEWS_COUNTERS; i++)
		if (strcmp(dhcp_news_counter_names[i], wanted) == 0)
			return news.counters[i];
	printf("# no counter \"%s\"\n", wanted);
	return UINT64_MAX;
}

static bool has(const char *text)
{
	return model_has(&model, text);
}

/* Facts but raw options. */
static size_t facts(void)
{
	size_t count = 0;

	for (size_t i = 0; i < model.count; i++)
		count += model.entries[i].fact.kind != FACT_DATA ||
			model.entries[i].fact.as.data.information != MIF_INFORMATION_OPTION;
	return count;
}

#define OF_R1 "valid=600 provider=10.11.0.1"

/* ---- DHCPv4, seen ---- */

static void test_ack(void)
{
	static const char *const lines[] = {
		"lease 2 10.11.0.126 renew=300 rebind=525 element=3 " OF_R1,
		"data 2 7 -/0 https://portal.one.example/api element=3 " OF_R1,
		"data 2 3 10.11.0.1/0  element=3 " OF_R1,
		"data 2 5 172.16.11.0/24 10.11.0.1 element=3 " OF_R1,
		"data 2 9 10.11.0.1/0  element=3 " OF_R1,
		"data 2 2 -/0 one.example element=3 " OF_R1,
		"data 2 2 -/0 corp.one.example element=3 " OF_R1,
		"data 2 10 -/0 one.example element=3 " OF_R1,
		"data 2 1 10.11.0.1/0  element=3 " OF_R1,
	};
	static const char *const options[] = {
		"data 2 option 53.0 05 element=3 " OF_R1,
		"data 2 option 54.0 0a0b0001 element=3 " OF_R1,
		"data 2 option 51.0 00000258 element=3 " OF_R1,
		"data 2 option 119.0 036f6e65076578616d706c650004636f7270c000 element=3 " OF_R1,
	};
	bool all = true;

	begin();
	request(7, GOLDEN_REQUEST);
	ok(model.count == 0, "a request alone says nothing");
	answer(7, GOLDEN_ACK);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		all &= has(lines[i]);
	ok(all && facts() == ARRAY_SIZE(lines),
		"M14 M18 M21: what the host's client was given, with its lease's lifetime");
	all = true;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		all &= has(options[i]);
	ok(all && model.count == ARRAY_SIZE(lines) + 14,
		"M21: and every option as it came, by its number");
	ok(model.heard == 1 && news.dirty, "M7: the server counts as heard");
	ok(counter("dhcp answer to a client seen") == 1, "and it is counted");
}

static void test_strangers(void)
{
	static const struct {
		const char *what, *counter;
		struct test_dhcp4 message;
	} cases[] = {
		{"to no question", "dhcp dropped: answer to no question",
			{.transaction = 8, .given = "10.11.0.126", .options = ACK_DNS}},
		{"to another host", "dhcp dropped: answer to another host",
			{.transaction = 7,
				.given = "10.11.0.126",
				.hardware = "020000001111",
				.options = ACK_DNS}},
		{"of a server that was not asked", "dhcp dropped: answer of another server",
			{.transaction = 7,
				.given = "10.11.0.126",
				.options = "350105 36040a0b0002 330400000258 06040a0b0002 ff"}},
		{"with a broken option", "dhcp dropped: option beyond the end",
			{.transaction = 7, .given = "10.11.0.126", .options = ACK "0608 0a"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		request(7, REQUEST);
		hear4(H1, &cases[i].message);
		ok(model.count == 0 && counter(cases[i].counter) == 1,
			"M21: an answer %s changes nothing", cases[i].what);
		answer(7, ACK_DNS);
		ok(facts() == 2, "M21: and the right one still counts");
	}
	begin();
	request(7, REQUEST);
	hear4(H2,
		&(struct test_dhcp4){.transaction = 7, .given = "10.11.0.126", .options = ACK_DNS});
	ok(model.count == 0 && counter("dhcp dropped: answer to no question") == 1,
		"M21: an answer on another link changes nothing");
	pass(121);
	answer(7, ACK_DNS);
	ok(model.count == 0, "M21: nor does one that comes after two minutes");
}

static void test_foreign_clients(void)
{
	const struct test_dhcp4 relayed = {
		.request = true, .transaction = 7, .relay = "10.0.0.1", .options = REQUEST};
	const struct test_dhcp4 guest = {
		.request = true, .transaction = 7, .hardware = "525400000001", .options = REQUEST};

	begin();
	hear4(H1, &relayed);
	answer(7, ACK_DNS);
	ok(model.count == 0 && counter("dhcp dropped: client of another host") == 1,
		"M21: what the host relays is not its own");
	begin();
	hear4(H1, &guest);
	answer(7, ACK_DNS);
	ok(model.count == 0 && counter("dhcp dropped: client of another host") == 1,
		"M21: nor is what a guest behind a bridge asks");
	begin();
	request(7, REQUEST_ANY);
	answer(7, ACK_DNS);
	answer(7, "350105 36040a0b0002 330400000258 06040a0b0002 ff");
	ok(has("data 2 1 10.11.0.1/0  element=3 " OF_R1) && facts() == 2 &&
			counter("dhcp dropped: answer of another server") == 1,
		"M21: of two servers' answers the first counts, as for the client");
}

static void test_end(void)
{
	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	request(8, REQUEST_ANY);
	hear4(H1, &(struct test_dhcp4){.transaction = 8, .options = NAK});
	ok(model.count == 0, "M15: a NAK takes everything back");

	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	hear4(H1, &(struct test_dhcp4){.transaction = 9, .options = NAK});
	ok(facts() == 2, "M15: not one that answers nothing");
	hear4(H1,
		&(struct test_dhcp4){.request = true,
			.transaction = 9,
			.client = "10.11.0.99",
			.options = "350107 36040a0b0001 ff"});
	ok(facts() == 2, "M15: nor a release of another address");
	hear4(H1,
		&(struct test_dhcp4){.request = true,
			.transaction = 9,
			.client = "10.11.0.126",
			.options = "350107 36040a0b0001 ff"});
	ok(model.count == 0, "M15: a release of this one does");

	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	request(8, "350104 32040a0b007e 36040a0b0001 ff");
	ok(model.count == 0, "M15: so does a decline");

	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	pass(600);
	ok(model.count == 0 && list_empty(&dhcp_links_find(&news.links, H1)->bindings),
		"M15 M18: and the end of the lease");
}

static void test_renewal(void)
{
	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	pass(300);
	request(9, REQUEST_ANY);
	answer(9, ACK_DNS);
	ok(has("lease 2 10.11.0.126 renew=300 rebind=525 element=3 " OF_R1) &&
			has("data 2 1 10.11.0.1/0  element=3 " OF_R1) && facts() == 2,
		"M18: a renewal extends the lease");
	request(10, REQUEST_ANY);
	answer(10, "350105 36040a0b0002 330400000258 06040a0b0035 ff");
	ok(has("data 2 1 10.11.0.53/0  element=3 valid=600 provider=10.11.0.2") && facts() == 2,
		"M21: another server's answer takes the place of the first one's");
}

static void test_address(void)
{
	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	notice_address(H1, "10.11.0.126", FACT_ADDRESS_TENTATIVE, true);
	notice_address(H1, "10.11.0.126", 0, true);
	notice_address(H1, "10.11.0.126", 0, false);
	pass(2);
	ok(facts() == 2, "M20: an address that is away for a moment keeps its lease");
	notice_address(H1, "10.11.0.126", 0, true);
	pass(100);
	ok(facts() == 2, "M20: when it is back");
	notice_address(H1, "10.11.0.126", 0, false);
	pass(3);
	ok(model.count == 0, "M20: for good, it takes with it what was told with it");

	begin();
	request(7, REQUEST);
	answer(7, ACK_DNS);
	notice_link(H1, false);
	ok(model.count == 0 && dhcp_links_find(&news.links, H1) == NULL, "M12: so does a link");
}

/* A client that has an address asks for data alone. */
static void test_inform(void)
{
	begin();
	notice_address(H1, "10.11.0.50", 0, true);
	hear4(H1,
		&(struct test_dhcp4){.request = true,
			.transaction = 7,
			.client = "10.11.0.50",
			.options = "350108 ff"});
	hear4(H1,
		&(struct test_dhcp4){.transaction = 7, .client = "10.11.0.50", .options = ACK_DNS});
	ok(has("data 2 1 10.11.0.1/0  element=3 valid=- provider=10.11.0.1") && facts() == 1,
		"M21: what a client informs itself of holds as long as its address");
	notice_address(H1, "10.11.0.50", 0, false);
	pass(3);
	ok(model.count == 0, "M21: and no longer");
}

/* ---- DHCPv6, seen ---- */

#define OF_R2B "valid=600 provider=fe80::22:b%3"

static void test_reply(void)
{
	begin();
	hear6(H2, true, NULL, GOLDEN_REQUEST6);
	hear6(H2, false, "fe80::22:b", GOLDEN_REPLY6);
	ok(has("lease 3 2001:db8:2b::1b72 renew=300 rebind=525 element=2 " OF_R2B) &&
			has("data 3 2 -/0 three.example element=2 " OF_R2B) &&
			has("data 3 1 2001:db8:2b::1/0  element=2 " OF_R2B) && facts() == 3,
		"M14 M18 M21: a DHCPv6 reply to the host's client");
	ok(has("data 3 option 23.0 20010db8002b00000000000000000001 element=2 " OF_R2B) &&
			has("data 3 option 13.0 000073756363657373 element=2 " OF_R2B),
		"M21: and its options as they came");
	hear6(H2, true, NULL, GOLDEN_RELEASE6);
	ok(model.count == 0, "M15: given back");
	hear6(H2, false, "fe80::22:b", "078e7662 000d00020000");
	ok(model.count == 0 && counter("dhcp dropped: answer to no question") == 0,
		"M15: which the server may confirm");

	begin();
	hear6(H2, true, NULL, GOLDEN_REQUEST6);
	hear6(H2, false, "2001:db8::1", GOLDEN_REPLY6);
	ok(model.count == 0 && counter("dhcp dropped: source not link-local") == 1,
		"M21: a reply from beyond the link changes nothing");
	hear6(H2, false, "fe80::bad",
		"07dfe018 0002000a00030001020000000bad 00170010 20010db8000000000000000000000bad");
	ok(model.count == 0 && counter("dhcp dropped: answer of another server") == 1,
		"M21: nor does one of a server that was not asked");
	hear6(H2, false, "fe80::22:b", GOLDEN_REPLY6);
	notice_address(H2, "2001:db8:2b::1b72", 0, true);
	hear6(H2, true, NULL, "05000002");
	hear6(H2, false, "fe80::22:b",
		"07000002 0003 0012 00000001 00000000 00000000 000d00020003");
	ok(model.count == 0, "M15: a reply without an address takes it back");
}

static void test_information(void)
{
	begin();
	notice_address(H1, "fe80::50", 0, true);
	hear6(H1, true, NULL, "0b7b23c6");
	hear6(H1, false, "fe80::11:1", GOLDEN_INFORMATION6);
	ok(has("data 2 1 2001:db8:11::1/0  element=2 valid=- provider=fe80::11:1%2") &&
			has("data 2 2 -/0 v6.one.example element=2 valid=- "
			    "provider=fe80::11:1%2") &&
			facts() == 2,
		"M21: a stateless reply holds as long as the link has IPv6");
	hear6(H1, true, NULL, "04000009");
	hear6(H1, false, "fe80::11:1", "07000009 000d00020000");
	ok(facts() == 2, "M21: a confirmation changes nothing");
	notice_address(H1, "fe80::50", 0, false);
	pass(3);
	ok(model.count == 0, "M21: and no longer");
}

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
	test_ack();
	test_strangers();
	test_foreign_clients();
	test_end();
	test_renewal();
	test_address();
	test_inform();
	test_reply();
	test_information();
	test_probe();
	test_probe6();
	test_schedule();
	test_first();
	test_same_subnet();
	test_unasked();
	test_crowd();
	test_fair();
	test_random();
	dhcp_links_deinit(&news.links);
	return tap_done();
}
