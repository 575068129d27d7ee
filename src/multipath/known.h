/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "multipath/set.h"

/*
 * What this process knows of its sockets beside what the kernel knows, by socket cookie: that
 * survives dup(2) and fork(2), and is never another socket's. Everything goes in and out by value,
 * under a lock that is never held while something waits.
 */

/* One address that a program gave, and what came of it: as struct multipath_entry. */
struct entry {
	struct mif_endpoint endpoint;
	uint32_t state;
	int error;
	int fd; /* a socket of the room's own that holds or serves the address, or -1 */
	uint64_t cookie; /* of that socket */
};

struct entries {
	size_t count;
	struct entry at[SMP_MAX_ADDRS];
};

/* The entry has this descriptor, or none: -1. */
void entry_hold(struct entry *entry, int fd);

/* Closes it; not if the program has closed all that it could find and got the number anew. */
void entry_close(struct entry *entry);

/* Milliseconds. */
struct times {
	uint32_t attempt_delay, race, settle;
};

/* How long settling takes when nobody said so: it depends on the connection. */
#define SETTLE_BY_RTT UINT32_MAX

struct known {
	struct times times;
	bool mapped; /* it was connected to an address of IPv4, if only for a try */
	bool made; /* by multipath_socket(), of IPv6 and for Multipath TCP */
	bool adopted; /* by mifd: subflows can be asked for */
	bool owed; /* it was not told of the whole set */
	uint64_t daemon; /* which mifd knows the connection, or shall: daemon_instance() */
};

/* False: no socket of this process was ever used with AF_MULTIPATH. */
bool known_is_used(void);

/* How many sockets are remembered. */
size_t known_count(void);

/* 0, or negative errno. */
int known_cookie(int fd, uint64_t *cookie);

/* AF_MULTIPATH was used on this socket. */
bool known_has(int fd);

/* From now on it was. 0, or negative errno. */
int known_add(int fd);

/* The socket of that cookie was replaced by the one that fd is now. */
void known_move(uint64_t from, int fd);

/* The descriptor will be closed: what the table holds for the socket is closed as well, unless
 * another descriptor of this process is the same socket. */
void known_release(int fd);

/* The entries of one side. False: there are none, and *entries is empty. */
bool known_entries(int fd, uint32_t side, struct entries *entries);

/* Replaces them. The descriptors in them are the table's now; those that it had and that are not in
 * them are the caller's. 0, or negative errno. */
int known_set_entries(int fd, uint32_t side, const struct entries *entries);

/* All but the addresses; of a socket that is not known, the defaults. */
struct known known_read(int fd);

/* A socket that was made so, and that neither bind nor connect was given a set for since; and its cookie. */
bool known_is_unused(int fd, uint64_t *cookie);

/* As known_set_entries() with the one address that it was connected to, and known_set_mapped(). A socket that
 * is not known any more stays so. */
void known_set_remote(uint64_t cookie, const struct entry *entry, bool mapped);

void known_set_made(int fd);
void known_set_mapped(int fd, bool mapped);
void known_set_adopted(int fd, bool adopted);
void known_set_daemon(int fd, uint64_t daemon, bool owed);

/* 0, or negative errno. */
int known_set_times(int fd, const struct times *times);
