/* SPDX-License-Identifier: MIT */
/*
 * Source and destination address selection (RFC 6724) inside one provisioning domain. Owns the
 * default policy table and nothing else: addresses come in, an order goes out.
 *
 * Rules that need no code: source rule 4 and destination rule 4 (no Mobile IPv6), source rule 5 (a
 * domain has one interface), of IPv6 source rule 5.5 (and one first hop), destination rule 7
 * (encapsulation is not known).
 */
#include "client/select.h"

#include <stdbool.h>
#include <string.h>

#include <mif/message.h>

#include "base/address.h"
#include "base/cleanup.h"

/* RFC 4291 section 2.7, and RFC 6724 section 3.1. */
enum scope {
	SCOPE_LINK = 2,
	SCOPE_SITE = 5,
	SCOPE_GLOBAL = 14,
};

struct policy {
	uint8_t prefix[16];
	uint8_t length, precedence, label;
};

/* RFC 6724 section 2.1, the longest prefix first. */
static const struct policy policies[] = {
	{{[15] = 1}, 128, 50, 0},
	{{[10] = 0xff, [11] = 0xff}, 96, 35, 4},
	{{0}, 96, 1, 3},
	{{0x20, 0x01}, 32, 5, 5},
	{{0x20, 0x02}, 16, 30, 2},
	{{0x3f, 0xfe}, 16, 1, 12},
	{{0xfe, 0xc0}, 10, 1, 11},
	{{0xfc}, 7, 3, 13},
	{{0}, 0, 40, 1},
};

static unsigned int common_bits(const uint8_t *a, const uint8_t *b, size_t size)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < size; i++, bits += 8) {
		unsigned int difference = a[i] ^ b[i];

		if (difference != 0)
			return bits + (unsigned int)__builtin_clz(difference) - 24;
	}
	return bits;
}

static const struct policy *policy_of(const struct mif_address *address)
{
	uint8_t octets[16] = {[10] = 0xff, [11] = 0xff};

	if (address->family == AF_INET)
		memcpy(octets + 12, address->octets, 4);
	else
		memcpy(octets, address->octets, 16);
	for (size_t i = 0;; i++)
		if (common_bits(octets, policies[i].prefix, 16) >= policies[i].length)
			return &policies[i];
}

static int scope_of(const struct mif_address *address)
{
	if (address->family == AF_INET6 && address_is_multicast(address))
		return address->octets[1] & 0x0f;
	if (address_is_loopback(address) || address_is_link_local(address))
		return SCOPE_LINK;
	if (address->family == AF_INET6 && address->octets[0] == 0xfe && address->octets[1] >= 0xc0)
		return SCOPE_SITE;
	return SCOPE_GLOBAL;
}

/*
 * CommonPrefixLen of section 2.2: never longer than the source's prefix. In IPv4 the prefix counts
 * as a whole or not at all: its numbering follows no topology, and a few common bits would only
 * defeat the balancing of load by DNS.
 */
static unsigned int prefix_match(
	const struct select_address *source, const struct mif_address *destination)
{
	const uint8_t *a = source->address.octets, *b = destination->octets;

	if (destination->family == AF_INET)
		return common_bits(a, b, 4) >= source->prefix_length ? source->prefix_length : 0;

	unsigned int length = source->prefix_length != 0 ? source->prefix_length : 64;

	return MIN(common_bits(a, b, 16), length);
}

static bool source_usable(
	const struct select_address *source, const struct mif_address *destination)
{
	const struct mif_address *address = &source->address;

	if (address->family != destination->family || address_is_unspecified(address) ||
		address_is_multicast(address))
		return false;
	if (address_is_loopback(address) != address_is_loopback(destination))
		return false;
	if (!address_is_link_local(address))
		return true;
	return scope_of(destination) == SCOPE_LINK &&
		(destination->scope == 0 || address->scope == 0 ||
			destination->scope == address->scope);
}

/* Section 5: negative if a is the better source. */
static int source_compare(const struct select_address *a, const struct select_address *b,
	const struct mif_address *destination)
{
	bool same_a = memcmp(a->address.octets, destination->octets, 16) == 0;
	bool same_b = memcmp(b->address.octets, destination->octets, 16) == 0;
	if (same_a != same_b) /* rule 1 */
		return same_a ? -1 : 1;

	int scope_a = scope_of(&a->address), scope_b = scope_of(&b->address);
	int scope = scope_of(destination);
	if (scope_a < scope_b) /* rule 2 */
		return scope_a < scope ? 1 : -1;
	if (scope_b < scope_a)
		return scope_b < scope ? -1 : 1;

	bool deprecated_a = a->flags & MIF_ADDRESS_DEPRECATED;
	bool deprecated_b = b->flags & MIF_ADDRESS_DEPRECATED;
	if (deprecated_a != deprecated_b) /* rule 3 */
		return deprecated_a ? 1 : -1;

	int label = policy_of(destination)->label;
	bool match_a = policy_of(&a->address)->label == label;
	bool match_b = policy_of(&b->address)->label == label;
	if (match_a != match_b) /* rule 6 */
		return match_a ? -1 : 1;

	bool temporary_a = a->flags & MIF_ADDRESS_TEMPORARY;
	bool temporary_b = b->flags & MIF_ADDRESS_TEMPORARY;
	if (temporary_a != temporary_b) /* rule 7 */
		return temporary_a ? -1 : 1;

	int longer = (int)prefix_match(b, destination) - (int)prefix_match(a, destination);
	if (longer != 0) /* rule 8; of IPv4: on the link */
		return longer;

	/* Rule 5.5, in the sense of IPv4, whose routers advertise no prefix: one that filters what comes in
	 * drops what comes from a network that it is not in. */
	return (int)(b->flags & MIF_ADDRESS_ROUTED) - (int)(a->flags & MIF_ADDRESS_ROUTED);
}

static size_t sources_sorted(const struct select_address *addresses, size_t count,
	const struct mif_address *destination, const struct select_address **sorted, size_t max)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (!source_usable(&addresses[i], destination))
			continue;

		size_t at = used;

		while (at > 0 && source_compare(&addresses[i], sorted[at - 1], destination) < 0)
			at--;
		if (at == max)
			continue;
		used = MIN(used + 1, max);
		memmove(&sorted[at + 1], &sorted[at], (used - 1 - at) * sizeof(sorted[0]));
		sorted[at] = &addresses[i];
	}
	return used;
}

size_t select_sources(const struct select_address *addresses, size_t count,
	const struct mif_address *destination, struct mif_address *sources, size_t max)
{
	const struct select_address *sorted[SELECT_SOURCES];
	size_t used =
		sources_sorted(addresses, count, destination, sorted, MIN(max, SELECT_SOURCES));

	for (size_t i = 0; i < used; i++)
		sources[i] = sorted[i]->address;
	return used;
}

struct select_pair select_pair(
	const struct select_address *addresses, size_t count, const struct mif_address *destination)
{
	const struct select_address *best = NULL;
	struct select_pair pair = {.destination = *destination};

	if (sources_sorted(addresses, count, destination, &best, 1) == 1)
		pair.source = *best;
	return pair;
}

int select_compare(const struct select_pair *a, const struct select_pair *b, unsigned int *rule)
{
	bool usable_a = a->source.address.family != AF_UNSPEC;
	bool usable_b = b->source.address.family != AF_UNSPEC;
	*rule = 1;
	if (!usable_a || !usable_b)
		return usable_a ? -1 : usable_b ? 1 : 0;

	int scope_a = scope_of(&a->destination), scope_b = scope_of(&b->destination);
	bool match_a = scope_a == scope_of(&a->source.address);
	bool match_b = scope_b == scope_of(&b->source.address);
	*rule = 2;
	if (match_a != match_b)
		return match_a ? -1 : 1;

	bool deprecated_a = a->source.flags & MIF_ADDRESS_DEPRECATED;
	bool deprecated_b = b->source.flags & MIF_ADDRESS_DEPRECATED;
	*rule = 3;
	if (deprecated_a != deprecated_b)
		return deprecated_a ? 1 : -1;

	const struct policy *policy_a = policy_of(&a->destination);
	const struct policy *policy_b = policy_of(&b->destination);
	bool label_a = policy_a->label == policy_of(&a->source.address)->label;
	bool label_b = policy_b->label == policy_of(&b->source.address)->label;
	*rule = 5;
	if (label_a != label_b)
		return label_a ? -1 : 1;

	*rule = 6;
	if (policy_a->precedence != policy_b->precedence)
		return policy_b->precedence - policy_a->precedence;
	*rule = 8;
	if (scope_a != scope_b)
		return scope_a - scope_b;
	*rule = 9;
	if (a->destination.family != b->destination.family)
		return 0;
	return (int)prefix_match(&b->source, &b->destination) -
		(int)prefix_match(&a->source, &a->destination);
}

void select_order(const struct select_address *addresses, size_t count, struct select_pair *pairs,
	size_t pair_count)
{
	unsigned int rule;

	for (size_t i = 0; i < pair_count; i++) {
		struct select_pair pair = select_pair(addresses, count, &pairs[i].destination);
		size_t at = i;

		while (at > 0 && select_compare(&pair, &pairs[at - 1], &rule) < 0) {
			pairs[at] = pairs[at - 1];
			at--;
		}
		pairs[at] = pair;
	}
}
