/* SPDX-License-Identifier: MIT */
/*
 * The files of reports. They are written by whoever the DHCP client runs as, root mostly, so the
 * directory must not be one in which somebody else could lay a link to another place.
 */
#include "hook/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/netns.h"

uint64_t store_namespace(void)
{
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
		return 0;
	return cookie;
}

void store_prefix(char prefix[STORE_NAME], uint64_t namespace)
{
	snprintf(prefix, STORE_NAME, "%" PRIx64 "-", namespace);
}

static void name_make(
	char name[STORE_NAME], uint64_t namespace, uint32_t element, const char *interface)
{
	snprintf(name, STORE_NAME, "%" PRIx64 "-%s-%s", namespace, report_element_name(element),
		interface);
}

/* A descriptor, or negative errno. -EPERM: somebody else could change what is in it. */
static int directory_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || (status.st_uid != 0 && status.st_uid != geteuid()) ||
		(status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

static int file_write(int directory, const char *name, const char *text, size_t size)
{
	_cleanup_(closep) int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	size_t written = 0;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0644) < 0)
		return -errno;
	while (written < size) {
		ssize_t count = write(fd, text + written, size - written);

		if (count < 0 && errno != EINTR)
			return -errno;
		written += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

int store_put(const char *path, uint64_t namespace, const struct report *report)
{
	static char text[REPORT_TEXT];
	_cleanup_(closep) int directory = -1;
	char name[STORE_NAME], new[STORE_NAME + 16];
	bool made = mkdir(path, 0755) == 0;
	int r;

	if (!made && errno != EEXIST)
		return -errno;
	directory = directory_open(path);
	if (directory < 0)
		return directory;
	/* Whatever the client's umask is. */
	if (made && fchmod(directory, 0755) < 0)
		return -errno;
	name_make(name, namespace, report->element, report->interface);
	/* Nobody else has our process id, so a file of that name is what a crash left. */
	snprintf(new, sizeof(new), ".%d-%s", (int)getpid(), name);
	if (unlinkat(directory, new, 0) < 0 && errno != ENOENT)
		return -errno;
	r = file_write(directory, new, text, report_write(report, text));
	if (r == 0 && renameat(directory, new, directory, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(directory, new, 0);
	return r;
}

int store_remove(const char *path, uint64_t namespace, uint32_t element, const char *interface)
{
	_cleanup_(closep) int directory = directory_open(path);
	char name[STORE_NAME];

	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	name_make(name, namespace, element, interface);
	return unlinkat(directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}
