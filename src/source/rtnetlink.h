/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/* Links, addresses, default routes, and what the kernel passes on of router advertisements. Needs
 * no privilege. */
int source_rtnetlink_new(struct source **sourcep);
