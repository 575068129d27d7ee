/* SPDX-License-Identifier: MIT */
/*
 * One question by TCP (RFC 7766), after its answer by UDP was truncated: connect, write, read, done.
 * A connection for each: small forwarders answer no second question on it, and such answers
 * are rare.
 */
#include "worker/server.h"

#include "base/cleanup.h"
#include "worker/link-socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define DNS_PORT 53
#define LENGTH_OCTETS 2
#define ROOM_FIRST 4096U
#define ROOM_MAX (LENGTH_OCTETS + UINT16_MAX)

struct stream {
	struct watch watch;
	struct list node; /* in the server's */
	struct server *server;
	struct attempt *attempt; /* NULL: done */
	uint8_t question[LENGTH_OCTETS + DNS_QUESTION_OCTETS];
	size_t size, written;
	uint8_t *answer; /* with the length before it */
	size_t room, got;
};

static void stream_close(struct stream *stream)
{
	watch_close(stream->server->watches, &stream->watch);
	stream->attempt = NULL;
}

/* It may be in the middle of a call of its own: streams_tidy() frees it. */
void stream_stop(struct stream *stream)
{
	if (stream != NULL)
		stream_close(stream);
}

void streams_tidy(struct server *server)
{
	list_for_each_safe (node, &server->streams) {
		struct stream *stream = container_of(node, struct stream, node);

		if (stream->attempt != NULL)
			continue;
		list_remove(&stream->node);
		server->stream_count--;
		free(stream->answer);
		free(stream);
	}
}

static struct attempt *stream_end(struct stream *stream)
{
	struct attempt *attempt = stream->attempt;

	stream_close(stream);
	attempt->stream = NULL;
	attempt_take(attempt);
	return attempt;
}

static void stream_failed(struct stream *stream, uint64_t now)
{
	attempt_failed(stream_end(stream), now);
}

/* ---- reading ---- */

/* How many octets there will be, as far as is known. */
static size_t stream_wants(const struct stream *stream)
{
	struct reader reader = reader_of(stream->answer, stream->got);
	uint16_t length = reader_u16(&reader);

	return LENGTH_OCTETS + (reader.failed ? 0U : length);
}

/* In steps: who announces 64 KiB has to send them. */
static bool stream_make_room(struct stream *stream)
{
	size_t room = MIN(MAX(ROOM_FIRST, stream->room * 2), (size_t)ROOM_MAX);
	uint8_t *answer;

	if (stream->got < stream->room)
		return true;
	answer = realloc(stream->answer, room);
	if (answer == NULL)
		return false;
	stream->answer = answer;
	stream->room = room;
	return true;
}

static void stream_heard(struct stream *stream, uint64_t now)
{
	size_t size = stream_wants(stream);
	struct dns_message message;

	if (dns_open(&message, stream->answer + LENGTH_OCTETS, size - LENGTH_OCTETS) < 0 ||
		!attempt_matches(stream->attempt, &message))
		stream_failed(stream, now);
	else
		attempt_answered(stream_end(stream), &message, now);
}

static void stream_read(struct stream *stream, uint64_t now)
{
	ssize_t size;

	if (!stream_make_room(stream)) {
		stream_failed(stream, now);
		return;
	}
	size = recv(stream->watch.fd, stream->answer + stream->got, stream->room - stream->got, 0);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		stream_failed(stream, now);
		return;
	}
	stream->got += (size_t)size;
	if (stream->got > LENGTH_OCTETS && stream->got >= stream_wants(stream))
		stream_heard(stream, now);
}

/* ---- writing ---- */

static void stream_write(struct stream *stream, uint64_t now)
{
	ssize_t size = send(stream->watch.fd, stream->question + stream->written,
		stream->size - stream->written, MSG_NOSIGNAL);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size < 0) {
		stream_failed(stream, now);
		return;
	}
	stream->written += (size_t)size;
	if (stream->written == stream->size)
		watch_change(stream->server->watches, &stream->watch, EPOLLIN);
}

static void stream_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	struct stream *stream = container_of(watch, struct stream, watch);

	(void)events;
	if (stream->written < stream->size)
		stream_write(stream, now);
	else
		stream_read(stream, now);
}

static void stream_compose(struct stream *stream, const struct attempt *attempt)
{
	size_t size = attempt_write(attempt, stream->question + LENGTH_OCTETS,
		sizeof(stream->question) - LENGTH_OCTETS);
	struct writer writer = writer_of(stream->question, LENGTH_OCTETS);

	writer_number(&writer, size, LENGTH_OCTETS);
	stream->size = LENGTH_OCTETS + size;
}

int stream_open(struct attempt *attempt)
{
	struct server *server = attempt->server;
	struct stream *stream = calloc(1, sizeof(*stream));
	int fd, r;

	if (stream == NULL)
		return -ENOMEM;
	fd = link_socket(SOCK_STREAM, server->address.family, server->ifindex, &server->source);
	r = fd < 0 ? fd : link_socket_connect(fd, &server->address, server->ifindex, DNS_PORT);
	if (r < 0)
		close_fd(fd);
	else
		r = watch_open(server->watches, &stream->watch, fd, EPOLLOUT);
	if (r < 0) {
		free(stream);
		return r;
	}
	stream->watch.ready = stream_ready;
	stream->server = server;
	stream->attempt = attempt;
	stream_compose(stream, attempt);
	list_append(&server->streams, &stream->node);
	server->stream_count++;
	attempt->stream = stream;
	return 0;
}
