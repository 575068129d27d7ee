/* SPDX-License-Identifier: MIT */
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

/* For interposers: a function of whoever comes after them in the order in which names are looked up.
 * It is found at its first call. */
struct next {
	const char *name;
	_Atomic(void *) found;
};

static inline void *next_find(struct next *next)
{
	void *found = atomic_load_explicit(&next->found, memory_order_relaxed);

	if (found == NULL) {
		found = dlsym(RTLD_NEXT, next->name);
		atomic_store_explicit(&next->found, found, memory_order_relaxed);
	}
	return found;
}

/* In a function that stands for the call of that name: calls the next one. */
#define CALL_NEXT_TYPED(type, symbol, parameters, ...)       \
	do {                                                 \
		static struct next next = {.name = #symbol}; \
		type(*function) parameters;                  \
		*(void **)&function = next_find(&next);      \
		if (function == NULL) {                      \
			errno = ENOSYS;                      \
			return -1;                           \
		}                                            \
		return function(__VA_ARGS__);                \
	} while (0)

#define CALL_NEXT(symbol, parameters, ...) CALL_NEXT_TYPED(int, symbol, parameters, __VA_ARGS__)
