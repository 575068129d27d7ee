/* SPDX-License-Identifier: MIT */
/*
 * The one way in which the command says that something is wrong.
 */
#include <stdarg.h>

#include "ctl/ctl.h"

void complain(const char *format, ...)
{
	va_list arguments;

	/* In the order in which it happened, where both streams are the same terminal. */
	fflush(stdout);
	fputs("mif: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}
