/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/cursor.h"
#include "source/ra-parse.h"

/* The options of a router advertisement that are read here. */
enum ra_option {
	RA_OPTION_LINK_LAYER = 1, /* RFC 4861 section 4.6.1 */
	RA_OPTION_PREFIX = 3, /* RFC 4861 section 4.6.2 */
	RA_OPTION_MTU = 5, /* RFC 4861 section 4.6.4 */
	RA_OPTION_PVD = 21, /* RFC 8801 section 3.1 */
	RA_OPTION_ROUTE = 24, /* RFC 4191 section 2.3 */
	RA_OPTION_SERVERS = 25, /* RFC 8106 section 5.1 */
	RA_OPTION_SEARCH = 31, /* RFC 8106 section 5.2 */
	RA_OPTION_CAPTIVE_PORTAL = 37, /* RFC 8910 section 2.3 */
	RA_OPTION_PREF64 = 38, /* RFC 8781 section 4 */
	RA_OPTION_ENCRYPTED_DNS = 144, /* RFC 9463 section 6 */
};

/* Reads an option but the PvD option into *ra; what it cannot use it counts there. body: what comes
 * after type and length. */
void ra_option_read(struct ra *ra, uint8_t type, struct reader body);

/* The field of RFC 4191 section 2.1; *preference is -1, 0 or 1. False: the reserved value. */
bool ra_option_preference(uint8_t flags, int8_t *preference);
