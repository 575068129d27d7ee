/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/socket.h>

/* The calls of the same names, of a program under mif run. They return what those return. */
int run_socket(int domain, int type, int protocol);
int run_connect(int fd, const struct sockaddr *address, socklen_t size);

/* The socket is to send to this address, by a call that names it: NULL: by none that could be wrong.
 * Where the program was told to use one domain, a datagram socket that is bound to nothing is bound to
 * it. 0, or negative errno: it must not send. */
int run_send_to(int fd, const void *address, socklen_t size);
