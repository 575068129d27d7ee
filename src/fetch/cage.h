/* SPDX-License-Identifier: MIT */
#pragma once

/* The resource limits of a fetcher: of memory, and of processor time in seconds. */
#define CAGE_MEMORY (UINT64_C(64) << 20)
#define CAGE_SECONDS 5

/*
 * The fetcher's last step before it reads anything: resource limits, and a filter that lets pass what
 * one TCP connection needs, finds no file, and ends the process at anything else. 0, or negative
 * errno.
 */
int cage_enter(void);
