/* SPDX-License-Identifier: MIT */
#pragma once

/* Takes a socket for AF_MULTIPATH: an enum socket_kind, or negative errno. A TCP socket of IPv6 that
 * was not used yet becomes a multipath socket in place (section 5.1 of the draft). */
int socket_take(int fd);
