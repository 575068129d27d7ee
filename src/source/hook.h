/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/* More files than these are not read. */
#define HOOK_FILES 4096

/* What mif-hook(8) has kept of what DHCP clients told it, in directory, and whenever it changes.
 * 0, or -ENOMEM. */
int source_hook_new(struct source **sourcep, const char *directory);
