/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "multipath/known.h"

/*
 * A set that is listened on: a listening socket for each member, and the program's descriptor an
 * epoll(7) instance of them, so that poll, select and epoll see what they expect. Every function
 * takes the program's descriptor.
 */

/* There is a listener in this process. */
bool listener_exists(void);

/* The members of a listener of this process, also of one that was duplicated or inherited. */
bool listener_get(int fd, struct entries *entries);

/* One of the listening sockets, or -1. */
int listener_member(const struct entries *entries);

/* Listens on the bound entries, of which the one without a descriptor is fd itself; then fd is the
 * listener. 0, or negative errno; of the first if none can be listened on. */
int listener_make(int fd, const struct entries *bound, int backlog);

/* Listens on this set from now on: how many of its members that are, or negative errno, and nothing
 * has changed. */
int listener_change(int fd, const struct set *set);

/* listen(2) again, for another backlog. */
int listener_listen(int fd, int backlog);

/* accept4(2). The descriptor, or negative errno. */
int listener_accept(int fd, int flags);

/* The descriptor is being closed; so are the sockets behind it if it is a listener's, unless a
 * duplicate is left. */
void listener_forget(int fd);
