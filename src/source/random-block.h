/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Random numbers of the kernel's, a block at a time. All zeroes: the first one is still to be drawn. */
struct random_block {
	uint32_t numbers[64];
	size_t left;
};

uint32_t random_block_next(struct random_block *block);
