/* SPDX-License-Identifier: MIT */
/*
 * The command mif: the table of its subcommands, the table of its options, and what follows from
 * both: usage, checks, dispatch. Options may stand anywhere; which of them a command takes, its row
 * says.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/show.h"

static const struct command {
	const char *name;
	int argument_count;
	const char *arguments;
	const char *options; /* letters, besides the common ones */
	const char *summary;
	int (*run)(const struct options *options, char **arguments);
} commands[] = {
	{"status", 0, "", "v", "what is known of the host's networks", status_run},
	{"monitor", 0, "", "v", "the same, then every change, until interrupted", monitor_run},
	{"resolve", 1, "NAME", "46pw", "ask the name servers of every domain", resolve_run},
	{"connect", 2, "HOST PORT", "46ptvwz",
		"connect through any domain, then relay standard input and output", connect_run},
};

#define COMMON "DEhjV"

static const struct row {
	char letter;
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *summary;
} rows[] = {
	{'4', "ipv4", NULL, "only IPv4 addresses"},
	{'6', "ipv6", NULL, "only IPv6 addresses"},
	{'p', "pvd", "DOMAIN", "only this provisioning domain, by name or number"},
	{'t', "timeline", NULL, "draw the attempts over time"},
	{'v', "verbose", NULL,
		"status: counters, too; monitor: ends of announcements, too;\n"
		"connect: tell each attempt on standard error"},
	{'w', "wait", "SECONDS", "give up after this time (default: 30)"},
	{'z', "probe", NULL, "only connect, and tell"},
	{'j', "json", NULL, "print JSON; one object a line, except status"},
	{'D', "daemon", NULL, "ask the daemon, or fail"},
	{'E', "engine", NULL, "use the engine inside this process"},
	{'h', "help", NULL, "print this"},
	{'V', "version", NULL, "print the version"},
};

void complain(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("mif: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* ---- usage ---- */

static void print_option(const struct row *row, FILE *file)
{
	const char *line = row->summary, *end;
	char name[32];

	snprintf(name, sizeof(name), "-%c, --%s%s%s", row->letter, row->name,
		row->argument != NULL ? " " : "", row->argument != NULL ? row->argument : "");
	fprintf(file, "  %-20s ", name);
	while ((end = strchr(line, '\n')) != NULL) {
		fprintf(file, "%.*s\n%23s", (int)(end - line), line, "");
		line = end + 1;
	}
	fprintf(file, "%s\n", line);
}

/* command NULL: of all. */
static void usage(const struct command *command, FILE *file)
{
	fprintf(file, "usage: mif %s %s%s[OPTION...]\n\n",
		command != NULL ? command->name : "COMMAND",
		command != NULL ? command->arguments : "[ARGUMENT...]",
		command != NULL && *command->arguments == '\0' ? "" : " ");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char call[64];

		if (command != NULL && command != &commands[i])
			continue;
		snprintf(call, sizeof(call), "%s %s", commands[i].name, commands[i].arguments);
		fprintf(file, "  %-20s %s\n", call, commands[i].summary);
	}
	fputc('\n', file);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (command == NULL || strchr(command->options, rows[i].letter) != NULL ||
			strchr(COMMON, rows[i].letter) != NULL)
			print_option(&rows[i], file);
	fputs("\nSee mif(1).\n", file);
}

/* ---- the command line ---- */

struct line {
	struct options options;
	char seen[ARRAY_SIZE(rows) + 1]; /* the letters of the options given */
	bool help, version;
};

/* Seconds, with a fraction if need be. 0, or -EINVAL. */
static int parse_seconds(const char *text, uint64_t *nanoseconds)
{
	char *end;
	double seconds = strtod(text, &end);

	if (*text < '0' || *text > '9' || *end != '\0' || !(seconds > 0) || seconds > 1e6)
		return -EINVAL;
	*nanoseconds = (uint64_t)(seconds * (double)NSEC_PER_SEC);
	return *nanoseconds > 0 ? 0 : -EINVAL;
}

static int set_host(struct options *options, unsigned int host)
{
	if (options->host != 0 && options->host != host) {
		complain("--daemon and --engine exclude each other");
		return -EINVAL;
	}
	options->host = host;
	return 0;
}

static int set_family(struct options *options, uint32_t family)
{
	if (options->family != 0 && options->family != family) {
		complain("--ipv4 and --ipv6 exclude each other");
		return -EINVAL;
	}
	options->family = family;
	return 0;
}

static int set_timeout(struct options *options, const char *text)
{
	char shown[SHOW_TEXT];
	int r = parse_seconds(text, &options->timeout);

	if (r < 0)
		complain("--wait: not a number of seconds: %s", show_text(text, shown));
	return r;
}

/* 0, or -EINVAL after a sentence. */
static int take_option(struct line *line, char letter, const char *argument)
{
	struct options *options = &line->options;

	if (strchr(line->seen, letter) == NULL)
		line->seen[strlen(line->seen)] = letter;
	switch (letter) {
	case '4':
		return set_family(options, MIF_FAMILY_IPV4);
	case '6':
		return set_family(options, MIF_FAMILY_IPV6);
	case 'p':
		options->pvd = argument;
		return 0;
	case 't':
		options->timeline = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'w':
		return set_timeout(options, argument);
	case 'z':
		options->probe = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'D':
		return set_host(options, MIF_OPEN_DAEMON);
	case 'E':
		return set_host(options, MIF_OPEN_ENGINE);
	case 'h':
		line->help = true;
		return 0;
	default:
		line->version = true;
		return 0;
	}
}

/* getopt's own forms of the table. */
static void make_getopt(
	struct option longs[ARRAY_SIZE(rows) + 1], char shorts[2 * ARRAY_SIZE(rows) + 2])
{
	*shorts++ = ':';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int takes = rows[i].argument != NULL ? required_argument : no_argument;

		longs[i] = (struct option){rows[i].name, takes, NULL, rows[i].letter};
		*shorts++ = rows[i].letter;
		if (takes == required_argument)
			*shorts++ = ':';
	}
	longs[ARRAY_SIZE(rows)] = (struct option){0};
	*shorts = '\0';
}

static int parse_options(struct line *line, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(rows) + 1];
	char shorts[2 * ARRAY_SIZE(rows) + 2], shown[SHOW_TEXT];
	int letter;

	make_getopt(longs, shorts);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		/* Of a bundle of letters getopt tells which; of words not. */
		const char *word = argv[optind - 1];

		if (letter == ':') {
			complain("%s needs an argument", show_text(word, shown));
			return -EINVAL;
		}
		if (letter == '?' && optopt != 0 && strncmp(word, "--", 2) != 0) {
			complain("no option -%c; see mif --help", optopt);
			return -EINVAL;
		}
		if (letter == '?') {
			complain("no option %s, or it takes no argument, or it is cut too short; "
				 "see mif --help",
				show_text(word, shown));
			return -EINVAL;
		}
		if (take_option(line, (char)letter, optarg) < 0)
			return -EINVAL;
	}
	return 0;
}

static const struct command *find_command(const char *name)
{
	char shown[SHOW_TEXT], list[128] = "";
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
			i > 0 ? ", " : "", commands[i].name);
	}
	complain("no command %s; there are: %s", show_text(name, shown), list);
	return NULL;
}

static int check_options(const struct command *command, const char *seen)
{
	for (const char *letter = seen; *letter != '\0'; letter++) {
		if (strchr(command->options, *letter) == NULL && strchr(COMMON, *letter) == NULL) {
			for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
				if (rows[i].letter == *letter)
					complain("mif %s takes no option --%s", command->name,
						rows[i].name);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_arguments(const struct command *command, int count, char **arguments)
{
	char shown[SHOW_TEXT];

	if (count < command->argument_count) {
		complain("usage: mif %s %s [OPTION...]", command->name, command->arguments);
		return -EINVAL;
	}
	if (count > command->argument_count) {
		complain("mif %s: one argument too many: %s", command->name,
			show_text(arguments[command->argument_count], shown));
		return -EINVAL;
	}
	return 0;
}

static int run(const struct line *line, int argc, char **argv)
{
	const struct command *command = optind < argc ? find_command(argv[optind]) : NULL;
	char **arguments = argv + optind + 1;

	if (optind < argc && command == NULL)
		return CTL_USAGE;
	if (line->help) {
		usage(command, stdout);
		return CTL_DONE;
	}
	if (command == NULL) {
		usage(NULL, stderr);
		return CTL_USAGE;
	}
	if (check_options(command, line->seen) < 0 ||
		check_arguments(command, argc - optind - 1, arguments) < 0)
		return CTL_USAGE;
	return command->run(&line->options, arguments);
}

int main(int argc, char **argv)
{
	struct line line = {0};
	int status;

	if (parse_options(&line, argc, argv) < 0)
		return CTL_USAGE;
	if (line.version) {
		puts("mif " MIF_VERSION);
		return CTL_DONE;
	}
	status = run(&line, argc, argv);
	/* connect has handed standard output to the connection, and closed it. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CTL_DONE && errno != EBADF) {
		complain("cannot write to standard output: %s", strerror(errno));
		status = CTL_NOT;
	}
	return status;
}
