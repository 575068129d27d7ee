/* SPDX-License-Identifier: MIT */
/*
 * Command lines, right and wrong.
 */
#include "ctl/line.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static char complaint[1024];

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	va_end(arguments);
}

static int parse(struct line *line, const char *words)
{
	static char copy[256];
	static char name[] = "mif", *argv[32];
	int argc = 1;

	memset(argv, 0, sizeof(argv));
	argv[0] = name;
	strcpy(copy, words);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	optind = 0;
	*complaint = '\0';
	return line_parse(line, argc, argv);
}

static bool refused(const char *words, const char *why)
{
	struct line line;
	bool right = parse(&line, words) < 0 && strstr(complaint, why) != NULL;

	if (!right)
		printf("# said: %s\n", complaint);
	return right;
}

static void test_right(void)
{
	struct line line;

	ok(parse(&line, "connect --engine www.example -w 1.5 -4v http --pvd=7") == 0 &&
			line.word_count == 3 && strcmp(line.words[0], "connect") == 0 &&
			strcmp(line.words[2], "http") == 0 && line.words[3] == NULL,
		"mif: options stand anywhere");
	ok(line.options.host == MIF_OPEN_ENGINE && line.options.verbose &&
			line.options.family == MIF_FAMILY_IPV4 &&
			line.options.timeout == 1500000000 && strcmp(line.options.pvd, "7") == 0,
		"mif: ... and all of them count");
	ok(line_check(&line, "connect", "4pvw") == 0 && line_check(&line, "status", "v") < 0 &&
			strcmp(complaint, "status takes no option --ipv4") == 0,
		"mif: an option that another command takes is refused");
	ok(parse(&line, "--daemon status --json -D") == 0 && line.options.host == MIF_OPEN_DAEMON &&
			line.options.json,
		"mif: an option may be repeated, and stand before the command");
	ok(parse(&line, "resolve -- -odd.example") == 0 &&
			strcmp(line.words[1], "-odd.example") == 0,
		"mif: after -- nothing is an option");
	setenv("POSIXLY_CORRECT", "1", 1);
	ok(parse(&line, "status --json") == 0 && line.options.json && line.word_count == 1,
		"mif: ... whatever the environment says");
	unsetenv("POSIXLY_CORRECT");
}

static bool launches(const char *words, const char *program, size_t count)
{
	struct line line;
	size_t given = 0;

	if (parse(&line, words) < 0 || line.rest == NULL || line.word_count != 1)
		return false;
	while (line.rest[given] != NULL)
		given++;
	return given == count && (count == 0 || strcmp(line.rest[0], program) == 0);
}

static void test_launch(void)
{
	struct line line;

	ok(launches("run -v curl -s --pvd", "curl", 3) && launches("run -- -odd -v", "-odd", 2) &&
			launches("-v run x -- y", "x", 3) &&
			launches("run x a b c d e f g h i", "x", 10),
		"mif: run reads nothing of what comes after the program");
	ok(launches("run", NULL, 0) && launches("run --", NULL, 0), "mif: ... if there is one");
	ok(parse(&line, "run -i a -i b -MS -w 0.5 x -v") == 0 &&
			line.options.interface_count == 2 &&
			strcmp(line.options.interfaces[1], "b") == 0 && line.options.multipath &&
			line.options.strict && !line.options.verbose &&
			line.options.timeout == 500000000,
		"mif: ... but its own options");
	ok(refused("run -i a -i a -i a -i a -i a -i a -i a -i a -i a x", "more than 8"),
		"mif: ... and a limited number of interfaces");
}

static void test_wrong(void)
{
	ok(refused("status --bogus", "--bogus"), "mif: no such long option");
	ok(refused("status -jx", "-x"), "mif: no such letter");
	ok(refused("status --json=yes", "--json=yes"), "mif: an argument that is not wanted");
	ok(refused("status --pvd", "--pvd needs an argument"), "mif: a missing argument");
	ok(refused("status -w", "-w needs an argument"), "mif: a missing argument of a letter");
	ok(refused("-D -E", "exclude"), "mif: two hosts");
	ok(refused("-4 -6", "exclude"), "mif: two families");
	ok(refused("-w 0", "seconds") && refused("-w -1", "seconds") &&
			refused("-w 1x", "seconds") && refused("-w nan", "seconds") &&
			refused("-w 1e99", "seconds"),
		"mif: times that are none");
	ok(refused("a b c d e f g h i", "too many"), "mif: far too many arguments");
}

int main(void)
{
	test_right();
	test_launch();
	test_wrong();
	return tap_done();
}
