/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "multipath/set.h"

/* What a socket is, as far as sets are concerned. */
enum socket_kind {
	SOCKET_FRESH, /* neither connected nor listening; maybe bound */
	SOCKET_CONNECTING,
	SOCKET_CONNECTED,
	SOCKET_LISTENING,
};

/* An enum socket_kind, or negative errno: -EAFNOSUPPORT: no stream socket of IPv4 or IPv6. */
int socket_kind(int fd);

/* An int option, or fallback. */
int socket_option(int fd, int level, int name, int fallback);

/* Made with IPPROTO_MPTCP, and not fallen back before it was accepted. */
bool socket_is_multipath(int fd);

/* bind(2) or connect(2) to a member, in the form that the socket's family takes. 0, or negative
 * errno; -EAFNOSUPPORT: IPv6 on an IPv4 socket. */
int socket_bind(int fd, const struct mif_endpoint *member);
int socket_connect(int fd, const struct mif_endpoint *member);

/* The same for a socket that is known to be of IPv6. */
int socket_connect_ipv6(int fd, const struct mif_endpoint *member);

/* getsockname(2). 0, or negative errno. */
int socket_name(int fd, struct mif_endpoint *member);

/* What became of an attempt to connect that poll(2) has found ready: 0, -EINPROGRESS, or why not. */
int socket_outcome(int fd);

/* Breaks off what is under way, or the connection; the socket can connect again. */
void socket_reset(int fd);

/* Another socket like this one, with its options, close-on-exec: unbound, unconnected. protocol 0:
 * the same. The descriptor, or negative errno. */
int twin_new(int fd, int protocol);

/* The same, but free to leave by any interface, whatever this one is bound to. */
int twin_new_free(int fd);

/* Lets fd be the other socket, which is closed: close-on-exec and O_NONBLOCK stay those of fd, and
 * the table knows it. 0, or negative errno; then the other socket is closed as well. */
int twin_replace(int fd, int other);

/* Moves a descriptor of the room's own out of the way: programs count on low numbers. */
int twin_hide(int fd);
