/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/adopt.h"
#include "net/recognise.h"
#include "net/verb.h"

/* Connections of which it was shown that their descriptor was passed. */
#define PATH_CONNECTIONS 4096

struct mnl_socket;
struct kernel_diag;

/* One of them, and between whom it was made: for a probe. */
struct path_shown {
	uint32_t token;
	struct mif_endpoint local, remote;
};

/* The parent's hand in the kernel's paths: class paths of net/verb.h. */
struct path {
	struct mnl_socket *socket; /* of generic netlink; NULL: there are no paths here */
	uint16_t family; /* the number of the kernel's path manager */
	struct mnl_socket *diag; /* of sock_diag; NULL: this kernel has none */
	uint64_t namespace; /* cookie */
	struct adopt adopt;
	bool takeover; /* every socket counts as adopted */
	int raw[2]; /* IPv4, IPv6: for a probe */
	struct path_shown *shown;
	size_t count;
	struct adopted *adopted; /* the oldest first */
	size_t adopted_count;
};

/* As the kernel tells of a connection. */
struct path_shown path_shown_of(const struct kernel_diag *diag);

/* That connection, or NULL: it was not shown. */
struct path_shown *path_shown_find(const struct path *path, uint32_t token);

/* Before privilege is given up, for what shall be done with it afterwards: nothing is changed. *events:
 * a socket that hears what becomes of all connections, or -1. record: path of a file that outlives a
 * crash. 0, or negative errno: this kernel, or this process, can do nothing with paths. */
int path_open(struct path *path, const char *record, int *events);
void path_close(struct path *path);

/* In the engine's process: closes what is the parent's, and undoes nothing. */
void path_leave_to_parent(struct path *path);

/* With the privilege that the parent keeps: puts back what a crash has left, and tries whether adopting
 * works here. 0; -EUCLEAN: it was put back, and works; other negative errno: does not. */
int path_begin(struct path *path, bool takeover);

/* -EPERM: no paths here; -EXDEV: a socket of another network namespace; -EPROTOTYPE: none of Multipath
 * TCP; -EISCONN: it is past that; -ENOTCONN: it is not there yet; -EOPNOTSUPP: the kernel's path manager
 * has the connection; -ENOENT: such a connection was not shown; -EINVAL: the values make no sense; else
 * the kernel's errno. */
int path_adopt(struct path *path, int fd);
int path_prove(struct path *path, int fd);
/* What the kernel says of a connection counts as its socket. */
int path_show(struct path *path, const struct kernel_diag *diag);
int path_forget(struct path *path, const struct verb_connection *verb);
int path_join(struct path *path, const struct verb_subflow *verb);
int path_leave(struct path *path, const struct verb_subflow *verb);
int path_offer(struct path *path, const struct verb_subflow *verb);
int path_retract(struct path *path, const struct verb_subflow *verb);
int path_prefer(struct path *path, const struct verb_subflow *verb);
