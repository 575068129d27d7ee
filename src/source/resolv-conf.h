/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

#define RESOLV_CONF_PATH "/etc/resolv.conf"

/* What the host's own resolver uses, in path, and whenever that changes: the last resort, since
 * nothing there says which network it came from. 0, or -ENOMEM. */
int source_resolv_conf_new(struct source **sourcep, const char *path);
