/* SPDX-License-Identifier: MIT */
/*
 * Starts mif-fetch. The program is another one, so that nothing of the daemon is in its memory and no
 * library of its is in the daemon's; it gets a socket, the place of the certificates, no environment,
 * and no privilege.
 */
#include "net/fetchers.h"

#include <errno.h>
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

__attribute__((noreturn)) static void fetcher_run(
	const struct fetchers *fetchers, int fd, pid_t parent)
{
	char *const arguments[] = {
		(char *)(uintptr_t)fetchers->path, (char *)(uintptr_t)fetchers->authorities, NULL};
	char *const environment[] = {NULL};
	int r = privilege_drop(fetchers->privilege);

	/* A change of user clears this, so it comes after; the parent may be dead already. */
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		r = -errno;
	if (getppid() != parent)
		_exit(0);
	if (r == 0)
		r = descriptors_keep(fd);
	if (r == 0 && sigprocmask(SIG_SETMASK, fetchers->signals, NULL) < 0)
		r = -errno;
	if (r == 0) {
		execve(fetchers->path, arguments, environment);
		r = -errno;
	}
	fetchers->log(LOG_ERR, "%s: %s", fetchers->path, strerror(-r));
	_exit(1);
}

static struct fetcher *fetcher_place(struct fetchers *fetchers)
{
	for (size_t i = 0; i < FETCHERS; i++) {
		if (fetchers->running[i].pid == 0)
			return &fetchers->running[i];
	}
	return NULL;
}

int fetchers_start(struct fetchers *fetchers, int *passed)
{
	struct fetcher *fetcher = fetcher_place(fetchers);
	uint64_t now = clock_boottime(), *oldest = &fetchers->started[fetchers->oldest];
	pid_t parent = getpid();
	int fds[2];

	if (fetchers->path == NULL)
		return -EOPNOTSUPP;
	if (fetcher == NULL || (*oldest != 0 && now - *oldest < FETCHERS_INTERVAL))
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	fetcher->pid = fork();
	if (fetcher->pid == 0)
		fetcher_run(fetchers, fds[1], parent);
	close(fds[1]);
	if (fetcher->pid < 0) {
		int r = -errno;

		close(fds[0]);
		fetcher->pid = 0;
		return r;
	}
	fetcher->kill_at = now + FETCHERS_TIME;
	*oldest = now;
	fetchers->oldest = (fetchers->oldest + 1) % FETCHERS_BURST;
	*passed = fds[0];
	return 0;
}

static void fetcher_died(const struct fetchers *fetchers, const struct fetcher *fetcher, int status)
{
	if (!WIFSIGNALED(status) || fetcher->kill_at == TIME_FOREVER)
		return;
	if (WTERMSIG(status) == SIGSYS)
		fetchers->log(LOG_ERR,
			"mif-fetch made a system call that its filter forbids, and was killed");
	else
		fetchers->log(LOG_WARNING, "mif-fetch was killed by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
}

void fetchers_reap(struct fetchers *fetchers)
{
	for (size_t i = 0; i < FETCHERS; i++) {
		struct fetcher *fetcher = &fetchers->running[i];
		int status;

		if (fetcher->pid == 0 || waitpid(fetcher->pid, &status, WNOHANG) != fetcher->pid)
			continue;
		fetcher_died(fetchers, fetcher, status);
		fetcher->pid = 0;
	}
}

void fetchers_pass_time(struct fetchers *fetchers, uint64_t now)
{
	for (size_t i = 0; i < FETCHERS; i++) {
		struct fetcher *fetcher = &fetchers->running[i];

		if (fetcher->pid == 0 || fetcher->kill_at > now)
			continue;
		kill(fetcher->pid, SIGKILL);
		fetcher->kill_at = TIME_FOREVER;
	}
}

uint64_t fetchers_deadline(const struct fetchers *fetchers)
{
	uint64_t deadline = TIME_FOREVER;

	for (size_t i = 0; i < FETCHERS; i++) {
		if (fetchers->running[i].pid != 0)
			deadline = MIN(deadline, fetchers->running[i].kill_at);
	}
	return deadline;
}

void fetchers_end(struct fetchers *fetchers)
{
	fetchers_pass_time(fetchers, TIME_FOREVER - 1);
	for (size_t i = 0; i < FETCHERS; i++) {
		if (fetchers->running[i].pid != 0)
			waitpid(fetchers->running[i].pid, NULL, 0);
		fetchers->running[i].pid = 0;
	}
}
