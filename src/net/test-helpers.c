/* SPDX-License-Identifier: MIT */
/* Processes that help, played by a shell script: what they get, and how many there may be. */
#include "net/helpers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tap.h"

static char script[] = "/tmp/mif-helpers-XXXXXX";
static struct privilege privilege;
static sigset_t signals;
static unsigned int complaints;

__attribute__((format(printf, 2, 3))) static void count_complaint(
	int level, const char *format, ...)
{
	(void)level, (void)format;
	complaints++;
}

static struct helpers begin(const char *path)
{
	return (struct helpers){.path = path,
		.name = "helper",
		.argument = "/some/authorities",
		.time = HELPERS_FETCH_TIME,
		.burst = HELPERS_FETCH_BURST,
		.privilege = &privilege,
		.signals = &signals,
		.log = count_complaint};
}

static void script_write(const char *text)
{
	FILE *file = fopen(script, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(script, 0755) < 0)
		abort();
}

/* One packet, or "": it has ended. */
static const char *hear(int fd, char text[256])
{
	ssize_t size = recv(fd, text, 255, 0);

	text[MAX(size, 0)] = '\0';
	return text;
}

/* Until it is nobody's child any more. */
static void await_end(struct helpers *helpers)
{
	while (helpers_deadline(helpers) != TIME_FOREVER || helpers->running[0].pid != 0) {
		helpers_reap(helpers);
		usleep(1000);
	}
}

static void test_one(void)
{
	struct helpers helpers = begin(script);
	char text[256], expected[256];
	int fd = -1, other = dup2(STDERR_FILENO, 77);

	script_write(
		"#!/bin/sh\n"
		"set -- \"$@\" \"$(grep CapEff /proc/self/status)\" \"$HOME\" $(ls /proc/$$/fd)\n"
		"echo \"$*\" >&0\n"
		"read line && exit 0\n");
	setenv("HOME", "/somewhere", 1);
	ok(helpers_start(&helpers, &fd) == 0 && fd >= 0, "a process is started");
	snprintf(expected, sizeof(expected), "/some/authorities CapEff:\t0000000000000000  0 1 ");
	hear(fd, text);
	if (!ok(strncmp(text, expected, strlen(expected)) == 0 && strstr(text, " 77") == NULL,
		    "with its argument, without capability, environment or our descriptors"))
		printf("# %s", text);
	helpers_reap(&helpers);
	ok(helpers.running[0].pid != 0, "it runs");
	close(fd);
	await_end(&helpers);
	ok(helpers.running[0].pid == 0 && complaints == 0,
		"and ends when it is of no more interest");
	close(other);
}

static void test_missing(void)
{
	struct helpers helpers = begin("/nonexistent");
	char text[256];
	int fd = -1;

	ok(helpers_start(&helpers, &fd) == 0, "a program that is not there");
	ok(*hear(fd, text) == '\0', "ends at once");
	close(fd);
	await_end(&helpers);
	helpers.path = NULL;
	ok(helpers_start(&helpers, &fd) == -EOPNOTSUPP, "none is configured");
}

static void test_limits(void)
{
	struct helpers helpers = begin(script);
	int fds[HELPERS + 1];
	uint64_t deadline;

	script_write("#!/bin/sh\nexec sleep 1000\n");
	for (size_t i = 0; i < HELPERS; i++) {
		if (helpers_start(&helpers, &fds[i]) != 0)
			abort();
	}
	ok(helpers_start(&helpers, &fds[HELPERS]) == -EAGAIN, "no more than four at a time");
	deadline = helpers_deadline(&helpers);
	ok(deadline > clock_boottime() && deadline <= clock_boottime() + helpers.time,
		"each has its time");
	helpers_pass_time(&helpers, deadline);
	while (helpers.running[0].pid != 0) {
		helpers_reap(&helpers);
		usleep(1000);
	}
	ok(helpers.running[1].pid != 0 && complaints == 0, "and is killed when that is over");
	ok(helpers_start(&helpers, &fds[HELPERS]) == 0, "which makes room for the next");
	close(fds[HELPERS]);
	kill(helpers.running[0].pid, SIGKILL);
	while (helpers.running[0].pid != 0) {
		helpers_reap(&helpers);
		usleep(1000);
	}
	ok(complaints == 1, "one that is killed by somebody else is told of");
	for (size_t i = 0; i < helpers.burst; i++)
		helpers.started[i] = clock_boottime();
	ok(helpers_start(&helpers, &fds[HELPERS]) == -EAGAIN,
		"too many in a short time are refused");
	helpers.started[helpers.oldest] -= HELPERS_INTERVAL;
	ok(helpers_start(&helpers, &fds[HELPERS]) == 0, "until the first of them was long ago");
	helpers_end(&helpers);
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "at the end nobody is left");
}

int main(void)
{
	int fd = mkstemp(script);

	if (fd < 0)
		abort();
	close(fd);
	sigemptyset(&signals);
	test_one();
	test_missing();
	complaints = 0;
	test_limits();
	unlink(script);
	return tap_done();
}
