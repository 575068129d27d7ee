/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "daemon/user.h"
#include "engine/engine.h"
#include "transport/channel.h"

/* As many errors of the host's own wait in a session; then nothing more is read. */
#define PEER_ERRORS 64

/* Packets taken from one client in a turn; how often it is looked whether there is more than one. */
#define PEER_PACKETS 32
#define PEER_LOOK 16

/* Who was told as much may have had as many records of what it was told. */
#define PEER_MANY 1024

/* Who serves requests that the engine does not: those about paths take a user and a descriptor. */
struct peer_paths {
	bool (*serves)(uint32_t type);
	void (*request)(void *context, struct session *session, uint32_t uid,
		const struct mif_message *request, uint64_t now);
	void (*leave)(void *context, struct session *session);
	void (*hear)(void *context, uint64_t now); /* the engine's news, before the peers do */
	void *context; /* NULL: nobody does */
};

/* What all peers of a server share. */
struct peer_host {
	struct peer_paths paths;
	struct engine *engine;
	uint64_t instance; /* of WELCOME */
};

/* The daemon's end of one client. */
struct peer {
	struct list node;
	const struct peer_host *host;
	struct channel channel;
	struct session *session; /* NULL until HELLO */
	struct user *user;
	uint32_t rights; /* 1 << enum access_right */
	uint32_t events; /* what epoll watches: the server's */
	uint32_t errors; /* told since the session was empty last */
	uint32_t heard; /* packets, roughly */
	uint64_t told; /* reports */
	bool talkative; /* it had sent several when it was looked for last */
	bool strict; /* it wants no extension, so no ERROR either */
	bool held; /* a request waits for room in the session's outbox: nothing more is read */
	bool dead; /* to be freed */
};

/* Takes the socket over and one client of the user's, also on failure. 0, or -ENOMEM. */
int peer_new(struct peer **peerp, const struct peer_host *host, int fd, struct user *user,
	uint32_t rights);
void peer_free(struct peer *peer);

/* Reads a packet, or some, and posts their requests. */
void peer_receive(struct peer *peer, uint64_t now);

/* It has hung up: what it said before that counts, and then it is dead. Whoever has a path made, say,
 * need not wait for what comes of it. */
void peer_finish(struct peer *peer, uint64_t now);

/* Sends what the session has, as long as the socket takes it; then goes on with requests that had
 * to wait for that. */
void peer_pump(struct peer *peer, uint64_t now);

/* Says goodbye with a sentence: ERROR, then the end. */
__attribute__((format(printf, 4, 5))) void peer_refuse(
	struct peer *peer, const struct mif_message *request, int error, const char *format, ...);

/* Without a word. It is dead then, and still to be freed. */
void peer_end(struct peer *peer);

/* The events of epoll(7) that it waits for. */
uint32_t peer_wants(const struct peer *peer);
