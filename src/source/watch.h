/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Directories whose files change, through one inotify descriptor. A directory need not exist: it is
 * noticed when it comes, by its nearest ancestor that does.
 */
#define WATCH_PLACES 4

struct watch_place {
	char path[PATH_MAX]; /* of the directory */
	const char *name; /* of the file in it that matters; NULL: all of them */
	int wd; /* -1: not watched */
	bool ancestor; /* wd is not the directory itself, but one above it */
};

struct watch {
	int fd; /* -1: this system cannot watch */
	size_t count;
	struct watch_place places[WATCH_PLACES];
};

void watch_init(struct watch *watch);
void watch_deinit(struct watch *watch);

/* name: the caller's, must outlive the watch. Beyond the limit, or with too long a path, nothing
 * happens: then what is there is not watched. */
void watch_add(struct watch *watch, const char *directory, const char *name);

/* Forgets all places. */
void watch_clear(struct watch *watch);

/* Reads the events that wait. Whether one of them is about what is watched. */
bool watch_read(struct watch *watch);
