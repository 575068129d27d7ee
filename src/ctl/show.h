/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Room for every text that the show_ functions write, with its NUL. */
#define SHOW_TEXT 1100

/* A text from the network for a terminal: printable ASCII and blanks stay, the rest, and the
 * backslash, become \xHH. Returns text. */
char *show_text(const char *from, char text[SHOW_TEXT]);

/* The same of a word of the command line, in a sentence: one without anything is "". */
char *show_word(const char *from, char text[SHOW_TEXT]);

/* How long, in two units at most: "250 ms", "5 s", "2 min 5 s", "29 d 23 h". Returns text. */
char *show_duration(uint64_t nanoseconds, char text[SHOW_TEXT]);

/* A lifetime from now on: a duration without milliseconds, "for ever", or "over". */
char *show_lifetime(uint64_t until, uint64_t now, char text[SHOW_TEXT]);

/*
 * Rows of cells, printed in columns. Zeroed is empty.
 */
#define TABLE_COLUMNS 5

struct table {
	struct table_row *rows;
	size_t count, room;
};

/* Columns are ended by NULL. What finds no memory is left out. */
__attribute__((sentinel)) void table_add(struct table *table, const char *cell, ...);

/* Prints the rows, each cell as wide as the widest of its column, and empties the table. */
void table_print(struct table *table, FILE *file, const char *indent);
