/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "worker/answer.h"
#include "worker/multicast.h"
#include "worker/nss.h"
#include "worker/resolver.h"

/* Of one domain. Beyond either, what was not used for the longest time goes: it costs one question
 * when it is wanted again, and who asks for many names harms nobody otherwise. */
#define CACHE_ANSWERS 1024
#define CACHE_OCTETS (256U << 10)

/* The longest time for which an answer is believed, whatever its TTL: RFC 8767 section 4. */
#define CACHE_TTL_MAX 86400
/* For so long nobody is asked again after a failure: RFC 9520 section 3.2. */
#define CACHE_FAILURE_TTL 1

/* A question in a domain, to one name service: who waits for its answer, then, as long as it holds, the answer. */
struct question {
	struct list in_bucket;
	struct list by_use; /* answered ones, the longest unused first */
	struct list askers;
	struct cache *cache;
	struct query *query; /* NULL: answered, or not asked yet */
	struct shout *shout; /* the same, by multicast */
	struct inquiry *inquiry; /* the same, to the Name Service Switch */
	uint32_t hash; /* of both of these */
	uint16_t type; /* enum dns_type */
	uint32_t system; /* enum mif_system: who is asked */
	uint64_t expires;
	struct answer *answer; /* NULL: none yet */
	char name[];
};

/* Who waits for one. */
struct asker {
	struct list node; /* in the question's, or in no list */
	struct question *question; /* NULL: it is in no list */
	struct lookup *lookup; /* whose it is */
};

#define CACHE_BUCKETS 256

struct cache {
	struct list buckets[CACHE_BUCKETS];
	struct list by_use;
	uint32_t count; /* of answers */
	size_t octets;
	uint64_t until; /* no answer holds longer */
};

void cache_init(struct cache *cache);

/* Forgets everything, with the queries; nobody may be waiting. */
void cache_clear(struct cache *cache);

/* The question, new if there is none or its answer holds no more. 0, or -ENOMEM. */
int cache_get(struct cache *cache, struct question **questionp, const char *name, uint16_t type,
	uint32_t system, uint64_t now);

/* The answer to an answered question, with what is left of its time. */
void question_answer(const struct question *question, struct answer *answer, uint64_t now);

void question_join(struct question *question, struct asker *asker);

/* Wants no answer any more. A query that is on its way goes on: the next one who asks may profit. One
 * that nobody wants and that has not been sent is dropped. */
void question_leave(struct asker *asker);

/* Keeps the answer if it holds for a while, else the question is freed; nobody may be waiting. */
void question_settle(struct question *question, const struct answer *answer, uint64_t now);
