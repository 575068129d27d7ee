/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/*
 * systemd-networkd: what it configured, each item with its router or server, and what an
 * administrator wrote into .network files. Absent, it brings no facts.
 */

/* address: of the bus; directory: where networkd writes a file for each link, whenever what it knows of
 * it has changed. NULL: the system's own. Both must outlive the source. */
int source_networkd_new(struct source **sourcep, const char *address, const char *directory);

/* Whether everything that it knows now has been put, or nothing is to be expected. */
bool source_networkd_is_settled(const struct source *source);
