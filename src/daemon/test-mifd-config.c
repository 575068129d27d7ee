/* SPDX-License-Identifier: MIT */
/* What an administrator writes into mifd.conf, and what becomes of it: the shipped mifd, real users. */
#include "daemon/test-mifd.h"

#include <grp.h>

#define ALICE 60001
#define BOB 60002
#define STAFF 60100
#define CONFIG_BAD "config bad: the facts of before stand"

/* By another file, at one go: nobody reads half of it. */
static void config_write(const char *text)
{
	char aside[80];
	int fd;

	snprintf(aside, sizeof(aside), "%s.aside", config_path);
	fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	dprintf(fd, "%s", text);
	close(fd);
	rename(aside, config_path);
}

/* The exit status of mifd --check, as an ordinary user; what it says goes to the log. */
static int checked(const char *config)
{
	pid_t pid;

	unlink(log_path);
	pid = fork();
	if (pid == 0) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

		dup2(fd, STDERR_FILENO);
		dup2(fd, STDOUT_FILENO);
		if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			_exit(99);
		execl(program, "mifd", "--check", "-f", config, (char *)NULL);
		_exit(127);
	}
	return mifd_ended(pid);
}

static void test_check(void)
{
	struct stat status;

	config_write(
		"[mifd]\nlog = loud\n[interface h1]\ndns = one\n[clients]\nsee = *\nsee = *\n");
	ok(checked(config_path) == 1, "a configuration with faults is not passed by --check");
	ok(logged("mifd.conf:2: log: \"loud\" is not one of") &&
			logged("mifd.conf:4: dns: \"one\" is not the address of a server") &&
			logged("mifd.conf:7: see: a second time"),
		"each fault is told, with file, line and key");
	config_write("[mifd]\nlog = info\n[interface h1]\ndns = ::1\n[clients]\nsee = root\n");
	ok(checked(config_path) == 0 && stat(log_path, &status) == 0 && status.st_size == 0,
		"one without passes, in silence");
	ok(checked("/nowhere/mifd.conf") == 1 && logged("/nowhere/mifd.conf: No such file"),
		"one that is not there does not");
	ok(access(path, F_OK) < 0, "and nothing was started");
	config_write("[interface h1]\ndns = ::1\ndns = ::2\n");
	ok(mifd_ended(mifd_start(0, NULL)) == 1 && logged("mifd.conf:3: dns: a second time"),
		"with a fault anywhere in it, mifd does not start");
}

/* What client_try() says to one of this user, group and further group. */
static int try_as(uid_t uid, gid_t gid, gid_t group)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct channel client;

		if (setgroups(1, &group) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
			_exit(255);
		_exit(-client_try(&client) & 0xff);
	}
	return -mifd_ended(pid);
}

static void test_socket(void)
{
	struct stat status;
	pid_t parent;

	config_write("[mifd]\nuser = 65534\nsocket-mode = 0660\nsocket-group = 60100\n");
	parent = mifd_start(0, NULL);
	ok(served() && stat(path, &status) == 0 && status.st_gid == STAFF &&
			(status.st_mode & 0777) == 0660,
		"the socket has the mode and the group that are configured");
	ok(try_as(ALICE, STAFF, ALICE) == 0 && try_as(BOB, BOB, STAFF) == 0,
		"the group may connect");
	ok(try_as(BOB, BOB, BOB) == -EACCES, "others may not");
	ok(mifd_stop(parent) == 0 && access(path, F_OK) < 0, "it ends well");
}

/* The errno of the ERROR that answers a request for a name; 0: it is translated. */
static int translates(struct channel *client)
{
	struct mif_message message = {.type = MIF_TRANSLATE_NAME,
		.tag = 4,
		.as.translate_name = {.pvd = 12345, .translation = 1, .name = "localhost"}};

	channel_post(client, &message);
	return client_expect(client, MIF_ERROR, &message) == 1 ? (int)message.as.error.error : 0;
}

static int translate_as(uid_t uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct channel client;

		if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0 ||
			client_try(&client) < 0)
			_exit(255);
		_exit(translates(&client));
	}
	return mifd_ended(pid);
}

/* How many clients of this user there can be at a time, up to 10. */
static int handles_of(uid_t uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct channel clients[10];
		int count = 0;

		if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
			_exit(255);
		while (count < 10 && client_try(&clients[count]) == 0)
			count++;
		_exit(count);
	}
	return mifd_ended(pid);
}

static void test_clients(void)
{
	struct channel root;
	pid_t parent;

	config_write("[mifd]\nuser = 65534\n"
		     "[clients]\nsee = 60001, @60100\nnames = 60001\nhandles = 3\n");
	parent = mifd_start(0, NULL);
	ok(served() && client_open(&root) == 0, "root is served, listed or not");
	ok(try_as(ALICE, ALICE, ALICE) == 0 && try_as(BOB, BOB, STAFF) == 0,
		"so are who is listed, and a member of a group that is");
	ok(try_as(BOB, BOB, BOB) == -EACCES, "another one is refused: EACCES");
	ok(translate_as(ALICE) == ENODEV,
		"who may ask for names is told that there is no such domain");
	ok(translates(&root) == ENODEV, "so is root");
	ok(handles_of(ALICE) == 3, "a user has 3 handles");
	/* The daemon hears of a process's end when it comes to it. */
	for (int i = 0; i < 100 && handles_of(ALICE) < 3; i++)
		usleep(10000);
	ok(handles_of(ALICE) <= 3 && client_served(&root), "and never more; others do not notice");
	mifd_stop(parent);
	channel_deinit(&root);

	config_write("[mifd]\nuser = 65534\n[clients]\nnames = none\nsubscriptions = 1\n");
	parent = mifd_start(0, NULL);
	ok(served() && translate_as(ALICE) == EACCES, "where nobody may ask for names, nobody can");
	ok(client_open(&root) == 0 && client_served(&root), "one subscription is allowed");

	struct mif_message message = {.type = MIF_ANNOUNCE_PVDS, .tag = 6};

	message.as.announce_pvds.interface = 1;
	channel_post(&root, &message);
	ok(client_expect(&root, MIF_ERROR, &message) == 1 && message.tag == 6 &&
			message.as.error.error == EDQUOT,
		"a second one is refused: EDQUOT");
	channel_deinit(&root);
	ok(mifd_stop(parent) == 0, "it ends well");
}

/* From within the cage, in which the file of before is the only one that was there. */
static void test_replaced(void)
{
	char other[80];
	struct channel client;
	pid_t parent, engine;

	snprintf(other, sizeof(other), "%s.new", config_path);
	config_write("[mifd]\nuser = 65534\n[interface h1]\ndns = 192.0.2.1\n");
	parent = mifd_start(0, NULL);
	ok(client_open(&client) == 0 && counter_of(&client, "config read") == 1,
		"the engine reads the configuration");
	link(config_path, other);
	config_write("[mifd]\nuser = 65534\n[interface h1]\ndns = one\n");
	for (int i = 0; i < 2000 && counter_of(&client, CONFIG_BAD) == 0; i++)
		usleep(10000);
	ok(counter_of(&client, CONFIG_BAD) == 1 && counter_of(&client, "config read") == 1,
		"and another one that takes its place, which has a fault");
	for (int i = 0; i < 2000 && !logged("mifd.conf:4: dns: \"one\" is not the address"); i++)
		usleep(10000);
	ok(logged("mifd.conf:4: dns: \"one\" is not the address") &&
			logged("; what was read before stands"),
		"of which the log tells the file, the line and what is wrong");
	engine = engine_of(parent, 0);
	kill(parent, SIGHUP);
	engine_of(parent, engine);
	channel_deinit(&client);
	ok(client_open(&client) == 0 && client_served(&client),
		"with which another engine serves, too");
	rename(other, config_path);
	for (int i = 0; i < 2000 && counter_of(&client, "config read") == 0; i++)
		usleep(10000);
	ok(counter_of(&client, "config read") >= 1 && logged("dns: \"one\" is not the address"),
		"until it reads a better one");
	channel_deinit(&client);
	mifd_stop(parent);
}

static void test(void)
{
	test_check();
	test_socket();
	test_clients();
	test_replaced();
}

int main(int argc, char **argv)
{
	return house_main(argc, argv, test);
}
