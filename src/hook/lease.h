/* SPDX-License-Identifier: MIT */
#pragma once

#include "hook/client.h"

/*
 * What dhclient keeps of its leases, dhclient.leases(5), as the variables of its script: for whoever was
 * not there when the script was called. A lease for each interface holds, the last one in the file.
 */
#define LEASE_VARIABLES 48 /* options of one lease; those beyond are not looked at */
#define LEASE_TEXT 8192 /* octets of them all, names included */

struct lease_reader {
	const char *at, *end;
};

struct lease {
	char interface[IFNAMSIZ];
	struct mif_address address; /* IPv4 */
	/* Seconds of the wall clock; 0: not told. UINT64_MAX: never. */
	uint64_t renew, rebind, expire;
	size_t count, used;
	char *variables[LEASE_VARIABLES + 3]; /* ended by NULL */
	char text[LEASE_TEXT];
};

/* The next lease for IPv4 of the text. False: there is none. Whatever else is in the text is passed over. */
bool lease_next(struct lease_reader *reader, struct lease *lease);

/* What holds of it; an empty report: nothing, it has ended. Its variables are pointed to by environment
 * from then on. */
void lease_report(struct lease *lease, uint32_t ifindex, struct environment *environment,
	const struct client_clock *clock, struct report *report);
