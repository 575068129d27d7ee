/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Users and groups by name or number. Looks in /etc/passwd and /etc/group only: getpwnam(3) would load
 * whatever modules nsswitch.conf names into a privileged process. 0, or -ENOENT. The group of a user
 * given by number is the same number. */
int account_user(const char *name, uid_t *uid, gid_t *gid);
int account_group(const char *name, gid_t *gid);

/* Whether the user namespace of this process has them: no process can become one that it has not. Where
 * that cannot be read, as if they were there. */
bool account_user_is_mapped(uid_t uid);
bool account_group_is_mapped(gid_t gid);
