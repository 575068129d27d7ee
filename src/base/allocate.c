/* SPDX-License-Identifier: MIT */
#include "base/allocate.h"

#include <stdlib.h>
#include <string.h>

void *allocate(size_t size)
{
	void *piece = malloc(size);

	/* Of memset(3), compilers would make a calloc(3). */
	if (piece != NULL)
		explicit_bzero(piece, size);
	return piece;
}
