/* SPDX-License-Identifier: MIT */
/*
 * Sockets are taken from the kernel's path manager, one at a time. The octet that is set around the
 * window lies in a file: a process that is killed there leaves it, and the next one knows that the
 * sysctl is its own doing and not an administrator's.
 */
#include "net/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define IN_WINDOW 'W'

/* "0", "1", and since Linux 6.15 names beside them. */
static const char *value_of(const struct adopt *adopt, bool userspace)
{
	if (adopt->named)
		return userspace ? "userspace" : "kernel";
	return userspace ? "1" : "0";
}

/* 1: userspace; 0: the kernel; or negative errno. */
static int sysctl_read(const struct adopt *adopt)
{
	char value[32] = "";
	ssize_t size = pread(adopt->sysctl, value, sizeof(value) - 1, 0);

	if (size < 0)
		return -errno;
	value[strcspn(value, "\n")] = '\0';
	return strcmp(value, value_of(adopt, true)) == 0;
}

static int sysctl_write(const struct adopt *adopt, bool userspace)
{
	const char *value = value_of(adopt, userspace);

	return pwrite(adopt->sysctl, value, strlen(value), 0) < 0 ? -errno : 0;
}

static void record_set(struct adopt *adopt, uint8_t octet)
{
	if (adopt->record != NULL)
		__atomic_store_n(adopt->record, octet, __ATOMIC_SEQ_CST);
}

/* Missing, it is missed after a crash only. */
static void record_open(struct adopt *adopt, const char *path)
{
	_cleanup_(closep) int fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat status;
	void *memory;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || ftruncate(fd, 1) < 0)
		return;
	memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return;
	adopt->record = memory;
	strcpy(adopt->path, path);
}

int adopt_open(struct adopt *adopt, const char *record)
{
	*adopt = (struct adopt){.sysctl = -1};
	adopt->sysctl = open("/proc/sys/net/mptcp/pm_type", O_RDWR | O_CLOEXEC);
	if (adopt->sysctl < 0 && errno == ENOENT) {
		adopt->sysctl = open("/proc/sys/net/mptcp/path_manager", O_RDWR | O_CLOEXEC);
		adopt->named = true;
	}
	if (adopt->sysctl < 0)
		return -errno;
	if (record != NULL && strlen(record) < sizeof(adopt->path))
		record_open(adopt, record);
	return 0;
}

static int window_close(struct adopt *adopt)
{
	int r = sysctl_write(adopt, false);

	if (r == 0)
		record_set(adopt, 0);
	return r;
}

void adopt_close(struct adopt *adopt)
{
	if (adopt->takeover)
		window_close(adopt);
	/* What could not be put back, the next one shall know of. */
	if (adopt->record != NULL && *adopt->record != IN_WINDOW)
		unlink(adopt->path);
	adopt_leave(adopt);
}

void adopt_leave(struct adopt *adopt)
{
	if (adopt->record != NULL)
		munmap(adopt->record, 1);
	close_fd(adopt->sysctl);
	*adopt = (struct adopt){.sysctl = -1};
}

int adopt_repair(struct adopt *adopt)
{
	int r;

	if (adopt->record == NULL || *adopt->record != IN_WINDOW)
		return 0;
	r = window_close(adopt);
	return r < 0 ? r : 1;
}

static int window_open(struct adopt *adopt)
{
	int r;

	record_set(adopt, IN_WINDOW);
	r = sysctl_write(adopt, true);
	if (r < 0)
		record_set(adopt, 0);
	return r;
}

int adopt_all(struct adopt *adopt)
{
	int r = sysctl_read(adopt);

	if (r == 0) {
		r = window_open(adopt);
		adopt->takeover = r == 0;
	}
	return MIN(r, 0);
}

static int disconnect(int fd)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	return connect(fd, &none, sizeof(none)) < 0 ? -errno : 0;
}

int adopt_socket(struct adopt *adopt, int fd)
{
	int r = adopt->takeover ? 1 : sysctl_read(adopt), closed;

	if (r < 0)
		return r;
	/* That is how an administrator wants it. */
	if (r == 1)
		return disconnect(fd);
	r = window_open(adopt);
	if (r < 0)
		return r;
	r = disconnect(fd);
	closed = window_close(adopt);
	return r < 0 ? r : closed;
}
