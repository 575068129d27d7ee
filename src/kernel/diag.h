/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include <mif/address.h>

/* What sock_diag tells of multipath connections and their subflows, from and to the octets of netlink. */
#define KERNEL_DIAG_MESSAGE 128

struct kernel_diag {
	bool subflow; /* of a connection, as which it is a TCP socket; else the connection itself */
	uint32_t token; /* of the connection, on this host */
	uint32_t uid;
	uint64_t cookie; /* of the socket */
	uint8_t state; /* as tcpi_state */
	uint8_t local_id, remote_id;
	bool fallback; /* of a connection: it is TCP */
	uint32_t subflows; /* of a connection */
	bool backup; /* said by either end */
	uint32_t rtt; /* microseconds */
	uint64_t acked, received; /* octets of a subflow */
	uint32_t queued; /* octets that a subflow has not sent, or that are not acknowledged */
	struct mif_endpoint local, remote; /* as the kernel has them */
};

/* Asks for all connections of a family, or all subflows with all other TCP sockets; in octets of
 * KERNEL_DIAG_MESSAGE. */
struct nlmsghdr *kernel_diag_message(void *octets, unsigned int family, bool subflows);

/* Asks for the connection of that token; likewise. */
struct nlmsghdr *kernel_diag_connection_message(void *octets, uint32_t token);

/* 1: *diag holds it; 0: another message, or nothing of a multipath connection; -EBADMSG: malformed.
 * subflows: as was asked. Which connection a subflow is of the kernel tells a privileged process only. */
int kernel_diag_parse(const struct nlmsghdr *message, bool subflows, struct kernel_diag *diag);
