/* SPDX-License-Identifier: MIT */
/*
 * The daemon's name in the file system: a listening SOCK_SEQPACKET Unix socket. Two daemons that
 * start at the same moment are kept apart by a lock on the directory, which leaves no file behind.
 */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"

#define BACKLOG 1024

/* The directory, locked until the descriptor is closed; made if need be. */
static int directory_lock(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)] = ".";
	const char *slash = strrchr(path, '/');
	_cleanup_(closep) int fd = -1;
	int locked;

	if (slash != NULL && slash > path) {
		memcpy(directory, path, (size_t)(slash - path));
		directory[slash - path] = '\0';
	} else if (slash != NULL) {
		strcpy(directory, "/");
	}
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return -errno;
	locked = fd;
	fd = -1;
	return locked;
}

/* 0: the name is free now. */
static int clear_name(const struct sockaddr_un *address)
{
	_cleanup_(closep) int fd = -1;
	struct stat status;

	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Whoever answers, or has too much to do to answer, lives. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_for_all(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0111);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(mask);
	return r;
}

int listener_open(struct listener *listener, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_(closep) int lock = -1;
	_cleanup_(closep) int fd = -1;
	struct stat status;
	int r;

	*listener = (struct listener){.fd = -1, .path = path};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	lock = directory_lock(path);
	if (lock < 0)
		return lock;
	r = clear_name(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = bind_for_all(fd, &address);
	if (r < 0)
		return r;
	/* No request has a descriptor, and one of the client's own socket, in the queue of a client that
	 * is not read from any more, would keep it connected when all its processes have ended. Older
	 * kernels lack this: there the limit of clients of one user is what bounds it. */
	setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){0}, sizeof(int));
	if (listen(fd, BACKLOG) < 0 || lstat(path, &status) < 0)
		return -errno;
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	listener->fd = fd;
	fd = -1;
	return 0;
}

void listener_close(struct listener *listener)
{
	struct stat status;

	if (listener->fd < 0)
		return;
	/* While the socket is open nobody else can have its inode. */
	if (lstat(listener->path, &status) == 0 && status.st_dev == listener->device &&
		status.st_ino == listener->inode)
		unlink(listener->path);
	listener->fd = close_fd(listener->fd);
}
