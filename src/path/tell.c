/* SPDX-License-Identifier: MIT */
/*
 * What clients are told: the answers to their requests, their connections' paths, and events of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path/manager.h"

static const char *reason(int error)
{
	switch (error) {
	case 0:
		return "";
	case EPROTOTYPE:
		return "it is no socket of Multipath TCP";
	case EXDEV:
		return "the socket is of another network namespace than the daemon";
	case EISCONN:
		return "the socket is connected or listens already";
	case EOPNOTSUPP:
		return "the kernel's path manager has this connection, or it fell back to TCP";
	case ECONNREFUSED:
		return "nobody there knows this connection: the address is another host's";
	case ECONNRESET:
		return "the peer closed the path at once: it takes no more, or not this one";
	case ETIMEDOUT:
		return "no answer";
	case EBUSY:
		return "it is the last path that works";
	case ENOTCONN:
		return "there is no such connection, or not yet";
	default:
		return strerror(error);
	}
}

void asker_tell(
	struct asker *asker, uint32_t token, const struct flow *flow, int error, const char *text)
{
	struct mif_message message = {.type = MIF_PATH_ANSWER, .tag = asker->tag};
	struct mif_message_path_answer *answer = &message.as.path_answer;

	if (asker->session == NULL)
		return;
	answer->request = asker->request;
	answer->connection = token;
	if (flow != NULL) {
		answer->local = flow->local;
		answer->remote = flow->remote;
	}
	answer->error = (uint32_t)error;
	snprintf(answer->text, sizeof(answer->text), "%s", text != NULL ? text : reason(error));
	/* Without memory it waits for what never comes: a client has its own time limit. */
	session_tell(asker->session, &message);
	asker->session = NULL;
}

static struct mif_message path_message(const struct flow *flow)
{
	struct mif_message message = {.type = MIF_PATH};
	struct mif_message_path *path = &message.as.path;

	path->connection = flow->connection->token;
	path->local = flow->local;
	path->remote = flow->remote;
	path->local_id = flow->local_id;
	path->remote_id = flow->remote_id;
	path->state = flow->state;
	path->error = (uint32_t)flow->error;
	path->backup = flow->backup;
	path->pvd = flow->pvd;
	path->interface = flow->interface;
	path->rtt = flow->rtt;
	path->sent = flow->sent;
	path->received = flow->received;
	path->retry_at = flow->state == MIF_PATH_LOST && flow->due != UINT64_MAX ? flow->due : 0;
	return message;
}

static bool may_hear(const struct listener *listener, const struct connection *connection)
{
	return listener->uid == 0 || listener->uid == connection->uid;
}

/* Of the last one that was tried: *error. */
static uint32_t single_of(const struct connection *connection, uint32_t *error)
{
	uint32_t single = MIF_SINGLE_ALONE;

	if (connection_working(connection, NULL) > 1)
		return MIF_SINGLE_NOT;
	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);

		if (flow->state == MIF_PATH_WAITING)
			return MIF_SINGLE_UNACKNOWLEDGED;
		if (flow->state == MIF_PATH_JOINING)
			return MIF_SINGLE_YET;
		if (flow->state == MIF_PATH_ESTABLISHED)
			continue;
		*error = (uint32_t)flow->error;
		switch (flow->error) {
		case ECONNREFUSED:
			single = MIF_SINGLE_FOREIGN;
			break;
		case ECONNRESET:
			single = MIF_SINGLE_PEER_REFUSED;
			break;
		case ENETUNREACH:
		case EHOSTUNREACH:
		case EADDRNOTAVAIL:
		case ENETDOWN:
			single = MIF_SINGLE_NO_ROUTE;
			break;
		case ETIMEDOUT:
			single = MIF_SINGLE_FILTERED;
			break;
		default:
			single = MIF_SINGLE_FAILED;
			break;
		}
	}
	return connection->count >= PATHS_SUBFLOWS_MAX ? MIF_SINGLE_LIMIT : single;
}

void connection_tell(struct session *session, uint32_t tag, const struct connection *connection)
{
	struct mif_message message = {.type = MIF_MULTIPATH_CONNECTION, .tag = tag};
	struct mif_message_multipath_connection *told = &message.as.multipath_connection;

	told->connection = connection->token;
	told->uid = connection->uid;
	told->mode = connection->mode;
	told->paths = (uint32_t)connection_working(connection, NULL);
	told->single = single_of(connection, &told->error);
	session_tell(session, &message);
	list_for_each (node, &connection->flows) {
		message = path_message(container_of(node, struct flow, node));
		message.tag = tag;
		session_tell(session, &message);
	}
}

/* What the kernel tells of it. */
static void other_tell(const struct listener *listener, const struct other *other)
{
	struct mif_message connection = {.type = MIF_MULTIPATH_CONNECTION,
		.tag = listener->tag,
		.as.multipath_connection = {.connection = other->token,
			.uid = other->uid,
			.mode = MIF_PATHS_UNMANAGED,
			.paths = other->subflows,
			.single = other->fallback     ? MIF_SINGLE_FALLBACK
				: other->subflows > 1 ? MIF_SINGLE_NOT
						      : MIF_SINGLE_KERNEL}};
	struct mif_message path = {.type = MIF_PATH,
		.tag = listener->tag,
		.as.path = {.connection = other->token,
			.local = other->local,
			.remote = other->remote,
			.state = MIF_PATH_ESTABLISHED}};

	session_tell(listener->session, &connection);
	session_tell(listener->session, &path);
}

void paths_announce(struct paths *paths, struct listener *listener)
{
	struct mif_message end = {.type = MIF_END_OF_ANNOUNCEMENTS, .tag = listener->tag};

	listener->missed = false;
	list_for_each (node, &paths->connections) {
		const struct connection *connection = container_of(node, struct connection, node);

		if (!may_hear(listener, connection))
			continue;
		connection_tell(listener->session, listener->tag, connection);
	}
	for (size_t i = 0; i < paths->other_count; i++)
		if (listener->uid == 0 || listener->uid == paths->others[i].uid)
			other_tell(listener, &paths->others[i]);
	end.as.end_of_announcements.request = MIF_ANNOUNCE_PATHS;
	session_tell(listener->session, &end);
}

void paths_tell_event(
	struct paths *paths, const struct connection *connection, const struct mif_message *event)
{
	list_for_each (node, &paths->listeners) {
		struct listener *listener = container_of(node, struct listener, node);

		if (!may_hear(listener, connection))
			continue;
		if (session_is_full(listener->session))
			listener->missed = true;
		else
			session_tell(listener->session, event);
	}
}
