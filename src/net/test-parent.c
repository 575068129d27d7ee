/* SPDX-License-Identifier: MIT */
/* The parent with engines that misbehave, each in processes of its own. */
#include "net/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
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

static bool says(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Root of a user namespace that has no other user, as of unshare -Ur. */
static bool be_root_alone(void)
{
	unsigned int uid = geteuid(), gid = getegid();
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %u 1", uid);
	snprintf(groups, sizeof(groups), "0 %u 1", gid);
	return unshare(CLONE_NEWUSER) == 0 && says("/proc/self/setgroups", "deny") &&
		says("/proc/self/uid_map", users) && says("/proc/self/gid_map", groups);
}

#define CANNOT 77 /* how a child ends that is not let have a user namespace */

static bool alone; /* the next parent is in such a namespace */

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
			.user = alone ? "1234" : NULL,
			.engine = engine,
			.log = log_line,
		};
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		signal(SIGALRM, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		dup2(fd, STDERR_FILENO);
		if (alone && !be_root_alone())
			_exit(CANNOT);
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
	for (int i = 0; i < 4000 && logged(text) < count; i++)
		usleep(5000);
	return logged(text) >= count;
}

/* ---- engines ---- */

static void engine_good(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	verb_say(verb_fd, VERB_READY);
	pause();
}

static void engine_dies(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	verb_say(verb_fd, VERB_READY);
}

static void engine_stubborn(void *context, int listen_fd, int verb_fd)
{
	(void)context;
	(void)listen_fd;
	signal(SIGTERM, SIG_IGN);
	verb_say(verb_fd, VERB_READY);
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
	say(verb_fd, &(struct verb){.type = 9999}, sizeof(struct verb));
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

/* More than its type takes. */
static void engine_wordy_verb(void *context, int listen_fd, int verb_fd)
{
	struct verb verb = {.type = VERB_READY};

	(void)context;
	(void)listen_fd;
	verb.as.octets[sizeof(verb.as.octets) - 1] = 1;
	say(verb_fd, &verb, sizeof(verb));
}

/* Well formed, and nonsense: refused, and the engine lives. */
static void engine_refused(void *context, int listen_fd, int verb_fd)
{
	struct verb verb = {.type = VERB_READY, .serial = 7, .as.ready.reserved = 1};
	struct verb_answer answer = {0};
	struct pollfd readable = {.fd = verb_fd, .events = POLLIN};
	int passed;

	(void)context;
	(void)listen_fd;
	verb_send(verb_fd, &verb);
	poll(&readable, 1, 20000);
	if (verb_answer_receive(verb_fd, &answer, &passed) == 1 && answer.type == VERB_READY &&
		answer.serial == 7 && answer.result == -EINVAL && passed == -1)
		verb_say(verb_fd, VERB_READY);
	pause();
}

/* It never reads an answer. */
static void engine_deaf(void *context, int listen_fd, int verb_fd)
{
	const struct verb verb = {.type = VERB_READY, .as.ready.reserved = 1};

	(void)context;
	(void)listen_fd;
	for (;;) {
		struct pollfd writable = {.fd = verb_fd, .events = POLLOUT};

		if (verb_send(verb_fd, &verb) < 0)
			poll(&writable, 1, 1000);
	}
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

/* Whoever reads the log must learn which step failed, why, and what would help. */
static void test_alone(void)
{
	static const char description[] =
		"root of a user namespace that has no user for the engine: it ends, and says why";
	int end;

	alone = true;
	end = ended(parent_start(engine_good));
	alone = false;
	if (end == CANNOT) {
		tap_skip(description, "no user namespaces");
		return;
	}
	ok(end == 1 && logged("privilege cannot be given up: setgroups: Operation not permitted"),
		"%s", description);
	ok(logged("user 1234 is not mapped in this user namespace") == 1 &&
			logged("start mifd as an ordinary user") == 1 &&
			logged("\"user\" in mifd.conf") == 1,
		"and what helps");
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
		{engine_wordy_verb, "more than it may say"},
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

static void test_refused(void)
{
	pid_t pid = parent_start(engine_refused);

	ok(comes("ready", 1) && logged("refused: ready: Invalid argument (1 so far)") == 1,
		"a verb whose values make no sense is answered with an errno, and counted");
	ok(logged("killed") == 0, "and its engine lives");
	kill(pid, SIGTERM);
	ended(pid);
	pid = parent_start(engine_deaf);
	ok(comes("does not read its answers", 2),
		"an engine that does not read its answers is killed, the parent never waits for "
		"it");
	kill(pid, SIGTERM);
	ok(ended(pid) == 0, "and ended in the end");
}

/* The answers wait in the order of the verbs, with what was passed. */
static void test_answers(void)
{
	const struct verb verbs[] = {
		{.type = VERB_READY, .serial = 1}, {.type = VERB_READY, .serial = 2}};
	struct verb_answer answer;
	int fds[2], passed = -1;
	struct stat null, got;
	struct verb verb;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return;
	ok(verb_receive(fds[0], &verb, &passed) == 0 &&
			verb_answer_receive(fds[1], &answer, &passed) == 0,
		"nobody waits for the other end");
	verb_send(fds[1], &verbs[0]);
	verb_send(fds[1], &verbs[1]);
	for (int i = 0; i < 2 && verb_receive(fds[0], &verb, &passed) == 1; i++)
		verb_answer_send(fds[0], &verb, -(int)verb.serial, 0, i == 0 ? fd : -1);
	ok(verb_answer_receive(fds[1], &answer, &passed) == 1 && answer.serial == 1 &&
			answer.result == -1 && fstat(passed, &got) == 0 && fstat(fd, &null) == 0 &&
			got.st_ino == null.st_ino && (fcntl(passed, F_GETFD) & FD_CLOEXEC) != 0,
		"an answer has its verb's serial, and a descriptor comes with it");
	close_fd(passed);
	ok(verb_answer_receive(fds[1], &answer, &passed) == 1 && answer.serial == 2 &&
			answer.result == -2 && passed == -1,
		"the next one has none");
	close(fds[0]);
	ok(verb_answer_receive(fds[1], &answer, &passed) == -EPIPE, "the parent's end is noticed");
	close(fds[1]);
	close(fd);
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
	test_alone();
	test_verbs();
	test_refused();
	test_answers();
	unlink(log_path);
	snprintf(path, sizeof(path), "%s/run", directory);
	rmdir(path);
	ok(rmdir(directory) == 0, "nothing is left behind");
	return tap_done();
}
