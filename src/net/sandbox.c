/* SPDX-License-Identifier: MIT */
/*
 * The engine's cage. It parses what clients and the network sent, so it gets an allow-list: read
 * files, use the sockets of rtnetlink, DNS and its clients, keep time, grow its memory. It can
 * neither start a program or a thread, nor write a file, nor signal or trace anybody, nor make
 * memory executable.
 */
#include "net/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

static const int allowed[] = {
	/* descriptors */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(dup),
	SCMP_SYS(fcntl),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_gettime),
	/* sockets: see also the rules below */
	SCMP_SYS(accept4),
	SCMP_SYS(bind),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	/* files, to be read: see also the rules below */
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_add_watch),
	SCMP_SYS(inotify_rm_watch),
	/* memory: see also the rules below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* time, and what the C library asks for */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(futex),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* the same on 32 bits */
	SCMP_SYS(_llseek),
	SCMP_SYS(fcntl64),
	SCMP_SYS(stat64),
	SCMP_SYS(lstat64),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(recvmmsg_time64),
	SCMP_SYS(timerfd_settime64),
	SCMP_SYS(timerfd_gettime64),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres_time64),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(futex_time64),
	SCMP_SYS(getuid32),
	SCMP_SYS(geteuid32),
	SCMP_SYS(getgid32),
	SCMP_SYS(getegid32),
	SCMP_SYS(send),
	SCMP_SYS(recv),
};

static const int socket_families[] = {AF_UNIX, AF_INET, AF_INET6};

static const unsigned int ioctls[] = {FIONREAD, FIONBIO, TCGETS};

static int allow_plain(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);

		/* A call that this architecture does not have. */
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
	int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition);

	return r == -EDOM ? 0 : r;
}

/* Where none of these bits of an argument is set. */
static int allow_without(scmp_filter_ctx filter, int call, unsigned int argument, int bits)
{
	return allow_if(filter, call,
		(struct scmp_arg_cmp){.arg = argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = (scmp_datum_t)bits,
			.datum_b = 0});
}

static int allow_equal(scmp_filter_ctx filter, int call, unsigned int argument, uint64_t value)
{
	return allow_if(filter, call,
		(struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value});
}

/* Of the protocols of netlink the one about links, addresses and routes. */
static int allow_sockets(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp netlink[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_NETLINK},
		{.arg = 2, .op = SCMP_CMP_EQ, .datum_a = NETLINK_ROUTE},
	};
	int r = seccomp_rule_add_array(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), ARRAY_SIZE(netlink), netlink);

	if (r == -EDOM)
		r = 0;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(socket_families); i++)
		r = allow_equal(filter, SCMP_SYS(socket), 0, (unsigned int)socket_families[i]);
	return r;
}

/* Those of sockets (0x89..), and what a C library asks of any descriptor. */
static int allow_ioctls(scmp_filter_ctx filter)
{
	int r = allow_if(filter, SCMP_SYS(ioctl),
		(struct scmp_arg_cmp){.arg = 1,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = 0xffffff00,
			.datum_b = 0x8900});

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ioctls); i++)
		r = allow_equal(filter, SCMP_SYS(ioctl), 1, ioctls[i]);
	return r;
}

/* To open for reading, and files that exist; memory that is not executable. */
static int allow_partly(scmp_filter_ctx filter)
{
	const int writing = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
	int r = allow_without(filter, SCMP_SYS(openat), 2, writing);

	if (r == 0)
		r = allow_without(filter, SCMP_SYS(open), 1, writing);
	if (r == 0)
		r = allow_without(filter, SCMP_SYS(mmap), 2, PROT_EXEC);
	if (r == 0)
		r = allow_without(filter, SCMP_SYS(mmap2), 2, PROT_EXEC);
	if (r == 0)
		r = allow_without(filter, SCMP_SYS(mprotect), 2, PROT_EXEC);
	return r;
}

/* Only what signal-safety(7) allows: the call may have come from anywhere. */
static void forbidden(int signal, siginfo_t *info, void *context)
{
	static const char text[] = "<3>mifd: the engine made a forbidden system call: ";
	char line[sizeof(text) + 12];
	size_t at = sizeof(line);
	unsigned int number = (unsigned int)info->si_syscall;

	(void)signal;
	(void)context;
	line[--at] = '\n';
	do {
		line[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0 && at > sizeof(text));
	at -= sizeof(text) - 1;
	memcpy(line + at, text, sizeof(text) - 1);
	if (write(STDERR_FILENO, line + at, sizeof(line) - at) < 0)
		_exit(1);
	_exit(1);
}

static int filter_load(bool tell)
{
	const struct sigaction action = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO};
	scmp_filter_ctx filter = seccomp_init(tell ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS);
	int r;

	if (filter == NULL)
		return -ENOMEM;
	if (tell && sigaction(SIGSYS, &action, NULL) < 0)
		r = -errno;
	else
		r = allow_plain(filter);
	if (r == 0)
		r = allow_sockets(filter);
	if (r == 0)
		r = allow_ioctls(filter);
	if (r == 0)
		r = allow_partly(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int sandbox_enter(bool tell)
{
	const struct rlimit none = {0, 0}, memory = {SANDBOX_MEMORY, SANDBOX_MEMORY};

	/* What the filter forbids as well, for kernels without it. */
	if (setrlimit(RLIMIT_NPROC, &none) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
		setrlimit(RLIMIT_DATA, &memory) < 0)
		return -errno;
	return filter_load(tell);
}
