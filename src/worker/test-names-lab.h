/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A network namespace of the test's own, without any privilege left, where test/lab/dns-stub answers
 * on the loopback; and a loop that runs a names worker in it and notes what came out. Worker and server
 * have a time of their own, which passes while both have nothing to do: however slow the machine is, an
 * answer is late only when it is meant to be.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/worker.h"
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
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
static int stub_log;
static uint64_t next_id;

/* The time. */
static uint64_t lab_time = 1000 * NSEC_PER_SEC;

/* Where the server answers, and a socket to each that tells it the time. */
static const char *const lab_servers[] = {"127.0.0.53", "::1", "127.0.0.54", "127.0.0.55"};
static int lab_clocks[ARRAY_SIZE(lab_servers)];

/* What the server has told of questions since that was last asked for. */
static char *lab_log;
static size_t lab_log_length;

/* Real time, after which nothing will come any more, and how often both must have had nothing to do. */
#define LAB_PATIENCE_MS 20000
#define LAB_QUIET 6

static uint64_t lab_now(void)
{
	return lab_time;
}

static struct mif_address lab_address(const char *text)
{
	struct mif_address address = {0};

	mif_address_parse(&address, text);
	return address;
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

static bool lab_open_clocks(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(lab_servers); i++) {
		const struct mif_endpoint server = {
			.address = lab_address(lab_servers[i]), .port = 53};
		struct sockaddr_storage storage;
		socklen_t size = mif_endpoint_to_sockaddr(&server, &storage);

		lab_clocks[i] = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (connect(lab_clocks[i], (struct sockaddr *)&storage, size) < 0)
			return false;
	}
	return true;
}

/* Python reads the stub from its standard input: nobody may not open it where the clone is closed
 * to others, as root's home is. */
static bool lab_start_stub(int script)
{
	int ends[2];
	char line[8] = "";
	size_t length = 0;

	if (script < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return false;
	stub_pid = fork();
	if (stub_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(script, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		execlp("python3", "python3", "-", "--clock", lab_servers[0], lab_servers[1],
			lab_servers[2], "127.0.0.55+400", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	stub_log = ends[0];
	while (length < sizeof(line) && strncmp(line, "ready\n", 6) != 0 &&
		read(stub_log, line + length, 1) == 1)
		length++;
	return strncmp(line, "ready\n", 6) == 0 && fcntl(stub_log, F_SETFL, O_NONBLOCK) == 0 &&
		lab_open_clocks();
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
	close(stub_log);
	free(lab_log);
}

/* The server waits for whoever reads its log. */
static void lab_read_log(void)
{
	ssize_t got;

	do {
		lab_log = realloc(lab_log, lab_log_length + 65536);
		got = read(stub_log, lab_log + lab_log_length, 65536);
		lab_log_length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
}

/* One of its addresses is told what time it is: what it was asked before is answered then, or is due later.
 * When the next answer is due. */
static uint64_t lab_tell_time(int clock)
{
	struct pollfd ready[] = {
		{.fd = clock, .events = POLLIN}, {.fd = stub_log, .events = POLLIN}};
	uint8_t question[64] = {[5] = 1}, answer[128];
	char *label = (char *)question + 13;
	int digits = sprintf(label, "%" PRIu64, lab_time / NSEC_PER_MSEC);
	size_t length = 13 + (size_t)digits;
	uint64_t due = 0;
	ssize_t got;

	question[12] = (uint8_t)digits;
	memcpy(question + length, "\005clock\0\0\001\0\001", 11);
	send(clock, question, length + 11, 0);
	do {
		if (poll(ready, 2, LAB_PATIENCE_MS) <= 0) {
			printf("Bail out! the server does not answer\n");
			exit(1);
		}
		lab_read_log();
	} while ((ready[0].revents & POLLIN) == 0);
	got = recv(clock, answer, sizeof(answer), 0);
	for (ssize_t i = got - 8; i < got; i++)
		due = due << 8 | answer[i];
	return due > TIME_FOREVER / NSEC_PER_MSEC ? TIME_FOREVER : due * NSEC_PER_MSEC;
}

/* What the server has been asked so far it has answered, or will later. When the next answer is due. */
static uint64_t lab_sync(void)
{
	uint64_t due = TIME_FOREVER;

	for (size_t i = 0; i < ARRAY_SIZE(lab_clocks); i++)
		due = lab_tell_time(lab_clocks[i]);
	return due;
}

static void lab_pass(uint64_t time)
{
	lab_time += time;
	lab_sync();
}

/* The questions since the last call, one after the other: the next line, or NULL after the last one. */
static const char *lab_next_question(void)
{
	static char *next;
	char *line = next, *end;

	if (line == NULL) {
		lab_sync();
		line = lab_log;
		lab_log[lab_log_length] = '\0';
	}
	end = strchr(line, '\n');
	next = end == NULL ? NULL : end + 1;
	if (end == NULL)
		lab_log_length = 0;
	else
		*end = '\0';
	return end == NULL ? NULL : line;
}

/* How many of them contain part; "" counts all. */
__attribute__((unused)) static unsigned int lab_asked(const char *part)
{
	unsigned int count = 0;
	const char *line;

	while ((line = lab_next_question()) != NULL)
		count += strstr(line, part) != NULL;
	return count;
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

static bool lab_is_busy(struct worker *worker)
{
	struct pollfd readable = {.fd = worker->ops->fd(worker), .events = POLLIN};

	return poll(&readable, 1, 0) > 0 || worker->ops->deadline(worker) <= lab_time;
}

/* Until the worker and the server have nothing to do; then time passes, not beyond the end. */
static void lab_step(struct worker *worker, uint64_t end)
{
	uint64_t due = end;

	for (int quiet = 0; quiet < LAB_QUIET; quiet++) {
		if (lab_is_busy(worker)) {
			worker->ops->dispatch(worker, lab_time);
			return;
		}
		due = lab_sync();
	}
	due = MIN(due, worker->ops->deadline(worker));
	lab_pass(MAX(MIN(due, end), lab_time + NSEC_PER_MSEC) - lab_time);
}

/* Runs until nothing of the ids up to last is missing, or for so many milliseconds. */
static bool lab_run(struct worker *worker, uint64_t first, uint64_t last, unsigned int milliseconds)
{
	uint64_t end = lab_time + milliseconds * NSEC_PER_MSEC;

	for (;;) {
		lab_fetch(worker);
		while (first <= last && outcomes[first].done > 0)
			first++;
		if (first > last || lab_time >= end)
			return first > last;
		lab_step(worker, end);
	}
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
