/* SPDX-License-Identifier: MIT */
/* Processes that fetch, played by a shell script: what they get, and how many there may be. */
#include "net/fetchers.h"

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

static char script[] = "/tmp/mif-fetchers-XXXXXX";
static struct privilege privilege;
static sigset_t signals;
static unsigned int complaints;

__attribute__((format(printf, 2, 3))) static void count_complaint(
	int level, const char *format, ...)
{
	(void)level, (void)format;
	complaints++;
}

static struct fetchers begin(const char *path)
{
	return (struct fetchers){.path = path,
		.authorities = "/some/authorities",
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
static void await_end(struct fetchers *fetchers)
{
	while (fetchers_deadline(fetchers) != TIME_FOREVER || fetchers->running[0].pid != 0) {
		fetchers_reap(fetchers);
		usleep(1000);
	}
}

static void test_one(void)
{
	struct fetchers fetchers = begin(script);
	char text[256], expected[256];
	int fd = -1, other = dup2(STDERR_FILENO, 77);

	script_write(
		"#!/bin/sh\n"
		"set -- \"$@\" \"$(grep CapEff /proc/self/status)\" \"$HOME\" $(ls /proc/$$/fd)\n"
		"echo \"$*\" >&0\n"
		"read line && exit 0\n");
	setenv("HOME", "/somewhere", 1);
	ok(fetchers_start(&fetchers, &fd) == 0 && fd >= 0, "a process is started");
	snprintf(expected, sizeof(expected), "/some/authorities CapEff:\t0000000000000000  0 1 ");
	hear(fd, text);
	if (!ok(strncmp(text, expected, strlen(expected)) == 0 && strstr(text, " 77") == NULL,
		    "with the authorities, without capability, environment or our descriptors"))
		printf("# %s", text);
	fetchers_reap(&fetchers);
	ok(fetchers.running[0].pid != 0, "it runs");
	close(fd);
	await_end(&fetchers);
	ok(fetchers.running[0].pid == 0 && complaints == 0,
		"and ends when it is of no more interest");
	close(other);
}

static void test_missing(void)
{
	struct fetchers fetchers = begin("/nonexistent");
	char text[256];
	int fd = -1;

	ok(fetchers_start(&fetchers, &fd) == 0, "a program that is not there");
	ok(*hear(fd, text) == '\0', "ends at once");
	close(fd);
	await_end(&fetchers);
	fetchers.path = NULL;
	ok(fetchers_start(&fetchers, &fd) == -EOPNOTSUPP, "none is configured");
}

static void test_limits(void)
{
	struct fetchers fetchers = begin(script);
	int fds[FETCHERS + 1];
	uint64_t deadline;

	script_write("#!/bin/sh\nexec sleep 1000\n");
	for (size_t i = 0; i < FETCHERS; i++) {
		if (fetchers_start(&fetchers, &fds[i]) != 0)
			abort();
	}
	ok(fetchers_start(&fetchers, &fds[FETCHERS]) == -EAGAIN, "no more than four at a time");
	deadline = fetchers_deadline(&fetchers);
	ok(deadline > clock_boottime() && deadline <= clock_boottime() + FETCHERS_TIME,
		"each has its time");
	fetchers_pass_time(&fetchers, deadline);
	while (fetchers.running[0].pid != 0) {
		fetchers_reap(&fetchers);
		usleep(1000);
	}
	ok(fetchers.running[1].pid != 0 && complaints == 0, "and is killed when that is over");
	ok(fetchers_start(&fetchers, &fds[FETCHERS]) == 0, "which makes room for the next");
	close(fds[FETCHERS]);
	kill(fetchers.running[0].pid, SIGKILL);
	while (fetchers.running[0].pid != 0) {
		fetchers_reap(&fetchers);
		usleep(1000);
	}
	ok(complaints == 1, "one that is killed by somebody else is told of");
	for (size_t i = 0; i < FETCHERS_BURST; i++)
		fetchers.started[i] = clock_boottime();
	ok(fetchers_start(&fetchers, &fds[FETCHERS]) == -EAGAIN,
		"too many in a short time are refused");
	fetchers.started[fetchers.oldest] -= FETCHERS_INTERVAL;
	ok(fetchers_start(&fetchers, &fds[FETCHERS]) == 0, "until the first of them was long ago");
	fetchers_end(&fetchers);
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
