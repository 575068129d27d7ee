/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether the link of this name that somebody speaks of is one of our network namespace: a bus is
 * found by a path, and may be the one of another namespace, where the same name and index are
 * somebody else's. ifindex 0, size 0: not told. Reads the kernel's present state.
 */
bool own_link(const char *name, uint32_t ifindex, const uint8_t *hardware, size_t size);
