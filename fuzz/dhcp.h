/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Octets as an IP packet of this protocol (ETH_P_IP, ETH_P_IPV6), through the whole source. */
void dhcp_fuzz(uint16_t protocol, const uint8_t *octets, size_t size);
