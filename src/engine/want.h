/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/session.h"

/* Interfaces and domains that one subscriber may want at once. */
#define SESSION_WANTS 256

/* HOLDER messages that answer one question. */
#define HOLDERS 256

/*
 * A subscriber wants to connect: through an interface, through a domain of it, or anyhow (M31 to M33).
 * A want that is breakable stands, and holds nothing. One that is idle has ended.
 */
struct want {
	struct list in_session;
	struct list in_link; /* or in the engine's, without a scope */
	struct session *session;
	struct model_link *link; /* NULL: anyhow */
	uint64_t pvd; /* 0: the whole interface */
	uint32_t state; /* enum mif_want */
};

/* WANTS_TO_CONNECT, CONNECTION_CAN_BE_BROKEN. 0, or -ENOMEM. */
int want_put(struct session *session, const struct mif_message *request, uint64_t interface,
	uint64_t pvd, uint32_t state);

/* CONNECTION_IS_IDLE. 0, or -ENOMEM. */
int want_drop(struct session *session, const struct mif_message *request, uint64_t interface,
	uint64_t pvd);

/* GET_HOLDERS. 0, or -ENOMEM. */
int wants_tell(struct session *session, const struct mif_message *request);

/* Of a session that ends, of an interface or a domain that goes. */
void wants_free(struct session *session);
void wants_end(struct engine *engine, const struct object *object);

/* Whether a session wants something of a link. */
bool session_wants(const struct session *session, const struct model_link *link);
