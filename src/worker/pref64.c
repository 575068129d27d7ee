/* SPDX-License-Identifier: MIT */
/*
 * IPv6 addresses for IPv4-only hosts behind a translator (RFC 6052). No state.
 */
#include "worker/pref64.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <string.h>

struct block {
	uint8_t octets[4];
	uint8_t length;
};

/* What means this host, or somebody on the link only. */
static const struct block never[] = {
	{{0}, 8},
	{{127}, 8},
	{{169, 254}, 16},
	{{224}, 4},
	{{255, 255, 255, 255}, 32},
};

/* What the well-known prefix must not be used for, since all who translate by it cannot mean the same
 * host: RFC 6052 section 3.1, RFC 6890. */
static const struct block never_well_known[] = {
	{{10}, 8},
	{{100, 64}, 10},
	{{172, 16}, 12},
	{{192, 0, 0}, 24},
	{{192, 0, 2}, 24},
	{{192, 168}, 16},
	{{198, 18}, 15},
	{{198, 51, 100}, 24},
	{{203, 0, 113}, 24},
	{{240}, 4},
};

static bool is_among(const struct mif_address *ipv4, const struct block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mif_address block = address_ipv4(blocks[i].octets);

		if (address_in_prefix(ipv4, &block, blocks[i].length))
			return true;
	}
	return false;
}

static bool is_well_known(const struct mif_address *prefix, uint32_t length)
{
	static const uint8_t octets[16] = {0, 0x64, 0xff, 0x9b};
	const struct mif_address well_known = address_ipv6(octets, 0);

	return length == 96 && address_in_prefix(prefix, &well_known, 96);
}

static bool is_length(uint32_t length)
{
	return length == 32 || length == 40 || length == 48 || length == 56 || length == 64 ||
		length == 96;
}

bool pref64_make(struct mif_address *ipv6, const struct mif_address *ipv4,
	const struct mif_address *prefix, uint32_t length)
{
	struct mif_address made;
	size_t place = length / 8;

	if (ipv4->family != AF_INET || prefix->family != AF_INET6 || !is_length(length) ||
		is_among(ipv4, never, ARRAY_SIZE(never)) ||
		(is_well_known(prefix, length) &&
			is_among(ipv4, never_well_known, ARRAY_SIZE(never_well_known))))
		return false;
	made = address_network(prefix, length);
	for (unsigned int i = 0; i < 4; i++, place++) {
		if (place == 8) /* bits 64 to 71 are 0 */
			place++;
		made.octets[place] = ipv4->octets[i];
	}
	*ipv6 = made;
	return true;
}
