/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/worker.h"
#include "worker/answer.h"
#include "worker/watch.h"

/* After its first question to a server, a query ends, answered or not. */
#define RESOLVER_LIMIT (7 * NSEC_PER_SEC)

/* How often all servers are asked the same. */
#define RESOLVER_ROUNDS 3

/* The status of a query that nobody waited for, and that had to make room for others. */
#define RESOLVER_ABANDONED UINT32_MAX

struct resolver_counters {
	uint64_t queries, questions, answers, timeouts, failures;
};

struct resolver;
struct query;

/* Whether any of the scope's servers can be asked. */
bool resolver_has_server(const struct name_scope *scope);

/* 0, or -ENOMEM. */
int resolver_new(struct resolver **resolverp, const struct name_scope *scope,
	struct watches *watches, struct resolver_counters *counters);

/* Its queries are gone without an answer. */
void resolver_free(struct resolver *resolver);

/* Has the records of one type asked for. The name must stay as it is until the answer is fetched or
 * the query is dropped. 0, or -ENOMEM. */
int resolver_ask(struct resolver *resolver, struct query **queryp, const char *name, uint16_t type,
	void *owner, uint64_t now);

/* Takes NULL. */
void resolver_drop(struct query *query);

/* Whether it is on its way to a server, or answered. */
bool resolver_sent(const struct query *query);

/* Whether anybody waits for the answer. One that nobody waits for makes room for others. */
void resolver_want(struct query *query, bool wanted);

/* Does what is due: sends what waits, asks the next server, gives up. */
void resolver_run(struct resolver *resolver, uint64_t now);

/* When resolver_run() wants to be called; TIME_FOREVER: never. */
uint64_t resolver_deadline(const struct resolver *resolver);

/* Fetches an answer, and whose it is; its query is gone then. */
bool resolver_answer(struct resolver *resolver, struct answer *answer, void **ownerp);
