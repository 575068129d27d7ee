/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Two hosts with two links between them, in network namespaces of this process's own. A socket
 * belongs to the namespace in which it was made, so one process can be both hosts: on(here) and
 * on(there) say which it is. Everything is done as an ordinary user, commands apart.
 *
 *	here: mpa0 10.1.0.1 fd01::1 ---- there: mpa1 10.1.0.2 fd01::2
 *	here: mpb0 10.2.0.1 fd02::1 ---- there: mpb1 10.2.0.2 fd02::2
 */
#include "test-set.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/kernel.h"

#define NOBODY 65534

/* Milliseconds: whoever waits so long, on however slow a machine, waits for nothing. */
#define PATIENCE 20000

enum host {
	HERE,
	THERE,
	ELSEWHERE, /* a third host, for the tests that make one */
};

static int namespaces[3] = {-1, -1, -1};

static void become(uid_t uid)
{
	/* Giving a user up hides /proc/self from it. */
	if (setresgid(NOBODY, NOBODY, (gid_t)-1) < 0 || setresuid(uid, uid, 0) < 0 ||
		prctl(PR_SET_DUMPABLE, 1) < 0)
		abort();
}

__attribute__((unused)) static void on(enum host host)
{
	become(0);
	if (setns(namespaces[host], CLONE_NEWNET) < 0)
		abort();
	become(NOBODY);
}

/* As root, on a host; the process stays where it was. */
static bool run(enum host host, const char *command)
{
	pid_t child;
	int status = -1;

	fflush(stdout);
	become(0);
	child = fork();
	if (child == 0) {
		dup2(2, 1);
		if (setns(namespaces[host], CLONE_NEWNET) < 0 || setresuid(0, 0, 0) < 0)
			_exit(1);
		execl("/bin/sh", "sh", "-ec", command, (char *)NULL);
		_exit(1);
	}
	waitpid(child, &status, 0);
	become(NOBODY);
	if (status != 0)
		printf("# failed: %s\n", command);
	return status == 0;
}

static bool make_namespace(enum host host)
{
	if (unshare(CLONE_NEWNET) < 0)
		return false;
	namespaces[host] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return namespaces[host] >= 0;
}

/* Names as this test wants them, for nobody else. */
static bool make_hosts(void)
{
	static const char hosts[] = "10.1.0.2 two.example\nfd02::2 two.example\n";
	char path[] = "/tmp/mif-hosts-XXXXXX";
	_cleanup_(closep) int fd = mkostemp(path, O_CLOEXEC);
	bool made = fd >= 0 && fchmod(fd, 0644) == 0 &&
		write(fd, hosts, sizeof(hosts) - 1) == sizeof(hosts) - 1 &&
		unshare(CLONE_NEWNS) == 0 &&
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == 0;

	if (fd >= 0)
		unlink(path);
	return made;
}

/* Why there is no network here, or NULL. */
static const char *network_up(void)
{
	static char move[128];

	if (geteuid() != 0)
		return "needs root";
	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	if (!make_hosts() || !make_namespace(THERE) || !make_namespace(HERE))
		return "no network namespaces here";
	become(NOBODY);
	snprintf(move, sizeof(move),
		"for l in a b; do ip link add mp${l}0 type veth peer name mp${l}1 netns "
		"/proc/%d/fd/%d;"
		" done",
		(int)getpid(), namespaces[THERE]);
	if (!run(HERE, move))
		return "no veth or ip here";
	for (enum host host = HERE; host <= THERE; host++) {
		char command[512];

		snprintf(command, sizeof(command),
			"ip link set lo up; n=1; for l in a b; do"
			" ip addr add 10.$n.0.%d/24 dev mp${l}%d; ip link set mp${l}%d up;"
			" ip addr add fd0$n::%d/64 dev mp${l}%d nodad; n=2; done",
			host + 1, host, host, host + 1, host);
		if (!run(host, command))
			return "no addresses here";
	}
	return NULL;
}

/* ---- sockets ---- */

/* bind and listen on a set. */
__attribute__((unused)) static int serve_on(enum host host, const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);
	int fd, bound;

	on(host);
	fd = multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC, 0);
	multipath_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	bound = multipath_bind(fd, (struct sockaddr *)&set, set.mp.smp_len);
	if (bound != set.mp.smp_naddrs || multipath_listen(fd, 64) < 0)
		printf("# serve %s: %d, %s\n", text, bound, strerror(errno));
	on(HERE);
	return fd;
}

__attribute__((unused)) static int serve(const char *text)
{
	return serve_on(THERE, text);
}

__attribute__((unused)) static int client(int flags)
{
	return multipath_socket(AF_MULTIPATH, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

__attribute__((unused)) static int connect_to(int fd, const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);

	return multipath_connect(fd, (struct sockaddr *)&set, set.mp.smp_len);
}

__attribute__((unused)) static int bind_to(int fd, const char *text)
{
	struct sockaddr_mp_storage set = set_of(text);

	return multipath_bind(fd, (struct sockaddr *)&set, set.mp.smp_len);
}

/* "192.0.2.1:80,..." with local ports as 0; or what went wrong. */
__attribute__((unused)) static const char *name_of(
	int fd, int (*name)(int, struct sockaddr *, socklen_t *), bool ports)
{
	struct sockaddr_mp_storage set;
	socklen_t size = sizeof(set);

	if (name(fd, (struct sockaddr *)&set, &size) < 0)
		return strerror(errno);
	if (size < 8 || set.mp.smp_family != AF_MULTIPATH)
		return "no set";
	for (const struct sockaddr *address = NULL;
		!ports && (address = multipath_next(&set.mp, address)) != NULL;) {
		/* Where the port stands is the same for both families. */
		((struct sockaddr_in *)(void *)(uintptr_t)address)->sin_port = 0;
	}
	return text_of(&set.mp);
}

#define PEER(fd) name_of(fd, multipath_getpeername, true)
#define LOCAL(fd) name_of(fd, multipath_getsockname, false)
#define LOCAL_PORTS(fd) name_of(fd, multipath_getsockname, true)

__attribute__((unused)) static bool is(const char *got, const char *expected)
{
	if (strcmp(got, expected) == 0)
		return true;
	printf("# %s, not %s\n", got, expected);
	return false;
}

__attribute__((unused)) static int option(int fd, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	return multipath_getsockopt(fd, SOL_MULTIPATH, name, &value, &size) < 0 ? -errno : value;
}

/* One of the entries: "remote failed 111 10.1.0.2:80". */
__attribute__((unused)) static const char *entry_of(int fd, size_t which)
{
	static const char *const sides[] = {"local", "remote"};
	static const char *const states[] = {"unused", "trying", "bound", "established", "failed"};
	struct multipath_entry entries[4 * SMP_MAX_ADDRS];
	socklen_t size = sizeof(entries);
	static char text[SMP_MAX_TEXT + 64];
	struct sockaddr_mp_storage set;
	const struct multipath_entry *entry = &entries[which];

	if (multipath_getsockopt(fd, SOL_MULTIPATH, MULTIPATH_ENTRIES, entries, &size) < 0)
		return strerror(errno);
	if (which >= size / sizeof(*entry))
		return "none";
	multipath_clear(&set);
	multipath_add(&set, &entry->address.sa, sizeof(entry->address));
	snprintf(text, sizeof(text), "%s %s %d %s", sides[entry->side], states[entry->state],
		entry->error, text_of(&set.mp));
	return text;
}

__attribute__((unused)) static uint64_t milliseconds(void)
{
	return clock_boottime() / NSEC_PER_MSEC;
}

/* Waits a little for a name that others bring about. */
__attribute__((unused)) static bool becomes(
	int fd, int (*name)(int, struct sockaddr *, socklen_t *), const char *expected)
{
	uint64_t end = milliseconds() + PATIENCE;

	while (strcmp(name_of(fd, name, true), expected) != 0 && milliseconds() < end)
		poll(NULL, 0, 5);
	return is(name_of(fd, name, true), expected);
}
