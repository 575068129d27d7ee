/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ACCESS_NAMES_MAX 64 /* users, and groups, of a list */

/* What a client may be allowed. */
enum access_right {
	ACCESS_SEE, /* to be a client at all */
	ACCESS_NAMES, /* to have names translated */
	ACCESS_LINKS, /* to have links brought up and held */
	ACCESS_CONTROL, /* to take links down and bring them up */
	ACCESS_RIGHTS,
};

struct access_list {
	bool everybody;
	uint32_t user_count, group_count;
	uid_t users[ACCESS_NAMES_MAX];
	gid_t groups[ACCESS_NAMES_MAX];
};

/* Who may what, and how much: section [clients] of mifd.conf(5). */
struct access {
	struct access_list lists[ACCESS_RIGHTS];
	uint32_t handles, subscriptions, translations, wants; /* of one user */
};

/* Everything, to everybody, within these limits. */
#define ACCESS_HANDLES 1024
#define ACCESS_SUBSCRIPTIONS 65536
#define ACCESS_TRANSLATIONS 8192
#define ACCESS_WANTS 8192

void access_init(struct access *access);

/* Its key in mifd.conf. */
const char *access_key(enum access_right right);

/* Which right a request needs besides ACCESS_SEE; ACCESS_SEE: none. */
enum access_right access_needed(uint32_t request);

/* The rights of who is connected to this socket, each as a bit 1 << right, and who that is. Root has
 * them all. 0, or negative errno: the kernel does not tell. */
int access_of(const struct access *access, int fd, uint32_t *rights, uid_t *uid);
