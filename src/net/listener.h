/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

/* The listening socket of the daemon, and its name in the file system. */
struct listener {
	int fd;
	const char *path;
	dev_t device;
	ino_t inode;
};

/* Binds path, for everybody, and makes its directory if there is none. The socket of a dead daemon
 * is replaced. 0; -EADDRINUSE: another daemon listens there; -EEXIST: there is something that is no
 * socket; other negative errno. path stays the caller's. */
int listener_open(struct listener *listener, const char *path);

/* Closes it, and removes the name if it still is this socket's. */
void listener_close(struct listener *listener);
