/* SPDX-License-Identifier: MIT */
#pragma once

#include "multipath/connection.h"

/*
 * What the kernel's SCTP is asked (linux/sctp.h), of one-to-one sockets: sctp_bindx(), sctp_connectx(),
 * sctp_getladdrs() and sctp_getpaddrs() without a library, which would be little more than this.
 */

bool socket_is_sctp(int fd);

/* Adds an address to those that the socket is bound to, or takes one away. On an association the peer
 * is told, where the kernel does that (net.sctp.addip_enable). 0, or negative errno. */
int association_bind(int fd, const struct mif_endpoint *member);
int association_unbind(int fd, const struct mif_endpoint *member);

/* Connects to the one host that has these addresses, of one port; with several, an address that is
 * silent costs that many milliseconds. 0; -EINPROGRESS, -EINTR: it goes on; or negative errno. */
int association_connect(int fd, const struct set *set, uint32_t attempt_delay);

/* The peer's addresses: those that it says it has, and which of them have answered and do so still. 0, or
 * negative errno. */
int association_peers(int fd, struct set *all, struct set *active);

/* Asks whether the peer answers at this address, instead of waiting until the kernel does. */
void association_probe(int fd, const struct mif_endpoint *member);

/* Data go to this one of the peer's addresses, as long as it answers. 0, or negative errno. */
int association_prefer(int fd, const struct mif_endpoint *member);

/* An association as a connection: a subflow for each address of either end. -EPROTOTYPE: fd is no
 * socket of SCTP; or negative errno. */
int association_read(struct connection *connection, int fd);
