/* SPDX-License-Identifier: MIT */
#include "run/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "multipath/host.h"
#include "multipath/twin.h"

#define WATCHERS_MAX 16

struct watcher {
	int epoll;
	struct epoll_event event;
};

static void closedirp(DIR **directory)
{
	if (*directory != NULL)
		closedir(*directory);
}

static void fclosep(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
}

/* How an epoll instance watches the descriptor: the kernel tells it in /proc. */
static bool read_watcher(int epoll, int fd, struct watcher *watcher)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", epoll);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		int watched;
		uint32_t events;
		uint64_t data;

		if (sscanf(line, "tfd: %d events: %" SCNx32 " data: %" SCNx64, &watched, &events,
			    &data) == 3 &&
			watched == fd) {
			*watcher = (struct watcher){
				.epoll = epoll,
				.event = {.events = events, .data.u64 = data},
			};
			return true;
		}
	}
	return false;
}

static size_t find_watchers(int fd, struct watcher watchers[WATCHERS_MAX])
{
	_cleanup_(closedirp) DIR *directory = opendir("/proc/self/fd");
	struct dirent *item;
	size_t count = 0;

	while (directory != NULL && count < WATCHERS_MAX && (item = readdir(directory)) != NULL) {
		char name[32];
		ssize_t length = readlinkat(dirfd(directory), item->d_name, name, sizeof(name) - 1);

		name[MAX(length, 0)] = '\0';
		if (strcmp(name, "anon_inode:[eventpoll]") == 0 &&
			read_watcher(atoi(item->d_name), fd, &watchers[count]))
			count++;
	}
	return count;
}

int place_replace(int fd, int other)
{
	struct watcher watchers[WATCHERS_MAX];
	size_t count = find_watchers(fd, watchers);
	int r = twin_replace(fd, other);

	for (size_t i = 0; r == 0 && i < count; i++)
		epoll_ctl(watchers[i].epoll, EPOLL_CTL_ADD, fd, &watchers[i].event);
	return r;
}
