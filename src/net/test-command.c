/* SPDX-License-Identifier: MIT */
/* Commands of links, as shell scripts: what they get, what becomes of them, and how many there may be. */
#include "net/command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

static char directory[] = "/tmp/mif-command-XXXXXX";
static char script[64], mark[64];
static struct privilege privilege;
static sigset_t signals;
static struct commands commands;

__attribute__((format(printf, 2, 3))) static void say_nothing(int level, const char *format, ...)
{
	(void)level, (void)format;
}

static void script_write(const char *text)
{
	FILE *file = fopen(script, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(script, 0755) < 0)
		abort();
}

static const char *mark_read(char text[256])
{
	FILE *file = fopen(mark, "r");
	size_t size = file != NULL ? fread(text, 1, 255, file) : 0;

	text[size] = '\0';
	if (file != NULL)
		fclose(file);
	return text;
}

static struct verb verb_of(uint32_t ifindex)
{
	struct verb verb = {.type = VERB_LINK_UP, .serial = 100 + ifindex};

	verb.as.link_up.ifindex = ifindex;
	snprintf(verb.as.link_up.name, VERB_LINK_NAME, "h%u", ifindex);
	return verb;
}

static int start(const char *line, uint32_t ifindex)
{
	struct verb verb = verb_of(ifindex);
	char words[COMMAND_SIZE];
	int r = command_parse(line, words);

	return r < 0 ? r : commands_start(&commands, words, &verb, 77);
}

/* Until one has ended. */
static int await_end(struct command *command)
{
	int result = 1;

	for (int i = 0; i < 20000 && commands_reap(&commands, command, &result) == 0; i++)
		poll(NULL, 0, 1);
	return result;
}

static void test_words(void)
{
	char words[COMMAND_SIZE], line[400];

	ok(command_parse("/bin/a  b\tc", words) == 0 && memcmp(words, "/bin/a\0b\0c\0", 11) == 0,
		"words, with blanks between");
	ok(command_parse("bin/a", words) == -EINVAL && command_parse("", words) == -EINVAL,
		"a path that is not absolute is none");
	memset(line, 'a', sizeof(line));
	line[0] = '/';
	line[sizeof(line) - 1] = '\0';
	ok(command_parse(line, words) == -EINVAL, "nor is what is too long");
	ok(command_parse("/a 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", words) == -EINVAL,
		"or has too many words");
}

static void test_run(void)
{
	struct command command = {0};
	char line[256], text[256], expected[256];

	script_write("#!/bin/sh\necho \"$# $1 $MIF_INTERFACE $(id -u) $HOME\" >$2\n"
		     "grep CapEff /proc/self/status >>$2\n");
	snprintf(line, sizeof(line), "%s $(x) %s", script, mark);
	ok(start(line, 3) == 0 && await_end(&command) == 0 && command.verb.serial == 103 &&
			command.engine == 77,
		"M31: a command runs, and its verb is known when it has ended");
	snprintf(expected, sizeof(expected), "2 $(x) h3 %u \nCapEff:\t0000000000000000\n",
		(unsigned int)privilege.uid);
	if (!ok(strcmp(mark_read(text), expected) == 0,
		    "M31: as the engine's user, without capabilities, environment or a shell"))
		printf("# got: %s\n", text);
	script_write("#!/bin/sh\nexit 3\n");
	ok(start(script, 3) == 0 && await_end(&command) == -ECHILD, "M31: one that fails");
	ok(start("/nowhere/at/all", 3) == 0 && await_end(&command) == -ECHILD,
		"M31: one that is not there");
}

static void test_limits(void)
{
	struct command command = {0};
	int started = 0, ended = 0;

	script_write("#!/bin/sh\nsleep 1000 & sleep 1000\n");
	ok(start(script, 3) == 0 && start(script, 3) == -EBUSY, "M31: one at a time for a link");
	for (uint32_t i = 4; i < 4 + COMMANDS; i++)
		started += start(script, i) == 0;
	ok(started == COMMANDS - 1 && start(script, 99) == -EAGAIN, "M31: and not too many");
	ok(commands_deadline(&commands) <= clock_boottime() + COMMAND_TIME,
		"M31: each has its time");
	commands_pass_time(&commands, clock_boottime() + COMMAND_TIME + NSEC_PER_SEC);
	while (ended < COMMANDS && await_end(&command) == -ETIMEDOUT)
		ended++;
	ok(ended == COMMANDS && commands_deadline(&commands) == TIME_FOREVER,
		"M31: whose end is its own");
	ok(start(script, 3) == 0, "M31: then there is room again");
	commands_end(&commands);
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "and none is left at the end");
}

int main(void)
{
	if (mkdtemp(directory) == NULL || chmod(directory, 0777) < 0)
		abort();
	snprintf(script, sizeof(script), "%s/script", directory);
	snprintf(mark, sizeof(mark), "%s/mark", directory);
	privilege = (struct privilege){.uid = geteuid(), .gid = getegid()};
	if (geteuid() == 0)
		privilege = (struct privilege){.uid = 65534, .gid = 65534, .separate = true};
	sigemptyset(&signals);
	commands =
		(struct commands){.privilege = &privilege, .signals = &signals, .log = say_nothing};
	test_words();
	test_run();
	test_limits();
	unlink(script);
	unlink(mark);
	rmdir(directory);
	return tap_done();
}
