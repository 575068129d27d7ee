/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* For good: of memory, of processes and threads that the engine could ask for. */
#define SANDBOX_MEMORY (UINT64_C(256) << 20)

/*
 * The engine's last step before it reads anything from outside: resource limits, and a filter that
 * lets pass the system calls that it needs and ends the process at any other. With tell, the number
 * of the forbidden call is written to the standard error first.
 *
 * 0, or negative errno: the kernel has no filters.
 */
int sandbox_enter(bool tell);
