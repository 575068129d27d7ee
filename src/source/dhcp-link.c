/* SPDX-License-Identifier: MIT */
/*
 * What the source of DHCP must remember of each link: its addresses, as far as they matter to DHCP,
 * the questions that are open, and the servers' answers whose facts are in the model. No time passes
 * here and no fact is put.
 */
#include "source/dhcp-link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

void dhcp_links_init(struct dhcp_links *links)
{
	*links = (struct dhcp_links){.look_at = TIME_FOREVER};
	list_init(&links->links);
	list_init(&links->dirty);
	for (size_t i = 0; i < DHCP_BUCKETS; i++)
		list_init(&links->buckets[i]);
}

void dhcp_links_deinit(struct dhcp_links *links)
{
	list_for_each_safe (node, &links->links)
		dhcp_link_free(links, container_of(node, struct dhcp_link, node));
}

struct dhcp_link *dhcp_links_find(const struct dhcp_links *links, uint32_t ifindex)
{
	list_for_each (node, &links->buckets[ifindex % DHCP_BUCKETS]) {
		struct dhcp_link *link = container_of(node, struct dhcp_link, in_bucket);

		if (link->ifindex == ifindex)
			return link;
	}
	return NULL;
}

static struct dhcp_link *link_new(struct dhcp_links *links, uint32_t ifindex)
{
	struct dhcp_link *link =
		links->count < DHCP_LINKS ? calloc(1, sizeof(struct dhcp_link)) : NULL;

	if (link == NULL) {
		links->refused++;
		return NULL;
	}
	link->ifindex = ifindex;
	dhcp_ask_init(&link->ask[0]);
	dhcp_ask_init(&link->ask[1]);
	list_init(&link->bindings);
	list_init(&link->in_dirty);
	list_append(&links->links, &link->node);
	list_append(&links->buckets[ifindex % DHCP_BUCKETS], &link->in_bucket);
	links->count++;
	return link;
}

void dhcp_link_free(struct dhcp_links *links, struct dhcp_link *link)
{
	list_for_each_safe (node, &link->bindings)
		dhcp_binding_free(container_of(node, struct dhcp_binding, node));
	list_remove(&link->node);
	list_remove(&link->in_bucket);
	list_remove(&link->in_dirty);
	links->count--;
	free(link->addresses);
	free(link->transactions);
	free(link);
}

/* A link that is gone leaves at once: the kernel may give its index to another one. */
void dhcp_link_touch(struct dhcp_links *links, struct dhcp_link *link, uint64_t now)
{
	if (list_empty(&link->in_dirty))
		list_append(&links->dirty, &link->in_dirty);
	links->look_at = MIN(links->look_at, link->gone ? now : now + DHCP_LOOK);
}

void dhcp_link_came_up(struct dhcp_links *links, struct dhcp_link *link, uint64_t now)
{
	link->came_up = true;
	dhcp_link_touch(links, link, now);
}

/* ---- what the kernel has ---- */

static size_t address_place(const struct dhcp_link *link, const struct mif_address *address)
{
	size_t i = 0;

	while (i < link->address_count && !address_equal(&link->addresses[i].address, address))
		i++;
	return i;
}

bool dhcp_link_has_address(const struct dhcp_link *link, const struct mif_address *address)
{
	return address_place(link, address) < link->address_count;
}

bool dhcp_link_has_hardware(const struct dhcp_link *link)
{
	static const uint8_t none[sizeof(link->hardware)];

	return memcmp(link->hardware, none, sizeof(none)) != 0;
}

/* Whoever has a MAC address and may have servers beside it. Tunnels are configured by who made them. */
static bool link_is_asked(const struct dhcp_link *link)
{
	return link->running && !link->gone && dhcp_link_has_hardware(link) &&
		link->kind != MIF_KIND_TUNNEL && link->kind != MIF_KIND_LOOPBACK;
}

const struct dhcp_address *dhcp_link_asker(const struct dhcp_link *link, uint32_t family)
{
	for (size_t i = 0; link_is_asked(link) && i < link->address_count; i++) {
		const struct mif_address *address = &link->addresses[i].address;

		if (address->family == family &&
			address_is_link_local(address) == (family == AF_INET6))
			return &link->addresses[i];
	}
	return NULL;
}

/* Whether what has changed makes a difference, to what was answered or to who is to ask. */
static bool link_is_concerned(const struct dhcp_link *link, uint32_t family)
{
	const struct dhcp_address *asker = dhcp_link_asker(link, family);
	const struct mif_address none = {0};

	return !list_empty(&link->bindings) ||
		!address_equal(
			asker != NULL ? &asker->address : &none, &link->asker[dhcp_index(family)]);
}

static size_t addresses_count(const struct dhcp_link *link, uint32_t family)
{
	size_t count = 0;

	for (size_t i = 0; i < link->address_count; i++)
		count += link->addresses[i].address.family == family;
	return count;
}

/* Without memory for it, as if the link had more of them than are kept. */
static bool address_add(struct dhcp_link *link, const struct fact *fact)
{
	size_t count = link->address_count;
	struct dhcp_address *more =
		realloc(link->addresses, (count + 1) * sizeof(link->addresses[0]));

	if (more == NULL)
		return false;
	link->addresses = more;
	more[count] = (struct dhcp_address){
		.address = fact->as.address.address, .length = fact->as.address.prefix_length};
	link->address_count++;
	return true;
}

/* A link with more of them keeps what it has: one is enough to ask from. */
static void address_notice(
	struct dhcp_links *links, const struct fact *fact, bool there, uint64_t now)
{
	const struct mif_address *address = &fact->as.address.address;
	struct dhcp_link *link = dhcp_links_find(links, fact->ifindex);
	bool usable = there && (fact->as.address.flags & FACT_ADDRESS_TENTATIVE) == 0;
	size_t place;

	if (link == NULL && usable)
		link = link_new(links, fact->ifindex);
	if (link == NULL || link->kind == MIF_KIND_LOOPBACK)
		return;
	place = address_place(link, address);
	if (usable == (place < link->address_count) ||
		(usable && addresses_count(link, address->family) == DHCP_LINK_ADDRESSES))
		return;
	if (usable && !address_add(link, fact))
		return;
	if (!usable)
		memmove(&link->addresses[place], &link->addresses[place + 1],
			(--link->address_count - place) * sizeof(link->addresses[0]));
	if (link_is_concerned(link, address->family))
		dhcp_link_touch(links, link, now);
}

static void link_notice(struct dhcp_links *links, const struct fact *fact, bool there, uint64_t now)
{
	struct dhcp_link *link = dhcp_links_find(links, fact->ifindex);
	const uint32_t running = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;

	if (link == NULL && there)
		link = link_new(links, fact->ifindex);
	if (link == NULL)
		return;
	link->gone = !there;
	link->kind = fact->as.link.kind;
	link->running = there && (fact->as.link.flags & running) == running;
	if (there)
		memcpy(link->hardware, fact->as.link.hardware, sizeof(link->hardware));
	if (link->gone || link_is_concerned(link, AF_INET) || link_is_concerned(link, AF_INET6))
		dhcp_link_touch(links, link, now);
}

void dhcp_links_notice(struct dhcp_links *links, const struct fact *fact, bool there, uint64_t now)
{
	if (fact->kind == FACT_LINK)
		link_notice(links, fact, there, now);
	else if (fact->kind == FACT_ADDRESS)
		address_notice(links, fact, there, now);
}

/* ---- the clients' questions ---- */

void dhcp_link_asked(struct dhcp_link *link, const struct dhcp_message *question, uint64_t until)
{
	struct dhcp_transaction *place;

	if (link->transactions == NULL)
		link->transactions = calloc(DHCP_LINK_TRANSACTIONS, sizeof(link->transactions[0]));
	place = link->transactions;
	for (size_t i = 0; place != NULL && i < DHCP_LINK_TRANSACTIONS; i++) {
		struct dhcp_transaction *other = &link->transactions[i];

		if (other->family == question->family && other->number == question->transaction) {
			place = other;
			break;
		}
		if (other->until < place->until)
			place = other;
	}
	if (place == NULL)
		return;
	*place = (struct dhcp_transaction){.family = question->family,
		.number = question->transaction,
		.kind = question->kind,
		.server = question->server_hash,
		.until = until};
}

struct dhcp_transaction *dhcp_link_question(
	struct dhcp_link *link, const struct dhcp_message *answer, uint64_t now)
{
	for (size_t i = 0; link->transactions != NULL && i < DHCP_LINK_TRANSACTIONS; i++) {
		struct dhcp_transaction *transaction = &link->transactions[i];

		if (transaction->family == answer->family &&
			transaction->number == answer->transaction && now < transaction->until)
			return transaction;
	}
	return NULL;
}

/* ---- the servers' answers ---- */

struct dhcp_binding *dhcp_link_binding(const struct dhcp_link *link, const struct dhcp_slot *slot)
{
	list_for_each (node, &link->bindings) {
		struct dhcp_binding *binding = container_of(node, struct dhcp_binding, node);

		if (binding->slot.family == slot->family && binding->slot.trust == slot->trust &&
			binding->slot.leased == slot->leased &&
			address_equal(&binding->slot.server, &slot->server))
			return binding;
	}
	return NULL;
}

int dhcp_binding_new(struct dhcp_link *link, const struct dhcp_slot *slot,
	const struct dhcp_facts *facts, const struct mif_address *address, const void *octets,
	size_t size)
{
	struct dhcp_binding *binding = calloc(1, sizeof(*binding) + size);

	if (binding == NULL)
		return -ENOMEM;
	binding->slot = *slot;
	binding->facts = *facts;
	binding->address = *address;
	binding->end_at = facts->until;
	binding->size = size;
	memcpy(binding->octets, octets, size);
	list_append(&link->bindings, &binding->node);
	return 0;
}

void dhcp_binding_free(struct dhcp_binding *binding)
{
	list_remove(&binding->node);
	free(binding);
}

void dhcp_link_move_answer(struct dhcp_link *link, const struct mif_address *address)
{
	const struct dhcp_slot slot = {.family = AF_INET, .trust = FACT_TRUST_PROBE};
	struct dhcp_binding *binding = dhcp_link_binding(link, &slot);

	if (binding == NULL)
		return;
	binding->address = *address;
	binding->end_at = binding->facts.until;
}
