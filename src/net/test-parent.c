/* SPDX-License-Identifier: MIT */
/* The parent with engines that misbehave, each in processes of its own. */
#include "net/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "net/verb.h"
#include "tap.h"

static char directory[] = "/tmp/dmw-XXXXXX", path[64], log_path[64];

/* ---- a parent in a child, and what it logs ---- */

__attribute__((format(printf, 2, 3))) static void log_line(int level, const char *format, ...)
{
	va_list arguments;

	dprintf(STDERR_FILENO, "<%d>", level);
	va_start(arguments, format);
	vdprintf(STDERR_FILENO, format, arguments);
	va_end(arguments);
	dprintf(STDERR_FILENO, "\n");
}

/* So that a test that hangs leaves nobody behind. */
static pid_t running;

static void give_up(int signal)
{
	(void)signal;
	if (running > 0)
		kill(running, SIGKILL);
	_exit(1);
}

static pid_t parent_start(void (*engine)(void *, int, int))
{
	pid_t pid;

	unlink(log_path);
	pid = fork();
	running = pid;
	if (pid == 0) {
		const struct parent_options options = {
			.socket = path,
			.access = {.mode = 0666, .group = (gid_t)-1},
			.delay = NSEC_PER_MSEC,
			.engine = engine,
			.log = log_line,
		};
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		signal(SIGALRM, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		dup2(fd, STDERR_FILENO);
		_exit(parent_run(&options));
	}
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	running = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* How often the log says this. */
static unsigned int logged(const char *text)
{
	char line[512];
	unsigned int count = 0;
	FILE *file = fopen(log_path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return count;
}

static bool comes(const char *text, unsigned int count)
{
	for (int i = 0; i < 2000 && logged(text) < count; i++)
		usleep(5000);
	return logged(text) >= count;
}

/* ---- engines ---- */

static void engine_good(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	verb_send(verb_fd, VERB_READY);
	pause();
}

static void engine_dies(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	verb_send(verb_fd, VERB_READY);
}

static void engine_stubborn(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	signal(SIGTERM, SIG_IGN);
	verb_send(verb_fd, VERB_READY);
	for (;;)
		pause();
}

static void say(int verb_fd, const void *octets, size_t size)
{
	send(verb_fd, octets, size, MSG_NOSIGNAL);
	pause();
}

static void engine_unknown_verb(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	say(verb_fd, &(struct verb){.type = 2}, sizeof(struct verb));
}

static void engine_short_verb(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	say(verb_fd, &(struct verb){.type = VERB_READY}, sizeof(struct verb) - 1);
}

static void engine_long_verb(void *context, int listen_fd, int verb_fd)
{
	struct verb verbs[2] = {{.type = VERB_READY}};

	(void)context;
	(void)listen_fd;
	say(verb_fd, verbs, sizeof(verbs));
}

/* ---- */

static void test_life(void)
{
	pid_t pid = parent_start(engine_good);

	ok(comes("ready", 1), "an engine that says READY is taken to be ready");
	kill(pid, SIGHUP);
	ok(comes("ready", 2), "SIGHUP starts another one");
	ok(logged("killed") == 0, "without a complaint");
	kill(pid, SIGTERM);
	ok(ended(pid) == 0, "SIGTERM ends it well");
	ok(access(path, F_OK) < 0, "and removes the socket");

	pid = parent_start(engine_stubborn);
	comes("ready", 1);
	kill(pid, SIGINT);
	ok(ended(pid) == 0, "an engine that does not obey is killed");

	pid = parent_start(engine_dies);
	ok(ended(pid) == 1 && logged("ready") == PARENT_DEATHS,
		"an engine that dies %d times in a row is given up", PARENT_DEATHS);
	ok(logged("giving up") == 1 && access(path, F_OK) < 0, "with a word, without a socket");
}

static void test_verbs(void)
{
	static const struct {
		void (*engine)(void *, int, int);
		const char *name;
	} rows[] = {
		{engine_unknown_verb, "unknown"},
		{engine_short_verb, "too short"},
		{engine_long_verb, "too long"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t pid = parent_start(rows[i].engine);

		ok(comes("no verb", 2) && logged("ready") == 0,
			"a verb that is %s: the engine is killed, another one started",
			rows[i].name);
		kill(pid, SIGTERM);
		ok(ended(pid) == 0, "and ended in the end");
	}
}

int main(void)
{
	if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/run/socket", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	signal(SIGALRM, give_up);
	signal(SIGTERM, give_up);
	alarm(60);
	test_life();
	test_verbs();
	unlink(log_path);
	snprintf(path, sizeof(path), "%s/run", directory);
	rmdir(path);
	ok(rmdir(directory) == 0, "nothing is left behind");
	return tap_done();
}
