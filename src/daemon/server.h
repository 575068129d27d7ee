/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct engine;

/* Clients in all, and of one user. One more is refused with ERROR(EUSERS), nobody is evicted. */
#define SERVER_CLIENTS 4096
#define SERVER_CLIENTS_OF_USER 1024

/*
 * The clients of one engine, behind one descriptor.
 */
struct server;

/* listen_fd: a listening, non-blocking SOCK_SEQPACKET Unix socket; stays the caller's, as does the
 * engine. 0, or negative errno. */
int server_new(struct server **serverp, struct engine *engine, int listen_fd);
void server_free(struct server *server);

/* Others than the defaults above. */
void server_limit(struct server *server, unsigned int clients, unsigned int clients_of_user);

unsigned int server_clients(const struct server *server);

/* Readable when server_dispatch() has something to do; the engine's descriptor is behind it. */
int server_fd(const struct server *server);

/* The host's own descriptor, of which nothing is read here: server_wait() wakes when there is
 * something to be read, and, once, when the other end has hung up. 0, or negative errno. */
int server_watch(struct server *server, int fd);
bool server_hung_up(const struct server *server);

/* Whether there was something to be read since this was asked last. */
bool server_was_woken(struct server *server);

/* Waits until server_dispatch() has something to do, at most timeout_ms (-1: for ever), for a host
 * without a loop of its own. 0, or negative errno. */
int server_wait(struct server *server, int timeout_ms);

/* One turn: each client that has something to say is heard once, the engine does what is due, and
 * what follows from both is sent. 0; negative errno: the server or its engine cannot go on. */
int server_dispatch(struct server *server, uint64_t now);
