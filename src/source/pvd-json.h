/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/* How much of it is used; what is beyond is left out, but for prefixes. */
#define PVD_JSON_DEPTH 16
#define PVD_JSON_PREFIXES 64
#define PVD_JSON_ZONES 16
#define PVD_JSON_PROXIES 4

/* As facts: as many texts as there may be of one information. */
#define PVD_JSON_PARTS 64
#define PVD_JSON_MAX (PVD_JSON_PARTS * (MIF_TEXT_SIZE - 1))

/* Why additional information (RFC 8801 section 4.3) is not used. */
enum pvd_json_fault {
	PVD_JSON_VALID = 0,
	PVD_JSON_SYNTAX, /* not I-JSON (RFC 7493), or nested too deep, or no object */
	PVD_JSON_IDENTIFIER, /* missing, or of another domain */
	PVD_JSON_EXPIRES, /* missing, no date, or in the past */
	PVD_JSON_PREFIX_LIST, /* missing, no IPv6 prefix, or too many */
	PVD_JSON_LENGTH, /* more than fits into the facts */
	PVD_JSON_MEMORY,
	PVD_JSON_FAULTS,
};

struct pvd_json_prefix {
	struct mif_address address;
	uint32_t length;
};

/* What it says. A value: nothing in it is to be freed. */
struct pvd_json {
	uint64_t expires; /* seconds since 1970 */
	bool no_internet;
	uint32_t prefix_count, zone_count, proxy_count;
	struct pvd_json_prefix prefixes[PVD_JSON_PREFIXES];
	char zones[PVD_JSON_ZONES][MIF_TEXT_SIZE]; /* lower case, no final dot */
	char proxies[PVD_JSON_PROXIES][MIF_TEXT_SIZE]; /* URIs */
	uint32_t part_count;
	char parts[PVD_JSON_PARTS]
		  [MIF_TEXT_SIZE]; /* all of it, without blanks, cut between characters */
};

/* identifier: the domain's name, lower case, no final dot. realtime: seconds since 1970. Returns enum
 * pvd_json_fault; unless it is valid, *info is of no use. */
int pvd_json_parse(struct pvd_json *info, const char *octets, size_t size, const char *identifier,
	uint64_t realtime);

/* Whether the information is of a network that has this prefix. */
bool pvd_json_covers(
	const struct pvd_json *info, const struct mif_address *prefix, uint32_t length);
