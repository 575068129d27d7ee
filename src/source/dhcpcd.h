/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

#define DHCPCD_DIRECTORY "/run/dhcpcd"
#define DHCPCD_PARENT "/run/"

/* One dhcpcd may serve all links, or one each of them. */
#define DHCPCD_PEERS 8

/* How long what a dhcpcd said outlives its connection: one that is started again says it again. */
#define DHCPCD_HOLD (10 * NSEC_PER_SEC)

/* Version 9.4.1 ends when it is asked what there is while it begins: one this young is listened to only. */
#define DHCPCD_YOUTH (10 * NSEC_PER_SEC)

/* What every dhcpcd that has a socket for everybody in this directory says, whenever it is there. For
 * a host that runs for long: nobody should be asked by every program that starts.
 * 0; -ENOMEM, and other negative errno of epoll(7). */
int source_dhcpcd_new(struct source **sourcep, const char *directory);
