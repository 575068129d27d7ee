/* SPDX-License-Identifier: MIT */
/* What mifd is started with, and has no use for or cannot have: the shipped mifd, in networks of this test's own. */
#include "daemon/test-mifd.h"

#include <sys/resource.h>

/* Started with whatever prepare leaves of its standard descriptors and limits. */
static pid_t start(void (*change)(void))
{
	pid_t pid = fork();

	running = pid;
	if (pid == 0) {
		change();
		execl(program, "mifd", "-s", path, "-f", "/dev/null", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void close_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd);
}

/* Whether that descriptor of a process is the null device. */
static bool is_null(pid_t pid, int fd)
{
	char name[64], target[64] = "";

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)pid, fd);
	if (readlink(name, target, sizeof(target) - 1) < 0)
		return false;
	if (strcmp(target, "/dev/null") != 0)
		printf("# descriptor %d is %s\n", fd, target);
	return strcmp(target, "/dev/null") == 0;
}

static void test_closed(void)
{
	pid_t parent = start(close_standard), engine;
	int null = 0;

	ok(served(), "mifd serves without any standard descriptor");
	engine = engine_of(parent, 0);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		null += is_null(parent, fd) + is_null(engine, fd);
	ok(null == 6,
		"which are the null device then, and no socket that the log would be written to");
	ok(mifd_stop(parent) == 0, "and ends well");
}

static int log_ends[2];

static void log_nowhere(void)
{
	dup2(log_ends[1], STDERR_FILENO);
}

static void test_log_without_reader(void)
{
	pid_t parent, engine;

	if (pipe2(log_ends, O_CLOEXEC) < 0)
		abort();
	close(log_ends[0]);
	parent = start(log_nowhere);
	close(log_ends[1]);
	ok(served(), "mifd serves when nobody reads its log");
	engine = engine_of(parent, 0);
	kill(engine, SIGKILL);
	ok(engine_of(parent, engine) != 0 && served(),
		"and starts its engine again, which it would log");
	ok(mifd_stop(parent) == 0, "and ends well");
}

static struct rlimit few;

static void log_with_few(void)
{
	int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);

	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	setrlimit(RLIMIT_NOFILE, &few);
}

/* Where a descriptor is missed depends on their number. Each start ends, and says why. */
static void test_few_descriptors(void)
{
	unsigned int silent = 0, ended = 0;

	for (rlim_t count = 4; count < 12; count++) {
		struct stat status;
		int result;

		few = (struct rlimit){count, count};
		unlink(log_path);
		result = mifd_ended(start(log_with_few));
		/* 127: of the program's own libraries. */
		if (result == 127)
			continue;
		ended += result == 1;
		if (stat(log_path, &status) < 0 || (!logged("<3>") && result != 0)) {
			printf("# with %u descriptors: %d, and no error\n", (unsigned int)count,
				result);
			silent++;
		}
	}
	ok(ended > 0 && silent == 0, "with too few descriptors mifd does not start, and says so");
}

static void test_group(void)
{
	int fd = open(config_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	dprintf(fd, "[mifd]\nsocket-group = 60100\n");
	close(fd);
	ok(mifd_ended(mifd_start(NOBODY, NULL)) == 1 &&
			logged("cannot be given to group 60100: Operation not permitted"),
		"a group that only root could give the socket to is named");
}

static void test(void)
{
	test_closed();
	test_log_without_reader();
	test_few_descriptors();
	test_group();
}

int main(int argc, char **argv)
{
	return house_main(argc, argv, test);
}
