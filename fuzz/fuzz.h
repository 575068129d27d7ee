/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry, also called by replay.c. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

/* A promise of the code under test, whatever the input. */
#define PROMISE(condition)                \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)
