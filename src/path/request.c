/* SPDX-License-Identifier: MIT */
/*
 * Requests of clients. With a descriptor, possession is the proof, and the connection is read from it;
 * without one, it must have been shown before, and its socket be of the user who asks.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mptcp.h"
#include "path/manager.h"

/* ---- what sockets say ---- */

/* A socket of the class of Multipath TCP: everything else is the parent's to judge, and to refuse. */
static int read_token(int fd, uint32_t *token)
{
	struct mptcp_info info = {0};
	socklen_t size = sizeof(info);
	int protocol = 0;
	socklen_t length = sizeof(protocol);

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) < 0)
		return -errno;
	if (protocol != IPPROTO_MPTCP)
		return -EPROTOTYPE;
	if (getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &size) < 0)
		return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
	*token = info.mptcpi_token;
	return info.mptcpi_token == 0 ? -ENOTCONN : 0;
}

static int read_name(
	int fd, int (*name)(int, struct sockaddr *, socklen_t *), struct mif_endpoint *endpoint)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (name(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	return mif_endpoint_from_sockaddr(endpoint, (const struct sockaddr *)&address, size);
}

static void read_trip(struct connection *connection, int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (connection->rtt == 0 && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
		connection->rtt = info.tcpi_rtt;
}

/* Its first subflow. It may be gone, and then the first event about it that finds nothing is none. */
static int read_first(struct paths *paths, struct connection *connection, int fd)
{
	struct mif_endpoint names[2];
	int r = read_name(fd, getsockname, &names[0]);

	if (r == 0)
		r = read_name(fd, getpeername, &names[1]);
	if (r < 0)
		return r;
	if (flow_new_first(connection, ++paths->number, &names[0], &names[1]) == NULL)
		return -ENOMEM;
	return 0;
}

/* ---- connections ---- */

size_t paths_connections_of(const struct paths *paths, uint32_t uid)
{
	size_t count = 0;

	list_for_each (node, &paths->connections)
		count += container_of(node, struct connection, node)->uid == uid;
	return count;
}

static int connection_prove(struct paths *paths, struct connection *connection, int fd)
{
	const struct verb verb = {.type = VERB_PROVE};
	struct question *question = ask_add(&paths->ask, &verb, fd);

	if (question == NULL)
		return -EAGAIN;
	question->token = connection->token;
	question->uid = connection->uid;
	return 0;
}

static int connection_make(
	struct paths *paths, int fd, uint32_t token, struct connection **connectionp)
{
	struct connection *connection;
	struct stat status;
	int r;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (paths_connections_of(paths, status.st_uid) >= PATHS_USER_CONNECTIONS)
		return -EDQUOT;
	connection = connection_new(token, status.st_uid);
	if (connection == NULL)
		return -ENOMEM;
	read_trip(connection, fd);
	r = read_first(paths, connection, fd);
	if (r == 0)
		r = connection_prove(paths, connection, fd);
	if (r < 0) {
		connection_free(connection);
		return r;
	}
	newcomer_known(paths, connection);
	list_append(&paths->connections, &connection->node);
	connection->review = paths->stale = true;
	paths_wake(paths, 0);
	*connectionp = connection;
	return 0;
}

/* The connection that a request is about, which the user may change. 1: it was not known before. */
static int connection_of(
	struct paths *paths, uint32_t uid, int fd, uint32_t token, struct connection **connectionp)
{
	int r;

	if (fd >= 0) {
		r = read_token(fd, &token);
		if (r < 0)
			return r;
	}
	*connectionp = paths_find(paths, token);
	if (fd >= 0) {
		if (*connectionp != NULL) {
			read_trip(*connectionp, fd);
			return 0;
		}
		r = connection_make(paths, fd, token, connectionp);
		return r < 0 ? r : 1;
	}
	if (*connectionp == NULL)
		return -ENOTCONN;
	return uid == 0 || uid == (*connectionp)->uid ? 0 : -EPERM;
}

/* ---- requests ---- */

static int adopt(struct paths *paths, uint32_t uid, int fd, const struct asker *asker)
{
	const struct verb verb = {.type = VERB_ADOPT};
	struct question *question;

	if (fd < 0)
		return -EBADF;
	question = ask_add(&paths->ask, &verb, fd);
	if (question == NULL)
		return -EAGAIN;
	question->uid = uid;
	question->asker = *asker;
	return 0;
}

/* From where this host would send there: connecting a datagram socket sends nothing. */
static struct mif_endpoint source_for(const struct mif_endpoint *remote)
{
	struct mif_endpoint source = {0};
	struct sockaddr_storage address;
	socklen_t size = mif_endpoint_to_sockaddr(remote, &address);
	_cleanup_(closep) int fd =
		socket(remote->address.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) == 0)
		read_name(fd, getsockname, &source);
	return source;
}

/* Its ends as far as they are told, else as they would be. */
static int ends_of(const struct connection *connection, const struct mif_message_add_path *add,
	struct mif_endpoint *local, struct mif_endpoint *remote)
{
	const struct flow *first = container_of(connection->flows.next, struct flow, node);

	*remote = endpoint_plain(&add->remote);
	*local = endpoint_plain(&add->local);
	if (remote->address.family == AF_UNSPEC) {
		if (list_empty(&connection->flows))
			return -EDESTADDRREQ;
		*remote = first->remote;
	}
	if (local->address.family == AF_UNSPEC)
		*local = source_for(remote);
	local->port = 0;
	if (local->address.family == AF_UNSPEC)
		return -ENETUNREACH;
	if (local->address.family != remote->address.family || remote->port == 0 ||
		address_is_unspecified(&remote->address) || address_is_multicast(&remote->address))
		return -EINVAL;
	return 0;
}

static bool is_foreign(const struct connection *connection, const struct mif_endpoint *remote)
{
	list_for_each (node, &connection->flows) {
		const struct flow *flow = container_of(node, struct flow, node);

		if (flow->state == MIF_PATH_FOREIGN && endpoint_matches(&flow->remote, remote))
			return true;
	}
	return false;
}

/* 0: the asker will be told. */
static int add_path(struct paths *paths, struct connection *connection,
	const struct mif_message_add_path *add, const struct asker *asker, uint64_t now)
{
	struct mif_endpoint local, remote;
	struct flow *flow;
	int r = add->id > UINT8_MAX ? -EINVAL : ends_of(connection, add, &local, &remote);

	if (r < 0)
		return r;
	/* Another host's it stays, from wherever it is asked. */
	if (is_foreign(connection, &remote))
		return -ECONNREFUSED;
	flow = flow_find(connection, &local, &remote);
	if (flow != NULL && flow->asker.session != NULL)
		return -EALREADY;
	if (flow != NULL) {
		flow->wanted = true;
		flow->asker = *asker;
		if (flow->state == MIF_PATH_ESTABLISHED && flow->settled)
			asker_tell(&flow->asker, connection->token, flow, 0, NULL);
		else if (flow->state == MIF_PATH_LOST)
			flow_join(paths, flow, now);
		return 0;
	}
	flow = flow_new(connection, ++paths->number, &local, &remote);
	if (flow == NULL)
		return -EDQUOT;
	flow->ifindex = local.address.scope;
	flow->standby = add->backup != 0;
	flow->id = add->id;
	flow->wanted = true;
	flow->asker = *asker;
	flow_join(paths, flow, now);
	return 0;
}

/* Those that match; the asker hears of the last one. 0, or negative errno: of none. */
static int change_paths(struct paths *paths, struct connection *connection,
	const struct mif_endpoint *local, const struct mif_endpoint *remote, int backup,
	const struct asker *asker)
{
	struct mif_endpoint ends[2] = {endpoint_plain(local), endpoint_plain(remote)};
	struct question *last = NULL;
	int r = -ENOENT;

	list_for_each_safe (node, &connection->flows) {
		struct flow *flow = container_of(node, struct flow, node);
		bool working = flow->state == MIF_PATH_ESTABLISHED;
		bool before = flow->standby;

		if (!endpoint_matches(&flow->local, &ends[0]) ||
			!endpoint_matches(&flow->remote, &ends[1]) || (backup >= 0 && !working))
			continue;
		if (backup < 0 && working && connection_working(connection, flow) == 0)
			return -EBUSY;
		flow->automatic = false;
		flow->wanted &= backup >= 0;
		if (!working) {
			asker_tell(&flow->asker, connection->token, flow, ECANCELED, NULL);
			flow_free(flow);
			r = r == -ENOENT ? -ECHILD : r;
			continue;
		}
		flow->standby = backup >= 0 ? backup != 0 : before;
		r = flow_ask(paths, flow, backup >= 0 ? VERB_PREFER : VERB_LEAVE, NULL);
		if (r < 0) {
			flow->standby = before;
			return r;
		}
		last = container_of(paths->ask.waiting.previous, struct question, node);
		flow->adjusting |= backup >= 0;
		/* What is about to be closed does not work any more. */
		if (backup < 0) {
			flow->state = MIF_PATH_LOST;
			flow->closing = true;
		}
	}
	paths->stale = true;
	if (last != NULL)
		last->asker = *asker;
	return last != NULL ? 0 : r;
}

/* 0 is told at once: -ECHILD. */
static int manage(struct paths *paths, struct connection *connection,
	const struct mif_message_manage_paths *manage)
{
	const uint32_t kinds = MIF_KINDS_UNKNOWN | MIF_KINDS_LOOPBACK | MIF_KINDS_ETHERNET |
		MIF_KINDS_WIFI | MIF_KINDS_CELLULAR | MIF_KINDS_TUNNEL | MIF_KINDS_BRIDGE;

	if (manage->mode > MIF_PATHS_AUTOMATIC || manage->metered > MIF_DIAL_METERED_NEVER ||
		(manage->kinds & ~kinds) != 0)
		return -EINVAL;
	connection->mode = manage->mode;
	connection->metered = manage->metered;
	connection->kinds = manage->kinds;
	connection->review = true;
	paths_wake(paths, 0);
	return -ECHILD;
}

/* 0: the asker is told when the parent has seen its socket. */
static int show(struct paths *paths, struct connection *connection, uint32_t mode, bool made,
	const struct asker *asker, uint64_t now)
{
	if (mode > MIF_PATHS_AUTOMATIC)
		return -EINVAL;
	connection_tell(asker->session, asker->tag, connection);
	if (!made)
		return -ECHILD;
	/* A daemon before this one may have given it paths. */
	connection->recalled = true;
	connection->mode = mode;
	paths_survey(paths, now);
	ask_waiting(&paths->ask, VERB_PROVE, connection->token)->asker = *asker;
	return 0;
}

static int listen_paths(
	struct paths *paths, struct session *session, uint32_t uid, uint32_t tag, uint64_t now)
{
	struct listener *listener = NULL;

	list_for_each (node, &paths->listeners) {
		if (container_of(node, struct listener, node)->session == session)
			listener = container_of(node, struct listener, node);
	}
	if (listener == NULL) {
		listener = calloc(1, sizeof(*listener));
		if (listener == NULL)
			return -ENOMEM;
		list_append(&paths->listeners, &listener->node);
	}
	listener->session = session;
	listener->uid = uid;
	listener->tag = tag;
	listener->waiting = !paths->off;
	if (listener->waiting)
		paths_survey(paths, now);
	else
		paths_announce(paths, listener);
	return 0;
}

void paths_listen_no_more(struct paths *paths, const struct session *session)
{
	list_for_each_safe (node, &paths->listeners) {
		struct listener *listener = container_of(node, struct listener, node);

		if (listener->session != session)
			continue;
		list_remove(&listener->node);
		free(listener);
	}
}

bool paths_serves(uint32_t type)
{
	return type >= MIF_ADOPT_CONNECTION && type <= MIF_SHOW_CONNECTION;
}

static int serve(struct paths *paths, uint32_t uid, const struct mif_message *request,
	const struct asker *asker, uint32_t *token, uint64_t now)
{
	const struct mif_message_add_path *add = &request->as.add_path;
	const struct mif_message_remove_path *remove = &request->as.remove_path;
	const struct mif_message_prefer_path *prefer = &request->as.prefer_path;
	struct connection *connection = NULL;
	int r;

	if (request->type == MIF_ADOPT_CONNECTION)
		return adopt(paths, uid, request->as.adopt_connection.fd, asker);
	/* What these have in common stands in the same place. */
	r = connection_of(paths, uid, add->fd, add->connection, &connection);
	if (r < 0)
		return r;
	paths_watch(paths, now);
	*token = connection->token;
	if (request->type == MIF_SHOW_CONNECTION)
		return show(
			paths, connection, request->as.show_connection.mode, r == 1, asker, now);
	if (request->type == MIF_ADD_PATH)
		return add_path(paths, connection, add, asker, now);
	if (request->type == MIF_MANAGE_PATHS)
		return manage(paths, connection, &request->as.manage_paths);
	if (request->type == MIF_OFFER_ADDRESS)
		return offer_add(paths, connection, &request->as.offer_address.local,
			request->as.offer_address.id, asker);
	if (request->type == MIF_RETRACT_ADDRESS)
		return offer_retract(paths, connection, &request->as.retract_address.local,
			request->as.retract_address.id, asker);
	/* What was taken away from there shall not come back by itself. */
	if (request->type == MIF_REMOVE_PATH && remove->local.address.family != AF_UNSPEC)
		connection->mode = MIF_PATHS_AS_ASKED;
	if (request->type == MIF_REMOVE_PATH)
		return change_paths(paths, connection, &remove->local, &remove->remote, -1, asker);
	return change_paths(
		paths, connection, &prefer->local, &prefer->remote, prefer->backup != 0, asker);
}

void paths_request(struct paths *paths, struct session *session, uint32_t uid,
	const struct mif_message *request, uint64_t now)
{
	struct asker asker = {.session = session, .tag = request->tag, .request = request->type};
	uint32_t token = 0;
	int r;

	if (request->type == MIF_STOP_ANNOUNCING_PATHS) {
		paths_listen_no_more(paths, session);
		return;
	}
	if (request->type == MIF_ANNOUNCE_PATHS)
		r = listen_paths(paths, session, uid, request->tag, now);
	else if (ask_of(&paths->ask, uid) >= PATHS_USER_REQUESTS)
		r = -EDQUOT;
	else
		r = serve(paths, uid, request, &asker, &token, now);
	paths->counters[PATHS_REFUSED] += r == -EDQUOT || r == -EAGAIN;
	/* What was not there any more is gone, as asked. */
	if (r == -ECHILD)
		asker_tell(&asker, token, NULL, 0, NULL);
	else if (r < 0)
		asker_tell(&asker, token, NULL, -r, NULL);
	paths_dispatch(paths, false, now);
}
