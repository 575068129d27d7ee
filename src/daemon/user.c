/* SPDX-License-Identifier: MIT */
/*
 * The users that have clients here: a list, since they are few, and looked for only when one connects.
 */
#include "daemon/user.h"

#include <stdlib.h>

#include "base/cleanup.h"

struct user *user_join(struct list *users, uint32_t uid, const struct session_quota *limits)
{
	struct user *user;

	list_for_each (node, users) {
		user = container_of(node, struct user, node);
		if (user->uid == uid) {
			user->clients++;
			return user;
		}
	}
	user = calloc(1, sizeof(*user));
	if (user == NULL)
		return NULL;
	user->uid = uid;
	user->clients = 1;
	user->quota = *limits;
	list_append(users, &user->node);
	return user;
}

void user_leave(struct user *user)
{
	if (--user->clients > 0)
		return;
	list_remove(&user->node);
	free(user);
}
