/* SPDX-License-Identifier: MIT */
/*
 * The command mif: the table of its subcommands, and what follows from it: usage, checks, dispatch.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/descriptor.h"
#include "ctl/line.h"
#include "ctl/show.h"

/* As many arguments as one likes. */
#define ANY (-1)

static const struct command {
	const char *name;
	int argument_count, optional;
	const char *arguments;
	const char *options; /* letters, besides the common ones */
	const char *summary;
	int (*run)(const struct options *options, char **arguments);
} commands[] = {
	{"status", 0, 0, "", "v", "what is known of the host's networks", status_run},
	{"monitor", 0, 0, "", "v", "the same, then every change, until interrupted", monitor_run},
	{"resolve", 1, 0, "NAME", "46psw", "ask the name servers of every domain", resolve_run},
	{"connect", 2, 0, "HOST PORT", "46pimfNctvwz",
		"connect through any domain, then relay standard input and output", connect_run},
	{"explain", 1, 1, "HOST [PORT]", "46pimfNcaow", "tell what connect would do, and why",
		explain_run},
	{"link", 2, 0, "up|down|let-go NAME", "dn",
		"bring an interface up, or take it down, and wait", link_run},
	{"paths", 0, 4, "[ACTION CONNECTION [LOCAL [REMOTE]]]", "I",
		"show multipath connections, or change their paths", paths_run},
	{LINE_LAUNCHER, 1, ANY, "-- PROGRAM...", "piMSvw",
		"start a program whose connections go through any domain", launch_run},
};

/* command NULL: of all. */
static void usage(const struct command *command, FILE *file)
{
	if (command != NULL && command->optional == ANY)
		fprintf(file, "usage: mif %s [OPTION...] %s\n\n", command->name,
			command->arguments);
	else
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
	line_print_options(command != NULL ? command->options : NULL, file);
	fputs("\nSee mif(1).\n", file);
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
	complain("no command %s; there are: %s", show_word(name, shown), list);
	return NULL;
}

static int check_arguments(const struct command *command, int count, char **arguments)
{
	char shown[SHOW_TEXT];

	if (count < command->argument_count) {
		if (command->optional == ANY)
			complain("an argument is missing; usage: mif %s [OPTION...] %s",
				command->name, command->arguments);
		else
			complain("an argument is missing; usage: mif %s %s [OPTION...]",
				command->name, command->arguments);
		return -EINVAL;
	}
	if (command->optional != ANY && count > command->argument_count + command->optional) {
		complain("%s: one argument too many: %s", command->name,
			show_word(arguments[command->argument_count + command->optional], shown));
		return -EINVAL;
	}
	return 0;
}

static int count_words(char **words)
{
	int count = 0;

	while (words[count] != NULL)
		count++;
	return count;
}

static int run(struct line *line)
{
	char **arguments = line->rest != NULL ? line->rest : line->words + 1;
	const struct command *command = NULL;

	if (line->word_count > 0) {
		command = find_command(line->words[0]);
		if (command == NULL)
			return CTL_USAGE;
	}
	if (line->help) {
		usage(command, stdout);
		return CTL_DONE;
	}
	if (command == NULL) {
		usage(NULL, stderr);
		return CTL_USAGE;
	}
	if (line_check(line, command->name, command->options) < 0 ||
		check_arguments(command, count_words(arguments), arguments) < 0)
		return CTL_USAGE;
	return command->run(&line->options, arguments);
}

/* What was printed has to be written, too. */
static int finish(int status)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return status;
	if (status != CTL_DONE)
		return status;
	/* Of an earlier failure the reason is not known any more. */
	complain("cannot write to standard output%s%s", errno != 0 ? ": " : "",
		errno != 0 ? strerror(errno) : "");
	return CTL_NOT;
}

int main(int argc, char **argv)
{
	struct line line;

	descriptors_fill();
	if (line_parse(&line, argc, argv) < 0)
		return CTL_USAGE;
	if (line.version) {
		puts("mif " MIF_VERSION);
		return finish(CTL_DONE);
	}
	return finish(run(&line));
}
