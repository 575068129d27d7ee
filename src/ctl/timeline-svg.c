/* SPDX-License-Identifier: MIT */
/*
 * The attempts of a dial as a picture: a bar an attempt, time from left to right.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/timeline.h"

#define LEFT 420 /* of the bars: room for what they are */
#define BARS 560
#define RIGHT 130
#define ROW 26
#define TOP 46 /* the heading */
#define AXIS 34

/* What SVG takes for more than text becomes an entity; SHOW_TEXT leaves nothing else to fear. */
static void put_text(const char *text, FILE *file)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		default:
			fputc(*text, file);
		}
	}
}

static void put_label(int x, int y, const char *anchor, const char *text, FILE *file)
{
	fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
	put_text(text, file);
	fputs("</text>\n", file);
}

static const char *colour(const struct timeline_attempt *row)
{
	switch (row->last.outcome) {
	case MIF_ATTEMPT_CONNECTED:
		return "#2a7f3f";
	case MIF_ATTEMPT_FAILED:
		return "#b3362b";
	default:
		return "#8a8f98";
	}
}

static int place(uint64_t time, uint64_t end)
{
	return LEFT + (int)((double)BARS * (double)time / (double)end);
}

static void put_row(const struct timeline_attempt *row, const struct picture *picture, int y,
	uint64_t end, FILE *file)
{
	char name[SHOW_TEXT], to[MIF_ADDRESS_TEXT], text[2 * SHOW_TEXT], outcome[SHOW_TEXT];
	uint64_t until = row->ended != 0 ? row->ended : end;
	int from = place(row->started, end), width = MAX(place(until, end) - from, 3);

	snprintf(text, sizeof(text), "%s to %s", choose_name(picture, row->last.pvd, name),
		mif_endpoint_format(&row->last.destination, to));
	put_label(LEFT - 10, y + 16, "end", text, file);
	fprintf(file, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"14\" rx=\"3\" fill=\"%s\"/>\n",
		from, y + 5, width, colour(row));
	put_label(from + width + 6, y + 16, "start", timeline_outcome(row, outcome), file);
}

static void put_axis(uint64_t end, int y, FILE *file)
{
	char text[SHOW_TEXT];

	fprintf(file, "<path d=\"M%d %dH%d\" stroke=\"#30343b\"/>\n", LEFT, y, LEFT + BARS);
	for (int i = 0; i <= 4; i++) {
		uint64_t time = end / 4 * (uint64_t)i;
		int x = place(time, end);

		fprintf(file, "<path d=\"M%d %dv5\" stroke=\"#30343b\"/>\n", x, y);
		put_label(x, y + 20, "middle", show_duration(time, text), file);
	}
}

/* Also what a reader without eyes for it is told, and a browser shows in its tab. */
static void put_heading(const char *heading, FILE *file)
{
	fputs("<title>", file);
	put_text(heading, file);
	fputs("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"10\" "
	      "y=\"26\" font-weight=\"bold\">",
		file);
	put_text(heading, file);
	fputs("</text>\n", file);
}

void timeline_svg(const struct timeline *timeline, const struct picture *picture,
	const char *heading, FILE *file)
{
	uint64_t last = 0, end;
	int y = TOP, height = TOP + ROW * (int)timeline->count + AXIS;

	for (size_t i = 0; i < timeline->count; i++)
		last = MAX(last, timeline->attempts[i].started);
	/* What has no end is drawn one delay longer than the last beginning. */
	end = MAX(timeline->end, last + 250 * NSEC_PER_MSEC);
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"font-family=\"sans-serif\" font-size=\"13\">\n",
		LEFT + BARS + RIGHT, height);
	put_heading(heading, file);
	for (size_t i = 0; i < timeline->count; i++, y += ROW) {
		if (timeline->attempts[i].last.attempt != 0)
			put_row(&timeline->attempts[i], picture, y, end, file);
	}
	put_axis(end, y, file);
	fputs("</svg>\n", file);
}
