/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/worker.h"
#include "worker/answer.h"

/* More at once overflow the socket's buffer: seconds are lost, then answers. The rest waits. */
#define CHANNEL_IN_FLIGHT 100

struct channel_counters {
	uint64_t queries, answers, timeouts, failures;
};

struct channel;
struct query;

/* Whether any of the scope's servers can be asked. */
bool channel_has_server(const struct name_scope *scope);

/* epoll: where its sockets are to be watched, with number << 32 | descriptor as data. 0, or negative
 * errno. */
int channel_new(struct channel **channelp, const struct name_scope *scope, int epoll,
	uint32_t number, struct channel_counters *counters);

/* Its queries are gone without an answer. */
void channel_free(struct channel *channel);

/* Has the addresses of one family asked for. The name must stay as it is until the answer is fetched
 * or the query is dropped. 0, or -ENOMEM. */
int channel_ask(struct channel *channel, struct query **queryp, const char *name, uint32_t family,
	void *owner);

/* The owner wants no answer any more. */
void channel_drop(struct query *query);

/* Sends what waits, as far as CHANNEL_IN_FLIGHT allows. Whether it sent anything. */
bool channel_send(struct channel *channel);

/* A socket is ready. */
void channel_dispatch(struct channel *channel, int fd, uint32_t events);

/* The deadline has passed. */
void channel_expire(struct channel *channel);

/* When channel_expire() wants to be called; TIME_FOREVER: never. */
uint64_t channel_deadline(struct channel *channel, uint64_t now);

/* Whether c-ares still waits for an answer, wanted or not. */
bool channel_busy(const struct channel *channel);

/* Fetches an answer; its query is gone then. */
bool channel_answer(struct channel *channel, struct answer *answer);
