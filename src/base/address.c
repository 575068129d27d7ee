/* SPDX-License-Identifier: MIT */
/*
 * Addresses, prefixes and endpoints as values: comparing, classing, and their text forms.
 */
#include "base/address.h"

#include "base/public.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mif_address address_ipv4(const void *octets)
{
	struct mif_address address = {.family = AF_INET};

	memcpy(address.octets, octets, 4);
	return address;
}

struct mif_address address_ipv6(const void *octets, uint32_t scope)
{
	struct mif_address address = {.family = AF_INET6};

	memcpy(address.octets, octets, 16);
	if (address_is_link_local(&address) || address_is_multicast(&address))
		address.scope = scope;
	return address;
}

size_t address_size(const struct mif_address *address)
{
	return address->family == AF_INET ? 4 : address->family == AF_INET6 ? 16 : 0;
}

/* FNV-1a. */
uint64_t address_hash(const struct mif_address *address)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < address_size(address); i++)
		hash = (hash ^ address->octets[i]) * UINT64_C(1099511628211);
	return hash;
}

int address_compare(const struct mif_address *a, const struct mif_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;

	int order = memcmp(a->octets, b->octets, address_size(a));

	if (order != 0)
		return order;
	return a->scope < b->scope ? -1 : a->scope > b->scope;
}

/* The octets that a family does not use are 0: of a fixed length, they need no call. */
bool address_equal(const struct mif_address *a, const struct mif_address *b)
{
	return a->family == b->family && a->scope == b->scope &&
		memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

bool address_in_prefix(
	const struct mif_address *address, const struct mif_address *prefix, unsigned int length)
{
	size_t whole = length / 8;

	if (address->family != prefix->family || length > 8 * address_size(address))
		return false;
	if (memcmp(address->octets, prefix->octets, whole) != 0)
		return false;

	uint8_t mask = (uint8_t)(0xff00 >> (length % 8));

	return mask == 0 || ((address->octets[whole] ^ prefix->octets[whole]) & mask) == 0;
}

struct mif_address address_network(const struct mif_address *address, unsigned int length)
{
	struct mif_address network = {.family = address->family};

	for (size_t i = 0; i < address_size(address) && 8 * i < length; i++) {
		unsigned int bits = length - 8 * (unsigned int)i;
		unsigned int mask = bits >= 8 ? 0xff : 0xff00U >> bits & 0xff;

		network.octets[i] = (uint8_t)(address->octets[i] & mask);
	}
	return network;
}

struct mif_endpoint endpoint_plain(const struct mif_endpoint *endpoint)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct mif_endpoint plain = *endpoint;

	if (endpoint->address.family == AF_INET6 &&
		memcmp(endpoint->address.octets, mapped, sizeof(mapped)) == 0)
		plain.address = address_ipv4(endpoint->address.octets + sizeof(mapped));
	return plain;
}

bool address_is_unspecified(const struct mif_address *address)
{
	static const uint8_t zero[16];

	return memcmp(address->octets, zero, sizeof(zero)) == 0;
}

bool address_is_loopback(const struct mif_address *address)
{
	static const uint8_t one[16] = {[15] = 1};

	if (address->family == AF_INET)
		return address->octets[0] == 127;
	return address->family == AF_INET6 && memcmp(address->octets, one, 16) == 0;
}

bool address_is_link_local(const struct mif_address *address)
{
	if (address->family == AF_INET)
		return address->octets[0] == 169 && address->octets[1] == 254;
	return address->family == AF_INET6 && address->octets[0] == 0xfe &&
		(address->octets[1] & 0xc0) == 0x80;
}

bool address_is_multicast(const struct mif_address *address)
{
	if (address->family == AF_INET)
		return (address->octets[0] & 0xf0) == 0xe0;
	return address->family == AF_INET6 && address->octets[0] == 0xff;
}

PUBLIC char *mif_address_format(const struct mif_address *address, char text[MIF_ADDRESS_TEXT])
{
	if (address_size(address) == 0)
		return strcpy(text, "-");
	inet_ntop(address->family, address->octets, text, MIF_ADDRESS_TEXT);
	if (address->scope != 0) {
		size_t length = strlen(text);

		snprintf(text + length, MIF_ADDRESS_TEXT - length, "%%%u", address->scope);
	}
	return text;
}

static int scope_parse(uint32_t *scope, const char *text)
{
	char *end;
	unsigned long index = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && *end == '\0' && index > 0 && index <= INT32_MAX) {
		*scope = (uint32_t)index;
		return 0;
	}
	*scope = if_nametoindex(text);
	return *scope != 0 ? 0 : -EINVAL;
}

PUBLIC int mif_address_parse(struct mif_address *address, const char *text)
{
	struct mif_address result = {.family = AF_UNSPEC};
	char copy[MIF_ADDRESS_TEXT];
	char *percent;

	if (strcmp(text, "-") == 0) {
		*address = result;
		return 0;
	}
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	percent = strchr(copy, '%');
	if (percent != NULL)
		*percent++ = '\0';
	if (percent == NULL && inet_pton(AF_INET, copy, result.octets) == 1) {
		result.family = AF_INET;
	} else {
		memset(result.octets, 0, sizeof(result.octets));
		if (inet_pton(AF_INET6, copy, result.octets) != 1)
			return -EINVAL;
		result.family = AF_INET6;
		if (percent != NULL && scope_parse(&result.scope, percent) < 0)
			return -EINVAL;
	}
	*address = result;
	return 0;
}

PUBLIC char *mif_endpoint_format(const struct mif_endpoint *endpoint, char text[MIF_ADDRESS_TEXT])
{
	char address[MIF_ADDRESS_TEXT];
	const char *form = endpoint->address.family == AF_INET6 ? "[%.55s]:%u" : "%.55s:%u";

	if (address_size(&endpoint->address) == 0)
		return strcpy(text, "-");
	snprintf(text, MIF_ADDRESS_TEXT, form, mif_address_format(&endpoint->address, address),
		endpoint->port);
	return text;
}

PUBLIC int mif_endpoint_parse(struct mif_endpoint *endpoint, const char *text)
{
	struct mif_endpoint result = {0};
	char copy[MIF_ADDRESS_TEXT + 8];
	char *port = NULL;
	char *start = copy;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	if (copy[0] == '[') {
		char *bracket = strchr(copy, ']');

		if (bracket == NULL || (bracket[1] != ':' && bracket[1] != '\0'))
			return -EINVAL;
		port = bracket[1] == ':' ? bracket + 2 : NULL;
		*bracket = '\0';
		start = copy + 1;
	} else if (strchr(copy, ':') != NULL && strchr(copy, ':') == strrchr(copy, ':')) {
		port = strchr(copy, ':');
		*port++ = '\0';
	}
	if (port != NULL) {
		char *end;
		unsigned long number = strtoul(port, &end, 10);

		if (*port < '0' || *port > '9' || *end != '\0' || number > UINT16_MAX)
			return -EINVAL;
		result.port = (uint16_t)number;
	}
	if (mif_address_parse(&result.address, start) < 0)
		return -EINVAL;
	*endpoint = result;
	return 0;
}

PUBLIC int mif_endpoint_from_sockaddr(
	struct mif_endpoint *endpoint, const struct sockaddr *address, socklen_t size)
{
	struct mif_endpoint result = {0};
	sa_family_t family;

	if (size < sizeof(family))
		return -EINVAL;
	memcpy(&family, address, sizeof(family));
	if (family == AF_INET) {
		struct sockaddr_in in;

		if (size < sizeof(in))
			return -EINVAL;
		memcpy(&in, address, sizeof(in));
		result.address = address_ipv4(&in.sin_addr);
		result.port = ntohs(in.sin_port);
	} else if (family == AF_INET6) {
		struct sockaddr_in6 in6;

		if (size < sizeof(in6))
			return -EINVAL;
		memcpy(&in6, address, sizeof(in6));
		result.address = address_ipv6(&in6.sin6_addr, in6.sin6_scope_id);
		result.port = ntohs(in6.sin6_port);
	} else {
		return -EAFNOSUPPORT;
	}
	*endpoint = result;
	return 0;
}

PUBLIC socklen_t mif_endpoint_to_sockaddr(
	const struct mif_endpoint *endpoint, struct sockaddr_storage *address)
{
	memset(address, 0, sizeof(*address));
	if (endpoint->address.family == AF_INET) {
		struct sockaddr_in in = {
			.sin_family = AF_INET,
			.sin_port = htons(endpoint->port),
		};

		memcpy(&in.sin_addr, endpoint->address.octets, 4);
		memcpy(address, &in, sizeof(in));
		return sizeof(in);
	}
	if (endpoint->address.family == AF_INET6) {
		struct sockaddr_in6 in6 = {
			.sin6_family = AF_INET6,
			.sin6_port = htons(endpoint->port),
			.sin6_scope_id = endpoint->address.scope,
		};

		memcpy(&in6.sin6_addr, endpoint->address.octets, 16);
		memcpy(address, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

char *prefix_format(const struct mif_address *prefix, unsigned int length, char text[PREFIX_TEXT])
{
	char address[MIF_ADDRESS_TEXT];

	snprintf(text, PREFIX_TEXT, "%s/%u", mif_address_format(prefix, address), length % 1000);
	return text;
}

int prefix_parse(struct mif_address *prefix, unsigned int *length, const char *text)
{
	struct mif_address address;
	char copy[PREFIX_TEXT];
	char *slash, *end;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (mif_address_parse(&address, copy) < 0)
		return -EINVAL;

	unsigned long bits = 8 * address_size(&address);

	if (slash != NULL) {
		unsigned long given = strtoul(slash, &end, 10);

		if (*slash < '0' || *slash > '9' || *end != '\0' || given > bits)
			return -EINVAL;
		bits = given;
	}
	*prefix = address;
	*length = (unsigned int)bits;
	return 0;
}
