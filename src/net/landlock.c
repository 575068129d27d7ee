/* SPDX-License-Identifier: MIT */
/*
 * Landlock by its raw system calls, which no C library wraps. Owns the rule set until it is entered.
 * What an older kernel does not know is left out; what every version of the interface can express is
 * forbidden where it can.
 */
#include "net/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Of versions later than the oldest headers that this is built with. */
#define ACCESS_FS_TRUNCATE (UINT64_C(1) << 14) /* 3 */
#define ACCESS_FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define ACCESS_NET_BIND_TCP (UINT64_C(1) << 0) /* 4 */
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0) /* 6 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1) /* 6 */
#define RULE_NET_PORT 2 /* 4 */

/* All rights of version 1; the file's own are those that a rule about a file may have. */
#define ACCESS_FS_FIRST ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define READ_DIRECTORY (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* 4 */
	uint64_t scoped; /* 6 */
};

struct net_port_attr {
	uint64_t allowed_access;
	uint64_t port;
};

struct landlock {
	int fd;
	int version;
};

/* An attribute of the size that this version has; a longer one is E2BIG. */
static size_t ruleset_describe(struct ruleset_attr *attr, int version)
{
	*attr = (struct ruleset_attr){.handled_access_fs = ACCESS_FS_FIRST};
	if (version >= 2)
		attr->handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		attr->handled_access_fs |= ACCESS_FS_TRUNCATE;
	if (version >= 5)
		attr->handled_access_fs |= ACCESS_FS_IOCTL_DEV;
	if (version >= 4)
		attr->handled_access_net = ACCESS_NET_BIND_TCP;
	if (version >= 6)
		attr->scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return version >= 6    ? sizeof(*attr)
		: version >= 4 ? offsetof(struct ruleset_attr, scoped)
			       : offsetof(struct ruleset_attr, handled_access_net);
}

static int rule_add(const struct landlock *landlock, unsigned int type, const void *attr)
{
	return syscall(SYS_landlock_add_rule, landlock->fd, type, attr, 0) < 0 ? -errno : 0;
}

int landlock_new(struct landlock **landlockp)
{
	/* DNS by TCP from an address of the domain's: bind(2) with the port left to the kernel. */
	const struct net_port_attr any = {.allowed_access = ACCESS_NET_BIND_TCP, .port = 0};
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock *landlock;
	struct ruleset_attr attr;
	size_t size;
	int r = 0;

	if (version < 0)
		return -errno;
	landlock = malloc(sizeof(*landlock));
	if (landlock == NULL)
		return -ENOMEM;
	landlock->version = (int)version;
	size = ruleset_describe(&attr, landlock->version);
	landlock->fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (landlock->fd < 0)
		r = -errno;
	else if (landlock->version >= 4)
		r = rule_add(landlock, RULE_NET_PORT, &any);
	if (r < 0) {
		landlock_free(landlock);
		return r;
	}
	*landlockp = landlock;
	return 0;
}

void landlock_free(struct landlock *landlock)
{
	if (landlock == NULL)
		return;
	close_fd(landlock->fd);
	free(landlock);
}

/* 0; -ENOENT: nothing of this name, or what may not be seen; -EISDIR: the root. */
static int beneath_add(const struct landlock *landlock, const char *path)
{
	struct landlock_path_beneath_attr attr = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat status, root;

	if (fd < 0 || fstat(fd, &status) < 0 || stat("/", &root) < 0)
		return errno == ENOTDIR || errno == EACCES || errno == ELOOP ? -ENOENT : -errno;
	if (status.st_dev == root.st_dev && status.st_ino == root.st_ino)
		return -EISDIR;
	if (S_ISDIR(status.st_mode))
		attr.allowed_access = READ_DIRECTORY;
	attr.parent_fd = fd;
	return rule_add(landlock, LANDLOCK_RULE_PATH_BENEATH, &attr);
}

/* Cuts the last component off; what is left ends with "/". False: that is the root, or nothing. */
static bool path_rise(char *path)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		length--;
	while (length > 0 && path[length - 1] != '/')
		length--;
	path[length] = '\0';
	return length > strspn(path, "/");
}

/* 0; -EISDIR: that would be the root. */
static int directory_allow(const struct landlock *landlock, char *path)
{
	int r;

	do
		r = beneath_add(landlock, path);
	while (r == -ENOENT && path_rise(path));
	return r == -ENOENT ? -EISDIR : r;
}

/* The directory of a file that may be replaced; itself, if it is a device or stands in the root. */
static int file_allow(const struct landlock *landlock, const char *path)
{
	char directory[PATH_MAX];
	struct stat status;
	int r = -EISDIR;

	strcpy(directory, path);
	if ((stat(path, &status) < 0 || S_ISREG(status.st_mode)) && path_rise(directory))
		r = directory_allow(landlock, directory);
	if (r == -EISDIR)
		r = beneath_add(landlock, path);
	return r == -ENOENT ? 0 : r;
}

/* A relative path is one to the present directory. */
static int path_complete(const char *path, char name[PATH_MAX])
{
	size_t length;

	name[0] = '\0';
	if (path[0] != '/' && getcwd(name, PATH_MAX - 1) == NULL)
		return -errno;
	length = strlen(name);
	if (length > 0)
		name[length++] = '/';
	if (path[0] == '\0' || length + strlen(path) >= PATH_MAX)
		return -EINVAL;
	strcpy(name + length, path);
	return 0;
}

int landlock_allow(struct landlock *landlock, const char *path)
{
	char name[PATH_MAX], real[PATH_MAX];
	int r = path_complete(path, name);

	if (r < 0)
		return r;
	if (name[strlen(name) - 1] == '/') {
		r = directory_allow(landlock, name);
		return r == -EISDIR ? -EINVAL : r;
	}
	/* Landlock looks at where a symbolic link leads to; the link may be replaced by a file. */
	if (realpath(name, real) != NULL && strcmp(name, real) != 0)
		r = file_allow(landlock, real);
	return r < 0 ? r : file_allow(landlock, name);
}

int landlock_enter(struct landlock *landlock)
{
	if (syscall(SYS_landlock_restrict_self, landlock->fd, 0) < 0)
		return -errno;
	return landlock->version;
}
