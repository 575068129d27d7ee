/* SPDX-License-Identifier: MIT */
/*
 * How things look on a terminal: texts of strangers, times, columns.
 */
#include "ctl/show.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

struct table_row {
	char *cells[TABLE_COLUMNS]; /* NULL after the last */
};

/* ---- texts ---- */

char *show_text(const char *from, char text[SHOW_TEXT])
{
	size_t length = 0;

	for (; *from != '\0' && length + 5 <= SHOW_TEXT; from++) {
		unsigned char c = (unsigned char)*from;

		if (c >= ' ' && c < 0x7f && c != '\\')
			text[length++] = (char)c;
		else
			length += (size_t)snprintf(text + length, 5, "\\x%02x", c);
	}
	text[length] = '\0';
	return text;
}

char *show_word(const char *from, char text[SHOW_TEXT])
{
	return *from == '\0' ? strcpy(text, "\"\"") : show_text(from, text);
}

/* ---- times ---- */

static char *show_units(
	uint64_t count, uint64_t factor, const char *unit, const char *part, char text[SHOW_TEXT])
{
	uint64_t whole = count / factor, rest = count % factor;

	if (rest == 0)
		snprintf(text, SHOW_TEXT, "%llu %s", (unsigned long long)whole, unit);
	else
		snprintf(text, SHOW_TEXT, "%llu %s %llu %s", (unsigned long long)whole, unit,
			(unsigned long long)rest, part);
	return text;
}

static char *show_seconds(uint64_t seconds, char text[SHOW_TEXT])
{
	if (seconds < 60)
		return show_units(seconds, 1, "s", "", text);
	if (seconds < 60 * 60)
		return show_units(seconds, 60, "min", "s", text);
	if (seconds < 24 * 60 * 60)
		return show_units(seconds / 60, 60, "h", "min", text);
	return show_units(seconds / (60 * 60), 24, "d", "h", text);
}

char *show_duration(uint64_t nanoseconds, char text[SHOW_TEXT])
{
	uint64_t ms = nanoseconds / NSEC_PER_MSEC;

	if (ms < 1000)
		snprintf(text, SHOW_TEXT, "%llu ms", (unsigned long long)ms);
	else if (ms < 10000)
		snprintf(text, SHOW_TEXT, "%.1f s", (double)ms / 1000);
	else
		show_seconds(nanoseconds / NSEC_PER_SEC, text);
	return text;
}

char *show_lifetime(uint64_t until, uint64_t now, char text[SHOW_TEXT])
{
	if (until == TIME_FOREVER)
		return strcpy(text, "for ever");
	if (until <= now)
		return strcpy(text, "over");
	return show_seconds((until - now + NSEC_PER_SEC - 1) / NSEC_PER_SEC, text);
}

/* ---- columns ---- */

void table_add(struct table *table, const char *cell, ...)
{
	struct table_row *row;
	va_list cells;

	if (table->count == table->room) {
		size_t room = table->room == 0 ? 16 : 2 * table->room;
		struct table_row *rows = reallocarray(table->rows, room, sizeof(*rows));

		if (rows == NULL)
			return;
		table->rows = rows;
		table->room = room;
	}
	row = &table->rows[table->count++];
	*row = (struct table_row){0};
	va_start(cells, cell);
	for (size_t i = 0; i < TABLE_COLUMNS && cell != NULL; i++) {
		row->cells[i] = strdup(cell);
		cell = va_arg(cells, const char *);
	}
	va_end(cells);
}

/* A cell that is longer than this, as JSON is, stands out of its column instead of widening it. */
#define WIDTH_MAX 60

static void table_widths(const struct table *table, size_t widths[TABLE_COLUMNS])
{
	for (size_t i = 0; i < table->count; i++) {
		const struct table_row *row = &table->rows[i];

		for (size_t c = 0; c < TABLE_COLUMNS && row->cells[c] != NULL; c++)
			if (strlen(row->cells[c]) <= WIDTH_MAX)
				widths[c] = MAX(widths[c], strlen(row->cells[c]));
	}
}

/* No blanks at the end of a line. */
static void row_print(const struct table_row *row, const size_t widths[TABLE_COLUMNS], FILE *file)
{
	size_t owed = 0;

	for (size_t c = 0; c < TABLE_COLUMNS && row->cells[c] != NULL; c++) {
		const char *cell = row->cells[c];

		if (*cell != '\0')
			fprintf(file, "%*s%s", (int)owed, "", cell);
		owed = *cell != '\0' ? 2 : owed + 2;
		owed += widths[c] > strlen(cell) ? widths[c] - strlen(cell) : 0;
	}
	fputc('\n', file);
}

void table_print(struct table *table, FILE *file, const char *indent)
{
	size_t widths[TABLE_COLUMNS] = {0};

	table_widths(table, widths);
	for (size_t i = 0; i < table->count; i++) {
		fputs(indent, file);
		row_print(&table->rows[i], widths, file);
		for (size_t c = 0; c < TABLE_COLUMNS; c++)
			free(table->rows[i].cells[c]);
	}
	free(table->rows);
	*table = (struct table){0};
}
