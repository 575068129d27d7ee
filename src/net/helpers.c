/* SPDX-License-Identifier: MIT */
/*
 * Starts mif-fetch and mif-nss. The program is another one, so that nothing of the daemon is in its
 * memory and no library of its is in the daemon's; it gets a socket, what the configuration says to it,
 * no environment, and no privilege.
 */
#include "net/helpers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* Only the socket, as the standard input, and where complaints go. */
static int descriptors_keep(int fd)
{
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return -errno;
	return syscall(SYS_close_range, 3U, ~0U, 0U) < 0 ? -errno : 0;
}

__attribute__((noreturn)) static void helper_run(
	const struct helpers *helpers, int fd, pid_t parent)
{
	char *const arguments[] = {
		(char *)(uintptr_t)helpers->path, (char *)(uintptr_t)helpers->argument, NULL};
	char *const environment[] = {NULL};
	int r = privilege_drop(helpers->privilege);

	/* A change of user clears this, so it comes after; the parent may be dead already. */
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		r = -errno;
	if (getppid() != parent)
		_exit(0);
	if (r == 0)
		r = descriptors_keep(fd);
	if (r == 0 && sigprocmask(SIG_SETMASK, helpers->signals, NULL) < 0)
		r = -errno;
	signal(SIGPIPE, SIG_DFL); /* what is ignored stays so over an exec */
	if (r == 0) {
		execve(helpers->path, arguments, environment);
		r = -errno;
	}
	helpers->log(LOG_ERR, "%s: %s", helpers->path, strerror(-r));
	_exit(1);
}

static struct helper *helper_place(struct helpers *helpers)
{
	for (size_t i = 0; i < HELPERS; i++) {
		if (helpers->running[i].pid == 0)
			return &helpers->running[i];
	}
	return NULL;
}

int helpers_start(struct helpers *helpers, int *passed)
{
	struct helper *helper = helper_place(helpers);
	uint64_t now = clock_boottime(), *oldest = &helpers->started[helpers->oldest];
	pid_t parent = getpid();
	int fds[2];

	if (helpers->path == NULL)
		return -EOPNOTSUPP;
	if (helper == NULL || (*oldest != 0 && now - *oldest < HELPERS_INTERVAL))
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	helper->pid = fork();
	if (helper->pid == 0)
		helper_run(helpers, fds[1], parent);
	close(fds[1]);
	if (helper->pid < 0) {
		int r = -errno;

		close(fds[0]);
		helper->pid = 0;
		return r;
	}
	helper->kill_at = now + helpers->time;
	*oldest = now;
	helpers->oldest = (helpers->oldest + 1) % helpers->burst;
	*passed = fds[0];
	return 0;
}

static void helper_died(const struct helpers *helpers, const struct helper *helper, int status)
{
	if (!WIFSIGNALED(status) || helper->kill_at == TIME_FOREVER)
		return;
	if (WTERMSIG(status) == SIGSYS)
		helpers->log(LOG_ERR,
			"%s made a system call that its filter forbids, and was killed",
			helpers->name);
	else
		helpers->log(LOG_WARNING, "%s was killed by signal %d (%s)", helpers->name,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
}

void helpers_reap(struct helpers *helpers)
{
	for (size_t i = 0; i < HELPERS; i++) {
		struct helper *helper = &helpers->running[i];
		int status;

		if (helper->pid == 0 || waitpid(helper->pid, &status, WNOHANG) != helper->pid)
			continue;
		helper_died(helpers, helper, status);
		helper->pid = 0;
	}
}

void helpers_pass_time(struct helpers *helpers, uint64_t now)
{
	for (size_t i = 0; i < HELPERS; i++) {
		struct helper *helper = &helpers->running[i];

		if (helper->pid == 0 || helper->kill_at > now)
			continue;
		kill(helper->pid, SIGKILL);
		helper->kill_at = TIME_FOREVER;
	}
}

uint64_t helpers_deadline(const struct helpers *helpers)
{
	uint64_t deadline = TIME_FOREVER;

	for (size_t i = 0; i < HELPERS; i++) {
		if (helpers->running[i].pid != 0)
			deadline = MIN(deadline, helpers->running[i].kill_at);
	}
	return deadline;
}

void helpers_end(struct helpers *helpers)
{
	helpers_pass_time(helpers, TIME_FOREVER - 1);
	for (size_t i = 0; i < HELPERS; i++) {
		if (helpers->running[i].pid != 0)
			waitpid(helpers->running[i].pid, NULL, 0);
		helpers->running[i].pid = 0;
	}
}
