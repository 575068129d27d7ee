/* SPDX-License-Identifier: MIT */
/*
 * One end of a Unix socket between a client and the daemon. Messages enter by channel_put() or
 * channel_post() and leave in packets; packets enter by channel_receive() and leave, message by
 * message, by channel_peek() and channel_skip(). What the other end sends is not trusted.
 */
#include "transport/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "message/message.h"

void channel_init(struct channel *channel, int fd)
{
	*channel = (struct channel){.fd = fd, .in_fd = -1, .out_fd = -1};
}

static void in_clear(struct channel *channel)
{
	free(channel->in);
	channel->in = NULL;
	channel->in_at = channel->in_size = 0;
	channel->in_fd = close_fd(channel->in_fd);
}

static void out_clear(struct channel *channel)
{
	free(channel->out);
	channel->out = NULL;
	channel->out_size = channel->out_room = 0;
	channel->out_closed = false;
	channel->out_fd = close_fd(channel->out_fd);
}

void channel_deinit(struct channel *channel)
{
	in_clear(channel);
	out_clear(channel);
	channel->fd = close_fd(channel->fd);
}

static bool type_has_fd(uint32_t type)
{
	const struct message_info *info = message_info(type);

	return info != NULL && info->fd_offset != 0;
}

static int fd_of(const struct mif_message *message)
{
	const int *fd = message_fd((struct mif_message *)(uintptr_t)message);

	return fd != NULL ? *fd : -1;
}

/* Whether a message of the packet has a field for a descriptor. */
static bool packet_has_fd(const uint8_t *octets, size_t size)
{
	while (size >= MESSAGE_HEAD) {
		struct reader reader = reader_of(octets, size);
		size_t length = reader_u16(&reader);

		if (type_has_fd(reader_u16(&reader)))
			return true;
		if (length < MESSAGE_HEAD || length > size)
			break;
		octets += length;
		size -= length;
	}
	return false;
}

/* How many descriptors came with a packet: the first is kept, the others are closed. */
static unsigned int take_fds(struct msghdr *header, int *fdp)
{
	unsigned int count = 0;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
		control = CMSG_NXTHDR(header, control)) {
		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= control->cmsg_len;
			at += sizeof(int)) {
			int fd;

			memcpy(&fd, (const char *)control + at, sizeof(fd));
			if (count++ == 0)
				*fdp = fd;
			else
				close(fd);
		}
	}
	return count;
}

/* The size of the packet; -1 and errno; -EBADMSG in *fault: it is one that nobody sends. */
static ssize_t octets_receive(
	struct channel *channel, uint8_t octets[CHANNEL_PACKET], int flags, int *fd, int *fault)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec vector = {.iov_base = octets, .iov_len = CHANNEL_PACKET};
	struct msghdr header = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t size;

	*fault = 0;
	if (channel->plain) {
		size = recv(channel->fd, octets, CHANNEL_PACKET, flags | MSG_TRUNC);
		if (size > CHANNEL_PACKET)
			*fault = -EBADMSG;
		return size;
	}
	size = recvmsg(channel->fd, &header, flags | MSG_CMSG_CLOEXEC);
	if (size >= 0 &&
		(take_fds(&header, fd) > 1 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0))
		*fault = -EBADMSG;
	return size;
}

static int packet_receive(struct channel *channel, int flags)
{
	uint8_t octets[CHANNEL_PACKET];
	_cleanup_(closep) int fd = -1;
	ssize_t size;
	int fault;

	in_clear(channel);
	/* A peer that closed its end without having read everything leaves ECONNRESET in front of
	 * what it said last. The error is reported once. */
	for (int i = 0; i < 2; i++) {
		size = octets_receive(channel, octets, flags, &fd, &fault);
		if (size >= 0 || errno != ECONNRESET)
			break;
	}
	if (size < 0)
		return errno == EAGAIN ? 0 : errno == ECONNRESET ? -EPIPE : -errno;

	if (fault < 0)
		return fault;
	/* An empty packet looks like the end, and nobody has a reason to send one. */
	if (size == 0)
		return -EPIPE;
	channel->in = malloc((size_t)size);
	if (channel->in == NULL)
		return -ENOMEM;
	memcpy(channel->in, octets, (size_t)size);
	channel->in_size = (size_t)size;
	if (fd >= 0 && packet_has_fd(octets, (size_t)size)) {
		channel->in_fd = fd;
		fd = -1;
	}
	return 1;
}

int channel_receive(struct channel *channel)
{
	int r = packet_receive(channel, MSG_DONTWAIT);

	return r == -EINTR ? 0 : r;
}

/* A socket without a timeout would sleep on after a signal whose handler was installed with
 * SA_RESTART. */
static int timeout_set(struct channel *channel, int timeout_ms)
{
	struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

	if (timeout_ms == channel->timeout_ms)
		return 0;
	if (setsockopt(channel->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	channel->timeout_ms = timeout_ms;
	return 0;
}

int channel_wait(struct channel *channel, int timeout_ms)
{
	int r;

	if (timeout_ms == 0)
		return channel_receive(channel);
	do {
		r = timeout_set(channel, timeout_ms < 0 ? INT32_MAX : timeout_ms);
		if (r == 0)
			r = packet_receive(channel, 0);
	} while (r == 0 && timeout_ms < 0);
	return r;
}

int channel_peek(struct channel *channel, struct mif_message *message)
{
	size_t length;
	int r;

	if (channel->in == NULL)
		return 0;
	r = message_decode(
		message, channel->in + channel->in_at, channel->in_size - channel->in_at, &length);
	if (r < 0)
		return r;

	int *fd = message_fd(message);

	if (fd != NULL)
		*fd = channel->in_fd;
	return 1;
}

void channel_skip(struct channel *channel)
{
	struct reader reader;

	if (channel->in == NULL)
		return;
	reader = reader_of(channel->in + channel->in_at, channel->in_size - channel->in_at);
	channel->in_at += reader_u16(&reader);
	if (type_has_fd(reader_u16(&reader)))
		channel->in_fd = -1;
	if (channel->in_at >= channel->in_size)
		in_clear(channel);
}

bool channel_room(const struct channel *channel)
{
	return !channel->out_closed && channel->out_size + MESSAGE_MAX <= CHANNEL_PACKET;
}

/* For one message more: most packets have one, and the allocator has small pieces at hand. */
static int out_grow(struct channel *channel)
{
	size_t room = MIN(MAX(2 * channel->out_room, MESSAGE_MAX), CHANNEL_PACKET);
	uint8_t *out;

	if (channel->out_room - channel->out_size >= MESSAGE_MAX)
		return 0;
	out = realloc(channel->out, room);
	if (out == NULL)
		return -ENOMEM;
	channel->out = out;
	channel->out_room = room;
	return 0;
}

int channel_put(struct channel *channel, const struct mif_message *message)
{
	_cleanup_(closep) int fd = fd_of(message);
	int length;

	if (!channel_room(channel))
		return -ENOBUFS;
	if (out_grow(channel) < 0)
		return -ENOMEM;
	length = message_encode(
		message, channel->out + channel->out_size, channel->out_room - channel->out_size);
	if (length < 0) {
		if (channel->out_size == 0)
			out_clear(channel);
		return length;
	}
	channel->out_size += (size_t)length;
	/* The receiver gives the descriptor to the first message that can have one: so a message
	 * that can is the last of its packet. */
	channel->out_closed = type_has_fd(message->type);
	channel->out_fd = fd;
	fd = -1;
	return 0;
}

bool channel_pending(const struct channel *channel)
{
	return channel->out != NULL;
}

static int packet_send(int socket, const void *octets, size_t size, int fd)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vector = {.iov_base = (void *)(uintptr_t)octets, .iov_len = size};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
	ssize_t sent;

	if (fd < 0) {
		sent = send(socket, octets, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
		sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (sent >= 0)
		return 0;
	switch (errno) {
	case EINTR:
	case ENOBUFS:
	case ENOMEM:
		return -EAGAIN;
	case ECONNRESET:
	case ENOTCONN:
		return -EPIPE;
	default:
		return -errno;
	}
}

int channel_flush(struct channel *channel)
{
	int r;

	if (channel->out == NULL)
		return 0;
	r = packet_send(channel->fd, channel->out, channel->out_size, channel->out_fd);
	if (r != -EAGAIN)
		out_clear(channel);
	return r;
}

int channel_post(struct channel *channel, const struct mif_message *message)
{
	uint8_t octets[MESSAGE_MAX];
	int length, r;

	r = channel_flush(channel);
	if (r < 0)
		return r;
	length = message_encode(message, octets, sizeof(octets));
	if (length < 0)
		return length;
	return packet_send(channel->fd, octets, (size_t)length, fd_of(message));
}
