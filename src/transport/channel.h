/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/* The longest packet. A longer one is malformed. */
#define CHANNEL_PACKET 16384

/*
 * One end of a SOCK_SEQPACKET Unix socket. A packet carries one or more messages, and at most one
 * descriptor, which belongs to the first message that has a field for it. Never blocks. Holds
 * memory only while it holds messages.
 */
struct channel {
	int fd;
	int timeout_ms; /* SO_RCVTIMEO; 0: not set */
	bool plain; /* no packet that comes in has a descriptor: if one has, the kernel drops it */
	uint8_t *in; /* the packet received last; NULL: none */
	size_t in_at, in_size;
	int in_fd; /* came with it */
	uint8_t *out; /* the packet to be sent next; NULL: none */
	size_t out_size, out_room;
	bool out_closed; /* nothing may be added */
	int out_fd; /* goes with it */
};

/* Takes the socket over. */
void channel_init(struct channel *channel, int fd);
void channel_deinit(struct channel *channel);

/* Only after channel_peek() returned 0. 1: a packet was received; 0: none waits; -EPIPE: the other
 * end is gone; -EBADMSG: a packet too long or with too many descriptors; -ENOMEM. */
int channel_receive(struct channel *channel);

/* The same, but waits for a packet as poll(2) does: -EINTR. -1: for ever. */
int channel_wait(struct channel *channel, int timeout_ms);

/* The next message of the packet received last, without taking it. 1: *message holds it; 0: there is
 * none; -ENOMSG: it is of a type unknown, *message has its head; -EBADMSG: malformed. */
int channel_peek(struct channel *channel, struct mif_message *message);

/* Takes the message that channel_peek() showed. A descriptor in it is the caller's now. */
void channel_skip(struct channel *channel);

/* Whether channel_put() has room for any message. */
bool channel_room(const struct channel *channel);

/* Adds a message to the packet that channel_flush() sends, and takes its descriptor over, also on
 * failure. 0; -EINVAL: not a message; -ENOBUFS: no room; -ENOMEM. */
int channel_put(struct channel *channel, const struct mif_message *message);

/* Whether there is a packet to be flushed. */
bool channel_pending(const struct channel *channel);

/* 0: nothing is pending any more; -EAGAIN: the socket is full, wait for POLLOUT; -EPIPE: the other
 * end is gone; other negative errno: as send(2). */
int channel_flush(struct channel *channel);

/* Sends one message as a packet of its own, now or not at all; its descriptor stays the caller's.
 * As channel_flush(), and -EINVAL. */
int channel_post(struct channel *channel, const struct mif_message *message);
