/* SPDX-License-Identifier: MIT */
/*
 * "lease6" of dhclient.leases(5): identity associations with addresses, each of which has times of its
 * own, in seconds since 1970 where something starts, and from there on. Delegated prefixes are for
 * routers behind the host.
 */
#include "hook/lease-text.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"

/* RFC 8415 section 7.7 */
#define FOREVER UINT32_MAX

/* An identity association, or an address of one. */
struct times {
	uint64_t starts, renew, rebind, life;
};

/* "NUMBER;" */
static enum lease_token number_take(struct lease_reader *reader, uint64_t *number)
{
	char word[LEASE_WORD], more[LEASE_WORD], *end;
	enum lease_token token = lease_token_read(reader, word);
	unsigned long long value;

	if (token != TOKEN_WORD)
		return token;
	value = strtoull(word, &end, 10);
	token = lease_token_read(reader, more);
	if (token == TOKEN_SEMICOLON && *end == '\0' && *word != '-')
		*number = MIN(value, (unsigned long long)UINT32_MAX);
	return token;
}

/* Up to the end of the block. */
static enum lease_token times_take(struct lease_reader *reader, struct times *times)
{
	char word[LEASE_WORD];
	enum lease_token token;

	do {
		token = lease_token_read(reader, word);
		if (token == TOKEN_WORD && strcmp(word, "starts") == 0)
			token = number_take(reader, &times->starts);
		else if (token == TOKEN_WORD && strcmp(word, "max-life") == 0)
			token = number_take(reader, &times->life);
		token = lease_skip(reader, token);
	} while (token == TOKEN_SEMICOLON);
	return token;
}

/* When a time has passed since the start; 0: one of them was not told. */
static uint64_t ends(uint64_t starts, uint64_t time)
{
	if (time == FOREVER)
		return UINT64_MAX;
	return starts == 0 || time == 0 ? 0 : starts + time;
}

static void address_add(
	struct lease *lease, const struct mif_address *address, const struct times *times)
{
	struct lease_address *added = &lease->addresses[lease->address_count];

	if (lease->address_count == LEASE_ADDRESSES || address->family != AF_INET6 ||
		address_is_unspecified(address) || address_is_multicast(address) ||
		address_is_link_local(address))
		return;
	added->address = *address;
	added->expire = ends(times->starts, times->life);
	lease->expire = MAX(lease->expire, added->expire);
	lease->address_count++;
}

/* "ADDRESS { starts...; max-life...; }" */
static enum lease_token address_take(struct lease_reader *reader, struct lease *lease)
{
	char word[LEASE_WORD], more[LEASE_WORD];
	struct times times = {0};
	struct mif_address address;
	enum lease_token token = lease_token_read(reader, word);
	bool good = token == TOKEN_WORD && mif_address_parse(&address, word) == 0;

	if (token != TOKEN_WORD)
		return lease_skip(reader, token);
	token = lease_token_read(reader, more);
	if (!good || token != TOKEN_OPEN)
		return lease_skip(reader, token);
	token = times_take(reader, &times);
	if (token != TOKEN_CLOSE)
		return token;
	address_add(lease, &address, &times);
	return TOKEN_SEMICOLON;
}

/* "starts...; renew...; rebind...; iaaddr...", up to the end of the block. */
static enum lease_token association_take(struct lease_reader *reader, struct lease *lease)
{
	size_t first = lease->address_count;
	struct times times = {0};
	char word[LEASE_WORD];
	enum lease_token token;

	do {
		token = lease_token_read(reader, word);
		if (token == TOKEN_WORD && strcmp(word, "iaaddr") == 0) {
			token = address_take(reader, lease);
			continue;
		}
		if (token == TOKEN_WORD && strcmp(word, "starts") == 0)
			token = number_take(reader, &times.starts);
		else if (token == TOKEN_WORD && strcmp(word, "renew") == 0)
			token = number_take(reader, &times.renew);
		else if (token == TOKEN_WORD && strcmp(word, "rebind") == 0)
			token = number_take(reader, &times.rebind);
		token = lease_skip(reader, token);
	} while (token == TOKEN_SEMICOLON);
	for (size_t i = first; i < lease->address_count; i++) {
		lease->addresses[i].renew = ends(times.starts, times.renew);
		lease->addresses[i].rebind = ends(times.starts, times.rebind);
	}
	return token == TOKEN_CLOSE ? TOKEN_SEMICOLON : token;
}

/* "ia-na NUMBER {": what is behind the brace. */
static enum lease_token block_take(struct lease_reader *reader, struct lease *lease)
{
	char word[LEASE_WORD];
	enum lease_token token = lease_token_read(reader, word);

	/* Where all of its octets are printable, the number is a string. */
	if (token == TOKEN_WORD || token == TOKEN_STRING)
		token = lease_token_read(reader, word);
	return token == TOKEN_OPEN ? association_take(reader, lease) : lease_skip(reader, token);
}

enum lease_token lease6_statement_take(struct lease_reader *reader, struct lease *lease)
{
	char word[LEASE_WORD];
	enum lease_token token = lease_token_read(reader, word);

	if (token != TOKEN_WORD)
		return lease_skip(reader, token);
	if (strcmp(word, "ia-na") == 0 || strcmp(word, "ia-ta") == 0)
		return block_take(reader, lease);
	if (strcmp(word, "interface") == 0)
		token = lease_interface_take(reader, lease);
	else if (strcmp(word, "option") == 0)
		token = lease_option_take(reader, lease);
	else if (strcmp(word, "released") == 0)
		lease->released = true;
	return lease_skip(reader, token);
}
