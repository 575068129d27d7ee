/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/* Before the options (RFC 4861 section 4.2). */
#define RA_HEADER_SIZE 16

/* How much one router advertisement may bring; what comes beyond is refused and counted. */
enum ra_limit {
	RA_PREFIX_MAX = 16,
	RA_ROUTE_MAX = 16,
	RA_SERVER_MAX = 8,
	RA_SEARCH_MAX = 8,
	RA_PREF64_MAX = 4,
	RA_RESOLVER_MAX = 8, /* addresses of encrypted resolvers */
};

/* Why a whole router advertisement is dropped (RFC 4861 section 6.1.2). */
enum ra_fault {
	RA_VALID = 0,
	RA_HOP_LIMIT, /* not 255: it came from beyond the link */
	RA_SOURCE, /* not a link-local address */
	RA_INTERFACE, /* nobody told which link it came from */
	RA_SHORT, /* less than 16 octets */
	RA_TYPE, /* not a router advertisement */
	RA_CODE, /* not 0 */
	RA_ZERO_OPTION, /* an option of length zero, nested ones included */
	RA_FRAMING, /* an option that goes beyond its end, nested ones included */
	RA_FAULTS,
};

/* What was skipped in one that is valid as a whole. */
enum ra_skip {
	RA_SKIP_MALFORMED, /* an option whose contents are against its RFC */
	RA_SKIP_LIMIT, /* an item beyond its limit */
	RA_SKIP_PVD_NESTED, /* a PvD option within the PvD option */
	RA_SKIP_PVD_REPEATED, /* a PvD option after the first */
	RA_SKIP_UNKNOWN, /* an option that is not ours to read */
	RA_SKIPS,
};

/* An ICMPv6 message as it was received. The kernel has verified its checksum. */
struct ra_frame {
	const uint8_t *octets;
	size_t size;
	int hop_limit; /* -1: not known */
	uint32_t ifindex;
	struct mif_address source;
};

/* RFC 4861 section 4.2, RFC 4191 section 2.2. */
struct ra_header {
	uint8_t hop_limit; /* for the host's own packets; 0: not told */
	bool managed, other;
	int8_t preference;
	uint16_t lifetime; /* seconds, of the default router */
};

/* Lifetimes are in seconds as they came; UINT32_MAX: infinity. */
struct ra_prefix {
	struct mif_address prefix;
	uint8_t length;
	bool on_link, autonomous;
	uint32_t valid, preferred;
};

/* A route, a DNS server or a PREF64. */
struct ra_item {
	struct mif_address address;
	uint8_t length; /* of a prefix; servers: 0 */
	int8_t preference; /* of a route */
	uint32_t lifetime;
};

struct ra_search {
	char name[MIF_TEXT_SIZE]; /* lower case, no final dot */
	uint32_t lifetime;
};

/* An address of an encrypted resolver, or a name of one without addresses (RFC 9463). */
struct ra_resolver {
	struct mif_address address;
	uint16_t priority;
	uint32_t lifetime;
	char text[MIF_TEXT_SIZE]; /* its name, then its service parameters */
};

/* RFC 8801 section 3.1. */
struct ra_pvd {
	bool present; /* there is an option, perhaps a malformed one */
	bool h, l, r;
	uint8_t delay;
	uint16_t sequence;
	char name[MIF_TEXT_SIZE]; /* lower case, no final dot; "": there is no PvD option */
};

/* What one router advertisement says. A value: nothing in it is to be freed. */
struct ra {
	uint32_t ifindex;
	struct mif_address router; /* scope: ifindex */
	struct ra_header header;
	struct ra_pvd pvd;
	uint8_t link_layer[6]; /* of the router, when it has this size; else zeroes */
	uint32_t mtu; /* 0: not told */
	char captive_portal[MIF_TEXT_SIZE]; /* "": not told */
	uint32_t prefix_count, route_count, server_count, search_count, pref64_count,
		resolver_count;
	struct ra_prefix prefixes[RA_PREFIX_MAX];
	struct ra_item routes[RA_ROUTE_MAX];
	struct ra_item servers[RA_SERVER_MAX];
	struct ra_search search[RA_SEARCH_MAX];
	struct ra_item pref64[RA_PREF64_MAX];
	struct ra_resolver resolvers[RA_RESOLVER_MAX];
	uint32_t skipped[RA_SKIPS];
};

/* RA_VALID: *ra holds it; else enum ra_fault, and *ra is of no use. */
int ra_parse(struct ra *ra, const struct ra_frame *frame);

/* The longest lifetime of all that it brings. */
uint32_t ra_longest_lifetime(const struct ra *ra);
