/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory that runs out when a test wants it to (link_args: -Wl,--wrap=calloc and allocate, the only
 * allocators that the engine calls for what it keeps).
 */
static uint64_t allocation_count; /* so far */
static uint64_t allocation_fails; /* the allocation of this number fails; 0: none does */
static bool allocation_fails_on; /* and every one after it */

static bool allocation_is_refused(void)
{
	allocation_count++;
	return allocation_fails != 0 &&
		(allocation_count == allocation_fails ||
			(allocation_fails_on && allocation_count > allocation_fails));
}

/* The names that the linker wants. */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_allocate(size_t size);
void *__wrap_allocate(size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return allocation_is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_allocate(size_t size)
{
	return allocation_is_refused() ? NULL : __real_allocate(size);
}
