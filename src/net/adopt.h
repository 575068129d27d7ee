/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Whose a socket's paths are the kernel reads from a sysctl of the network namespace when the socket is
 * made, and again when it is disconnected. So one socket changes hands when the sysctl is changed, the
 * socket is disconnected (which it is already), and the sysctl is changed back: a window of
 * microseconds, in which a socket that another process makes changes hands as well.
 */
struct adopt {
	int sysctl; /* -1: this kernel has none */
	bool named; /* it holds names, not numbers */
	bool takeover; /* it stays changed while the parent lives */
	uint8_t *record; /* a file's octet, in memory; NULL: there is none */
	char path[128]; /* of that file */
};

/* record: path of a file, which outlives this process, not the host. 0, or negative errno. */
int adopt_open(struct adopt *adopt, const char *record);

/* Ends a takeover, too, and removes the file. */
void adopt_close(struct adopt *adopt);

/* In a child of the process that has opened it: undoes nothing. */
void adopt_leave(struct adopt *adopt);

/* Undoes what a process left that died in the window: 1: it did; 0: there was nothing; or negative
 * errno. */
int adopt_repair(struct adopt *adopt);

/* All sockets that are made from now on. 0, or negative errno. */
int adopt_all(struct adopt *adopt);

/* One that is neither connected nor listens. 0, or negative errno. */
int adopt_socket(struct adopt *adopt, int fd);
