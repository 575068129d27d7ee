/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Test results in the Test Anything Protocol. A description begins with the rows of the
 * specification that it proves, if any: ok(x, "M4 M6: every interface known is announced").
 * Rows count only from tests that ran and passed.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count, tap_failures;

__attribute__((format(printf, 4, 5), unused)) static inline bool tap_result(
	bool passed, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	if (!passed) {
		tap_failures++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return passed;
}

#define ok(condition, ...) tap_result((condition), __FILE__, __LINE__, __VA_ARGS__)

/* What this machine cannot do. Counted as skipped, never as passed. */
__attribute__((unused)) static inline void tap_skip(const char *description, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, description, reason);
	fflush(stdout);
}

/* return tap_done(); at the end of main. */
__attribute__((unused)) static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures == 0 ? 0 : 1;
}
