/* SPDX-License-Identifier: MIT */
#pragma once

#include <errno.h>

/* The public calls say what went wrong as socket calls do; everything below them as the rest of the
 * house does, with a negative errno. */
static inline int fail(int error)
{
	errno = -error;
	return -1;
}

static inline int answer(int result)
{
	return result < 0 ? fail(result) : result;
}
