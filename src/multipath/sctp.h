/* SPDX-License-Identifier: MIT */
#pragma once

#include "multipath/set.h"

/* multipath_bind() and multipath_connect() with a set on a socket of SCTP: the same counts and errors.
 * How many addresses, or negative errno. */
int sctp_bind_set(int fd, const struct set *set);
int sctp_connect_set(int fd, const struct set *set);
