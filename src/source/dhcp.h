/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"
#include "source/dhcp-packet.h"

/* Opens the packet socket that the source reads: the only step that needs CAP_NET_RAW. A descriptor,
 * or negative errno. */
int source_dhcp_open(void);

/* DHCP as it goes by, and as it is answered when asked, from a socket of source_dhcp_open(). Takes fd
 * over, also on failure. 0, or -ENOMEM. */
int source_dhcp_new(struct source **sourcep, int fd);

/* What dispatch does with each packet that it received; the commit is the caller's. */
void source_dhcp_hear(
	struct source *source, struct model *model, const struct dhcp_frame *frame, uint64_t now);
