/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/*
 * NetworkManager: whether a link is metered, and what an administrator or a VPN has set for it. Of
 * IPv6 it does not tell which router said what; such servers are told as hearsay. Absent, it brings
 * no facts.
 */

/* address: of the bus, must outlive the source; NULL: the system's own. */
int source_networkmanager_new(struct source **sourcep, const char *address);

/* Whether everything that it knows now has been put, or nothing is to be expected. */
bool source_networkmanager_is_settled(const struct source *source);
