/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

#define DHCLIENT_DIRECTORY "/var/lib/dhcp"

/* Leases that are looked at, of all files: one for each interface. */
#define DHCLIENT_LEASES 64

/* Octets of one file that are looked at: its end, where the leases that hold are. */
#define DHCLIENT_FILE 262144

/* What dhclient keeps of its leases in directory, in files dhclient*.leases, and whenever they change.
 * 0, or -ENOMEM. */
int source_dhclient_new(struct source **sourcep, const char *directory);
