/* SPDX-License-Identifier: MIT */
/*
 * The attempts of a dial as text, to be looked at:
 *
 *	  h1:10.11.0.0/24  10.11.0.50  198.51.100.1:7       |----------------------.    | abandoned
 *	* pvd.two.example  2001:db8... [2001:db8:ffff::1]:7 |                  ----*    | connected
 *	                                                     0 ms                 266 ms
 */
#include "ctl/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/choose.h"

/* Narrower than this nothing can be told apart. */
#define BAR_MIN 24
#define BAR_MAX 100

int timeline_width(FILE *file)
{
	struct winsize size;

	return ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 132;
}

void timeline_add(struct timeline *timeline, const struct mif_message_attempt *attempt)
{
	struct timeline_attempt *row;

	if (attempt->attempt == 0 || attempt->attempt > TIMELINE_ATTEMPTS)
		return;
	row = &timeline->attempts[attempt->attempt - 1];
	if (row->last.attempt == 0)
		row->started = attempt->time;
	if (attempt->outcome != MIF_ATTEMPT_STARTED && attempt->outcome != MIF_ATTEMPT_PLANNED)
		row->ended = attempt->time;
	row->last = *attempt;
	timeline->count = MAX(timeline->count, attempt->attempt);
	timeline->end = MAX(timeline->end, attempt->time);
}

const char *timeline_outcome(const struct timeline_attempt *row, char text[SHOW_TEXT])
{
	switch (row->last.outcome) {
	case MIF_ATTEMPT_CONNECTED:
		return "connected";
	case MIF_ATTEMPT_FAILED:
		snprintf(text, SHOW_TEXT, "%s", strerror((int)row->last.error));
		return text;
	case MIF_ATTEMPT_ABANDONED:
		return "abandoned";
	case MIF_ATTEMPT_PLANNED:
		return "";
	default:
		return "no answer";
	}
}

static char outcome_mark(const struct timeline_attempt *row)
{
	return row->last.outcome == MIF_ATTEMPT_CONNECTED ? '*'
		: row->last.outcome == MIF_ATTEMPT_FAILED ? 'x'
							  : '.';
}

/* bar: room for columns and a NUL. */
static void draw(const struct timeline_attempt *row, uint64_t end, size_t columns, char *bar)
{
	uint64_t until = row->ended != 0 ? row->ended : end;
	size_t from = (size_t)((double)row->started / (double)end * (double)(columns - 1));
	size_t to = (size_t)((double)until / (double)end * (double)(columns - 1));

	memset(bar, ' ', columns);
	memset(bar + from, '-', to - from);
	bar[to] = outcome_mark(row);
	bar[columns] = '\0';
}

static void describe(const struct timeline_attempt *row, const struct picture *picture,
	char text[2 * SHOW_TEXT], const int widths[3])
{
	char name[SHOW_TEXT], from[MIF_ADDRESS_TEXT], to[MIF_ADDRESS_TEXT];

	snprintf(text, 2 * SHOW_TEXT, "%-*s  %-*s  %-*s", widths[0],
		choose_name(picture, row->last.pvd, name), widths[1],
		mif_address_format(&row->last.source.address, from), widths[2],
		mif_endpoint_format(&row->last.destination, to));
}

static void measure(const struct timeline *timeline, const struct picture *picture, int widths[3])
{
	char name[SHOW_TEXT], form[MIF_ADDRESS_TEXT];

	for (size_t i = 0; i < timeline->count; i++) {
		const struct mif_message_attempt *attempt = &timeline->attempts[i].last;

		widths[0] = MAX(widths[0], (int)strlen(choose_name(picture, attempt->pvd, name)));
		widths[1] = MAX(
			widths[1], (int)strlen(mif_address_format(&attempt->source.address, form)));
		widths[2] = MAX(
			widths[2], (int)strlen(mif_endpoint_format(&attempt->destination, form)));
	}
}

void timeline_print(
	const struct timeline *timeline, const struct picture *picture, int width, FILE *file)
{
	char text[2 * SHOW_TEXT], outcome[SHOW_TEXT], bar[BAR_MAX + 1];
	uint64_t end = MAX(timeline->end, NSEC_PER_MSEC);
	int widths[3] = {0}, columns;

	if (timeline->count == 0)
		return;
	measure(timeline, picture, widths);
	columns = width - widths[0] - widths[1] - widths[2] - 20;
	columns = MIN(MAX(columns, BAR_MIN), BAR_MAX);
	for (size_t i = 0; i < timeline->count; i++) {
		const struct timeline_attempt *row = &timeline->attempts[i];

		if (row->last.attempt == 0)
			continue;
		describe(row, picture, text, widths);
		draw(row, end, (size_t)columns, bar);
		fprintf(file, "%s  |%s| %s\n", text, bar, timeline_outcome(row, outcome));
	}
	fprintf(file, "%*s0 ms%*s\n", widths[0] + widths[1] + widths[2] + 7, "", columns - 4,
		show_duration(end, text));
}
