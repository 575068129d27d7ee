/* SPDX-License-Identifier: MIT */
/*
 * A packet through all of the source of DHCP but its socket: packet, message, bindings, facts. What it
 * answers was asked right before, by a client or by the source itself. The model is one that checks
 * each fact and keeps it: when the link goes, nothing may be left of what was put.
 */
#include "dhcp.h"

#include <string.h>

#include <linux/if_ether.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "fuzz.h"
#include "source/dhcp-news.h"
#include "source/option-raw.h"

#define FACTS 512
#define IFINDEX 7

static struct fact facts[FACTS];
static size_t fact_count;

static const uint32_t limits[] = {
	[MIF_INFORMATION_DNS_SERVERS] = DHCP_SERVER_MAX,
	[MIF_INFORMATION_SEARCH_DOMAINS] = DHCP_SEARCH_MAX,
	[MIF_INFORMATION_ROUTERS] = DHCP_SERVER_MAX,
	[MIF_INFORMATION_ROUTES] = DHCP_ROUTE_MAX,
	[MIF_INFORMATION_MTU] = 1,
	[MIF_INFORMATION_CAPTIVE_PORTAL] = 1,
	[MIF_INFORMATION_NTP_SERVERS] = DHCP_SERVER_MAX,
	[MIF_INFORMATION_DOMAIN] = 1,
	[MIF_INFORMATION_HOSTNAME] = 1,
	[MIF_INFORMATION_ENCRYPTED_DNS] = DHCP_SERVER_MAX,
	[MIF_INFORMATION_PROXY] = 1,
	[MIF_INFORMATION_OPTION] = OPTION_RAW_MAX,
};

/* ---- what a fact may say ---- */

static bool is_printable(const char *text)
{
	size_t length = strnlen(text, MIF_TEXT_SIZE);

	for (size_t i = 0; i < length; i++) {
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	}
	return length < MIF_TEXT_SIZE;
}

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= 253 && name[0] != '.' && name[length - 1] != '.' &&
		strstr(name, "..") == NULL &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

static bool is_server(const struct fact *fact)
{
	const struct mif_address *address = &fact->as.data.address;

	return !address_is_unspecified(address) && !address_is_multicast(address) &&
		!address_is_loopback(address) &&
		(address->family == AF_INET || !address_is_link_local(address) ||
			address->scope == fact->ifindex);
}

static void check_data(const struct fact *fact)
{
	const char *text = fact->as.data.text;
	struct mif_address router;

	PROMISE(is_printable(text));
	switch (fact->as.data.information) {
	case MIF_INFORMATION_DNS_SERVERS:
	case MIF_INFORMATION_ROUTERS:
		PROMISE(is_server(fact));
		break;
	case MIF_INFORMATION_NTP_SERVERS:
		PROMISE(text[0] != '\0' ? is_name(text) : is_server(fact));
		break;
	case MIF_INFORMATION_SEARCH_DOMAINS:
	case MIF_INFORMATION_DOMAIN:
	case MIF_INFORMATION_HOSTNAME:
		PROMISE(is_name(text));
		break;
	case MIF_INFORMATION_ROUTES:
		PROMISE(fact->as.data.prefix_length >= 1 && fact->as.data.prefix_length <= 32);
		PROMISE(text[0] == '\0' || mif_address_parse(&router, text) == 0);
		break;
	case MIF_INFORMATION_MTU:
		PROMISE(fact->as.data.number >= 68 && fact->as.data.number <= UINT16_MAX);
		break;
	case MIF_INFORMATION_CAPTIVE_PORTAL:
	case MIF_INFORMATION_PROXY:
		PROMISE(text[0] != '\0' && strchr(text, ' ') == NULL);
		break;
	case MIF_INFORMATION_ENCRYPTED_DNS:
		PROMISE(text[0] != '\0' && fact->as.data.number <= UINT16_MAX);
		PROMISE(fact->as.data.address.family == AF_UNSPEC || is_server(fact));
		break;
	default:
		PROMISE(fact->as.data.information == MIF_INFORMATION_OPTION);
		PROMISE(strlen(text) % 2 == 0 && strspn(text, "0123456789abcdef") == strlen(text));
	}
}

static void check(const struct fact *fact)
{
	PROMISE(fact->ifindex == IFINDEX && !address_is_unspecified(&fact->provider));
	PROMISE(fact->element ==
		(fact->provider.family == AF_INET ? MIF_ELEMENT_DHCPV4 : MIF_ELEMENT_DHCPV6));
	if (fact->kind == FACT_DATA) {
		check_data(fact);
	} else {
		PROMISE(fact->kind == FACT_LEASE && fact->trust == FACT_TRUST_SEEN);
		PROMISE(!address_is_unspecified(&fact->as.lease.address));
	}
}

/* ---- the model ---- */

static bool is_same(const struct fact *a, const struct fact *b)
{
	if (a->kind != b->kind || a->trust != b->trust ||
		!address_equal(&a->provider, &b->provider))
		return false;
	if (a->kind == FACT_LEASE)
		return address_equal(&a->as.lease.address, &b->as.lease.address);
	return a->as.data.information == b->as.data.information &&
		a->as.data.option == b->as.data.option && a->as.data.part == b->as.data.part &&
		a->as.data.prefix_length == b->as.data.prefix_length &&
		address_equal(&a->as.data.address, &b->as.data.address) &&
		(a->as.data.information == MIF_INFORMATION_OPTION ||
			strcmp(a->as.data.text, b->as.data.text) == 0);
}

static size_t fact_find(const struct fact *fact)
{
	size_t i = 0;

	while (i < fact_count && !is_same(&facts[i], fact))
		i++;
	return i;
}

int model_put(struct model *model, uint32_t owner, const struct fact *fact)
{
	size_t i = fact_find(fact);

	(void)model, (void)owner;
	check(fact);
	PROMISE(i < FACTS);
	facts[i] = *fact;
	fact_count = MAX(fact_count, i + 1);
	return 0;
}

void model_drop(struct model *model, uint32_t owner, const struct fact *fact)
{
	size_t i = fact_find(fact);

	(void)model, (void)owner;
	check(fact);
	if (i < fact_count)
		facts[i] = facts[--fact_count];
}

void model_heard(struct model *model, uint32_t ifindex, const struct mif_address *provider)
{
	(void)model;
	PROMISE(ifindex == IFINDEX && provider->family != AF_UNSPEC);
}

void model_begin(struct model *model, uint32_t owner, uint32_t kinds)
{
	(void)model, (void)owner, (void)kinds;
	PROMISE(false);
}

int model_commit(struct model *model, uint64_t now)
{
	(void)model, (void)now;
	PROMISE(false);
	return 0;
}

static void check_counts(void)
{
	uint32_t counts[ARRAY_SIZE(limits)] = {0}, leases = 0;

	for (size_t i = 0; i < fact_count; i++) {
		if (facts[i].kind != FACT_DATA) {
			PROMISE(++leases <= DHCP_LEASE_MAX);
			continue;
		}
		PROMISE(++counts[facts[i].as.data.information] <=
			limits[facts[i].as.data.information]);
	}
}

/* ---- one packet ---- */

/* The transaction that the packet belongs to, whatever else is wrong with it. */
static uint32_t transaction_of(const struct dhcp_frame *frame, struct dhcp_packet *packet)
{
	struct reader payload;

	if (dhcp_packet_read(packet, frame) != DHCP_PACKET_VALID)
		return 0;
	payload = packet->payload;
	if (frame->protocol == ETH_P_IP)
		reader_u32(&payload);
	else
		reader_u8(&payload);
	return (uint32_t)reader_number(&payload, frame->protocol == ETH_P_IP ? 4 : 3);
}

static void hear(struct dhcp_news *news, const struct dhcp_frame *frame, enum dhcp_kind kind)
{
	struct dhcp_message question = {
		.family = frame->protocol == ETH_P_IP ? AF_INET : AF_INET6, .kind = kind};
	struct dhcp_link *link = dhcp_links_find(&news->links, IFINDEX);
	struct dhcp_ask *ask = &link->ask[dhcp_index(question.family)];
	struct dhcp_packet packet = {0};
	struct dhcp_frame turned = *frame;

	question.transaction = transaction_of(frame, &packet);
	turned.outgoing = packet.to_server;
	if (kind != DHCP_OTHER) {
		dhcp_link_asked(link, &question, 2 * NSEC_PER_SEC);
	} else {
		if (link->transactions != NULL)
			link->transactions[0] = (struct dhcp_transaction){0};
		dhcp_ask_begin(ask, question.transaction, 0, NSEC_PER_SEC);
		dhcp_ask_sent(ask, true, 0, NSEC_PER_SEC);
	}
	dhcp_news_take(news, NULL, &turned, 0, NSEC_PER_SEC);
}

void dhcp_fuzz(uint16_t protocol, const uint8_t *octets, size_t size)
{
	static const enum dhcp_kind kinds[] = {
		DHCP_ASKS_LEASE, DHCP_ASKS_DATA, DHCP_ASKS_CONFIRMATION, DHCP_OTHER};
	static struct dhcp_news news;
	const struct fact link = {.kind = FACT_LINK, .ifindex = IFINDEX};
	const struct dhcp_frame frame = {.octets = octets,
		.size = size,
		.protocol = protocol,
		.ifindex = IFINDEX,
		.unsummed = true};
	struct dhcp_link *there;

	if (news.links.links.next == NULL)
		dhcp_news_init(&news);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		dhcp_links_notice(&news.links, &link, true, NSEC_PER_SEC);
		hear(&news, &frame, kinds[i]);
		check_counts();
		/* Once more: it takes its own place. */
		hear(&news, &frame, kinds[i]);
		check_counts();
		dhcp_links_notice(&news.links, &link, false, NSEC_PER_SEC);
		there = dhcp_links_find(&news.links, IFINDEX);
		PROMISE(!dhcp_news_settle(&news, NULL, there, NSEC_PER_SEC));
		PROMISE(fact_count == 0);
	}
}
