/* SPDX-License-Identifier: MIT */
/*
 * Programs whose system calls are filtered, by seccomp: what the library is denied it does without, and says so.
 */
#include "test-net.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#define SET "10.1.0.2:7200,10.2.0.2:7200"

/* From now on a system call with this in an argument fails with EPERM. */
static bool deny(uint32_t call, unsigned int argument, uint32_t value)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			(uint32_t)(offsetof(struct seccomp_data, args) + argument * 8)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {ARRAY_SIZE(program), program};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* In a child, for a filter stays. */
static bool holds(bool (*what)(void))
{
	pid_t child;
	int status = -1;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		bool held = what();

		fflush(stdout);
		_exit(held ? 0 : 1);
	}
	waitpid(child, &status, 0);
	return status == 0;
}

static bool without_multipath(void)
{
	int fd, tcp = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!deny(SYS_socket, 2, IPPROTO_MPTCP))
		return false;
	fd = client(0);
	return fd == -1 && errno == EAFNOSUPPORT && connect_to(tcp, SET) == -1 &&
		errno == EAFNOSUPPORT;
}

static bool without_unix(void)
{
	int fd;

	if (!deny(SYS_socket, 0, AF_UNIX))
		return false;
	fd = client(0);
	return connect_to(fd, SET) == 1 && is(PEER(fd), "10.1.0.2:7200") &&
		option(fd, MULTIPATH_SINGLE) == MULTIPATH_SINGLE_MANAGER;
}

static bool without_info(void)
{
	int fd;

	if (!deny(SYS_getsockopt, 1, 284 /* SOL_MPTCP */))
		return false;
	fd = client(0);
	return connect_to(fd, SET) == 1 && is(PEER(fd), "10.1.0.2:7200") &&
		is(LOCAL(fd), "10.1.0.1:0") && option(fd, MULTIPATH_COUNT) == 1;
}

static bool without_cookies(void)
{
	int fd;

	if (!deny(SYS_getsockopt, 2, SO_COOKIE))
		return false;
	fd = client(0);
	return fd == -1 && errno == EPERM;
}

int main(void)
{
	const char *missing = network_up();
	int server;

	if (missing != NULL) {
		tap_skip("A9 A16: under filters of system calls", missing);
		return tap_done();
	}
	on(HERE);
	server = serve(SET);
	ok(holds(without_multipath), "A16: where a filter forbids Multipath TCP, EAFNOSUPPORT");
	ok(holds(without_unix),
		"A9: where it forbids to ask mifd there is one path, and why is told");
	ok(holds(without_info),
		"A14: where it forbids to ask the kernel of paths, the socket's own");
	ok(holds(without_cookies), "where sockets cannot be told apart, there are none: its error");
	multipath_close(server);
	become(0);
	return tap_done();
}
