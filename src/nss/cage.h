/* SPDX-License-Identifier: MIT */
#pragma once

/* The resource limits of a mif-nss: of memory, and of processor time in seconds. */
#define CAGE_MEMORY (UINT64_C(64) << 20)
#define CAGE_SECONDS 2

/*
 * Before any module is loaded: an alarm, resource limits, and a filter of system calls. 0, or negative
 * errno.
 */
int cage_enter(void);
