/* SPDX-License-Identifier: MIT */
/*
 * DHCP packets to facts. Of what goes by only this counts: a question of a client of this host, seen
 * on its way out, and the first answer to it; and the answers to questions of our own. The facts of
 * an answer stand until its lease or its address ends, its client gives it back, its server takes it
 * back, or another answer takes its place.
 *
 * A server's answer to somebody else, to nobody, or after another server's, changes nothing.
 */
#include "source/dhcp-news.h"

#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* RFC 2131 section 4.1 and RFC 8415 section 15 let clients repeat a question for about so long. */
#define TRANSACTION_LIFE (120 * NSEC_PER_SEC)

/* Scripts of some clients take the address away and set it anew when they renew it. */
#define GRACE (3 * NSEC_PER_SEC)

const char *const dhcp_news_counter_names[DHCP_NEWS_COUNTERS] = {
	[DHCP_RECEIVED] = "dhcp received",
	[DHCP_DROPPED + DHCP_PACKET_MALFORMED - 1] = "dhcp dropped: not a whole packet",
	[DHCP_DROPPED + DHCP_PACKET_PORT - 1] = "dhcp dropped: another port",
	[DHCP_DROPPED + DHCP_PACKET_CHECKSUM - 1] = "dhcp dropped: checksum",
	[DHCP_DROPPED_MESSAGE + DHCP_LONG - 1] = "dhcp dropped: longer than 4096 octets",
	[DHCP_DROPPED_MESSAGE + DHCP_SHORT - 1] = "dhcp dropped: shorter than its header",
	[DHCP_DROPPED_MESSAGE + DHCP_FOREIGN - 1] = "dhcp dropped: not dhcp",
	[DHCP_DROPPED_MESSAGE + DHCP_FRAMING - 1] = "dhcp dropped: option beyond the end",
	[DHCP_DROPPED_LINK] = "dhcp dropped: link not known",
	[DHCP_DROPPED_SOURCE] = "dhcp dropped: source not link-local",
	[DHCP_DROPPED_CLIENT] = "dhcp dropped: client of another host",
	[DHCP_DROPPED_HOST] = "dhcp dropped: answer to another host",
	[DHCP_DROPPED_TRANSACTION] = "dhcp dropped: answer to no question",
	[DHCP_DROPPED_SERVER] = "dhcp dropped: answer of another server",
	[DHCP_DROPPED_LATE] = "dhcp dropped: answer too late",
	[DHCP_DROPPED_MEMORY] = "dhcp dropped: out of memory",
	[DHCP_SKIPPED + DHCP_SKIP_MALFORMED] = "dhcp option skipped: malformed",
	[DHCP_SKIPPED + DHCP_SKIP_LIMIT] = "dhcp item skipped: over the limit",
	[DHCP_SKIPPED_OPTION] = "dhcp raw option skipped: over the limit",
	[DHCP_REFUSED] = "dhcp fact refused by the model",
	[DHCP_ANSWERED] = "dhcp question answered",
	[DHCP_SEEN] = "dhcp answer to a client seen",
};

/* What one packet is about, on its way through this file. */
struct hearing {
	struct dhcp_news *news;
	struct model *model;
	struct dhcp_link *link;
	const struct dhcp_frame *frame;
	struct dhcp_packet packet;
	uint32_t random;
	uint64_t now;
};

void dhcp_news_init(struct dhcp_news *news)
{
	dhcp_links_init(&news->links);
	news->expire_at = TIME_FOREVER;
}

static int message_parse(struct dhcp_news *news, uint32_t family, struct reader octets)
{
	return family == AF_INET ? dhcp4_parse(&news->message, octets)
				 : dhcp6_parse(&news->message, octets);
}

/* ---- bindings and their facts ---- */

static void binding_put(
	struct dhcp_news *news, struct model *model, const struct dhcp_binding *binding)
{
	struct dhcp_facts_left left = {0};

	if (message_parse(news, binding->slot.family, reader_of(binding->octets, binding->size)) !=
		DHCP_VALID)
		return;
	dhcp_facts_put(&binding->facts, &news->message, model, &left);
	news->counters[DHCP_REFUSED] += left.refused;
	news->counters[DHCP_SKIPPED_OPTION] += left.options;
	news->dirty = true;
}

/* Another answer of the same server may have said the same: what it said is put again. */
static void binding_end(struct dhcp_news *news, struct model *model, struct dhcp_link *link,
	struct dhcp_binding *binding)
{
	const struct dhcp_facts facts = binding->facts;

	if (message_parse(news, binding->slot.family, reader_of(binding->octets, binding->size)) ==
		DHCP_VALID)
		dhcp_facts_drop(&facts, &news->message, model);
	dhcp_binding_free(binding);
	news->dirty = true;
	list_for_each (node, &link->bindings) {
		struct dhcp_binding *other = container_of(node, struct dhcp_binding, node);

		if (other->facts.trust == facts.trust &&
			address_equal(&other->facts.provider, &facts.provider))
			binding_put(news, model, other);
	}
}

static void slot_end(struct dhcp_news *news, struct model *model, struct dhcp_link *link,
	const struct dhcp_slot *slot)
{
	struct dhcp_binding *binding = dhcp_link_binding(link, slot);

	if (binding != NULL)
		binding_end(news, model, link, binding);
}

/* DHCPv4 servers name themselves; DHCPv6 has no better name for one than whence it speaks. */
static struct mif_address provider_of(const struct hearing *hearing)
{
	const struct dhcp_message *message = &hearing->news->message;

	return message->family == AF_INET && message->server.family == AF_INET
		? message->server
		: hearing->packet.from;
}

/* Makes what the packet says the contents of a slot. */
static void slot_fill(
	struct hearing *hearing, const struct dhcp_slot *slot, const struct mif_address *address)
{
	struct dhcp_news *news = hearing->news;
	const struct dhcp_message *message = &news->message;
	struct reader payload = hearing->packet.payload;
	struct dhcp_facts facts = {
		.owner = news->owner,
		.ifindex = hearing->link->ifindex,
		.provider = provider_of(hearing),
		.trust = slot->trust,
		.since = hearing->now,
		.until = slot->leased ? clock_after(hearing->now, message->lifetime) : TIME_FOREVER,
		.leases = slot->leased,
	};
	struct dhcp_binding *old = dhcp_link_binding(hearing->link, slot), *binding;

	for (size_t i = 0; i < DHCP_SKIPS; i++)
		news->counters[DHCP_SKIPPED + i] += message->skipped[i];
	if (dhcp_binding_new(
		    hearing->link, slot, &facts, address, payload.at, reader_left(&payload)) < 0) {
		news->counters[DHCP_DROPPED_MEMORY]++;
		return;
	}
	binding = container_of(hearing->link->bindings.previous, struct dhcp_binding, node);
	/* The next look at the link sees whether its address is there. One that was asked from was there. */
	binding->was_there = !slot->leased;
	dhcp_link_touch(&news->links, hearing->link, hearing->now);
	news->expire_at = MIN(news->expire_at, binding->end_at);
	if (old != NULL)
		binding_end(news, hearing->model, hearing->link, old);
	binding_put(news, hearing->model, binding);
	model_heard(hearing->model, facts.ifindex, &facts.provider);
}

/* ---- what clients of this host say ---- */

static bool is_own_hardware(const struct dhcp_link *link, const uint8_t hardware[6])
{
	return !dhcp_link_has_hardware(link) || memcmp(link->hardware, hardware, 6) == 0;
}

static bool names_address(const struct dhcp_message *message, const struct mif_address *address)
{
	if (address_equal(&message->client, address))
		return true;
	for (uint32_t i = 0; i < message->lease_count; i++) {
		if (address_equal(&message->leases[i].address, address))
			return true;
	}
	return false;
}

/* What a bridge or a virtual machine's interface passes on also goes out here. */
static void client_hear(struct hearing *hearing)
{
	struct dhcp_news *news = hearing->news;
	const struct dhcp_message *message = &news->message;
	struct dhcp_slot slot = {.family = message->family, .leased = true};
	struct dhcp_binding *binding;

	if (message->relayed || !is_own_hardware(hearing->link, hearing->frame->hardware) ||
		(message->family == AF_INET &&
			!is_own_hardware(hearing->link, message->hardware))) {
		news->counters[DHCP_DROPPED_CLIENT]++;
		return;
	}
	if (message->kind != DHCP_OTHER)
		dhcp_link_asked(hearing->link, message, hearing->now + TRANSACTION_LIFE);
	binding = dhcp_link_binding(hearing->link, &slot);
	if (message->kind == DHCP_GIVES_BACK && binding != NULL &&
		names_address(message, &binding->address))
		binding_end(news, hearing->model, hearing->link, binding);
}

/* ---- what servers say ---- */

/* The answer to a question of our own. A question that was repeated is answered more than once. */
static void probe_hear(struct hearing *hearing)
{
	struct dhcp_news *news = hearing->news;
	const struct dhcp_message *message = &news->message;
	bool ipv4 = message->family == AF_INET;
	struct dhcp_ask *ask = &hearing->link->ask[dhcp_index(message->family)];
	struct dhcp_slot slot = {.family = message->family, .trust = FACT_TRUST_PROBE};
	struct mif_address provider = provider_of(hearing);
	const struct dhcp_binding *old;

	if (message->kind != DHCP_ANSWERS)
		return;
	if (!ipv4)
		slot.server = provider;
	old = dhcp_link_binding(hearing->link, &slot);
	if (old != NULL && old->facts.since >= ask->begun &&
		address_equal(&old->facts.provider, &provider))
		return;
	if (hearing->now >= ask->until) {
		news->counters[DHCP_DROPPED_LATE]++;
	} else if (ask->answers >= (ipv4 ? DHCP_SERVERS_IPV4 : DHCP_SERVERS_IPV6)) {
		news->counters[DHCP_DROPPED_SERVER]++;
	} else {
		news->counters[DHCP_ANSWERED]++;
		dhcp_ask_answered(ask, message->refresh, hearing->random, hearing->now);
		slot_fill(hearing, &slot, &hearing->link->asker[dhcp_index(message->family)]);
	}
}

/* A lease without an address in it takes back what there was: DHCPv6 says so within its options. */
static void lease_hear(struct hearing *hearing)
{
	struct dhcp_news *news = hearing->news;
	const struct dhcp_message *message = &news->message;
	struct dhcp_slot slot = {.family = message->family, .leased = true};
	struct mif_address address = {0};

	if (message->kind == DHCP_REFUSES || message->lifetime == 0) {
		slot_end(news, hearing->model, hearing->link, &slot);
		return;
	}
	if (message->lease_count > 0)
		address = message->leases[0].address;
	else
		address = hearing->packet.to;
	/* The client asks for what it understands alone. A new address is asked for by itself. */
	if (dhcp_link_has_address(hearing->link, &address))
		dhcp_ask_again(&hearing->link->ask[dhcp_index(message->family)], hearing->now);
	slot_fill(hearing, &slot, &address);
}

/* The answer to a client's question. */
static void seen_hear(struct hearing *hearing, struct dhcp_transaction *question)
{
	struct dhcp_news *news = hearing->news;
	const struct dhcp_message *message = &news->message;
	const struct dhcp_slot data = {.family = message->family};

	if (question->answered ||
		(question->server != 0 && question->server != message->server_hash)) {
		news->counters[DHCP_DROPPED_SERVER]++;
		return;
	}
	question->answered = true;
	news->counters[DHCP_SEEN]++;
	if (question->kind == DHCP_ASKS_LEASE ||
		(question->kind == DHCP_ASKS_CONFIRMATION && message->kind == DHCP_REFUSES))
		lease_hear(hearing);
	else if (question->kind == DHCP_ASKS_DATA && message->kind == DHCP_ANSWERS)
		slot_fill(hearing, &data,
			message->family == AF_INET ? &message->client : &hearing->packet.to);
}

static void server_hear(struct hearing *hearing)
{
	struct dhcp_news *news = hearing->news;
	const struct dhcp_message *message = &news->message;
	struct dhcp_transaction *question;

	if (message->kind != DHCP_ANSWERS && message->kind != DHCP_REFUSES)
		return;
	/* Whoever is beyond the link cannot know the transaction, but need not be believed either. */
	if (message->family == AF_INET6 && !address_is_link_local(&hearing->packet.from)) {
		news->counters[DHCP_DROPPED_SOURCE]++;
		return;
	}
	if (message->family == AF_INET && !is_own_hardware(hearing->link, message->hardware)) {
		news->counters[DHCP_DROPPED_HOST]++;
		return;
	}
	question = dhcp_link_question(hearing->link, message, hearing->now);
	if (question != NULL)
		seen_hear(hearing, question);
	else if (hearing->link->ask[dhcp_index(message->family)].begun != 0 &&
		hearing->link->ask[dhcp_index(message->family)].transaction == message->transaction)
		probe_hear(hearing);
	else
		news->counters[DHCP_DROPPED_TRANSACTION]++;
}

void dhcp_news_take(struct dhcp_news *news, struct model *model, const struct dhcp_frame *frame,
	uint32_t random, uint64_t now)
{
	struct hearing hearing = {
		.news = news, .model = model, .frame = frame, .random = random, .now = now};
	int fault = dhcp_packet_read(&hearing.packet, frame);

	news->counters[DHCP_RECEIVED]++;
	if (fault != DHCP_PACKET_VALID) {
		news->counters[DHCP_DROPPED + fault - 1]++;
		return;
	}
	/* Neither other hosts' questions nor answers of a server on this host say anything. */
	if (frame->outgoing != hearing.packet.to_server)
		return;
	hearing.link = dhcp_links_find(&news->links, frame->ifindex);
	if (hearing.link == NULL) {
		news->counters[DHCP_DROPPED_LINK]++;
		return;
	}
	fault = message_parse(news, hearing.packet.from.family, hearing.packet.payload);
	if (fault != DHCP_VALID)
		news->counters[DHCP_DROPPED_MESSAGE + fault - 1]++;
	else if (frame->outgoing)
		client_hear(&hearing);
	else
		server_hear(&hearing);
}

/* ---- what becomes of it ---- */

/* An address that is there holds its binding; one that was there and is gone ends it. */
static void binding_look(struct dhcp_link *link, struct dhcp_binding *binding, uint64_t now)
{
	if (dhcp_link_has_address(link, &binding->address)) {
		binding->was_there = true;
		binding->end_at = binding->facts.until;
	} else if (binding->was_there) {
		binding->end_at = MIN(binding->end_at, now + GRACE);
	}
}

static void link_end(struct dhcp_news *news, struct model *model, struct dhcp_link *link)
{
	list_for_each_safe (node, &link->bindings)
		binding_end(news, model, link, container_of(node, struct dhcp_binding, node));
	dhcp_link_free(&news->links, link);
}

bool dhcp_news_settle(
	struct dhcp_news *news, struct model *model, struct dhcp_link *link, uint64_t now)
{
	list_remove(&link->in_dirty);
	if (link->gone) {
		link_end(news, model, link);
		return false;
	}
	list_for_each (node, &link->bindings) {
		struct dhcp_binding *binding = container_of(node, struct dhcp_binding, node);

		binding_look(link, binding, now);
		news->expire_at = MIN(news->expire_at, binding->end_at);
	}
	return true;
}

void dhcp_news_expire(struct dhcp_news *news, struct model *model, uint64_t now)
{
	if (news->expire_at > now)
		return;
	news->expire_at = TIME_FOREVER;
	list_for_each (node, &news->links.links) {
		struct dhcp_link *link = container_of(node, struct dhcp_link, node);

		list_for_each_safe (each, &link->bindings) {
			struct dhcp_binding *binding =
				container_of(each, struct dhcp_binding, node);

			if (binding->end_at <= now)
				binding_end(news, model, link, binding);
			else
				news->expire_at = MIN(news->expire_at, binding->end_at);
		}
	}
}
