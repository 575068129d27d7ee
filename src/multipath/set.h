/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <mif/address.h>
#include <mif/multipath.h>

#include "base/cursor.h"

/* A set as the calls work with it: values, in the caller's order. IPv4 is AF_INET, never mapped, so
 * that one address is one value. */
struct set {
	size_t count;
	struct mif_endpoint members[SMP_MAX_ADDRS];
};

enum set_use {
	SET_ANY,
	SET_CONNECT, /* to connect to: an address and a port that somebody can have */
};

/* Neither multicast nor broadcast: one host can have it. */
bool member_is_sound(const struct mif_endpoint *member);

bool member_equal(const struct mif_endpoint *a, const struct mif_endpoint *b);

/* 0; -EAFNOSUPPORT, -EINVAL. Maps IPv4-mapped addresses back. */
int member_from_sockaddr(struct mif_endpoint *member, const void *address, size_t size);

/* Octets that a struct sockaddr of this family has: 16, 28; 0 for another. */
size_t member_size(uint16_t family);

/* The place of a member, or set->count. */
size_t set_find(const struct set *set, const struct mif_endpoint *member);

/* 0; -EINVAL: unsound; -EEXIST; -ENOSPC. */
int set_add(struct set *set, const struct mif_endpoint *member);

/* A struct sockaddr_mp of at most size octets. 0, or as multipath_check(), negative. */
int set_read(struct set *set, const void *octets, size_t size, enum set_use use);

/* Writes a struct sockaddr_mp with as many whole members as fit into *size octets, and sets *size to
 * what all would have needed. */
void set_write(const struct set *set, void *octets, socklen_t *size);
