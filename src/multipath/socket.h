/* SPDX-License-Identifier: MIT */
#pragma once

/* Takes a socket for AF_MULTIPATH: an enum socket_kind, or negative errno. A TCP socket of IPv6 that
 * was not used yet becomes a multipath socket in place (section 5.1 of the draft). */
int socket_take(int fd);

/* A multipath socket that is not connected: from now on AF_MULTIPATH is used on it, and mifd, if there is
 * one, adopts it. 0, or negative errno. */
int socket_adopt(int fd);
