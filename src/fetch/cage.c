/* SPDX-License-Identifier: MIT */
/*
 * The fetcher's cage. TLS and HTTP are large, and both ends of the connection may be an attacker's:
 * so this process has one user's rights to nothing. It can open a TCP connection and talk on what it
 * has; it has no file, starts nothing, and cannot see anybody.
 */
#include "fetch/cage.h"

#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "fetch/exchange.h"
#include "helper/helper.h"

static const int allowed[] = {
	/* descriptors */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	SCMP_SYS(ioctl),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	/* sockets: see also the rules below. libcurl wakes itself through the pairs. */
	SCMP_SYS(bind),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(recv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(send),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2),
	/* memory: see also the rules below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* time, and what the libraries ask for */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What libraries try, and do without. */
static const int absent[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(stat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
};

static int rule_add(scmp_filter_ctx filter, uint32_t action, int call, unsigned int count,
	const struct scmp_arg_cmp *conditions)
{
	int r = seccomp_rule_add_array(filter, action, call, count, conditions);

	/* A call that this architecture does not have. */
	return r == -EDOM ? 0 : r;
}

static int rules_plain(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(allowed); i++)
		r = rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(absent); i++)
		r = rule_add(filter, SCMP_ACT_ERRNO(EACCES), absent[i], 0, NULL);
	return r;
}

static struct scmp_arg_cmp equals(unsigned int argument, uint32_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = UINT32_MAX, .datum_b = value};
}

static struct scmp_arg_cmp masked(unsigned int argument, uint32_t mask, uint32_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

/* TCP, and pairs; memory that is not executable. */
static int rules_partly(scmp_filter_ctx filter)
{
	static const uint32_t families[] = {AF_INET, AF_INET6};
	static const int memory[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)};
	const struct scmp_arg_cmp pair = equals(0, AF_UNIX), plain = masked(2, PROT_EXEC, 0);
	int r = rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1, &pair);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(families); i++) {
		const struct scmp_arg_cmp stream[] = {
			equals(0, families[i]), masked(1, 0xf, SOCK_STREAM)};

		r = rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, stream);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(memory); i++)
		r = rule_add(filter, SCMP_ACT_ALLOW, memory[i], 1, &plain);
	return r;
}

static int filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (filter == NULL)
		return -ENOMEM;
	r = rules_plain(filter);
	if (r == 0)
		r = rules_partly(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int cage_enter(void)
{
	static const struct helper_limits limits = {.seconds = FETCH_SECONDS + 2,
		.processor_seconds = CAGE_SECONDS,
		.memory = CAGE_MEMORY};

	return helper_confine(&limits, filter_load);
}
