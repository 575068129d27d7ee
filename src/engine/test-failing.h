/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory that runs out when a test wants it to (link_args: -Wl,--wrap=calloc, the only allocator
 * that the engine calls).
 */
static uint64_t allocation_count; /* so far */
static uint64_t allocation_fails; /* the allocation of this number fails; 0: none does */
static bool allocation_fails_on; /* and every one after it */

/* The names that the linker wants. */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	allocation_count++;
	if (allocation_fails != 0 &&
		(allocation_count == allocation_fails ||
			(allocation_fails_on && allocation_count > allocation_fails)))
		return NULL;
	return __real_calloc(count, size);
}
