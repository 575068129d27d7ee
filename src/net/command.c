/* SPDX-License-Identifier: MIT */
/*
 * Starts the commands of links. A command has the environment of nobody, its link's name, and no
 * descriptor but where complaints go; with its children it is a process group, which is killed when it
 * takes too long.
 */
#include "net/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

int command_parse(const char *line, char words[COMMAND_SIZE])
{
	size_t used = 0, count = 0;

	if (line[0] != '/')
		return -EINVAL;
	while (*(line += strspn(line, " \t")) != '\0') {
		size_t length = strcspn(line, " \t");

		if (used + length + 2 > COMMAND_SIZE || ++count > COMMAND_WORDS)
			return -EINVAL;
		memcpy(words + used, line, length);
		used += length;
		words[used++] = '\0';
		line += length;
	}
	words[used] = '\0';
	return 0;
}

static void words_point(const char *words, char *arguments[COMMAND_WORDS + 1])
{
	size_t count = 0;

	for (; *words != '\0' && count < COMMAND_WORDS; words += strlen(words) + 1)
		arguments[count++] = (char *)(uintptr_t)words;
	arguments[count] = NULL;
}

static int descriptors_keep(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return -errno;
	return syscall(SYS_close_range, 3U, ~0U, 0U) < 0 ? -errno : 0;
}

__attribute__((noreturn)) static void command_run(
	const struct commands *commands, const char *words, const struct verb_link *link)
{
	char name[32 + VERB_LINK_NAME];
	char path[] = PATH;
	char *const environment[] = {path, name, NULL};
	char *arguments[COMMAND_WORDS + 1];
	int r = privilege_drop(commands->privilege);

	snprintf(name, sizeof(name), "MIF_INTERFACE=%.*s", VERB_LINK_NAME - 1, link->name);
	words_point(words, arguments);
	if (r == 0 && setpgid(0, 0) < 0)
		r = -errno;
	if (r == 0)
		r = descriptors_keep();
	if (r == 0 && sigprocmask(SIG_SETMASK, commands->signals, NULL) < 0)
		r = -errno;
	signal(SIGPIPE, SIG_DFL); /* what is ignored stays so over an exec */
	if (r == 0) {
		execve(arguments[0], arguments, environment);
		r = -errno;
	}
	commands->log(LOG_ERR, "%s: %s", arguments[0], strerror(-r));
	_exit(127);
}

static struct command *place_find(struct commands *commands, const struct verb *verb)
{
	struct command *place = NULL;

	for (size_t i = 0; i < COMMANDS; i++) {
		struct command *command = &commands->running[i];

		if (command->pid == 0)
			place = place == NULL ? command : place;
		else if (memcmp(command->verb.as.link_up.name, verb->as.link_up.name,
				 VERB_LINK_NAME) == 0)
			return command;
	}
	return place;
}

int commands_start(
	struct commands *commands, const char *words, const struct verb *verb, pid_t engine)
{
	struct command *place = place_find(commands, verb);
	pid_t pid;

	if (place == NULL || place->pid != 0)
		return place == NULL ? -EAGAIN : -EBUSY;
	pid = fork();
	if (pid == 0)
		command_run(commands, words, &verb->as.link_up);
	if (pid < 0)
		return -errno;
	*place = (struct command){.pid = pid,
		.engine = engine,
		.kill_at = clock_boottime() + COMMAND_TIME,
		.verb = *verb};
	return 0;
}

static int result_of(const struct commands *commands, const struct command *command, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (command->late)
		commands->log(LOG_WARNING, "the command of %.16s took too long, and was killed",
			command->verb.as.link_up.name);
	else
		commands->log(LOG_WARNING, "the command of %.16s ended with status %d",
			command->verb.as.link_up.name,
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return command->late ? -ETIMEDOUT : -ECHILD;
}

int commands_reap(struct commands *commands, struct command *command, int *result)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		struct command *running = &commands->running[i];
		int status;

		if (running->pid == 0 || waitpid(running->pid, &status, WNOHANG) != running->pid)
			continue;
		*result = result_of(commands, running, status);
		*command = *running;
		running->pid = 0;
		return 1;
	}
	return 0;
}

void commands_pass_time(struct commands *commands, uint64_t now)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		struct command *command = &commands->running[i];

		if (command->pid == 0 || command->kill_at > now)
			continue;
		/* It may not have come to have a group yet. */
		if (kill(-command->pid, SIGKILL) < 0)
			kill(command->pid, SIGKILL);
		command->late = true;
		command->kill_at = TIME_FOREVER;
	}
}

uint64_t commands_deadline(const struct commands *commands)
{
	uint64_t deadline = TIME_FOREVER;

	for (size_t i = 0; i < COMMANDS; i++) {
		if (commands->running[i].pid != 0)
			deadline = MIN(deadline, commands->running[i].kill_at);
	}
	return deadline;
}

void commands_end(struct commands *commands)
{
	commands_pass_time(commands, TIME_FOREVER - 1);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (commands->running[i].pid != 0)
			waitpid(commands->running[i].pid, NULL, 0);
		commands->running[i].pid = 0;
	}
}
