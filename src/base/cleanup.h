/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdlib.h>
#include <unistd.h>

/* The three-line hand-over: _cleanup_(x_freep) struct x *x = NULL; ... *xp = x; x = NULL; */
#define _cleanup_(f) __attribute__((cleanup(f)))

#define DEFINE_FREEP(type, free_function)                          \
	static inline void free_function##p(struct type **pointer) \
	{                                                          \
		free_function(*pointer);                           \
	}

static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Closes what is open and says that nothing is: fd = close_fd(fd); */
static inline int close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
	return -1;
}

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
