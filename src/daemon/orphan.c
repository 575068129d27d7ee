/* SPDX-License-Identifier: MIT */
/*
 * The engine whose parent is dead: it serves on, so that its clients lose nothing but what only the
 * parent could do, and makes room for the next daemon, which takes the socket's name from it. SIGTERM
 * ends it at any time.
 */
#include "daemon/orphan.h"

#include <stddef.h>
#include <sys/socket.h>

#include "base/clock.h"

void orphan_init(struct orphan *orphan, int listen_fd)
{
	socklen_t size = sizeof(orphan->name);
	struct stat status = {0};

	*orphan = (struct orphan){.look_at = TIME_FOREVER};
	if (getsockname(listen_fd, (struct sockaddr *)&orphan->name, &size) == 0)
		stat(orphan->name.sun_path, &status);
	orphan->device = status.st_dev;
	orphan->inode = status.st_ino;
}

void orphan_begin(struct orphan *orphan, uint64_t now)
{
	orphan->look_at = now + ORPHAN_LOOK;
}

const char *orphan_end(struct orphan *orphan, unsigned int clients, uint64_t now)
{
	struct stat status;

	if (orphan->look_at > now)
		return NULL;
	orphan->look_at = now + ORPHAN_LOOK;
	if (stat(orphan->name.sun_path, &status) < 0)
		return clients == 0 ? "its name is gone, and so is the last client" : NULL;
	if (status.st_dev != orphan->device || status.st_ino != orphan->inode)
		return "another daemon has its name";
	return NULL;
}
