/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The source without a network: packets in, facts in a model of the test's own out, on a clock of the
 * test's own.
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

__attribute__((unused)) static struct model model;
__attribute__((unused)) static struct dhcp_news news;
__attribute__((unused)) static struct dhcp_schedule schedule;

/* ---- the kernel ---- */

__attribute__((unused)) static void settle(void)
{
	list_for_each_safe (node, &news.links.dirty)
		dhcp_news_settle(
			&news, &model, container_of(node, struct dhcp_link, in_dirty), test_now);
	dhcp_news_expire(&news, &model, test_now);
}

__attribute__((unused)) static void notice_link(uint32_t ifindex, bool there)
{
	struct fact fact = {.kind = FACT_LINK, .ifindex = ifindex};

	fact.as.link.kind = MIF_KIND_ETHERNET;
	fact.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
	memcpy(fact.as.link.hardware, "\2\0\0\0\x11\x10", 6);
	dhcp_links_notice(&news.links, &fact, there, test_now);
	settle();
}

__attribute__((unused)) static void notice_address(
	uint32_t ifindex, const char *text, uint32_t flags, bool there)
{
	struct fact fact = {.kind = FACT_ADDRESS, .ifindex = ifindex};

	mif_address_parse(&fact.as.address.address, text);
	if (address_is_link_local(&fact.as.address.address))
		fact.as.address.address.scope = ifindex;
	fact.as.address.flags = flags;
	dhcp_links_notice(&news.links, &fact, there, test_now);
	settle();
}

__attribute__((unused)) static void begin(void)
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

__attribute__((unused)) static void pass(uint64_t seconds)
{
	test_now += SECONDS(seconds);
	settle();
}

/* ---- the network ---- */

/* A packet that goes out (to servers) or comes in. */
__attribute__((unused)) static void hear(uint32_t ifindex, bool to_server, const char *from,
	const char *to, const uint8_t *payload, size_t size)
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

__attribute__((unused)) static void hear4(uint32_t ifindex, const struct test_dhcp4 *message)
{
	uint8_t octets[TEST_PACKET_MAX];

	hear(ifindex, message->request, message->request ? "0.0.0.0" : "10.11.0.1",
		message->request ? "255.255.255.255" : "10.11.0.126", octets,
		test_dhcp4_write(message, octets));
}

__attribute__((unused)) static void hear6(
	uint32_t ifindex, bool to_server, const char *server, const char *hex)
{
	uint8_t octets[TEST_PACKET_MAX];
	struct writer writer = writer_of(octets, sizeof(octets));

	test_hex(&writer, hex);
	hear(ifindex, to_server, to_server ? "fe80::50" : server,
		to_server ? "ff02::1:2" : "fe80::50", octets, (size_t)(writer.at - octets));
}

__attribute__((unused)) static void request(uint32_t transaction, const char *options)
{
	hear4(H1,
		&(struct test_dhcp4){
			.request = true, .transaction = transaction, .options = options});
}

__attribute__((unused)) static void answer(uint32_t transaction, const char *options)
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

__attribute__((unused)) static uint64_t counter(const char *wanted)
{
	for (size_t i = 0; i < DHCP_NEWS_COUNTERS; i++)
		if (strcmp(dhcp_news_counter_names[i], wanted) == 0)
			return news.counters[i];
	printf("# no counter \"%s\"\n", wanted);
	return UINT64_MAX;
}

__attribute__((unused)) static bool has(const char *text)
{
	return model_has(&model, text);
}

/* Facts but raw options. */
__attribute__((unused)) static size_t facts(void)
{
	size_t count = 0;

	for (size_t i = 0; i < model.count; i++)
		count += model.entries[i].fact.kind != FACT_DATA ||
			model.entries[i].fact.as.data.information != MIF_INFORMATION_OPTION;
	return count;
}

#define OF_R1 "valid=600 provider=10.11.0.1"
