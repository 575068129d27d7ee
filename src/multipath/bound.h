/* SPDX-License-Identifier: MIT */
#pragma once

#include "multipath/known.h"

/*
 * The addresses that a program bound to. The kernel binds a socket to one, so each has a socket of
 * its own: entry.fd, or -1 for the program's.
 */

/* MULTIPATH_BOUND. */
bool entry_is_bound(const struct entry *entry);

/* How many are bound. */
size_t bound_count(const struct entries *entries);

/* The error of the first that is not bound: negative errno. */
int bound_error(const struct entries *entries);

/* Binds the program's fresh socket, and twins of it, to the members of the set. What is not bound
 * says why. 0, or negative errno. */
int bound_make(int fd, const struct set *set, struct entries *entries);

/* The entries after another set is bound to: what is in both stays, what is new gets a twin of
 * like's. What is only in old is in removed. */
void bound_change(int like, const struct set *set, const struct entries *old,
	struct entries *entries, struct entries *removed);

/* Closes the sockets of the entries. */
void bound_close(struct entries *entries);
