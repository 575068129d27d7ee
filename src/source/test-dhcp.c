/* SPDX-License-Identifier: MIT */
/* What is learned from the DHCP of others, and what is not believed. */
#include "source/test-dhcp-world.h"

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
static void inform_begin(void)
{
	begin();
	notice_address(H1, "10.11.0.50", 0, true);
	hear4(H1,
		&(struct test_dhcp4){.request = true,
			.transaction = 7,
			.client = "10.11.0.50",
			.options = "350108 ff"});
}

static void inform_answer(void)
{
	hear4(H1,
		&(struct test_dhcp4){.transaction = 7, .client = "10.11.0.50", .options = ACK_DNS});
}

static void test_inform(void)
{
	inform_begin();
	inform_answer();
	ok(has("data 2 1 10.11.0.1/0  element=3 valid=- provider=10.11.0.1") && facts() == 1,
		"M21: what a client informs itself of holds as long as its address");
	notice_address(H1, "10.11.0.50", 0, false);
	pass(3);
	ok(model.count == 0, "M21: and no longer");

	inform_begin();
	notice_address(H1, "10.11.0.50", 0, false);
	inform_answer();
	pass(3);
	ok(model.count == 0, "M21: what comes when the address has gone already does not stay");
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
	dhcp_links_deinit(&news.links);
	return tap_done();
}
