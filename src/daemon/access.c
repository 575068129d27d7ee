/* SPDX-License-Identifier: MIT */
/*
 * Who may what. The kernel says who a client is (user, group and supplementary groups as they were
 * when it connected), the lists of mifd.conf what that user may; the server asks once, when it accepts
 * the client.
 */
#include "daemon/access.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "message/message.h"

/* Who is asking; groups: all of them. */
struct asking {
	uid_t uid;
	gid_t *groups;
	size_t count;
};

void access_init(struct access *access)
{
	*access = (struct access){
		.handles = ACCESS_HANDLES,
		.subscriptions = ACCESS_SUBSCRIPTIONS,
		.translations = ACCESS_TRANSLATIONS,
		.wants = ACCESS_WANTS,
	};
	for (size_t i = 0; i < ACCESS_RIGHTS; i++)
		access->lists[i].everybody = i != ACCESS_CONTROL;
}

const char *access_key(enum access_right right)
{
	static const char *const keys[ACCESS_RIGHTS] = {[ACCESS_SEE] = "see",
		[ACCESS_NAMES] = "names",
		[ACCESS_LINKS] = "links",
		[ACCESS_CONTROL] = "control"};

	return keys[right];
}

enum access_right access_needed(uint32_t request)
{
	switch (request) {
	case MIF_TRANSLATE_NAME:
		return ACCESS_NAMES;
	case MIF_WANTS_TO_CONNECT:
		return ACCESS_LINKS;
	case MIF_TAKE_DOWN:
	case MIF_BRING_UP:
	case MIF_CALL_OFF:
	case MIF_LET_GO:
		return ACCESS_CONTROL;
	default:
		return ACCESS_SEE;
	}
}

static bool list_has(const struct access_list *list, const struct asking *asking)
{
	if (list->everybody || asking->uid == 0)
		return true;
	for (uint32_t i = 0; i < list->user_count; i++) {
		if (list->users[i] == asking->uid)
			return true;
	}
	for (uint32_t i = 0; i < list->group_count; i++) {
		for (size_t n = 0; n < asking->count; n++) {
			if (list->groups[i] == asking->groups[n])
				return true;
		}
	}
	return false;
}

/* 0: they are in *groups, with one more in front of them, to be freed. */
static int groups_of(int fd, gid_t **groups, size_t *count)
{
	socklen_t size = 0;
	gid_t *all;

	/* With no room the kernel tells how much it takes. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) < 0 && errno != ERANGE)
		return -errno;
	all = malloc(sizeof(*all) + size);
	if (all == NULL)
		return -ENOMEM;
	if (size > 0 && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all + 1, &size) < 0) {
		free(all);
		return -errno;
	}
	*groups = all;
	*count = 1 + size / sizeof(*all);
	return 0;
}

static bool has_groups(const struct access *access)
{
	for (size_t i = 0; i < ACCESS_RIGHTS; i++) {
		if (access->lists[i].group_count > 0)
			return true;
	}
	return false;
}

int access_of(const struct access *access, int fd, uint32_t *rights, uid_t *uid)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	struct asking asking;
	gid_t *groups = NULL;
	int r = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;
	asking = (struct asking){.uid = credentials.uid, .groups = &credentials.gid, .count = 1};
	if (has_groups(access)) {
		r = groups_of(fd, &groups, &asking.count);
		if (r < 0)
			return r;
		groups[0] = credentials.gid;
		asking.groups = groups;
	}
	*uid = credentials.uid;
	*rights = 0;
	for (size_t i = 0; i < ACCESS_RIGHTS; i++) {
		if (list_has(&access->lists[i], &asking))
			*rights |= 1U << i;
	}
	free(groups);
	return 0;
}
