/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/un.h>

/* How often an engine without its parent looks whether its time has come. */
#define ORPHAN_LOOK (100 * NSEC_PER_MSEC)

/* What an engine must know to live without its parent, and not for ever. */
struct orphan {
	struct sockaddr_un name; /* of the listening socket */
	dev_t device;
	ino_t inode;
	uint64_t look_at; /* TIME_FOREVER: the parent lives */
};

/* While the parent lives. */
void orphan_init(struct orphan *orphan, int listen_fd);

/* It has died. */
void orphan_begin(struct orphan *orphan, uint64_t now);

/* NULL: it serves on, and wants to be asked again at look_at; else why it has to end: another daemon
 * has the name, whose clients its own become by that, or nobody can reach it any more. */
const char *orphan_end(struct orphan *orphan, unsigned int clients, uint64_t now);
