/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdarg.h>

/* The levels of syslog(3), the only ones used here. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* At most so many lines in a burst, and so many a second in the long run; what is left out is
 * counted, and the count is told. */
#define LOG_BURST 50
#define LOG_RATE 5

/* What is above this level is not written. Default: LOG_LEVEL_INFO. */
void log_set_level(int level);
int log_level(void);

/* One line on the standard error, "<6>text" as journald wants it. */
__attribute__((format(printf, 2, 3))) void log_write(int level, const char *format, ...);

/* "error" ... "debug", or -EINVAL. */
int log_level_parse(const char *name);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
