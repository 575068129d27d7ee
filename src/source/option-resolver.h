/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/cursor.h"

#include <mif/message.h>

/* Of one instance; what comes beyond is left out. */
#define OPTION_RESOLVER_ADDRESSES 8

/* In which protocol's form an encrypted resolver comes. */
enum option_resolver_form {
	OPTION_RESOLVER_RA, /* RFC 9463 section 6.1 */
	OPTION_RESOLVER_DHCPV6, /* section 4.1 */
	OPTION_RESOLVER_DHCPV4, /* section 5.1: one instance of it, without its length */
};

struct option_resolver {
	uint16_t priority;
	uint32_t lifetime; /* of a router advertisement */
	uint32_t count; /* of its addresses; 0: its name is to be resolved */
	struct mif_address addresses[OPTION_RESOLVER_ADDRESSES]; /* scope: 0 */
	char text[MIF_TEXT_SIZE]; /* its name, then its service parameters */
	bool left_out; /* addresses or service parameters that did not fit */
};

/* body: what comes after the option's code and length. False: malformed. */
bool option_resolver_read(
	struct option_resolver *resolver, struct reader body, enum option_resolver_form form);
