/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/worker.h"
#include "worker/answer.h"

/* More at once overflow the socket's buffer: seconds are lost, then answers. The rest waits. */
#define RESOLVER_IN_FLIGHT 100

/* What c-ares shall read in place of resolv.conf, which is all domains': nothing. */
#define RESOLVER_FILE "/dev/null"

struct resolver_counters {
	uint64_t queries, answers, timeouts, failures;
};

struct resolver;
struct query;

/* Whether any of the scope's servers can be asked. */
bool resolver_has_server(const struct name_scope *scope);

/* epoll: where its sockets are to be watched, with number << 32 | descriptor as data. 0, or negative
 * errno. */
int resolver_new(struct resolver **resolverp, const struct name_scope *scope, int epoll,
	uint32_t number, struct resolver_counters *counters);

/* Its queries are gone without an answer. */
void resolver_free(struct resolver *resolver);

/* Has the records of one type asked for. The name must stay as it is until the answer is fetched or
 * the query is dropped. 0, or -ENOMEM. */
int resolver_ask(struct resolver *resolver, struct query **queryp, const char *name, uint16_t type,
	void *owner);

/* Whether it is on its way to a server, or answered. */
bool resolver_sent(const struct query *query);

/* The owner wants no answer any more. Takes NULL. */
void resolver_drop(struct query *query);

/* Sends what waits, as far as RESOLVER_IN_FLIGHT allows. Whether it sent anything. */
bool resolver_send(struct resolver *resolver);

/* A socket is ready. */
void resolver_dispatch(struct resolver *resolver, int fd, uint32_t events);

/* The deadline has passed. */
void resolver_expire(struct resolver *resolver);

/* When resolver_expire() wants to be called; TIME_FOREVER: never. */
uint64_t resolver_deadline(struct resolver *resolver, uint64_t now);

/* Whether c-ares still waits for an answer, wanted or not. */
bool resolver_busy(const struct resolver *resolver);

/* Fetches an answer, and whose it is; its query is gone then. */
bool resolver_answer(struct resolver *resolver, struct answer *answer, void **ownerp);
