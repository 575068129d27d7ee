/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "ctl/ctl.h"

#define LINE_OPTIONS 32
#define LINE_WORDS 8

struct line {
	struct options options;
	char seen[LINE_OPTIONS + 1]; /* the letters of the options given */
	bool help, version;
	char *words[LINE_WORDS + 1]; /* the command and its arguments, then NULL */
	size_t word_count;
	char **rest; /* of LINE_LAUNCHER: another program and its arguments, then NULL */
};

/* What comes after this command's own options is not ours to read. */
#define LINE_LAUNCHER "run"

/* Reads the options, wherever they stand, and the other words. 0, or -EINVAL after a sentence. */
int line_parse(struct line *line, int argc, char **argv);

/* Whether no options were given but these and the common ones: 0, or -EINVAL after a sentence. */
int line_check(const struct line *line, const char *command, const char *letters);

/* A line for each of these options and the common ones; letters NULL: of all. */
void line_print_options(const char *letters, FILE *file);
