/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A network namespace of the test's own, without any privilege left, where test/lab/dns-stub answers
 * on the loopback; and a loop that runs a names worker in it and notes what came out.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/worker.h"
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LAB_NOBODY 65534
#define LAB_IDS 20000

struct outcome {
	uint32_t ipv4, ipv6; /* how many */
	struct mif_address last;
	uint32_t ttl, system;
	uint64_t first_ipv4, first_ipv6, end; /* when */
	uint32_t done;
	uint32_t status;
	bool late; /* something came after the end */
};

static struct outcome outcomes[LAB_IDS];
static pid_t stub_pid;
static FILE *stub_log;
static uint64_t next_id;

/* As if it were later; and as if time passed so many times more slowly, for a machine that may stop for a
 * while. */
static uint64_t lab_ahead;
static unsigned int lab_slowness = 1;

static uint64_t lab_now(void)
{
	static uint64_t origin;
	uint64_t now = clock_boottime();

	if (origin == 0)
		origin = now;
	return origin + (now - origin) / lab_slowness + lab_ahead;
}

static bool lab_write(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool lab_loopback_up(void)
{
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	return fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

/* Afterwards this process is nobody, and can do nothing that nobody cannot. */
static bool lab_drop_privileges(bool root)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	if (root &&
		(setgroups(0, NULL) < 0 || setresgid(LAB_NOBODY, LAB_NOBODY, LAB_NOBODY) < 0 ||
			setresuid(LAB_NOBODY, LAB_NOBODY, LAB_NOBODY) < 0))
		return false;
	return syscall(SYS_capset, &header, none) == 0;
}

/* Python reads the stub from its standard input: nobody may not open it where the clone is closed
 * to others, as root's home is. */
static bool lab_start_stub(int script)
{
	int ends[2];
	char line[64];

	if (script < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return false;
	stub_pid = fork();
	if (stub_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(script, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		execlp("python3", "python3", "-", "127.0.0.53", "::1", "127.0.0.54",
			"127.0.0.55+400", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	stub_log = fdopen(ends[0], "r");
	return fgets(line, sizeof(line), stub_log) != NULL && strcmp(line, "ready\n") == 0;
}

/* False: this machine cannot. */
static bool lab_enter(void)
{
	_cleanup_(closep) int script = open(DNS_STUB, O_RDONLY | O_CLOEXEC);
	bool root = geteuid() == 0;

	if (unshare(CLONE_NEWNET | (root ? 0 : CLONE_NEWUSER)) < 0 || !lab_loopback_up() ||
		!lab_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"))
		return false;
	return lab_drop_privileges(root) && lab_start_stub(script);
}

static void lab_leave(void)
{
	kill(stub_pid, SIGTERM);
	waitpid(stub_pid, NULL, 0);
	fclose(stub_log);
}

/* How many of the questions since the last call contain part; "" counts all. */
__attribute__((unused)) static unsigned int lab_asked(const char *part)
{
	unsigned int count = 0;
	char line[512];
	struct pollfd readable = {.fd = fileno(stub_log), .events = POLLIN};

	/* The log is unbuffered here, so that poll() tells the truth. */
	setvbuf(stub_log, NULL, _IONBF, 0);
	while (poll(&readable, 1, 50) == 1 && fgets(line, sizeof(line), stub_log) != NULL)
		count += strstr(line, part) != NULL;
	return count;
}

static struct mif_address lab_address(const char *text)
{
	struct mif_address address = {0};

	mif_address_parse(&address, text);
	return address;
}

static struct name_scope lab_scope(uint64_t pvd)
{
	return (struct name_scope){
		.pvd = pvd,
		.generation = 1,
		.ifindex = 1,
		.source4 = lab_address("127.0.0.1"),
		.source6 = lab_address("::1"),
		.server_count = 1,
		.servers = {lab_address("127.0.0.53")},
	};
}

static void lab_fetch(struct worker *worker)
{
	struct name_result result;

	while (worker->ops->result(worker, &result) == 1) {
		struct outcome *outcome = &outcomes[result.id];
		uint64_t now = lab_now();

		outcome->late |= outcome->done > 0;
		if (result.done) {
			outcome->done++;
			outcome->status = result.status;
			outcome->end = now;
			continue;
		}
		outcome->last = result.address;
		outcome->ttl = result.ttl;
		outcome->system = result.system;
		if (result.address.family == AF_INET && outcome->ipv4++ == 0)
			outcome->first_ipv4 = now;
		if (result.address.family == AF_INET6 && outcome->ipv6++ == 0)
			outcome->first_ipv6 = now;
	}
}

/* Runs until nothing of the ids up to last is missing, or for so many milliseconds. */
static bool lab_run(struct worker *worker, uint64_t first, uint64_t last, unsigned int milliseconds)
{
	uint64_t end = lab_now() + milliseconds * NSEC_PER_MSEC;

	for (;;) {
		uint64_t now = lab_now();
		uint64_t due = worker->ops->deadline(worker);
		struct pollfd readable = {.fd = worker->ops->fd(worker), .events = POLLIN};

		lab_fetch(worker);
		while (first <= last && outcomes[first].done > 0)
			first++;
		if (first > last || now >= end)
			return first > last;
		poll(&readable, 1, clock_timeout(now, MIN(due, end)));
		worker->ops->dispatch(worker, lab_now());
	}
}

/* The same, with time passing much faster than on the clock. */
__attribute__((unused)) static bool lab_hurry(struct worker *worker, uint64_t first, uint64_t last)
{
	uint64_t end = lab_now() + 60 * NSEC_PER_SEC;

	while (!lab_run(worker, first, last, 10 / lab_slowness)) {
		if (lab_now() >= end)
			return false;
		lab_ahead += 40 * NSEC_PER_MSEC;
	}
	return true;
}

static uint64_t lab_start(
	struct worker *worker, const struct name_scope *scope, const char *name, uint32_t family)
{
	struct name_request request = {
		.id = ++next_id, .scope = scope, .name = name, .family = family};

	outcomes[request.id] = (struct outcome){0};
	if (worker->ops->start(worker, &request, lab_now()) < 0)
		return 0;
	return request.id;
}

/* One lookup, from its start to its end. */
__attribute__((unused)) static struct outcome *lab_ask(
	struct worker *worker, const struct name_scope *scope, const char *name, uint32_t family)
{
	uint64_t id = lab_start(worker, scope, name, family);

	if (id != 0)
		lab_run(worker, id, id, 30000);
	return &outcomes[id];
}

__attribute__((unused)) static uint64_t lab_counter(struct worker *worker, const char *wanted)
{
	const char *name;
	uint64_t value;

	for (unsigned int i = 0; worker->ops->counter(worker, i, &name, &value); i++) {
		if (strcmp(name, wanted) == 0)
			return value;
	}
	return UINT64_MAX;
}

/* Once, and so. */
__attribute__((unused)) static bool ended(
	const struct outcome *outcome, uint32_t status, uint32_t ipv4, uint32_t ipv6)
{
	bool as_expected = outcome->done == 1 && outcome->status == status &&
		outcome->ipv4 == ipv4 && outcome->ipv6 == ipv6 && !outcome->late;

	if (!as_expected)
		printf("# done %u, status %u, ipv4 %u, ipv6 %u, late %d\n", outcome->done,
			outcome->status, outcome->ipv4, outcome->ipv6, outcome->late);
	return as_expected;
}
