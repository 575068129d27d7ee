/* SPDX-License-Identifier: MIT */
/*
 * Listening on a set. What a listener consists of is written in the kernel: /proc/self/fdinfo of an
 * epoll instance lists its descriptors, so a duplicate, a child, and a program started by exec(2)
 * find the sockets again, if they have inherited them.
 */
#include "multipath/listener.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/bound.h"
#include "multipath/host.h"
#include "multipath/interrupt.h"
#include "multipath/lock.h"
#include "multipath/twin.h"

/* In the upper half of what epoll keeps for each socket; the lower one is its descriptor. */
#define MAGIC UINT64_C(0x4d504c53)

/* Duplicates of a listener that are known by number; others are recognised anew each time. */
#define ALIASES 8

struct listener {
	struct listener *next;
	int fds[ALIASES]; /* the program's; -1: none */
	int backlog;
	struct entries entries;
};

static struct listener *listeners;
static atomic_bool exists;

bool listener_exists(void)
{
	return atomic_load_explicit(&exists, memory_order_relaxed);
}

/* ---- recognising, with the lock ---- */

static struct listener *find_alias(int fd)
{
	for (struct listener *listener = listeners; listener != NULL; listener = listener->next)
		for (size_t i = 0; i < ALIASES; i++)
			if (listener->fds[i] == fd)
				return listener;
	return NULL;
}

static void set_alias(struct listener *listener, int from, int to)
{
	for (size_t i = 0; i < ALIASES; i++) {
		if (listener->fds[i] == from) {
			listener->fds[i] = to;
			return;
		}
	}
}

static bool has_alias(const struct listener *listener)
{
	for (size_t i = 0; i < ALIASES; i++)
		if (listener->fds[i] >= 0)
			return true;
	return false;
}

static struct listener *listener_new(int fd, int backlog, const struct entries *entries)
{
	struct listener *listener = malloc(sizeof(*listener));

	if (listener == NULL)
		return NULL;
	for (size_t i = 0; i < ALIASES; i++)
		listener->fds[i] = i == 0 ? fd : -1;
	listener->backlog = backlog;
	listener->entries = *entries;
	listener->next = listeners;
	listeners = listener;
	atomic_store(&exists, true);
	return listener;
}

/* A number in this process's table is the same file as where the line comes from: the instance may
 * have been passed without its sockets. */
static bool is_member(int fd, unsigned long long inode)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == inode &&
		socket_kind(fd) == SOCKET_LISTENING;
}

/* What fdinfo says, if it is all of our making. */
static bool read_members(int fd, struct entries *entries)
{
	char path[64], text[8192];
	_cleanup_(host_closep) int file = -1;
	char *line, *rest = text;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	entries->count = 0;
	while ((line = strsep(&rest, "\n")) != NULL) {
		struct entry *entry = &entries->at[entries->count];
		unsigned long long data, inode;
		int member;

		if (sscanf(line, "tfd: %d events: %*x data: %llx pos:%*i ino:%llx", &member, &data,
			    &inode) != 3)
			continue;
		if (entries->count == SMP_MAX_ADDRS || data != (MAGIC << 32 | (uint32_t)member) ||
			!is_member(member, inode))
			return false;
		*entry = (struct entry){.state = MULTIPATH_BOUND};
		entry_hold(entry, member);
		if (socket_name(member, &entry->endpoint) < 0)
			return false;
		entries->count++;
	}
	return entries->count > 0;
}

static struct listener *find_by_member(int fd)
{
	for (struct listener *listener = listeners; listener != NULL; listener = listener->next)
		for (size_t i = 0; i < listener->entries.count; i++)
			if (listener->entries.at[i].fd == fd)
				return listener;
	return NULL;
}

static struct listener *listener_find(int fd)
{
	struct listener *listener = find_alias(fd);
	struct entries entries;

	if (listener != NULL || !read_members(fd, &entries))
		return listener;
	listener = find_by_member(entries.at[0].fd);
	if (listener == NULL)
		return listener_new(fd, SOMAXCONN, &entries);
	set_alias(listener, -1, fd);
	return listener;
}

static bool listener_copy(int fd, struct listener *copy)
{
	struct listener *listener;

	lock_take();
	listener = listener_find(fd);
	if (listener != NULL)
		*copy = *listener;
	lock_release();
	return listener != NULL;
}

bool listener_get(int fd, struct entries *entries)
{
	struct listener copy;

	if (!listener_copy(fd, &copy))
		return false;
	*entries = copy.entries;
	return true;
}

static void listener_store(int fd, int backlog, const struct entries *entries)
{
	struct listener *listener;

	lock_take();
	listener = listener_find(fd);
	if (listener != NULL) {
		listener->backlog = backlog;
		listener->entries = *entries;
	}
	lock_release();
}

int listener_member(const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entries->at[i].fd >= 0)
			return entries->at[i].fd;
	return -1;
}

/* ---- making and changing ---- */

/* Adds a listening socket to the instance. 0, or negative errno. */
static int watch(int instance, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = MAGIC << 32 | (uint32_t)fd};
	int flags = fcntl(fd, F_GETFL);

	/* Whoever else accepts from it, one of us would wait for nothing. */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return epoll_ctl(instance, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* The sockets are inherited as the descriptor is. */
static void inherit(int fd, const struct entries *entries)
{
	int flags = fcntl(fd, F_GETFD);

	for (size_t i = 0; flags >= 0 && i < entries->count; i++)
		if (entries->at[i].fd >= 0)
			fcntl(entries->at[i].fd, F_SETFD, flags);
}

static void entry_fail(struct entry *entry, int error)
{
	entry->state = MULTIPATH_FAILED;
	entry->error = -error;
}

/* Listens on what is bound. fd stands for the entry without a descriptor. */
static void listen_all(int fd, struct entries *entries, int backlog)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];

		if (entry_is_bound(entry) &&
			host_listen(entry->fd < 0 ? fd : entry->fd, backlog) < 0)
			entry_fail(entry, -errno);
	}
}

/* Gives the program's own socket, if it listens, another number, and puts all into an instance. */
static int make_instance(int fd, struct entries *entries, int *instance)
{
	*instance = epoll_create1(EPOLL_CLOEXEC);
	if (*instance < 0)
		return -errno;
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];
		int r;

		if (!entry_is_bound(entry))
			continue;
		if (entry->fd < 0)
			entry_hold(entry, twin_hide(fcntl(fd, F_DUPFD_CLOEXEC, 0)));
		r = entry->fd < 0 ? -errno : watch(*instance, entry->fd);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The new number of the program's own socket, which had none among the entries. */
static int own_member(const struct entries *bound, const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entry_is_bound(&bound->at[i]) && bound->at[i].fd < 0)
			return entries->at[i].fd;
	return -1;
}

int listener_make(int fd, const struct entries *bound, int backlog)
{
	static const struct entries none = {.count = 0};
	struct entries entries = *bound;
	int status = fcntl(fd, F_GETFL);
	int instance = -1, r;

	listen_all(fd, &entries, backlog);
	if (bound_count(&entries) == 0)
		return bound_error(&entries);
	r = make_instance(fd, &entries, &instance);
	if (r == 0)
		r = known_set_entries(fd, MULTIPATH_LOCAL, &none);
	if (r < 0) {
		host_close_fd(instance);
		host_close_fd(own_member(bound, &entries));
		return r;
	}
	inherit(fd, &entries);
	r = twin_replace(fd, instance);
	/* Which the program's socket, now a member, has lost. */
	fcntl(fd, F_SETFL, status);
	lock_take();
	if (r == 0 && listener_new(fd, backlog, &entries) == NULL)
		r = -ENOMEM;
	lock_release();
	if (r < 0)
		bound_close(&entries);
	return r;
}

/* Listens on what is new among the entries. */
static void begin_new(int fd, const struct entries *old, struct entries *entries, int backlog)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->at[i];
		bool known = false;
		int r;

		for (size_t j = 0; j < old->count; j++)
			known |= old->at[j].fd == entry->fd;
		if (!entry_is_bound(entry) || known)
			continue;
		r = host_listen(entry->fd, backlog) < 0 ? -errno : watch(fd, entry->fd);
		if (r < 0) {
			entry_fail(entry, r);
			entry_close(entry);
		}
	}
}

/* Children may have the sockets as well: who is removed listens nowhere any more. */
static void end_removed(int fd, struct entries *removed)
{
	for (size_t i = 0; i < removed->count; i++) {
		epoll_ctl(fd, EPOLL_CTL_DEL, removed->at[i].fd, NULL);
		host_shutdown(removed->at[i].fd, SHUT_RDWR);
	}
	bound_close(removed);
}

int listener_change(int fd, const struct set *set)
{
	struct entries entries, removed;
	struct listener old;

	if (!listener_copy(fd, &old))
		return -ENOTSOCK;
	bound_change(listener_member(&old.entries), set, &old.entries, &entries, &removed);
	begin_new(fd, &old.entries, &entries, old.backlog);
	if (bound_count(&entries) == 0)
		return bound_error(&entries);
	inherit(fd, &entries);
	listener_store(fd, old.backlog, &entries);
	end_removed(fd, &removed);
	return (int)bound_count(&entries);
}

int listener_listen(int fd, int backlog)
{
	struct entries entries;

	if (!listener_get(fd, &entries))
		return -ENOTSOCK;
	for (size_t i = 0; i < entries.count; i++)
		if (entry_is_bound(&entries.at[i]) && host_listen(entries.at[i].fd, backlog) < 0)
			return -errno;
	listener_store(fd, backlog, &entries);
	return 0;
}

/* ---- accepting ---- */

/* When accept(2) gives up: O_NONBLOCK, or SO_RCVTIMEO of the sockets. */
static uint64_t accept_deadline(int fd, int member, uint64_t now)
{
	struct timeval timeout = {0};
	socklen_t size = sizeof(timeout);
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && (flags & O_NONBLOCK) != 0)
		return now;
	if (host_getsockopt(member, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size) < 0 ||
		(timeout.tv_sec == 0 && timeout.tv_usec == 0))
		return TIME_FOREVER;
	return now + (uint64_t)timeout.tv_sec * NSEC_PER_SEC + (uint64_t)timeout.tv_usec * 1000;
}

int listener_accept(int fd, int flags)
{
	struct entries entries;
	struct epoll_event event;
	uint64_t now = clock_boottime(), deadline;

	if (!listener_get(fd, &entries))
		return -ENOTSOCK;
	deadline = accept_deadline(fd, listener_member(&entries), now);
	for (;; now = clock_boottime()) {
		int r = epoll_wait(fd, &event, 1, clock_timeout(now, deadline));

		if (r == 0)
			return -EAGAIN;
		if (r < 0 && errno == EINTR && !signals_interrupt())
			continue;
		if (r < 0)
			return errno == EINVAL ? -ENOTSOCK : -errno;
		if (event.data.u64 >> 32 != MAGIC)
			return -ENOTSOCK;
		r = host_accept4((int)(uint32_t)event.data.u64, NULL, NULL, flags);
		if (r >= 0)
			return r;
		/* Another thread or process was quicker. */
		if (errno != EAGAIN)
			return -errno;
	}
}

/* ---- closing ---- */

/* Another descriptor of this process for the same instance, or -1. */
static int find_duplicate(int fd, const struct listener *listener)
{
	DIR *directory = opendir("/proc/self/fd");
	struct entries entries;
	struct dirent *item;
	int found = -1;

	while (found < 0 && directory != NULL && (item = readdir(directory)) != NULL) {
		char target[32] = "";
		int other = atoi(item->d_name);

		if (other == fd || item->d_name[0] == '.' ||
			readlinkat(dirfd(directory), item->d_name, target, sizeof(target) - 1) < 0)
			continue;
		if (strcmp(target, "anon_inode:[eventpoll]") == 0 &&
			read_members(other, &entries) &&
			find_by_member(entries.at[0].fd) == listener)
			found = other;
	}
	if (directory != NULL)
		closedir(directory);
	return found;
}

static void listener_free(struct listener *listener)
{
	struct listener **place = &listeners;

	while (*place != listener)
		place = &(*place)->next;
	*place = listener->next;
	bound_close(&listener->entries);
	free(listener);
}

void listener_forget(int fd)
{
	struct listener *listener;

	if (!listener_exists())
		return;
	lock_take();
	listener = find_alias(fd);
	if (listener != NULL) {
		set_alias(listener, fd, -1);
		if (!has_alias(listener))
			set_alias(listener, -1, find_duplicate(fd, listener));
		if (!has_alias(listener))
			listener_free(listener);
	}
	lock_release();
}
