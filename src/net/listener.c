/* SPDX-License-Identifier: MIT */
/*
 * The daemon's name in the file system: a listening SOCK_SEQPACKET Unix socket, and beside it a lock
 * which the parent holds as long as it lives, and which nobody else can open. By the lock two daemons
 * that start at the same moment are kept apart, and by what the file says (whose socket that name was
 * last) an engine that has outlived its parent is told from a stranger's program.
 */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"

#define BACKLOG 1024
#define LOCK_NAME (sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock"))
#define LOCK_TRIES 100

static int directory_make(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return 0;
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = '\0';
	return mkdir(directory, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* ---- the lock ---- */

static void lock_name(char name[LOCK_NAME], const char *path)
{
	snprintf(name, LOCK_NAME, "%s.lock", path);
}

/* Of the open file description: not of the process, whose other locks would go with it. */
static int lock_try(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES ? -EADDRINUSE : -errno;
	return 0;
}

static bool is_named(int fd, const char *name)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && lstat(name, &named) == 0 && held.st_dev == named.st_dev &&
		held.st_ino == named.st_ino;
}

/* A descriptor, or negative errno. Whoever held it before may have removed the file just now. */
static int lock_take(const char *path)
{
	char name[LOCK_NAME];

	lock_name(name, path);
	for (int i = 0; i < LOCK_TRIES; i++) {
		_cleanup_(closep) int fd =
			open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		int r = fd < 0 ? -errno : lock_try(fd);
		int locked = fd;

		if (r < 0)
			return r;
		if (!is_named(fd, name))
			continue;
		fd = -1;
		return locked;
	}
	return -EADDRINUSE;
}

/* Whose socket bears the name, for who comes after a crash. */
static int lock_write(const struct listener *listener)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%ju %ju\n", (uintmax_t)listener->device,
		(uintmax_t)listener->inode);

	if (ftruncate(listener->lock_fd, 0) < 0)
		return -errno;
	return pwrite(listener->lock_fd, text, (size_t)length, 0) == length ? 0 : -EIO;
}

/* It stays while it says something that the next one needs. */
static void lock_remove(const struct listener *listener, bool always)
{
	char name[LOCK_NAME];
	struct stat status;

	lock_name(name, listener->path);
	if (is_named(listener->lock_fd, name) &&
		(always || (fstat(listener->lock_fd, &status) == 0 && status.st_size == 0)))
		unlink(name);
}

static bool lock_names(int fd, const struct stat *status)
{
	char text[64];
	ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
	uintmax_t device, inode;

	if (size < 0)
		return false;
	text[size] = '\0';
	return sscanf(text, "%ju %ju", &device, &inode) == 2 && device == status->st_dev &&
		inode == status->st_ino;
}

/* ---- the socket ---- */

/* 0: the name is free now. */
static int clear_name(struct listener *listener, const struct sockaddr_un *address)
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
		errno != ECONNREFUSED) {
		listener->inherited = lock_names(listener->lock_fd, &status);
		if (!listener->inherited)
			return -EADDRINUSE;
	}
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Nobody connects before owner and mode are right. */
static int bind_for(int fd, const struct sockaddr_un *address, const struct listener_access *access)
{
	mode_t mask = umask(0177);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(mask);
	if (r < 0)
		return r;
	if (access->group != (gid_t)-1 && lchown(address->sun_path, (uid_t)-1, access->group) < 0)
		r = -errno;
	if (r == 0 && chmod(address->sun_path, access->mode) < 0)
		r = -errno;
	if (r < 0)
		unlink(address->sun_path);
	return r;
}

static int socket_open(struct listener *listener, const struct sockaddr_un *address,
	const struct listener_access *access)
{
	struct stat status;
	int r;

	listener->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return -errno;
	r = bind_for(listener->fd, address, access);
	if (r < 0)
		return r;
	/* Without paths no request has a descriptor, and one of the client's own socket, in the queue of a client that
	 * is not read from any more, would keep it connected when all its processes have ended. Older
	 * kernels lack this: there the limit of clients of one user is what bounds it. */
	setsockopt(
		listener->fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){access->descriptors}, sizeof(int));
	if (listen(listener->fd, BACKLOG) < 0 || lstat(address->sun_path, &status) < 0)
		return -errno;
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	return lock_write(listener);
}

int listener_open(struct listener *listener, const char *path, const struct listener_access *access)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int r;

	*listener = (struct listener){.fd = -1, .lock_fd = -1, .path = path};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	r = directory_make(path);
	if (r < 0)
		return r;
	listener->lock_fd = lock_take(path);
	if (listener->lock_fd < 0)
		return listener->lock_fd;
	r = clear_name(listener, &address);
	if (r == 0)
		r = socket_open(listener, &address, access);
	if (r < 0) {
		listener->fd = close_fd(listener->fd);
		lock_remove(listener, false);
		listener_unlock(listener);
	}
	return r;
}

void listener_unlock(struct listener *listener)
{
	listener->lock_fd = close_fd(listener->lock_fd);
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
	lock_remove(listener, true);
	listener_unlock(listener);
}
