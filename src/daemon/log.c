/* SPDX-License-Identifier: MIT */
/*
 * The log of mifd's processes: one line, one write(2), on the standard error. What a client or the
 * network can cause often is limited by a token bucket, so that nobody can fill a disk through us.
 */
#include "daemon/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

static struct {
	int level;
	uint32_t tokens;
	uint32_t left_out;
	uint64_t filled; /* when the bucket was filled last */
} log_state = {.level = LOG_LEVEL_INFO, .tokens = LOG_BURST};

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_set_level(int level)
{
	log_state.level = level;
}

int log_level(void)
{
	return log_state.level;
}

int log_level_parse(const char *name)
{
	for (size_t i = LOG_LEVEL_ERROR; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(level_names[i], name) == 0)
			return (int)i;
	}
	return -EINVAL;
}

static bool token_take(void)
{
	uint64_t now = clock_boottime();
	uint64_t earned = (now - log_state.filled) / (NSEC_PER_SEC / LOG_RATE);

	if (earned > 0) {
		log_state.tokens = (uint32_t)MIN(earned + log_state.tokens, LOG_BURST);
		log_state.filled = now;
	}
	if (log_state.tokens == 0) {
		log_state.left_out++;
		return false;
	}
	log_state.tokens--;
	return true;
}

static void line_write(int level, const char *text)
{
	char line[560];
	int length = snprintf(line, sizeof(line), "<%d>mifd[%d]: %s\n", level, (int)getpid(), text);

	/* There is nobody to tell that the log cannot be written. */
	if (length > 0 && write(STDERR_FILENO, line, MIN((size_t)length, sizeof(line) - 1)) < 0)
		return;
}

void log_write(int level, const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (level > log_state.level || !token_take())
		return;
	if (log_state.left_out > 0) {
		snprintf(text, sizeof(text), "%u lines were left out", log_state.left_out);
		log_state.left_out = 0;
		line_write(LOG_LEVEL_WARNING, text);
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	line_write(level, text);
}
