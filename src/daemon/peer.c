/* SPDX-License-Identifier: MIT */
/*
 * One client of the daemon: its channel, its session, and back-pressure both ways. Requests enter
 * packet by packet and go to the session; reports are fetched from the session only while the
 * socket takes them. A client that does not read fills its socket, then its session's outbox, and
 * then is not read from any more: all that it can hold here is that outbox and one packet each way.
 */
#include "daemon/peer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/descriptor.h"
#include "daemon/access.h"
#include "daemon/log.h"
#include "message/message.h"

#define VERSION 1

int peer_new(struct peer **peerp, const struct peer_host *host, int fd, struct user *user,
	uint32_t rights)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL) {
		user_leave(user);
		close_fd(fd);
		return -ENOMEM;
	}
	list_init(&peer->node);
	peer->host = host;
	peer->user = user;
	peer->rights = rights;
	channel_init(&peer->channel, fd);
	*peerp = peer;
	return 0;
}

static void peer_leave(struct peer *peer)
{
	const struct peer_paths *paths = &peer->host->paths;

	if (peer->session != NULL && paths->context != NULL)
		paths->leave(paths->context, peer->session);
	session_free(peer->session);
	peer->session = NULL;
}

void peer_free(struct peer *peer)
{
	if (peer == NULL)
		return;
	list_remove(&peer->node);
	peer_leave(peer);
	user_leave(peer->user);
	channel_deinit(&peer->channel);
	free(peer);
}

/* The session goes at once, so that the engine does not name it any more. */
void peer_end(struct peer *peer)
{
	peer_leave(peer);
	peer->dead = true;
}

__attribute__((format(printf, 3, 0))) static struct mif_message error_message(
	const struct mif_message *request, int error, const char *format, va_list arguments)
{
	struct mif_message message = {.type = MIF_ERROR};

	if (request != NULL) {
		message.tag = request->tag;
		message.as.error.request = request->type;
	}
	message.as.error.error = (uint32_t)error;
	vsnprintf(message.as.error.text, sizeof(message.as.error.text), format, arguments);
	return message;
}

void peer_refuse(
	struct peer *peer, const struct mif_message *request, int error, const char *format, ...)
{
	struct mif_message message;
	va_list arguments;

	va_start(arguments, format);
	message = error_message(request, error, format, arguments);
	va_end(arguments);
	log_debug("client of user %u is closed: %s", peer->user->uid, message.as.error.text);
	/* As far as its socket takes it: nothing waits for a client that is to go. */
	if (!peer->strict && channel_put(&peer->channel, &message) == 0)
		channel_flush(&peer->channel);
	peer_end(peer);
}

/* 0, or -ENOBUFS: no room, the request must be taken up again later. */
__attribute__((format(printf, 4, 5))) static int peer_tell(
	struct peer *peer, const struct mif_message *request, int error, const char *format, ...)
{
	struct mif_message message;
	va_list arguments;
	int r;

	if (peer->strict)
		return 0;
	if (peer->errors >= PEER_ERRORS)
		return -ENOBUFS;
	va_start(arguments, format);
	message = error_message(request, error, format, arguments);
	va_end(arguments);
	r = session_tell(peer->session, &message);
	if (r == -ENOBUFS)
		return r;
	session_heard(peer->session, request->serial);
	peer->errors++;
	if (r < 0)
		peer_end(peer);
	return 0;
}

/* 0: not known. */
static uint32_t process_of(int fd)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return 0;
	return (uint32_t)credentials.pid;
}

static void peer_hello(struct peer *peer, const struct mif_message *hello)
{
	struct mif_message welcome = {
		.type = MIF_WELCOME,
		.tag = hello->tag,
		.as.welcome = {.version = VERSION,
			.instance = peer->host->instance,
			.server = "mifd " MIF_VERSION},
	};
	uint32_t flags = hello->as.hello.flags;
	int r;

	if (hello->as.hello.version != VERSION) {
		peer_refuse(peer, hello, EPROTONOSUPPORT,
			"the client speaks version %u, this daemon version %d",
			hello->as.hello.version, VERSION);
		return;
	}
	if ((flags & ~(uint32_t)MIF_HELLO_STRICT) != 0) {
		peer_refuse(peer, hello, EINVAL, "hello has flags unknown here: 0x%x", flags);
		return;
	}
	peer->strict = (flags & MIF_HELLO_STRICT) != 0;
	r = session_new(
		&peer->session, peer->host->engine, peer->strict ? SESSION_STRICT : 0, peer);
	if (r == 0) {
		session_set_quota(peer->session, &peer->user->quota);
		session_set_label(peer->session, peer->user->uid, process_of(peer->channel.fd));
		r = session_tell(peer->session, &welcome);
	}
	if (r < 0)
		peer_refuse(peer, hello, -r, "no session for this client: %s", strerror(-r));
}

static const char *reason(int error)
{
	switch (error) {
	case EINVAL:
		return "a field has no possible value";
	case EOPNOTSUPP:
		return "this is not served here, or not to a strict subscriber";
	case EEXIST:
		return "the identifier is in use";
	default:
		return strerror(error);
	}
}

/* The answer comes later, or before this returns. */
static int peer_ask_paths(struct peer *peer, const struct mif_message *request, uint64_t now)
{
	const struct peer_paths *paths = &peer->host->paths;
	struct session *session = peer->session;

	if (session_is_full(session))
		return -ENOBUFS;
	session_heard(session, request->serial);
	paths->request(paths->context, session, peer->user->uid, request, now);
	return 0;
}

/* 0, or -ENOBUFS: take it up again later. */
static int peer_request(struct peer *peer, const struct mif_message *request, uint64_t now)
{
	const struct message_info *info = message_info(request->type);
	enum access_right right = access_needed(request->type);
	char text[160];
	int r;

	if (info->report)
		return peer_tell(
			peer, request, EINVAL, "%s is a report, not a request", info->name);
	if (request->type == MIF_HELLO)
		return peer_tell(peer, request, EALREADY, "hello was said before");
	if ((peer->rights & 1U << right) == 0)
		return peer_tell(peer, request, EACCES,
			"%s: user %u is not in the list \"%s\" of this daemon's mifd.conf",
			info->name, peer->user->uid, access_key(right));
	if (peer->host->paths.context != NULL && !peer->strict &&
		peer->host->paths.serves(request->type))
		return peer_ask_paths(peer, request, now);
	r = session_post(peer->session, request, now);
	if (r >= 0 || r == -ENOBUFS)
		return r;
	message_format(request, false, text, sizeof(text));
	return peer_tell(peer, request, -r, "%s: %s", text, reason(-r));
}

/* What a packet can hold for one who has not said hello. */
static void peer_greet(struct peer *peer, const struct mif_message *message, int peeked)
{
	const struct message_info *info = message_info(message->type);

	if (peeked == 1 && message->type == MIF_HELLO)
		peer_hello(peer, message);
	else
		peer_refuse(peer, message, EPROTO, "the first message must be hello, not %s",
			info != NULL ? info->name : "an unknown one");
}

/* Takes the next message of the packet at hand. 1: taken; 0: there is none, or it must wait. */
static int peer_take(struct peer *peer, uint64_t now)
{
	struct mif_message message;
	int peeked = channel_peek(&peer->channel, &message), r = 0;

	if (peeked == 0)
		return 0;
	if (peeked == -EBADMSG)
		peer_refuse(peer, NULL, EBADMSG, "a message is malformed");
	else if (peer->session == NULL)
		peer_greet(peer, &message, peeked);
	else if (peeked == -ENOMSG)
		r = peer_tell(
			peer, &message, ENOMSG, "no message has the number 0x%04x", message.type);
	else
		r = peer_request(peer, &message, now);
	peer->held = r == -ENOBUFS;
	if (peer->dead || peer->held)
		return 0;
	channel_skip(&peer->channel);
	/* Whoever serves a request keeps a duplicate, if anything. */
	if (peeked == 1 && message_fd(&message) != NULL)
		close_passed(*message_fd(&message));
	return 1;
}

/* One packet and its requests. Whether there was one, and another one may be taken. */
static bool peer_hear(struct peer *peer, uint64_t now)
{
	int r = channel_receive(&peer->channel);

	if (r == -EBADMSG)
		peer_refuse(peer, NULL, EBADMSG,
			"a packet is malformed: above %d octets, or with "
			"more than one descriptor",
			CHANNEL_PACKET);
	else if (r < 0)
		peer_end(peer);
	while (!peer->dead && peer_take(peer, now) > 0)
		;
	return r == 1 && !peer->dead && !peer->held;
}

/* One that says much is heard for longer, so that its answers leave together. To look for a second
 * packet costs a system call, so for one that mostly waits for its answer that is done rarely. */
void peer_receive(struct peer *peer, uint64_t now)
{
	unsigned int heard = 1;

	if (peer->dead || peer->held || !peer_hear(peer, now))
		return;
	if (!peer->talkative && ++peer->heard % PEER_LOOK != 0)
		return;
	while (heard < PEER_PACKETS && peer_hear(peer, now))
		heard++;
	peer->talkative = heard > 1;
}

void peer_finish(struct peer *peer, uint64_t now)
{
	while (!peer->dead && !peer->held && peer_hear(peer, now))
		;
	peer_end(peer);
}

/* From the session to the socket, until one has nothing or the other takes nothing. */
static void peer_send(struct peer *peer, uint64_t now)
{
	struct mif_message report;
	int r;

	for (;;) {
		r = channel_flush(&peer->channel);
		while (r == 0 && channel_room(&peer->channel) &&
			session_get(peer->session, &report) == 1) {
			r = channel_put(&peer->channel, &report);
			peer->told++;
		}
		if (r == 0 && channel_pending(&peer->channel))
			continue;
		if (r == 0)
			peer->errors = 0;
		if (r == 0 || r == -EAGAIN)
			return;
		if (r != -EPIPE)
			log_error("a report cannot be sent: %s", strerror(-r));
		/* What it said before it went counts. */
		peer_finish(peer, now);
		return;
	}
}

void peer_pump(struct peer *peer, uint64_t now)
{
	bool taken;

	do {
		if (peer->dead || peer->session == NULL)
			return;
		peer_send(peer, now);
		taken = false;
		if (peer->held && !peer->dead && !channel_pending(&peer->channel)) {
			while (peer_take(peer, now) > 0)
				taken = true;
		}
	} while (taken);
}

uint32_t peer_wants(const struct peer *peer)
{
	return (peer->held ? 0U : (uint32_t)EPOLLIN | (uint32_t)EPOLLRDHUP) |
		(channel_pending(&peer->channel) ? (uint32_t)EPOLLOUT : 0U);
}
