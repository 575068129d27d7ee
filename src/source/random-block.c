/* SPDX-License-Identifier: MIT */
/*
 * Numbers that nobody can guess, for transactions and delays. A system call for each would be most of
 * what a source of thousands of links does; 256 octets are what the kernel gives without an interruption.
 */
#include "source/random-block.h"

#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* What is missing in the first moments of a machine's life makes questions guessable, whose answers are
 * trusted least (splitmix64). */
static void block_improvise(struct random_block *block)
{
	uint64_t state = clock_boottime();

	for (size_t i = 0; i < ARRAY_SIZE(block->numbers); i++) {
		uint64_t mixed = state += UINT64_C(0x9e3779b97f4a7c15);

		mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
		block->numbers[i] = (uint32_t)(mixed >> 32);
	}
}

uint32_t random_block_next(struct random_block *block)
{
	if (block->left == 0) {
		if (getrandom(block->numbers, sizeof(block->numbers), GRND_NONBLOCK) !=
			(ssize_t)sizeof(block->numbers))
			block_improvise(block);
		block->left = ARRAY_SIZE(block->numbers);
	}
	return block->numbers[--block->left];
}
