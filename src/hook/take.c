/* SPDX-License-Identifier: MIT */
/*
 * Values of variables, checked, as items of a report.
 */
#include "hook/take.h"

#include <string.h>

#include "base/address.h"
#include "base/name.h"

/* RFC 2132 section 5.1, and what an IPv4 header can say at most. */
#define MTU_MIN 68
#define MTU_MAX 65535

/* An address or a name, and whatever a hostile server puts there. */
#define WORD_SIZE 512

struct report_item *take_item(struct take *take, enum report_kind kind)
{
	struct report_item *item = report_add(take->report, kind);

	if (item == NULL) {
		environment_complain(take->environment, "...", "is beyond the limit of 64 items");
		return NULL;
	}
	item->provider = take->provider;
	item->valid_until = take->until;
	return item;
}

static struct report_item *data_add(struct take *take, uint32_t information)
{
	struct report_item *item = take_item(take, REPORT_DATA);

	if (item != NULL)
		item->information = information;
	return item;
}

/* A scope, "fe80::1%h1", is said again by the report. */
static bool address_parse(struct take *take, const char *word, struct mif_address *address)
{
	const char *scope = strchr(word, '%');
	char plain[WORD_SIZE];

	if (scope != NULL && strcmp(scope + 1, take->report->interface) == 0) {
		strcpy(plain, word);
		plain[scope - word] = '\0';
		word = plain;
	}
	if (mif_address_parse(address, word) < 0 || address->scope != 0 ||
		address->family != take->family)
		return false;
	if (address->family == AF_INET6 && address_is_link_local(address))
		address->scope = take->report->ifindex;
	return true;
}

static bool address_is_of_host(const struct mif_address *address)
{
	return !address_is_unspecified(address) && !address_is_multicast(address) &&
		!address_is_loopback(address);
}

bool take_address(struct take *take, const char *word, struct mif_address *address)
{
	if (strlen(word) < WORD_SIZE && address_parse(take, word, address) &&
		address_is_of_host(address))
		return true;
	environment_complain(take->environment, word, "is not the address of a host");
	return false;
}

bool take_prefix(struct take *take, const char *word, struct mif_address *prefix, uint32_t *length)
{
	unsigned int number;

	if (prefix_parse(prefix, &number, word) < 0 || prefix->family != take->family ||
		prefix->scope != 0) {
		environment_complain(take->environment, word, "is not a prefix");
		return false;
	}
	*length = number;
	return true;
}

void take_addresses(struct take *take, uint32_t information, const char *value)
{
	char word[WORD_SIZE];

	while (value != NULL && environment_word(&value, word, sizeof(word))) {
		struct mif_address address;
		struct report_item *item;

		if (!take_address(take, word, &address))
			continue;
		item = data_add(take, information);
		if (item == NULL)
			return;
		item->address = address;
	}
}

void take_names(struct take *take, uint32_t information, const char *value)
{
	char word[WORD_SIZE];

	while (value != NULL && environment_word(&value, word, sizeof(word))) {
		struct mif_address address;
		struct report_item *item;

		/* "192.0.2.1." would be a name, and an address to whoever reads it next. */
		if (!name_normalise(word) || mif_address_parse(&address, word) == 0) {
			environment_complain(take->environment, word, "is not a domain name");
			continue;
		}
		item = data_add(take, information);
		if (item == NULL)
			return;
		strcpy(item->text, word);
	}
}

void take_hosts(struct take *take, uint32_t information, const char *value)
{
	char word[WORD_SIZE];

	while (value != NULL && environment_word(&value, word, sizeof(word))) {
		struct mif_address address;

		if (mif_address_parse(&address, word) == 0 && address.family != AF_UNSPEC)
			take_addresses(take, information, word);
		else
			take_names(take, information, word);
	}
}

void take_text(struct take *take, uint32_t information, const char *value)
{
	struct report_item *item;

	if (value == NULL)
		return;
	if (!report_text_is_sane(value)) {
		environment_complain(take->environment, value, "is not a URI, or too long");
		return;
	}
	item = data_add(take, information);
	if (item != NULL)
		strcpy(item->text, value);
}

void take_mtu(struct take *take, const char *value)
{
	uint32_t mtu = 0;
	struct report_item *item;

	if (value == NULL)
		return;
	for (const char *c = value; *c >= '0' && *c <= '9' && mtu <= MTU_MAX; c++)
		mtu = 10 * mtu + (uint32_t)(*c - '0');
	if (strspn(value, "0123456789") != strlen(value) || mtu < MTU_MIN || mtu > MTU_MAX) {
		environment_complain(take->environment, value, "is not an MTU");
		return;
	}
	item = data_add(take, MIF_INFORMATION_MTU);
	if (item != NULL)
		item->number = mtu;
}

bool take_route(struct take *take, const struct mif_address *destination, uint32_t length,
	const struct mif_address *gateway)
{
	struct report_item *item;

	/* 0.0.0.0: on the link. */
	if (length == 0 && address_is_unspecified(gateway))
		return false;
	item = data_add(take, length == 0 ? MIF_INFORMATION_ROUTERS : MIF_INFORMATION_ROUTES);
	if (item == NULL)
		return false;
	item->address = length == 0 ? *gateway : address_network(destination, length);
	item->prefix_length = length;
	/* As what is seen of DHCP on the wire has it. */
	if (length > 0 && !address_is_unspecified(gateway))
		mif_address_format(gateway, item->text);
	return length == 0;
}

bool take_routes(struct take *take, const char *value)
{
	char word[WORD_SIZE];
	bool found = false;

	while (value != NULL && environment_word(&value, word, sizeof(word))) {
		struct mif_address destination, gateway;
		uint32_t length;

		if (!take_prefix(take, word, &destination, &length))
			break;
		if (!environment_word(&value, word, sizeof(word))) {
			environment_complain(
				take->environment, word, "is a route without a gateway");
			break;
		}
		if (!address_parse(take, word, &gateway)) {
			environment_complain(take->environment, word, "is not a gateway");
			break;
		}
		found |= take_route(take, &destination, length, &gateway);
	}
	return found;
}
