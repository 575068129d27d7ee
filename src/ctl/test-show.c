/* SPDX-License-Identifier: MIT */
/*
 * Texts, times, columns, and the time line.
 */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "ctl/show.h"
#include "ctl/timeline.h"
#include "tap.h"

static bool is(const char *got, const char *expected)
{
	bool same = strcmp(got, expected) == 0;

	if (!same)
		printf("# expected %s\n# got      %s\n", expected, got);
	return same;
}

static void test_texts(void)
{
	char text[SHOW_TEXT], longest[2 * SHOW_TEXT];

	ok(is(show_text("www.example, port 80", text), "www.example, port 80"),
		"mif: printable text stays");
	ok(is(show_text("\x1b[2J\\\xc2\x9b\n", text), "\\x1b[2J\\x5c\\xc2\\x9b\\x0a"),
		"mif: whatever could drive a terminal is written in hexadecimal");
	memset(longest, 1, sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ok(strlen(show_text(longest, text)) < SHOW_TEXT, "mif: a text that is too long is cut");
}

static void test_times(void)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} durations[] = {
		{0, "0 ms"},
		{250, "250 ms"},
		{1500, "1.5 s"},
		{59999, "59 s"},
		{60000, "1 min"},
		{125000, "2 min 5 s"},
		{7200000, "2 h"},
		{7260000, "2 h 1 min"},
		{90000000, "1 d 1 h"},
	};
	char text[SHOW_TEXT];

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		ok(is(show_duration(durations[i].ms * NSEC_PER_MSEC, text), durations[i].text),
			"mif: %llu ms", (unsigned long long)durations[i].ms);
	ok(is(show_lifetime(MIF_FOREVER, 5, text), "for ever"), "mif: a lifetime without end");
	ok(is(show_lifetime(5, 5, text), "over"), "mif: a lifetime that is over");
	ok(is(show_lifetime(1800 * NSEC_PER_SEC, 1, text), "30 min"),
		"mif: a lifetime is rounded up");
}

/* What printing writes. */
static char *printed(void (*print)(FILE *file, const void *context), const void *context)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	print(file, context);
	fclose(file);
	return text;
}

static void print_columns(FILE *file, const void *context)
{
	struct table table = {0};

	(void)context;
	table_add(&table, "address", "10.11.0.50/24", "valid", NULL);
	table_add(&table, "a", "", "c", NULL);
	table_add(&table, "alone", NULL);
	table_print(&table, file, "> ");
	table_print(&table, file, "never ");
	table_add(&table, "x", "0123456789012345678901234567890123456789012345678901234567890", "y",
		NULL);
	table_add(&table, "x", "short", "y", NULL);
	table_print(&table, file, "");
}

static void test_columns(void)
{
	char *text = printed(print_columns, NULL);

	ok(is(text,
		   "> address  10.11.0.50/24  valid\n"
		   "> a                       c\n"
		   "> alone\n"
		   "x  0123456789012345678901234567890123456789012345678901234567890  y\n"
		   "x  short  y\n"),
		"mif: columns are aligned, without blanks at the end of a line");
	free(text);
}

/* ---- the time line ---- */

static void attempt(
	struct timeline *timeline, uint32_t number, uint32_t outcome, uint32_t ms, uint32_t error)
{
	struct mif_message_attempt step = {
		.attempt = number,
		.outcome = outcome,
		.time = ms * NSEC_PER_MSEC,
		.error = error,
	};

	mif_endpoint_parse(&step.source, "10.0.0.1");
	mif_endpoint_parse(&step.destination, "192.0.2.1:80");
	timeline_add(timeline, &step);
}

static void print_timeline(FILE *file, const void *context)
{
	const struct picture empty = {0};

	timeline_print(context, &empty, 80, file);
}

static void test_timeline(void)
{
	struct timeline timeline = {0};
	char *text;

	attempt(&timeline, 1, MIF_ATTEMPT_STARTED, 0, 0);
	attempt(&timeline, 2, MIF_ATTEMPT_STARTED, 100, 0);
	attempt(&timeline, 2, MIF_ATTEMPT_FAILED, 200, 111);
	attempt(&timeline, 3, MIF_ATTEMPT_STARTED, 200, 0);
	attempt(&timeline, 4, MIF_ATTEMPT_STARTED, 300, 0);
	attempt(&timeline, 3, MIF_ATTEMPT_CONNECTED, 400, 0);
	attempt(&timeline, 1, MIF_ATTEMPT_ABANDONED, 400, 0);
	attempt(&timeline, TIMELINE_ATTEMPTS + 1, MIF_ATTEMPT_STARTED, 400, 0);
	attempt(&timeline, 0, MIF_ATTEMPT_STARTED, 400, 0);
	text = printed(print_timeline, &timeline);
	ok(is(text,
		   "this host  10.0.0.1  192.0.2.1:80  |------------------------------.| "
		   "abandoned\n"
		   "this host  10.0.0.1  192.0.2.1:80  |       --------x               | "
		   "Connection refused\n"
		   "this host  10.0.0.1  192.0.2.1:80  |               ---------------*| "
		   "connected\n"
		   "this host  10.0.0.1  192.0.2.1:80  |                      --------.| no "
		   "answer\n"
		   "                                    0 ms                     400 ms\n"),
		"mif: a time line: a row an attempt, from its start to its end");
	free(text);
	timeline = (struct timeline){0};
	text = printed(print_timeline, &timeline);
	ok(is(text, ""), "mif: no attempt, no time line");
	free(text);
	attempt(&timeline, 1, MIF_ATTEMPT_STARTED, 0, 0);
	text = printed(print_timeline, &timeline);
	ok(strstr(text, "|.   ") != NULL || strstr(text, "|-") != NULL,
		"mif: a time line of no time at all");
	free(text);
}

int main(void)
{
	test_texts();
	test_times();
	test_columns();
	test_timeline();
	return tap_done();
}
