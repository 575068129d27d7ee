/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>

/* The IPv6 address by which a translator with this prefix reaches an IPv4 address (RFC 6052 section
 * 2.2). False: it does not, or there is no such prefix (AF_UNSPEC, or a length that RFC 6052 has
 * not). */
bool pref64_make(struct mif_address *ipv6, const struct mif_address *ipv4,
	const struct mif_address *prefix, uint32_t length);
