/* SPDX-License-Identifier: MIT */
/*
 * Octets as datagrams of rtnetlink, through the parser and the news into a real model. The kernel is
 * trusted to speak the truth, but the options in RTM_NEWNDUSEROPT are the network's own octets.
 *
 * An input is a list of datagrams: seconds that pass before (one octet), size (two), octets.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "engine/state.h"
#include "source/rtnetlink-news.h"

#include <string.h>

#define PORT 4711
#define DATAGRAMS 64

/* Messages of the kernel are aligned, and nothing may be read behind them. */
static void take(
	struct rtnetlink_news *news, struct model *model, struct reader datagram, uint64_t now)
{
	size_t size = reader_left(&datagram);
	uint8_t *copy = malloc(MAX(size, 1));

	PROMISE(copy != NULL);
	reader_copy(&datagram, copy, size);
	rtnetlink_news_take(news, model, copy, size, now);
	free(copy);
}

static void check(const struct model *model)
{
	PROMISE(model->link_count <= MODEL_LINKS);
	list_for_each (node, &model->links) {
		const struct model_link *link = container_of(node, const struct model_link, node);
		size_t facts = 0, addresses = 0;

		list_for_each (fact, &link->facts)
			facts++;
		list_for_each (address, &link->addresses)
			addresses++;
		PROMISE(link->ifindex != 0 && addresses == link->address_count);
		PROMISE(addresses <= MODEL_LINK_ADDRESSES);
		PROMISE(facts <= (MODEL_LINK_PROVIDERS + 1) * MODEL_PROVIDER_FACTS);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static struct rtnetlink_news news;
	struct reader reader = reader_of(octets, size);
	uint64_t now = 1000 * NSEC_PER_SEC;
	struct model *model;

	PROMISE(model_new(&model) == 0);
	memset(&news, 0, sizeof(news));
	news.port = PORT;
	news.sequence = 1;
	news.begin = RTNETLINK_TABLES;
	for (int i = 0; i < DATAGRAMS && reader_left(&reader) > 0; i++) {
		now += reader_u8(&reader) * NSEC_PER_SEC;
		size = reader_u16(&reader);
		take(&news, model, reader_part(&reader, MIN(size, reader_left(&reader))), now);
		rtnetlink_news_settle(&news, model, now);
		PROMISE(model_commit(model, now) == 0);
		check(model);
		PROMISE(news.policy.rule_count <= POLICY_RULES);
		PROMISE(news.policy.route_count <= POLICY_ROUTES);
	}
	policy_deinit(&news.policy);
	model_free(model);
	return 0;
}
