/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/engine.h"

/* What all clients of one user have together. The session does not know users, the server does. */
struct user {
	struct list node;
	uint32_t uid;
	unsigned int clients;
	struct session_quota quota;
};

/* The user of this number, with one client more; made if there is none yet, with these limits. NULL:
 * no memory. */
struct user *user_join(struct list *users, uint32_t uid, const struct session_quota *limits);

/* One client less; the last one takes the user along. */
void user_leave(struct user *user);
