/* SPDX-License-Identifier: MIT */
#pragma once

/* A mifd of one's own: its two processes, what /proc says of them, its log, its clients. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "message/message.h"
#include "tap.h"
#include "transport/channel.h"

#define NOBODY 65534
#define KEPT "0000000000003000" /* CAP_NET_ADMIN, CAP_NET_RAW */
#define NONE "0000000000000000"

static char directory[] = "/tmp/dmw-XXXXXX", path[64], log_path[64], config_path[64];
static const char *program;

/* ---- processes ---- */

/* So that a test that hangs leaves nobody behind. */
static pid_t running;

__attribute__((unused)) static void give_up(int signal)
{
	(void)signal;
	if (running > 0)
		kill(running, SIGKILL);
	_exit(1);
}

__attribute__((unused)) static pid_t mifd_start(uid_t uid, const char *script)
{
	pid_t pid;

	unlink(log_path);
	pid = fork();
	running = pid;
	if (pid == 0) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);

		dup2(fd, STDERR_FILENO);
		if (uid != 0 && (setgid(uid) < 0 || setuid(uid) < 0))
			_exit(1);
		if (script != NULL)
			execl(program, "mifd", "-v", "-s", path, "--script", script, (char *)NULL);
		else
			execl(program, "mifd", "-v", "-s", path, "-f", config_path, (char *)NULL);
		_exit(127);
	}
	return pid;
}

__attribute__((unused)) static int mifd_ended(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

__attribute__((unused)) static int mifd_stop(pid_t pid)
{
	kill(pid, SIGTERM);
	return mifd_ended(pid);
}

/* The engine of this parent, other than that one. */
__attribute__((unused)) static pid_t engine_of(pid_t parent, pid_t other)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	for (int i = 0; i < 1000; i++) {
		FILE *file = fopen(name, "re");
		int pid = 0;

		if (file != NULL && fscanf(file, "%d", &pid) == 1 && pid != other) {
			fclose(file);
			return pid;
		}
		if (file != NULL)
			fclose(file);
		usleep(10000);
	}
	return 0;
}

/* Whether a line of a file of /proc is as given. */
__attribute__((unused)) static bool proc_says(pid_t pid, const char *key, const char *value)
{
	char name[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	file = fopen(name, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		size_t length = strlen(key);

		if (strncmp(line, key, length) != 0 || line[length] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line + length + 1 + strspn(line + length + 1, "\t "), value) == 0;
		if (!found)
			printf("# %s, not %s\n", line, value);
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* Kilobytes of a process's own memory. */
__attribute__((unused)) static unsigned int memory_of(pid_t pid)
{
	char name[64], line[256];
	unsigned int kilobytes = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(name, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "Pss_Anon: %u", &kilobytes);
	if (file != NULL)
		fclose(file);
	return kilobytes;
}

__attribute__((unused)) static bool logged(const char *text)
{
	char line[1024];
	bool found = false;
	FILE *file = fopen(log_path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		found |= strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

/* ---- a client ---- */

/* 1, 0 or negative errno; waits at most 20 s. */
__attribute__((unused)) static int client_get(struct channel *client, struct mif_message *message)
{
	for (int i = 0; i < 20; i++) {
		struct pollfd fd = {.fd = client->fd, .events = POLLIN};
		int r = channel_peek(client, message);

		if (r == 0) {
			r = channel_receive(client);
			if (r < 0)
				return r;
			r = channel_peek(client, message);
		}
		if (r != 0) {
			channel_skip(client);
			return r;
		}
		poll(&fd, 1, 1000);
	}
	return 0;
}

/* Says hello, and hears what comes of it. */
__attribute__((unused)) static int client_try(struct channel *client)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct mif_message message = {.type = MIF_HELLO, .as.hello.version = 1};
	int r = 0;

	strcpy(address.sun_path, path);
	channel_init(client, socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	if (r == 0) {
		channel_post(client, &message);
		r = client_get(client, &message);
	}
	if (r == 1 && message.type == MIF_ERROR)
		r = -(int)message.as.error.error;
	else if (r == 1 && message.type == MIF_WELCOME)
		return 0;
	channel_deinit(client);
	return r < 0 ? r : -ETIMEDOUT;
}

/* Patient while the daemon starts. */
__attribute__((unused)) static int client_open(struct channel *client)
{
	int r = -ENOENT;

	for (int i = 0; i < 2000; i++) {
		r = client_try(client);
		if (r != -ENOENT && r != -ECONNREFUSED && r != -EPIPE)
			break;
		usleep(10000);
	}
	return r;
}

/* Until a report of this type; 0: none came. */
__attribute__((unused)) static int client_expect(
	struct channel *client, uint32_t type, struct mif_message *message)
{
	int r;

	do
		r = client_get(client, message);
	while (r == 1 && message->type != type);
	return r;
}

__attribute__((unused)) static bool client_served(struct channel *client)
{
	struct mif_message message = {.type = MIF_ANNOUNCE_INTERFACES, .tag = 5};

	return channel_post(client, &message) == 0 &&
		client_expect(client, MIF_END_OF_ANNOUNCEMENTS, &message) == 1 && message.tag == 5;
}

/* Of a client's own; UINT64_MAX: there is none of this name. */
__attribute__((unused)) static uint64_t counter_of(struct channel *client, const char *name)
{
	struct mif_message message = {.type = MIF_GET_COUNTERS, .tag = 9};
	uint64_t value = UINT64_MAX;

	channel_post(client, &message);
	while (client_get(client, &message) == 1 && message.type != MIF_END_OF_ANNOUNCEMENTS)
		if (message.type == MIF_COUNTER && strcmp(message.as.counter.name, name) == 0)
			value = message.as.counter.value;
	return value;
}

__attribute__((unused)) static bool served(void)
{
	struct channel client;
	bool right;

	if (client_open(&client) < 0)
		return false;
	right = client_served(&client);
	channel_deinit(&client);
	return right;
}

__attribute__((unused)) static int prepare(void)
{
	int fd;

	if (mkdtemp(directory) == NULL || chmod(directory, 0777) < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/mifd.sock", directory);
	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	snprintf(config_path, sizeof(config_path), "%s/mifd.conf", directory);
	fd = open(config_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	dprintf(fd, "[mifd]\nuser = %d\n[interface dmw0]\ndns = 192.0.2.2\n", NOBODY);
	close(fd);
	return system("ip link set lo up") == 0 ? 0 : -EIO;
}

/* In a network namespace, with a directory, both of which are gone in the end. */
__attribute__((unused)) static int house_main(int argc, char **argv, void (*test)(void))
{
	if (argc != 2)
		return 2;
	program = argv[1];
	umask(0);
	if (unshare(CLONE_NEWNET) < 0) {
		tap_skip("mifd", "no right to make a network namespace");
		return tap_done();
	}
	if (prepare() < 0)
		return 1;
	signal(SIGALRM, give_up);
	signal(SIGTERM, give_up);
	alarm(150);
	test();
	unlink(log_path);
	unlink(config_path);
	ok(rmdir(directory) == 0, "nothing is left behind");
	return tap_done();
}
