/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/ways.h"

/*
 * Asks libmif, through a handle that lives no longer than the call, for the ways to a host: a name,
 * or an address. family: enum mif_family. 0; or why there are none, as mif_dial(): -ENOENT: no such
 * name, and so on; as mif_open(), if nobody could be asked.
 */
int ask_ways(struct ways *ways, const char *host, uint32_t family);
