/* SPDX-License-Identifier: MIT */
/* The cage of paths, entered by a process of its own for each question, which owns every file in it:
 * what is refused is refused to the owner. */
#include "net/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sanitized.h"
#include "net/sandbox.h"
#include "tap.h"

static char directory[] = "/tmp/dmw-XXXXXX";
static int version;

static void file_write(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("# %s: %s\n", path, strerror(errno));
}

/* 0, or the errno. */
static int reads(const char *path)
{
	char octet;
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, &octet, 1) < 0 ? errno : 0;
}

static int lists(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

/* What comes out of it in a process that may read these two, and no more; 99: no such cage. */
static int caged(
	const char *one, const char *other, int (*question)(const char *), const char *argument)
{
	struct landlock *landlock;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock_new(&landlock) < 0 ||
			landlock_allow(landlock, one) < 0 ||
			(other != NULL && landlock_allow(landlock, other) < 0) ||
			landlock_enter(landlock) < 0)
			_exit(99);
		landlock_free(landlock);
		_exit(question(argument));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_files(void)
{
	ok(caged("etc/hosts", NULL, reads, "etc/hosts") == 0, "what a source reads is read");
	ok(caged("etc/hosts", NULL, reads, "secret/key") == EACCES,
		"another file is refused to its very owner");
	ok(caged("etc/hosts", "secret/", reads, "secret/deep/key") == 0 &&
			caged("etc/hosts", "secret/", lists, "secret/deep") == 0,
		"a directory is read with all below it");
	ok(caged("etc/hosts", NULL, reads, "etc/link") == EACCES,
		"a link leads to no place that is not allowed");
	ok(caged("etc/link", NULL, reads, "secret/key") == 0,
		"where a source's own link leads to is allowed");
	ok(caged("etc/hosts", NULL, reads, "/proc/self/environ") == EACCES &&
			caged("etc/hosts", NULL, reads, "/etc/passwd") == EACCES,
		"neither its own secrets in /proc nor the system's files are there any more");
}

/* Once the files have changed. */
static int replaced(const char *path)
{
	for (int i = 0; i < 2000 && access("etc/done", F_OK) < 0; i++)
		usleep(10000);
	return reads(path);
}

/* A process beside the caged one replaces and makes files. */
static int caged_meanwhile(const char *allowed, const char *path)
{
	pid_t pid = fork();
	int r;

	if (pid == 0) {
		usleep(100000);
		mkdir("run/later", 0700);
		file_write("run/later/lease", "lease");
		file_write("etc/new", "127.0.0.1 new");
		rename("etc/new", "etc/hosts");
		file_write("etc/done", "!");
		_exit(0);
	}
	r = caged(allowed, NULL, replaced, path);
	waitpid(pid, NULL, 0);
	unlink("etc/done");
	unlink("run/later/lease");
	rmdir("run/later");
	return r;
}

static void test_later(void)
{
	ok(caged_meanwhile("etc/hosts", "etc/hosts") == 0, "a file that is replaced is read on");
	ok(caged_meanwhile("run/later/lease", "run/later/lease") == 0 &&
			caged_meanwhile("run/later/", "run/later/lease") == 0,
		"so is one whose directory did not exist");
	ok(caged_meanwhile("etc/hosts", "run/later/lease") == EACCES, "where a source looks there");
}

static int allows(const char *path)
{
	struct landlock *landlock;
	int r = landlock_new(&landlock);

	if (r == 0)
		r = landlock_allow(landlock, path);
	landlock_free(landlock);
	return r;
}

static void test_root(void)
{
	char name[PATH_MAX];

	ok(allows("/") == -EINVAL && allows("//") == -EINVAL && allows("/etc/../") == -EINVAL,
		"the root is not allowed, by whatever name");
	ok(caged("/none", "/none/none", reads, "secret/key") == EACCES &&
			caged("/etc/../none", NULL, reads, "secret/key") == EACCES,
		"nor by a file in it that does not exist");
	ok(caged("/dev/null", NULL, reads, "/dev/zero") == EACCES &&
			caged("/dev/null", NULL, reads, "/dev/null") == 0,
		"a device brings none of its neighbours");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ok(allows(name) == -EINVAL && allows("") == -EINVAL, "a path that is none is refused");
}

static int writes(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 || errno != EACCES)
		return 1;
	if (mkdir("etc/new", 0700) == 0 || errno != EACCES || unlink(path) == 0 || errno != EACCES)
		return 2;
	return rename(path, "etc/other") == 0 || errno != EACCES ? 3 : 0;
}

static int empties(const char *path)
{
	return truncate(path, 0) < 0 ? errno : 0;
}

static int takes_port(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
}

static int abstract_open(bool to_listen)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		(size_t)snprintf(
			address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", directory));
	if (to_listen ? bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 4) < 0
		      : connect(fd, (struct sockaddr *)&address, size) < 0)
		return close_fd(fd);
	return fd;
}

static int calls_abstract(const char *argument)
{
	(void)argument;
	return abstract_open(false) < 0 ? errno : 0;
}

static int signals(const char *argument)
{
	(void)argument;
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static void test_rest(void)
{
	int fd = abstract_open(true);

	ok(caged("etc/hosts", NULL, writes, "etc/hosts") == 0,
		"nothing is written, made, renamed or removed, not even what may be read");
	if (version >= 3)
		ok(caged("etc/hosts", NULL, empties, "etc/hosts") == EACCES,
			"nor is it emptied by its name");
	else
		tap_skip("nor is it emptied", "Landlock before version 3");
	if (version >= 4)
		ok(caged("etc/hosts", NULL, takes_port, "8053") == EACCES &&
				caged("etc/hosts", NULL, takes_port, "0") == 0,
			"no TCP port is taken, but for one of the kernel's choice");
	else
		tap_skip("no TCP port is taken", "Landlock before version 4");
	if (version >= 6)
		ok(caged("etc/hosts", NULL, calls_abstract, NULL) == EPERM &&
				caged("etc/hosts", NULL, signals, NULL) == EPERM,
			"neither abstract sockets nor signals reach outside");
	else
		tap_skip("neither abstract sockets nor signals", "Landlock before version 6");
	close_fd(fd);
}

static void clean_up(void)
{
	static const char *const files[] = {
		"etc/hosts", "etc/link", "secret/key", "secret/deep/key"};
	static const char *const directories[] = {"secret/deep", "secret", "etc", "run"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlink(files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		rmdir(directories[i]);
	ok(rmdir(directory) == 0, "nothing is left behind");
}

static int enters(const char *argument)
{
	(void)argument;
	return 0;
}

int main(void)
{
	struct landlock *landlock;
	int r = landlock_new(&landlock);

	if (r < 0 || SANITIZED) {
		tap_skip("Landlock", r < 0 ? strerror(-r) : "built with a sanitizer");
		if (r == 0)
			landlock_free(landlock);
		return tap_done();
	}
	landlock_free(landlock);
	if (mkdtemp(directory) == NULL || chdir(directory) < 0)
		return 1;
	mkdir("etc", 0700);
	mkdir("run", 0700);
	mkdir("secret", 0700);
	mkdir("secret/deep", 0700);
	file_write("etc/hosts", "127.0.0.1 localhost");
	file_write("secret/key", "key");
	file_write("secret/deep/key", "key");
	if (symlink("../secret/key", "etc/link") < 0)
		return 1;
	version =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	ok(caged("etc/hosts", NULL, enters, NULL) == 0, "the cage is closed (version %d)", version);
	test_files();
	test_later();
	test_root();
	test_rest();
	clean_up();
	return tap_done();
}
