/* SPDX-License-Identifier: MIT */
/*
 * inotify, made to last: directories come, go and come again while a daemon runs.
 */
#include "source/watch.h"

#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"

/* A file is news when it is whole: closed after writing, or moved to its name; IN_MODIFY is for those
 * that a program keeps open and appends to. */
#define CHANGES                                                                             \
	(IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | \
		IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define ARRIVALS (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR | IN_MASK_ADD)

void watch_init(struct watch *watch)
{
	*watch = (struct watch){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
}

void watch_deinit(struct watch *watch)
{
	watch->fd = close_fd(watch->fd);
}

/* Makes path that of the directory above it. False: there is none. */
static bool path_rise(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || strcmp(path, "/") == 0)
		return false;
	if (slash == path)
		slash++;
	*slash = '\0';
	return true;
}

/* The directory itself, or the nearest one above it that is there. */
static void place_arm(struct watch *watch, struct watch_place *place)
{
	char path[PATH_MAX];

	place->wd = inotify_add_watch(watch->fd, place->path, CHANGES);
	place->ancestor = false;
	strcpy(path, place->path);
	while (place->wd < 0 && path_rise(path)) {
		place->wd = inotify_add_watch(watch->fd, path, ARRIVALS);
		place->ancestor = true;
	}
}

void watch_add(struct watch *watch, const char *directory, const char *name)
{
	struct watch_place *place = &watch->places[watch->count];

	if (watch->fd < 0 || watch->count == WATCH_PLACES || strlen(directory) >= PATH_MAX)
		return;
	strcpy(place->path, directory);
	place->name = name;
	watch->count++;
	place_arm(watch, place);
}

void watch_clear(struct watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		inotify_rm_watch(watch->fd, watch->places[i].wd);
	watch->count = 0;
}

/* Whether the event is about what this place is for. */
static bool place_hear(
	struct watch *watch, struct watch_place *place, const struct inotify_event *event)
{
	if (event->wd != place->wd)
		return false;
	/* Between our look at the ancestor and its watch the directory may have come. */
	if (place->ancestor) {
		place_arm(watch, place);
		return !place->ancestor;
	}
	if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
		if ((event->mask & IN_MOVE_SELF) != 0)
			inotify_rm_watch(watch->fd, event->wd);
		place_arm(watch, place);
		return true;
	}
	return place->name == NULL || (event->len > 0 && strcmp(event->name, place->name) == 0);
}

bool watch_read(struct watch *watch)
{
	_Alignas(struct inotify_event) char octets[4096];
	ssize_t size = watch->fd < 0 ? -1 : read(watch->fd, octets, sizeof(octets));
	bool changed = false;

	for (ssize_t at = 0; at < size;) {
		const struct inotify_event *event = (const void *)(octets + at);

		changed |= (event->mask & IN_Q_OVERFLOW) != 0;
		for (size_t i = 0; i < watch->count; i++)
			changed |= place_hear(watch, &watch->places[i], event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return changed;
}
