/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * What dhcpcd writes to its sockets: blocks of NUL-terminated "NAME=value", each behind its length;
 * in answer to --getinterfaces behind their number, too. Numbers are of dhcpcd's size_t, and its byte
 * order is the host's.
 */
#define DHCPCD_BLOCK 32768 /* octets; one that claims to be longer is a fault */
#define DHCPCD_BLOCKS 1024 /* in one answer */
#define DHCPCD_STRINGS 1024 /* those beyond are not looked at */

struct dhcpcd_stream {
	bool counted; /* a number of blocks comes first */
	bool counting; /* and has not come yet */
	size_t left; /* blocks of an answer that are to come */
	size_t used;
	char octets[sizeof(size_t) + DHCPCD_BLOCK];
};

void dhcpcd_stream_init(struct dhcpcd_stream *stream, bool counted);

/* Where to read to, and how much fits. Never nothing, after dhcpcd_stream_next() has returned 0. */
char *dhcpcd_stream_room(struct dhcpcd_stream *stream, size_t *size);

/* 1: a block, which dhcpcd_stream_skip() is to be called for, of this size; 0: more must be read;
 * -EBADMSG. */
int dhcpcd_stream_next(struct dhcpcd_stream *stream, const char **block, size_t *size);
void dhcpcd_stream_skip(struct dhcpcd_stream *stream);

/* Whether all blocks of an answer have come. */
bool dhcpcd_stream_is_done(const struct dhcpcd_stream *stream);

/* Cuts a block into its strings, ended by NULL. What comes behind the last NUL is left out. */
void dhcpcd_block_cut(char *block, size_t size, char *strings[DHCPCD_STRINGS + 1]);
