/* SPDX-License-Identifier: MIT */
/*
 * What DHCPv4 and DHCPv6 have in common once their octets are read: a list of items, of leases and
 * of raw options, each with its limit. An option is taken whole or not at all.
 */
#include "source/dhcp-message.h"

#include "base/address.h"
#include "source/option-resolver.h"
#include "source/option-text.h"

#include <errno.h>

void dhcp_message_init(struct dhcp_message *message, uint32_t family)
{
	message->family = family;
	message->kind = DHCP_OTHER;
	message->transaction = 0;
	memset(message->hardware, 0, sizeof(message->hardware));
	message->relayed = false;
	message->server = message->client = (struct mif_address){0};
	message->server_hash = message->lifetime = message->refresh = 0;
	message->lease_count = message->item_count = message->option_count = 0;
	memset(message->skipped, 0, sizeof(message->skipped));
}

/* FNV-1a. */
uint32_t dhcp_server_hash(struct reader identifier)
{
	uint32_t hash = 0x811c9dc5;

	while (reader_left(&identifier) > 0)
		hash = (hash ^ reader_u8(&identifier)) * 0x01000193;
	return hash != 0 ? hash : 1;
}

static bool item_is_equal(const struct dhcp_item *a, const struct dhcp_item *b)
{
	return a->information == b->information && a->prefix_length == b->prefix_length &&
		address_equal(&a->address, &b->address) && strcmp(a->text, b->text) == 0;
}

void dhcp_item_put(struct dhcp_message *message, const struct dhcp_item *item, uint32_t limit)
{
	uint32_t same = 0;

	for (uint32_t i = 0; i < message->item_count; i++) {
		if (item_is_equal(&message->items[i], item))
			return;
		same += message->items[i].information == item->information;
	}
	if (same >= limit || message->item_count == DHCP_ITEM_MAX)
		message->skipped[DHCP_SKIP_LIMIT]++;
	else
		message->items[message->item_count++] = *item;
}

void dhcp_address_put(struct dhcp_message *message, uint32_t information,
	const struct mif_address *address, uint32_t limit)
{
	const struct dhcp_item item = {.information = information, .address = *address};

	dhcp_item_put(message, &item, limit);
}

void dhcp_text_put(
	struct dhcp_message *message, uint32_t information, const char *text, uint32_t limit)
{
	struct dhcp_item item = {.information = information};

	strcpy(item.text, text);
	dhcp_item_put(message, &item, limit);
}

bool dhcp_uri_read(struct dhcp_message *message, uint32_t information, struct reader body)
{
	char uri[MIF_TEXT_SIZE];
	int r = option_uri(body, uri);

	if (r == 0)
		dhcp_text_put(message, information, uri, 1);
	else if (r == -ENAMETOOLONG)
		message->skipped[DHCP_SKIP_LIMIT]++;
	return r != -EBADMSG;
}

bool dhcp_addresses_read(
	struct dhcp_message *message, uint32_t information, struct reader body, bool ipv4)
{
	size_t size = ipv4 ? 4 : 16, count = reader_left(&body) / size;
	struct reader check = body;

	if (count == 0 || reader_left(&body) % size != 0)
		return false;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < count; i++) {
			const uint8_t *octets = reader_take(pass == 0 ? &check : &body, size);
			struct mif_address address =
				ipv4 ? address_ipv4(octets) : address_ipv6(octets, 0);

			if (!option_address_is_usable(&address))
				return false;
			if (pass > 0)
				dhcp_address_put(message, information, &address, DHCP_SERVER_MAX);
		}
	}
	return true;
}

bool dhcp_names_read(struct dhcp_message *message, uint32_t information, struct reader body,
	const struct reader *whole)
{
	struct reader check = body;
	char name[MIF_TEXT_SIZE];

	if (reader_left(&body) == 0)
		return false;
	while (reader_left(&check) > 0)
		if (!option_name_compressed(&check, whole, name))
			return false;
	while (reader_left(&body) > 0 && option_name_compressed(&body, whole, name))
		dhcp_text_put(message, information, name, DHCP_SEARCH_MAX);
	return true;
}

void dhcp_resolver_put(struct dhcp_message *message, const struct option_resolver *resolver)
{
	struct dhcp_item item = {
		.information = MIF_INFORMATION_ENCRYPTED_DNS, .number = resolver->priority};

	strcpy(item.text, resolver->text);
	message->skipped[DHCP_SKIP_LIMIT] += resolver->left_out;
	if (resolver->count == 0)
		dhcp_item_put(message, &item, DHCP_SERVER_MAX);
	for (uint32_t i = 0; i < resolver->count; i++) {
		item.address = resolver->addresses[i];
		dhcp_item_put(message, &item, DHCP_SERVER_MAX);
	}
}

void dhcp_option_put(
	struct dhcp_message *message, uint32_t code, const uint8_t *octets, size_t size)
{
	if (message->option_count == DHCP_OPTION_MAX) {
		message->skipped[DHCP_SKIP_LIMIT]++;
		return;
	}
	message->options[message->option_count++] =
		(struct dhcp_option){.code = code, .size = size, .octets = octets};
}

void dhcp_lease_put(struct dhcp_message *message, const struct dhcp_lease *lease)
{
	if (message->lease_count == DHCP_LEASE_MAX)
		message->skipped[DHCP_SKIP_LIMIT]++;
	else
		message->leases[message->lease_count++] = *lease;
}
