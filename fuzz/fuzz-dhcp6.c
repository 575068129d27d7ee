/* SPDX-License-Identifier: MIT */
/* An input is an IPv6 packet as it stands on the wire, so that captures can be seeds: see dhcp.c. */
#include "fuzz.h"

#include <linux/if_ether.h>

#include "dhcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	dhcp_fuzz(ETH_P_IPV6, octets, size);
	return 0;
}
