/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "multipath/set.h"

/* More than any path manager makes; what is beyond is not seen. */
#define CONNECTION_SUBFLOWS 64

struct subflow {
	struct mif_endpoint local, remote;
	uint32_t rtt; /* microseconds */
	uint8_t state; /* as tcpi_state */
};

/* A connection as the kernel has it now. */
struct connection {
	bool association; /* of SCTP, which may have several paths by itself */
	size_t announced; /* addresses that an association's peer says it has */
	bool multipath; /* else TCP: the socket is one, or the peer knows nothing better */
	uint32_t token; /* local to this host; 0 without multipath */
	uint8_t subflows_max, accepted_max, endpoints; /* of the kernel's path manager */
	size_t count;
	struct subflow subflows[CONNECTION_SUBFLOWS];
};

/* 0; -ENOTCONN, or what getpeername(2) says. */
int connection_read(struct connection *connection, int fd);

/* The same with the options of kernels before 6.5 only. */
int connection_read_old(struct connection *connection, int fd);

/* The addresses of one end that are in use now. Those of closing subflows count only when there are
 * no others: a connection that one side has ended still has its addresses. */
void connection_names(const struct connection *connection, bool remote, struct set *set);

/* Both at once: the addresses of a socket's connection that are in use now. 0, or negative errno. */
int connection_read_names(int fd, bool remote, struct set *set);

/* How many subflows are established. */
size_t connection_paths(const struct connection *connection);
