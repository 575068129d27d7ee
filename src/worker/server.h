/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <mif/address.h>

#include "base/list.h"
#include "worker/dns-message.h"
#include "worker/watch.h"

/* More at once overflow sockets' buffers: seconds are lost, then answers. The rest waits. */
#define SERVER_IN_FLIGHT 100

/* RFC 5452 section 9.2 wants source ports that cannot be guessed. One for each question would cost as
 * much as all the rest of it; identical questions are never asked at the same time. */
#define SERVER_PORT_QUESTIONS 16
#define SERVER_PORTS 16

/* Drawn at a time: a system call for each would be felt. */
#define SERVER_IDS 64

/* Connections for truncated answers. */
#define SERVER_STREAMS 16

/* One question sent to one server. The query owns it until one of the two below takes it back. */
struct attempt {
	struct list in_query;
	struct list in_server; /* in a port's list, or among the truncated, or in none */
	struct server *server;
	struct query *query;
	struct stream *stream; /* NULL: by UDP */
	const char *name;
	uint16_t type; /* enum dns_type */
	uint16_t id;
	bool edns;
	bool missed; /* it took too long, and this has been counted */
	uint64_t sent;
};

/* A DNS server of a domain, and what is remembered of it. */
struct server {
	struct watches *watches;
	struct mif_address address;
	struct mif_address source;
	uint32_t ifindex;
	struct list ports, streams, truncated;
	uint32_t port_count, stream_count;
	uint32_t in_flight;
	uint16_t ids[SERVER_IDS]; /* that nobody can guess; so many are left */
	uint32_t id_count;
	bool no_edns; /* it is older than RFC 2671 */
	uint64_t srtt, rttvar; /* RFC 6298; 0: nothing known */
	uint32_t misses; /* in a row */
	uint64_t retry_at; /* down: when it may be tried again */
};

/* What becomes of an attempt that is not dropped; it is not the server's any more then. resolver.c. */
void attempt_answered(struct attempt *attempt, struct dns_message *message, uint64_t now);
void attempt_failed(struct attempt *attempt, uint64_t now);

void server_init(struct server *server, struct watches *watches, const struct mif_address *address,
	const struct mif_address *source, uint32_t ifindex);

/* All attempts must be gone. */
void server_deinit(struct server *server);

/* Sends the question. 0, or negative errno: nothing was sent. */
int server_ask(struct server *server, struct attempt *attempt, uint64_t now);

/* Nobody waits for it any more. */
void server_drop(struct attempt *attempt);

/* Closes what is not needed any more, and continues with those that wait for a stream. Outside of the
 * calls of watches. */
void server_tidy(struct server *server, uint64_t now);

/* It has not answered in time. */
void server_missed(struct server *server, uint64_t now);

/* Has not answered again and again. */
bool server_is_down(const struct server *server);

/* What an answer is expected to take. */
uint64_t server_expects(const struct server *server);

/* When it is time to ask another one. */
uint64_t server_patience(const struct server *server);

/* ---- stream.c: truncated answers, by TCP ---- */

/* The attempt's question again. 0, or negative errno. */
int stream_open(struct attempt *attempt);
void stream_stop(struct stream *stream); /* takes NULL */

/* Frees those that are done. */
void streams_tidy(struct server *server);

/* ---- server.c, for stream.c ---- */

/* Whether a message answers the attempt's question. */
bool attempt_matches(const struct attempt *attempt, const struct dns_message *message);

/* Takes it from the server, which still knows it. */
void attempt_take(struct attempt *attempt);

/* Its question, as sent. Returns the size. */
size_t attempt_write(const struct attempt *attempt, void *octets, size_t size);
