/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ini.h"

/*
 * Reads a file by tables of the sections and keys that it may have.
 */
struct ini_key {
	const char *name;
	/* 0; ini_fail(); -ENOMEM. */
	int (*read)(struct ini *ini, void *context);
};

struct ini_section {
	const char *name;
	/* When it begins; it has an argument and may come again. NULL: neither. */
	int (*begin)(struct ini *ini, void *context);
	const struct ini_key
		*keys; /* each once, all optional; NULL: another reader's, not looked at */
	size_t count; /* at most 64 */
	void *context;
};

/* Reads what is left of the file. complain, if there is one, is told of everything that is wrong;
 * without it the first thing ends the reading. 0; -EINVAL: ini->error says what; -ENOMEM. */
int ini_read(struct ini *ini, const struct ini_section *sections, size_t count,
	void (*complain)(const char *error));

/* Cuts the next word off a value that is a list with commas or blanks. False: there is none. */
bool ini_word(const char **list, char word[INI_LINE_MAX]);

/* A whole number, and "yes" or "no". */
int ini_number(struct ini *ini, uint32_t *to, uint32_t from, uint32_t until);
int ini_answer(struct ini *ini, bool *to);
