/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "hook/client.h"

/*
 * What dhclient keeps of its leases, dhclient.leases(5), as the variables of its script: for whoever was
 * not there when the script was called. A lease for each interface and family holds, the last one in the file.
 */
#define LEASE_VARIABLES 48 /* options of one lease; those beyond are not looked at */
#define LEASE_TEXT 8192 /* octets of them all, names included */
#define LEASE_ADDRESSES 16 /* of one lease; those beyond are not looked at */

struct lease_reader {
	const char *at, *end;
};

struct lease_address {
	struct mif_address address;
	uint64_t renew, rebind, expire; /* IPv6; as those of the lease */
};

struct lease {
	char interface[IFNAMSIZ];
	uint32_t element; /* enum mif_element: DHCPV4 or DHCPV6 */
	/* Seconds of the wall clock; 0: not told. UINT64_MAX: never. IPv6: only the end, of the last address */
	uint64_t renew, rebind, expire;
	bool released; /* IPv6: nothing of it holds */
	size_t address_count; /* IPv4: 1. IPv6: 0 as well, where there was only information or all is released */
	struct lease_address addresses[LEASE_ADDRESSES];
	size_t count, used;
	char *variables[LEASE_VARIABLES + 3]; /* ended by NULL */
	char text[LEASE_TEXT];
};

/* The next lease of the text. False: there is none. Whatever else is in the text is passed over. */
bool lease_next(struct lease_reader *reader, struct lease *lease);

/* What holds of it; an empty report: nothing, it has ended. Its variables are pointed to by environment
 * from then on. */
void lease_report(struct lease *lease, uint32_t ifindex, struct environment *environment,
	const struct client_clock *clock, struct report *report);
