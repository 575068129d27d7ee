/* SPDX-License-Identifier: MIT */
/*
 * The host's own list of users and groups, read from its files, and which of them this process's user
 * namespace has.
 */
#include "net/account.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The greatest one means "none" to the kernel. */
static bool is_number(const char *text, uint32_t *number)
{
	unsigned long long value;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end != '\0' || errno != 0 || value >= UINT32_MAX)
		return false;
	*number = (uint32_t)value;
	return true;
}

int account_user(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *entry;
	uint32_t number;
	int r = -ENOENT;
	FILE *file;

	if (is_number(name, &number)) {
		*uid = number;
		*gid = number;
		return 0;
	}
	file = fopen("/etc/passwd", "re");
	if (file == NULL)
		return -ENOENT;
	while (r < 0 && (entry = fgetpwent(file)) != NULL) {
		if (strcmp(entry->pw_name, name) != 0)
			continue;
		*uid = entry->pw_uid;
		*gid = entry->pw_gid;
		r = 0;
	}
	fclose(file);
	return r;
}

int account_group(const char *name, gid_t *gid)
{
	const struct group *entry;
	uint32_t number;
	int r = -ENOENT;
	FILE *file;

	if (is_number(name, &number)) {
		*gid = number;
		return 0;
	}
	file = fopen("/etc/group", "re");
	if (file == NULL)
		return -ENOENT;
	while (r < 0 && (entry = fgetgrent(file)) != NULL) {
		if (strcmp(entry->gr_name, name) != 0)
			continue;
		*gid = entry->gr_gid;
		r = 0;
	}
	fclose(file);
	return r;
}

/* A line is: the first one inside, the first one outside, how many. */
static bool is_mapped(const char *name, uint32_t number)
{
	uint32_t first, outside, count;
	FILE *file = fopen(name, "re");
	bool found = false;

	if (file == NULL)
		return true;
	while (!found &&
		fscanf(file, "%" SCNu32 " %" SCNu32 " %" SCNu32, &first, &outside, &count) == 3)
		found = number >= first && number - first < count;
	fclose(file);
	return found;
}

bool account_user_is_mapped(uid_t uid)
{
	return is_mapped("/proc/self/uid_map", uid);
}

bool account_group_is_mapped(gid_t gid)
{
	return is_mapped("/proc/self/gid_map", gid);
}
