/* SPDX-License-Identifier: MIT */
/* The name of the daemon: who may have it, who may connect to it, and what is left of it. */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tap.h"

#define STRANGER 65534

static char directory[] = "/tmp/dmw-XXXXXX", path[64], lock[80];

static const struct listener_access everybody = {.mode = 0666, .group = (gid_t)-1};

static struct sockaddr_un address_make(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(address.sun_path, path);
	return address;
}

static int connect_to(int fd)
{
	struct sockaddr_un address = address_make();

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

/* What a process of this user and group, and no other, hears when it connects. */
static int connect_as(uid_t uid, gid_t gid)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
			_exit(255);
		_exit(-connect_to(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -255;
}

static bool mode_is(mode_t mode)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & 0777) == mode;
}

static void test_access(void)
{
	const struct listener_access group = {.mode = 0660, .group = STRANGER};
	struct listener a;
	int r;

	ok(listener_open(&a, path, &everybody) == 0 && mode_is(0666),
		"the socket is for those whom the mode names: everybody");
	listener_close(&a);
	ok(access(path, F_OK) < 0 && access(lock, F_OK) < 0,
		"and gone, with its lock, when closed");

	r = listener_open(&a, path, &group);
	if (geteuid() != 0) {
		tap_skip("or a group", "needs root");
		listener_close(&a);
		return;
	}
	ok(r == 0 && mode_is(0660) && connect_as(STRANGER - 1, STRANGER - 1) == -EACCES,
		"or a group: others hear EACCES of the kernel");
	ok(connect_as(STRANGER - 1, STRANGER) == 0, "its members are let in");
	listener_close(&a);
}

/* Two parents in one process are as good as two processes: the lock is the open file's. */
static void test_lock(void)
{
	struct listener a, b;
	struct stat status;
	int fd;

	ok(listener_open(&a, path, &everybody) == 0, "one daemon has the name");
	ok(listener_open(&b, path, &everybody) == -EADDRINUSE, "another one cannot have it");
	ok(stat(lock, &status) == 0 && (status.st_mode & 0777) == 0600,
		"the lock can be held by its owner only");
	listener_unlock(&a);
	ok(connect_to(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) == 0 &&
			listener_open(&b, path, &everybody) == 0 && b.inherited,
		"an engine without its parent answers, and gives the name up");
	listener_close(&a);
	ok(access(path, F_OK) == 0 && access(lock, F_OK) == 0,
		"and does not take the new one's away");
	close(b.fd);
	listener_unlock(&b);
	ok(access(path, F_OK) == 0, "a crash leaves the name");
	ok(listener_open(&a, path, &everybody) == 0 && !a.inherited, "which the next one replaces");
	listener_close(&a);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	flock(fd, LOCK_EX);
	alarm(20);
	ok(listener_open(&a, path, &everybody) == 0,
		"whoever locks the directory, as everybody can, holds nobody up");
	listener_close(&a);
	close(fd);
}

/* A daemon with too much to do lives, too. */
static void test_stranger(void)
{
	struct sockaddr_un address = address_make();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct listener a;

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 0) < 0)
		return;
	ok(listener_open(&a, path, &everybody) == -EADDRINUSE && access(lock, F_OK) < 0,
		"a stranger's program that listens there is left alone");
	connect_to(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	ok(listener_open(&a, path, &everybody) == -EADDRINUSE, "so is one whose backlog is full");
	close(fd);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ok(listener_open(&a, path, &everybody) == -EEXIST && access(path, F_OK) == 0 &&
			access(lock, F_OK) < 0,
		"and what is no socket");
	close(fd);
	unlink(path);
	ok(symlink("/dev/null", lock) == 0 && listener_open(&a, path, &everybody) == -ELOOP,
		"a lock is no symbolic link");
	unlink(lock);
}

/* A client that is not read from, and whose socket waits there within its own message, would be
 * connected for ever: nobody holds that socket any more, and nobody closes it. */
static void test_descriptors(void)
{
	const char *what = "a client cannot leave its own socket in the daemon's queue";
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control = {.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct iovec vector = {.iov_base = &control, .iov_len = 1};
	struct msghdr header = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct listener listener;
	socklen_t size = sizeof(int);

	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &client, sizeof(client));
	if (getsockopt(client, SOL_SOCKET, SO_PASSRIGHTS, &(int){0}, &size) < 0) {
		tap_skip(what, "this kernel has no SO_PASSRIGHTS");
	} else {
		ok(listener_open(&listener, path, &everybody) == 0 && connect_to(client) == 0 &&
				sendmsg(client, &header, MSG_NOSIGNAL) < 0 && errno == EPERM,
			"%s", what);
		listener_close(&listener);
	}
	close(client);
}

int main(void)
{
	if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/run/socket", directory);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	umask(022);
	test_access();
	test_lock();
	test_stranger();
	test_descriptors();
	*strrchr(path, '/') = '\0';
	ok(rmdir(path) == 0 && rmdir(directory) == 0, "nothing is left behind");
	return tap_done();
}
