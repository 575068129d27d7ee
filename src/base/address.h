/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>

/* "192.0.2.0/24" with its NUL. */
#define PREFIX_TEXT (MIF_ADDRESS_TEXT + 4)

struct mif_address address_ipv4(const void *octets);
struct mif_address address_ipv6(const void *octets, uint32_t scope);

/* 4 or 16; 0 for AF_UNSPEC. */
size_t address_size(const struct mif_address *address);

/* Equal in family, octets and scope. */
bool address_equal(const struct mif_address *a, const struct mif_address *b);

/* IPv4 that is mapped to IPv6 as such: so a socket of IPv6 has it. */
struct mif_endpoint endpoint_plain(const struct mif_endpoint *endpoint);

/* For a hash table. Not of the scope: the kernel tells of some addresses without. */
uint64_t address_hash(const struct mif_address *address);

/* A total order over the same three. */
int address_compare(const struct mif_address *a, const struct mif_address *b);

/* Whether the first length bits are those of prefix, in the same family. */
bool address_in_prefix(
	const struct mif_address *address, const struct mif_address *prefix, unsigned int length);

/* The address with all but its first length bits cleared, and no scope. */
struct mif_address address_network(const struct mif_address *address, unsigned int length);

bool address_is_unspecified(const struct mif_address *address); /* 0.0.0.0, ::, or no address */
bool address_is_loopback(const struct mif_address *address);
bool address_is_link_local(const struct mif_address *address); /* 169.254/16, fe80::/10 */
bool address_is_multicast(const struct mif_address *address);

char *prefix_format(const struct mif_address *prefix, unsigned int length, char text[PREFIX_TEXT]);

/* "10.0.0.0/8"; without a slash the whole address counts. 0, or -EINVAL. */
int prefix_parse(struct mif_address *prefix, unsigned int *length, const char *text);

static inline uint32_t address_mif_family(const struct mif_address *address)
{
	return address->family == AF_INET ? 4 : address->family == AF_INET6 ? 6 : 0;
}
