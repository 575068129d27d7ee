/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Zeroes, for what is allocated with every event; free(3) takes it. The calloc(3) of glibc before 2.41
 * does not look at the pieces that the thread has at hand, as malloc(3) does, and takes three times as
 * long. NULL: there is no memory.
 */
void *allocate(size_t size);
