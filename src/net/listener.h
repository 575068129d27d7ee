/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

/* Who may connect, as the kernel sees it: write permission on the socket's name. */
struct listener_access {
	mode_t mode;
	gid_t group; /* (gid_t)-1: that of the process */
	bool descriptors; /* requests may have some: those about paths */
};

/* The listening socket of the daemon, and its name in the file system. */
struct listener {
	int fd;
	int lock_fd; /* of the file PATH.lock, as long as the daemon's parent lives */
	const char *path;
	dev_t device;
	ino_t inode;
	bool inherited; /* from an engine whose parent is dead, and which ends now */
};

/* Binds path, and makes its directory if there is none. The socket of a dead daemon is replaced, as is
 * that of an engine without its parent. 0; -EADDRINUSE: another daemon listens there; -EEXIST: there
 * is something that is no socket; other negative errno. path stays the caller's. */
int listener_open(
	struct listener *listener, const char *path, const struct listener_access *access);

/* In a process that only serves: the lock is the parent's alone, and ends with it. */
void listener_unlock(struct listener *listener);

/* Closes it, and removes the names if they still are this listener's. */
void listener_close(struct listener *listener);
