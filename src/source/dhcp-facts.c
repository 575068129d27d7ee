/* SPDX-License-Identifier: MIT */
/*
 * From a server's answer to facts, and back: what a message made is dropped by going through the same
 * message again, so there is no list of what was put.
 */
#include "source/dhcp-facts.h"

#include <errno.h>

#include "base/address.h"
#include "base/clock.h"
#include "source/option-raw.h"

struct put {
	const struct dhcp_facts *facts;
	struct model *model;
	struct dhcp_facts_left *left; /* NULL: they are to be dropped */
};

static struct fact fact_of(const struct put *put, enum fact_kind kind, uint32_t family)
{
	return (struct fact){
		.kind = kind,
		.ifindex = put->facts->ifindex,
		.provider = put->facts->provider,
		.element = family == AF_INET ? MIF_ELEMENT_DHCPV4 : MIF_ELEMENT_DHCPV6,
		.trust = put->facts->trust,
		.valid_until = put->facts->until,
		.preferred_until = put->facts->until,
	};
}

static void fact_put(struct put *put, const struct fact *fact)
{
	if (put->left == NULL)
		model_drop(put->model, put->facts->owner, fact);
	else if (model_put(put->model, put->facts->owner, fact) < 0)
		put->left->refused++;
}

static void items_put(struct put *put, const struct dhcp_message *message)
{
	for (uint32_t i = 0; i < message->item_count; i++) {
		const struct dhcp_item *item = &message->items[i];
		struct fact fact = fact_of(put, FACT_DATA, message->family);

		fact.as.data.information = item->information;
		fact.as.data.address = item->address;
		if (address_is_link_local(&item->address) && item->address.family == AF_INET6)
			fact.as.data.address.scope = put->facts->ifindex;
		fact.as.data.prefix_length = item->prefix_length;
		fact.as.data.number = item->number;
		strcpy(fact.as.data.text, item->text);
		fact_put(put, &fact);
	}
}

static uint64_t time_after(const struct put *put, uint32_t seconds)
{
	return seconds == 0 ? 0 : clock_after(put->facts->since, seconds);
}

static void leases_put(struct put *put, const struct dhcp_message *message)
{
	for (uint32_t i = 0; put->facts->leases && i < message->lease_count; i++) {
		const struct dhcp_lease *lease = &message->leases[i];
		struct fact fact = fact_of(put, FACT_LEASE, message->family);

		fact.valid_until = time_after(put, lease->valid);
		fact.as.lease.address = lease->address;
		fact.as.lease.renew_at = time_after(put, lease->renew);
		fact.as.lease.rebind_at = time_after(put, lease->rebind);
		fact_put(put, &fact);
	}
}

static void options_put(struct put *put, const struct dhcp_message *message)
{
	struct option_raw raw = {.fact = fact_of(put, FACT_DATA, message->family)};

	for (uint32_t i = 0; i < message->option_count; i++) {
		const struct dhcp_option *option = &message->options[i];
		unsigned int pieces = option_raw_begin(&raw, option->code, option->size);

		for (unsigned int piece = 0; piece < pieces; piece++) {
			option_raw_piece(&raw, option->octets, option->size, piece);
			fact_put(put, &raw.fact);
		}
	}
	if (put->left != NULL)
		put->left->options += raw.left_out;
}

/* What is understood comes first: raw options take what room is left. */
static void message_put(struct put *put, const struct dhcp_message *message)
{
	leases_put(put, message);
	items_put(put, message);
	options_put(put, message);
}

void dhcp_facts_put(const struct dhcp_facts *facts, const struct dhcp_message *message,
	struct model *model, struct dhcp_facts_left *left)
{
	struct put put = {.facts = facts, .model = model, .left = left};

	message_put(&put, message);
}

void dhcp_facts_drop(
	const struct dhcp_facts *facts, const struct dhcp_message *message, struct model *model)
{
	struct put put = {.facts = facts, .model = model};

	message_put(&put, message);
}
