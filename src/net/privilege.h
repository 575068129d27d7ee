/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the two processes may do. The parent keeps CAP_NET_ADMIN and CAP_NET_RAW and nothing else;
 * the engine has no capability. To become the engine's user without CAP_SETUID, and to signal it
 * without CAP_KILL, the parent has that user as its effective one from the start, and root as its
 * real and saved one: so the engine, which has the user in all three places, can neither signal nor
 * trace the parent.
 */
struct privilege {
	uid_t uid; /* of the engine */
	gid_t gid;
	bool separate; /* the engine's user is not the parent's: it was started as root */
	enum privilege_step {
		PRIVILEGE_OTHER,
		PRIVILEGE_GROUPS, /* to be in no group but its own */
		PRIVILEGE_GROUP,
		PRIVILEGE_USER,
	} failed; /* where privilege_keep() did */
};

/* The user of this name or number. NULL: "mif", or nobody where there is no such user. 0, or
 * -ENOENT: there is none of that name; -EINVAL: it is root. Looks in /etc/passwd only. */
int privilege_user(struct privilege *privilege, const char *name);

/* The parent gives up what it does not need. The capabilities that are left are told in
 * *capabilities, a mask of 1 << CAP_... . 0, or negative errno. */
int privilege_keep(struct privilege *privilege, uint64_t *capabilities);

/* Why it could not: what failed with this errno, and where it is for a user namespace, what helps. */
void privilege_explain(const struct privilege *privilege, int error, char *text, size_t size);

/* The engine gives up everything, for good. 0, or negative errno. */
int privilege_drop(const struct privilege *privilege);

/* The parent becomes root again in name, without a capability more, to remove its files. */
void privilege_own_files(const struct privilege *privilege);
