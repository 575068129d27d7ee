/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct access;
struct engine;

/* Clients in all. One more is refused with ERROR(EUSERS), as is one more of a user than its access
 * allows; nobody is evicted. */
#define SERVER_CLIENTS 4096

/*
 * The clients of one engine, behind one descriptor.
 */
struct server;

/* listen_fd: a listening, non-blocking SOCK_SEQPACKET Unix socket; stays the caller's, as do the
 * engine and access. 0, or negative errno. */
int server_new(
	struct server **serverp, struct engine *engine, const struct access *access, int listen_fd);
void server_free(struct server *server);

/* Another limit of clients in all. */
void server_limit(struct server *server, unsigned int clients);

unsigned int server_clients(const struct server *server);

/* Readable when server_dispatch() has something to do; the engine's descriptor is behind it. */
int server_fd(const struct server *server);

/* The host's own descriptors, of which nothing is read here: server_wait() wakes when there is something
 * to be read, and, once, when the other end has hung up. arrivals: it wakes when something comes, whether
 * it is read or not, not as long as there is something. 0, or negative errno. */
#define SERVER_WATCHED 3
struct peer_paths;

/* Before the first client. */
void server_set_paths(struct server *server, const struct peer_paths *paths);

int server_watch(struct server *server, unsigned int which, int fd, bool arrivals);
bool server_hung_up(const struct server *server, unsigned int which);

/* Whether there was something to be read since this was asked last. */
bool server_was_woken(struct server *server, unsigned int which);

/* Waits until server_dispatch() has something to do, at most timeout_ms (-1: for ever), for a host
 * without a loop of its own. 0, or negative errno. */
int server_wait(struct server *server, int timeout_ms);

/* One turn: each client that has something to say is heard once, the engine does what is due, and
 * what follows from both is sent. 0; negative errno: the server or its engine cannot go on. */
int server_dispatch(struct server *server, uint64_t now);

/* What the host itself has put into sessions since: nothing else would wake it for that. */
void server_send(struct server *server, uint64_t now);
