/* SPDX-License-Identifier: MIT */
/*
 * The command line: the table of all options, and what follows from it. Options may stand before
 * and after the command and its arguments; which of them a command takes, it says afterwards.
 */
#include "ctl/line.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/show.h"

/* What every command takes. */
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
	{'i', "interface", "NAME", "only through this interface; run: these, one -i each"},
	{'m', "metered", "WHEN", "what costs money: later (default), alike or never"},
	{'f', "fastest", NULL, "the fastest connection instead of the first"},
	{'N', "no-zones", NULL, "ask in all domains, also for names that belong to one"},
	{'a', "try", NULL, "explain: and connect, to tell what happens"},
	{'o', "svg", "FILE", "explain: draw the attempts over time into a file"},
	{'s', "service", "SCHEME[:PORT]",
		"resolve: service records (https, ...) instead of addresses"},
	{'c', "scheme", "SCHEME", "connect, explain: heed the service records of a URI's scheme"},
	{'t', "timeline", NULL, "draw the attempts over time"},
	{'M', "multipath", NULL, "run: make the program's TCP sockets ones of Multipath TCP"},
	{'S', "strict", NULL, "run: refuse a program that cannot be covered"},
	{'v', "verbose", NULL,
		"status: holders and counters, too; monitor: ends of announcements, too;\n"
		"connect: tell each attempt on standard error; run: what is done for the program"},
	{'w', "wait", "SECONDS",
		"give up after this time (default: 30);\n"
		"run: how long connect may take that should not wait (default: 1)"},
	{'d', "deadline", "MILLISECONDS",
		"link down, let-go: how long it may be held (default: 5000)"},
	{'n', "now", NULL, "link down: at once, whoever holds it"},
	{'I', "id", "NUMBER", "paths: the identifier of the local address in the connection"},
	{'z', "probe", NULL, "only connect, and tell"},
	{'j', "json", NULL, "print JSON; one object a line, except status"},
	{'D', "daemon", NULL, "ask the daemon, or fail"},
	{'E', "engine", NULL, "use the engine inside this process"},
	{'h', "help", NULL, "print this"},
	{'V', "version", NULL, "print the version"},
};

static bool is_one_of(char letter, const char *letters)
{
	return letters == NULL || strchr(letters, letter) != NULL || strchr(COMMON, letter) != NULL;
}

/* ---- reading ---- */

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

static int set_metered(struct options *options, const char *text)
{
	static const char *const names[] = {
		[MIF_DIAL_METERED_LATER] = "later",
		[MIF_DIAL_METERED_ALIKE] = "alike",
		[MIF_DIAL_METERED_NEVER] = "never",
	};
	char shown[SHOW_TEXT];

	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			options->metered = i;
			return 0;
		}
	}
	complain("--metered: neither later, alike nor never: %s", show_word(text, shown));
	return -EINVAL;
}

static int set_timeout(struct options *options, const char *text)
{
	char shown[SHOW_TEXT];
	int r = parse_seconds(text, &options->timeout);

	if (r < 0)
		complain("--wait: not a number of seconds up to 1000000: %s",
			show_word(text, shown));
	return r;
}

static int set_deadline(struct options *options, const char *text)
{
	char shown[SHOW_TEXT], *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number < 1 || number > 600000) {
		complain("--deadline: not 1 to 600000 milliseconds: %s", show_word(text, shown));
		return -EINVAL;
	}
	options->deadline = (uint32_t)number;
	return 0;
}

static int set_id(struct options *options, const char *text)
{
	char shown[SHOW_TEXT], *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number < 1 || number > UINT8_MAX) {
		complain("--id: not 1 to 255: %s", show_word(text, shown));
		return -EINVAL;
	}
	options->id = (uint32_t)number;
	return 0;
}

/* Whether so many octets can be a scheme; whether there is such a one, the engine knows. */
static bool is_scheme(const char *text, size_t length)
{
	return length > 0 && length < MIF_TEXT_SIZE && *text != '-' &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length;
}

static int set_scheme(struct options *options, const char *text)
{
	char shown[SHOW_TEXT];

	if (!is_scheme(text, strlen(text))) {
		complain("--scheme: not the scheme of a URI: %s", show_word(text, shown));
		return -EINVAL;
	}
	strcpy(options->scheme, text);
	return 0;
}

/* "https", or "https:8443". */
static int set_service(struct options *options, const char *text)
{
	size_t length = strcspn(text, ":");
	unsigned long port = 0;
	char shown[SHOW_TEXT], *end;

	if (text[length] == ':') {
		port = strtoul(text + length + 1, &end, 10);
		if (text[length + 1] < '0' || text[length + 1] > '9' || *end != '\0' || port == 0)
			length = 0;
	}
	if (!is_scheme(text, length) || port > UINT16_MAX) {
		complain("--service: not SCHEME or SCHEME:PORT: %s", show_word(text, shown));
		return -EINVAL;
	}
	memcpy(options->scheme, text, length);
	options->scheme[length] = '\0';
	options->port = (uint32_t)port;
	return 0;
}

/* The last one counts, unless all do. */
static int add_interface(struct options *options, const char *name)
{
	if (options->interface_count == CTL_INTERFACES) {
		complain("--interface: more than %d", CTL_INTERFACES);
		return -EINVAL;
	}
	options->interfaces[options->interface_count++] = options->interface = name;
	return 0;
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
	case 'i':
		return add_interface(options, argument);
	case 'm':
		return set_metered(options, argument);
	case 'M':
		options->multipath = true;
		return 0;
	case 'S':
		options->strict = true;
		return 0;
	case 'f':
		options->fastest = true;
		return 0;
	case 'N':
		options->no_zones = true;
		return 0;
	case 'a':
		options->attempt = true;
		return 0;
	case 'o':
		options->svg = argument;
		return 0;
	case 's':
		return set_service(options, argument);
	case 'c':
		return set_scheme(options, argument);
	case 't':
		options->timeline = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'w':
		return set_timeout(options, argument);
	case 'd':
		return set_deadline(options, argument);
	case 'n':
		options->at_once = true;
		return 0;
	case 'I':
		return set_id(options, argument);
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

static int take_word(struct line *line, char *word)
{
	char shown[SHOW_TEXT];

	if (line->word_count == LINE_WORDS) {
		complain("too many arguments: %s", show_word(word, shown));
		return -EINVAL;
	}
	line->words[line->word_count++] = word;
	return 0;
}

/* What getopt could not take. Of a bundle of letters it tells which, of words not. */
static int refuse_option(int why, const char *word)
{
	const char letter[] = {(char)optopt, '\0'};
	char shown[SHOW_TEXT];

	if (why == ':')
		complain("%s needs an argument", show_word(word, shown));
	else if (optopt != 0 && strncmp(word, "--", 2) != 0)
		complain("no such option: -%s; see mif --help", show_text(letter, shown));
	else
		complain("no such option, or not in this form: %s; see mif --help",
			show_word(word, shown));
	return -EINVAL;
}

/* getopt's own forms of the table. The first two signs: return words in their order, whatever
 * POSIXLY_CORRECT says; tell a missing argument from a wrong option. */
static void make_getopt(struct option longs[LINE_OPTIONS + 1], char shorts[2 * LINE_OPTIONS + 3])
{
	static_assert(ARRAY_SIZE(rows) <= LINE_OPTIONS, "struct line has room for every option");

	shorts = stpcpy(shorts, "-:");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool takes = rows[i].argument != NULL;

		longs[i] = (struct option){rows[i].name, takes ? required_argument : no_argument,
			NULL, rows[i].letter};
		*shorts++ = rows[i].letter;
		if (takes)
			*shorts++ = ':';
	}
	longs[ARRAY_SIZE(rows)] = (struct option){0};
	*shorts = '\0';
}

/* Only another program is missing yet. */
static bool line_launches(const struct line *line)
{
	return line->word_count == 1 && strcmp(line->words[0], LINE_LAUNCHER) == 0;
}

int line_parse(struct line *line, int argc, char **argv)
{
	struct option longs[LINE_OPTIONS + 1];
	char shorts[2 * LINE_OPTIONS + 3];
	int letter, r = 0;

	make_getopt(longs, shorts);
	*line = (struct line){0};
	opterr = 0;
	while (r == 0 && (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == ':' || letter == '?') {
			r = refuse_option(letter, argv[optind - 1]);
		} else if (letter == 1 && line_launches(line)) {
			line->rest = argv + optind - 1;
			return 0;
		} else if (letter == 1)
			r = take_word(line, optarg);
		else
			r = take_option(line, (char)letter, optarg);
	}
	/* After "--". */
	if (r == 0 && line_launches(line)) {
		line->rest = argv + optind;
		return 0;
	}
	while (r == 0 && optind < argc)
		r = take_word(line, argv[optind++]);
	return r;
}

int line_check(const struct line *line, const char *command, const char *letters)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strchr(line->seen, rows[i].letter) != NULL &&
			!is_one_of(rows[i].letter, letters)) {
			complain("%s takes no option --%s", command, rows[i].name);
			return -EINVAL;
		}
	}
	return 0;
}

/* ---- printing ---- */

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

void line_print_options(const char *letters, FILE *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_one_of(rows[i].letter, letters))
			print_option(&rows[i], file);
}
