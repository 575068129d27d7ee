/* SPDX-License-Identifier: MIT */
/*
 * The clients of the daemon and the loop around them. Connections enter through the listening
 * socket, are checked (network namespace, limits) and become peers; one epoll instance watches
 * them, the listening socket and what the engine waits for. In a turn of every ready client so much is
 * read, so that a busy one cannot keep others waiting, and what the engine answers leaves in the same
 * turn.
 */
#include "daemon/server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/netns.h"
#include "daemon/access.h"
#include "daemon/log.h"
#include "daemon/peer.h"
#include "engine/engine.h"

#define EVENTS 64
#define ACCEPTS 16 /* in a turn */

struct server {
	struct peer_host host;
	struct list peers, dead;
	struct list users;
	const struct access *access;
	unsigned int count, limit;
	uint64_t namespace;
	int listen_fd;
	int spare_fd; /* given up for a moment, to refuse a client when there is no other */
	int epoll_fd;
	struct watched {
		int fd;
		bool hung_up, woken;
	} watched[SERVER_WATCHED];
	int event_count;
	struct epoll_event events[EVENTS];
};

/* The network namespace in which a socket was made. The one that accept(2) returns for a Unix
 * socket tells the client's: the kernel makes it in the connecting socket's namespace. */
static int socket_namespace(int fd, uint64_t *cookie)
{
	socklen_t size = sizeof(*cookie);

	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size) < 0 ? -errno : 0;
}

static int own_namespace(uint64_t *cookie)
{
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : socket_namespace(fd, cookie);
}

/* who: an address, which is no event of the engine's. */
static int watch(struct server *server, int operation, int fd, uint32_t events, void *who)
{
	struct epoll_event event = {.events = events, .data.u64 = (uintptr_t)who};

	return epoll_ctl(server->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

DEFINE_FREEP(server, server_free)

int server_new(
	struct server **serverp, struct engine *engine, const struct access *access, int listen_fd)
{
	_cleanup_(server_freep) struct server *server = calloc(1, sizeof(*server));
	int r;

	if (server == NULL)
		return -ENOMEM;
	list_init(&server->peers);
	list_init(&server->dead);
	list_init(&server->users);
	server->access = access;
	server->host.engine = engine;
	server->listen_fd = listen_fd;
	server_limit(server, SERVER_CLIENTS);
	server->spare_fd = fcntl(listen_fd, F_DUPFD_CLOEXEC, 0);
	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (server->spare_fd < 0 || server->epoll_fd < 0)
		return -errno;
	if (getrandom(&server->host.instance, sizeof(server->host.instance), 0) < 0)
		return -errno;
	r = own_namespace(&server->namespace);
	if (r < 0)
		return r;
	r = watch(server, EPOLL_CTL_ADD, listen_fd, EPOLLIN, &server->listen_fd);
	if (r < 0)
		return r;
	r = engine_watch_in(engine, server->epoll_fd);
	if (r < 0)
		return r;
	*serverp = server;
	server = NULL;
	return 0;
}

static void server_drop(struct server *server, struct peer *peer)
{
	server->count--;
	peer_free(peer);
}

static void server_reap(struct server *server)
{
	bool bulky = false;

	list_for_each_safe (node, &server->dead) {
		struct peer *peer = container_of(node, struct peer, node);

		bulky |= peer->held || peer->told >= PEER_MANY;
		server_drop(server, peer);
	}
	/* Those who did not read held the most, then who knew the most; the allocator would keep it. */
#ifdef __GLIBC__
	if (bulky)
		malloc_trim(0);
#else
	(void)bulky;
#endif
}

void server_free(struct server *server)
{
	if (server == NULL)
		return;
	list_for_each_safe (node, &server->peers)
		server_drop(server, container_of(node, struct peer, node));
	server_reap(server);
	close_fd(server->spare_fd);
	close_fd(server->epoll_fd);
	free(server);
}

void server_limit(struct server *server, unsigned int clients)
{
	server->limit = clients;
}

void server_set_paths(struct server *server, const struct peer_paths *paths)
{
	server->host.paths = *paths;
}

unsigned int server_clients(const struct server *server)
{
	return server->count;
}

int server_fd(const struct server *server)
{
	return server->epoll_fd;
}

int server_watch(struct server *server, unsigned int which, int fd, bool arrivals)
{
	uint32_t events = arrivals ? EPOLLIN | EPOLLET : EPOLLIN;

	server->watched[which].fd = fd;
	return watch(server, EPOLL_CTL_ADD, fd, events, &server->watched[which]);
}

bool server_hung_up(const struct server *server, unsigned int which)
{
	return server->watched[which].hung_up;
}

bool server_was_woken(struct server *server, unsigned int which)
{
	bool woken = server->watched[which].woken;

	server->watched[which].woken = false;
	return woken;
}

/* ---- newcomers ---- */

/* Whether it may stay; else it has been told why not. */
static bool server_admit(struct server *server, struct peer *peer)
{
	const struct user *user = peer->user;
	uint64_t namespace = 0;
	int r = socket_namespace(peer->channel.fd, &namespace);

	if (r < 0 || namespace != server->namespace)
		peer_refuse(peer, NULL, EXDEV,
			"this daemon serves another network namespace than the client's");
	else if ((peer->rights & 1U << ACCESS_SEE) == 0)
		peer_refuse(peer, NULL, EACCES,
			"user %u is not in the list \"see\" of this daemon's mifd.conf", user->uid);
	else if (server->count >= server->limit)
		peer_refuse(peer, NULL, EUSERS, "there are %u clients already", server->limit);
	else if (user->clients > server->access->handles)
		peer_refuse(peer, NULL, EUSERS, "user %u has %u clients already", user->uid,
			server->access->handles);
	return !peer->dead;
}

static int peer_make(struct server *server, struct peer **peerp, int fd)
{
	const struct session_quota limits = {
		.subscription_limit = server->access->subscriptions,
		.translation_limit = server->access->translations,
		.want_limit = server->access->wants,
	};
	struct user *user = NULL;
	uint32_t rights = 0;
	uid_t uid = 0;
	int r = access_of(server->access, fd, &rights, &uid);

	if (r == 0) {
		user = user_join(&server->users, uid, &limits);
		r = user == NULL ? -ENOMEM : 0;
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	return peer_new(peerp, &server->host, fd, user, rights);
}

static void server_welcome(struct server *server, int fd)
{
	struct peer *peer;

	if (peer_make(server, &peer, fd) < 0)
		return;
	if (!server_admit(server, peer)) {
		peer_free(peer);
		return;
	}
	peer->events = peer_wants(peer);
	if (watch(server, EPOLL_CTL_ADD, fd, peer->events, peer) < 0) {
		peer_free(peer);
		return;
	}
	list_append(&server->peers, &peer->node);
	server->count++;
}

/* Without a descriptor for the newcomer the listening socket would stay readable for ever. Whether
 * there was one: accept(2) wants a descriptor before it looks. */
static bool server_turn_away(struct server *server)
{
	int fd;

	server->spare_fd = close_fd(server->spare_fd);
	fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	close_fd(fd);
	server->spare_fd = fcntl(server->listen_fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		log_warning("a client is turned away: no descriptor is left");
	return fd >= 0;
}

static int server_accept(struct server *server)
{
	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0) {
			server_welcome(server, fd);
			continue;
		}
		switch (errno) {
		case EAGAIN:
			return 0;
		case EMFILE:
		case ENFILE:
			if (!server_turn_away(server))
				return 0;
			break;
		case EINTR:
		case ECONNABORTED:
		case ENOBUFS:
		case ENOMEM:
			return 0;
		default:
			return -errno;
		}
	}
	return 0;
}

/* ---- a turn ---- */

/* After anything that may have changed what a peer waits for. The dead are freed when the turn
 * ends, since later events of this turn may name them. */
static void server_rewatch(struct server *server, struct peer *peer)
{
	uint32_t wants = peer_wants(peer);

	if (peer->dead) {
		list_remove(&peer->node);
		list_append(&server->dead, &peer->node);
		return;
	}
	if (wants == peer->events)
		return;
	peer->events = wants;
	if (watch(server, EPOLL_CTL_MOD, peer->channel.fd, wants, peer) < 0)
		log_error("epoll: %s", strerror(errno));
}

static void server_drain(struct server *server, uint64_t now)
{
	const struct peer_paths *paths = &server->host.paths;
	struct session *session;

	/* It acts on what the others are only told of. */
	if (paths->context != NULL)
		paths->hear(paths->context, now);
	while ((session = engine_next_ready(server->host.engine)) != NULL) {
		struct peer *peer = session_host(session);

		/* A subscriber within this process looks after itself. */
		if (peer == NULL)
			continue;
		/* One that waits for its socket is pumped when that is writable again. */
		if ((peer->events & EPOLLOUT) != 0)
			continue;
		peer_pump(peer, now);
		server_rewatch(server, peer);
	}
}

void server_send(struct server *server, uint64_t now)
{
	server_drain(server, now);
	server_reap(server);
}

static void server_hear(struct server *server, struct peer *peer, uint32_t events, uint64_t now)
{
	if (peer->dead)
		return;
	if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
		/* Nobody is left to hear an answer; what was said before counts. */
		peer_finish(peer, now);
	} else {
		if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
			peer_receive(peer, now);
		peer_pump(peer, now);
	}
	server_rewatch(server, peer);
}

int server_wait(struct server *server, int timeout_ms)
{
	int count = epoll_wait(server->epoll_fd, server->events, EVENTS, timeout_ms);

	if (count < 0 && errno != EINTR)
		return -errno;
	server->event_count = MAX(count, 0);
	return 0;
}

/* Once hung up it would be ready for ever. */
static void server_woken(struct server *server, struct watched *watched, uint32_t events)
{
	watched->woken = true;
	if ((events & (EPOLLHUP | EPOLLERR)) == 0)
		return;
	watched->hung_up = true;
	epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, watched->fd, NULL);
}

static struct watched *watched_of(struct server *server, const void *who)
{
	for (size_t i = 0; i < SERVER_WATCHED; i++) {
		if (who == &server->watched[i])
			return &server->watched[i];
	}
	return NULL;
}

/* The first of the engine's events, and those that follow, in one dispatch. */
static int server_news(
	struct server *server, const struct epoll_event *event, int count, uint64_t now)
{
	struct engine *engine = server->host.engine;

	for (int i = 0; i < count; i++) {
		if (event[i].data.u64 < ENGINE_EVENTS)
			engine_woken(engine, event[i].data.u64);
	}
	return engine_dispatch(engine, now);
}

static int server_serve(struct server *server, const struct epoll_event *event, uint64_t now)
{
	void *who = (void *)(uintptr_t)event->data.u64;

	if (who == &server->listen_fd)
		return server_accept(server);
	if (watched_of(server, who) != NULL)
		server_woken(server, who, event->events);
	else
		server_hear(server, who, event->events, now);
	return 0;
}

int server_dispatch(struct server *server, uint64_t now)
{
	struct engine *engine = server->host.engine;
	bool heard = false;
	int count, r = 0;

	engine_set_time(engine, now);
	if (server->event_count == 0) {
		r = server_wait(server, 0);
		if (r < 0)
			return r;
	}
	count = server->event_count;
	server->event_count = 0;
	for (int i = 0; i < count && r == 0; i++) {
		const struct epoll_event *event = &server->events[i];
		bool news = event->data.u64 < ENGINE_EVENTS;

		if (!news)
			r = server_serve(server, event, now);
		else if (!heard)
			r = server_news(server, event, count - i, now);
		heard |= news;
		server_drain(server, now);
	}
	server_send(server, now);
	engine_rest(engine);
	/* On a fake clock, no descriptor tells that something is due. */
	if (r == 0 && engine_deadline(engine) <= now) {
		r = engine_dispatch(engine, now);
		server_send(server, now);
		engine_rest(engine);
	}
	return r;
}
