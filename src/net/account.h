/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

/* Users and groups by name or number. Looks in /etc/passwd and /etc/group only: getpwnam(3) would load
 * whatever modules nsswitch.conf names into a privileged process. 0, or -ENOENT. The group of a user
 * given by number is the same number. */
int account_user(const char *name, uid_t *uid, gid_t *gid);
int account_group(const char *name, gid_t *gid);
