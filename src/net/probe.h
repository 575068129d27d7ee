/* SPDX-License-Identifier: MIT */
#pragma once

#include <mif/address.h>

/* Sockets for probes: of IPv4, of IPv6; -1: that one is not to be had. */
void probe_open(int raw[2]);
void probe_close(int raw[2]);

/* Has the other end of a TCP connection, which is this host's, say something. What becomes of it is seen
 * elsewhere, or nowhere. */
void probe_send(
	const int raw[2], const struct mif_endpoint *local, const struct mif_endpoint *remote);
