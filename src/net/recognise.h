/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/verb.h"

/* Sockets that were adopted and are not known to have a connection: of all, of one user. The oldest is
 * forgotten; its connection is known when the program shows it. */
#define ADOPTED_SOCKETS 1024
#define ADOPTED_OF_USER 256

/* By cookie: that is never another socket's. */
struct adopted {
	uint64_t cookie;
	uint32_t uid;
	bool bound; /* to an address, by the program */
};

struct path;

/* That socket was adopted. */
void adopted_note(struct path *path, int fd);

/* Whether a socket of that cookie was: *one, which is forgotten, tells of it. */
bool adopted_take(struct path *path, uint64_t cookie, struct adopted *one);

/* The hand of RECOGNISE: a connection whose socket was adopted counts as shown. *uid: whose it is. 0; 1: its
 * socket was bound; -ENOENT: it was not adopted, or there is no such connection; other negative errno. */
int path_recognise(struct path *path, const struct verb_connection *verb, uint32_t *uid);
