/* SPDX-License-Identifier: MIT */
#pragma once

/* A mifd in one of the two hosts of test-net.h, and what it tells a client. */
#include "test-net.h"

#include <sys/un.h>

#include "order.h"
#include "transport/channel.h"

static char directory[] = "/tmp/dmw-XXXXXX", path[64], log_path[64], conf_path[64];
static pid_t mifd;

static void daemon_run(const char *program)
{
	int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);

	dup2(fd, STDERR_FILENO);
	if (setns(namespaces[HERE], CLONE_NEWNET) < 0 || setresuid(0, 0, 0) < 0 ||
		setresgid(0, 0, 0) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execl(program, "mifd", "-v", "-s", path, "-f", conf_path, (char *)NULL);
	_exit(1);
}

static bool log_says(const char *text)
{
	FILE *file = fopen(log_path, "re");
	char line[512];
	bool found = false;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		found |= strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

static bool log_becomes(const char *text)
{
	uint64_t end = milliseconds() + PATIENCE;
	bool found;

	while (!(found = log_says(text)) && milliseconds() < end)
		poll(NULL, 0, 10);
	return found;
}

/* In its directory, whatever was there before. */
static bool daemon_serve(const char *program)
{
	become(0);
	unlink(log_path);
	mifd = fork();
	if (mifd == 0)
		daemon_run(program);
	become(NOBODY);
	return log_becomes("ready on");
}

static bool configure(const char *configuration)
{
	FILE *file;
	bool good;

	become(0);
	file = fopen(conf_path, "we");
	good = file != NULL && fputs(configuration, file) >= 0;
	good = file != NULL && fclose(file) == 0 && good;
	become(NOBODY);
	return good;
}

static void daemon_end(void)
{
	become(0);
	kill(mifd, SIGTERM);
	waitpid(mifd, NULL, 0);
	become(NOBODY);
}

/* Configured so. */
static bool daemon_start(const char *program, const char *configuration)
{
	become(0);
	if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/mifd", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	snprintf(conf_path, sizeof(conf_path), "%s/conf", directory);
	setenv("MIF_SOCKET", path, 1);
	return configure(configuration) && daemon_serve(program);
}

/* Another one in its place. */
__attribute__((unused)) static bool daemon_change(const char *program, const char *configuration)
{
	daemon_end();
	return configure(configuration) && daemon_serve(program);
}

/* Whether it left nothing. */
static bool daemon_stop(void)
{
	daemon_end();
	become(0);
	unlink(log_path);
	unlink(conf_path);
	return rmdir(directory) == 0;
}

/* What that host's kernel has counted of Multipath TCP, or -1. */
__attribute__((unused)) static int counter_of(enum host host, const char *wanted)
{
	char names[4096], values[4096], *name_end, *value_end, *name, *value;
	int count = -1;
	FILE *file;

	on(host);
	file = fopen("/proc/thread-self/net/netstat", "re");
	on(HERE);
	/* Two lines of each protocol: what is counted, and how much of it. */
	while (file != NULL && count < 0 && fgets(names, sizeof(names), file) != NULL &&
		fgets(values, sizeof(values), file) != NULL) {
		name = strtok_r(names, " \n", &name_end);
		value = strtok_r(values, " \n", &value_end);
		if (name == NULL || strcmp(name, "MPTcpExt:") != 0)
			continue;
		while (name != NULL && value != NULL && strcmp(name, wanted) != 0) {
			name = strtok_r(NULL, " \n", &name_end);
			value = strtok_r(NULL, " \n", &value_end);
		}
		if (name != NULL && value != NULL)
			count = atoi(value);
	}
	if (file != NULL)
		fclose(file);
	return count;
}

/* A client that waits until all is decided, however busy the machine. */
__attribute__((unused)) static int patient(void)
{
	int fd = client(0);

	multipath_setsockopt(
		fd, SOL_MULTIPATH, MULTIPATH_SETTLE_TIME, &(int){PATIENCE}, sizeof(int));
	return fd;
}

/* ---- what a client is told ---- */

__attribute__((unused)) static struct channel teller;
__attribute__((unused)) static uint32_t teller_tag;
__attribute__((unused)) static struct order *teller_order;

__attribute__((unused)) static bool teller_open(void)
{
	struct mif_message hello = {.type = MIF_HELLO, .as.hello.version = 1};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return false;
	channel_init(&teller, fd);
	teller_order = order_new();
	return channel_post(&teller, &hello) == 0;
}

__attribute__((unused)) static void teller_close(void)
{
	channel_deinit(&teller);
	order_free(teller_order);
}

__attribute__((unused)) static void post(struct mif_message *request)
{
	request->tag = request->serial = ++teller_tag;
	if (channel_post(&teller, request) < 0)
		abort();
	order_posted(teller_order, request);
}

/* The next message; false: none comes. */
__attribute__((unused)) static bool told(struct mif_message *message)
{
	char error[256];
	int r;

	while ((r = channel_peek(&teller, message)) == 0)
		if (channel_wait(&teller, PATIENCE) != 1)
			return false;
	if (r != 1)
		return false;
	channel_skip(&teller);
	if (!order_check(teller_order, message, error))
		ok(false, "M12: %s", error);
	return true;
}

/* Whether this comes, whatever comes before. */
__attribute__((unused)) static bool told_of(struct mif_message *message, uint32_t type)
{
	while (told(message))
		if (message->type == type)
			return true;
	printf("# not told 0x%x\n", type);
	return false;
}
