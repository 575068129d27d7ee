/* SPDX-License-Identifier: MIT */
/*
 * The questions of one domain and their answers, by name, type and name service: asked once, however many want to
 * know, and not again while the answer holds, nothing found included (RFC 2308). A domain has
 * its own, so that no answer reaches another one.
 */
#include "worker/cache.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void cache_init(struct cache *cache)
{
	*cache = (struct cache){0};
	list_init(&cache->by_use);
	for (unsigned int i = 0; i < CACHE_BUCKETS; i++)
		list_init(&cache->buckets[i]);
}

static size_t question_octets(const struct question *question)
{
	return sizeof(*question) + strlen(question->name) + 1 + answer_size(question->answer);
}

static void question_free(struct question *question)
{
	struct cache *cache = question->cache;

	if (question->answer != NULL) {
		cache->count--;
		cache->octets -= question_octets(question);
	}
	resolver_drop(question->query);
	multicast_drop(question->shout);
	nss_drop(question->inquiry);
	list_remove(&question->in_bucket);
	list_remove(&question->by_use);
	free(question->answer);
	free(question);
}

void cache_clear(struct cache *cache)
{
	for (unsigned int i = 0; i < CACHE_BUCKETS; i++) {
		list_for_each_safe (node, &cache->buckets[i])
			question_free(container_of(node, struct question, in_bucket));
	}
	cache->until = 0;
}

/* FNV-1a: who chooses names that fall into one bucket slows its own domain down, within the limit. */
static uint32_t hash_of(const char *name, uint16_t type)
{
	uint32_t hash = UINT32_C(2166136261) ^ type;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
	return hash;
}

static struct question *question_new(
	struct cache *cache, const char *name, uint32_t hash, uint16_t type, uint32_t system)
{
	size_t size = strlen(name) + 1;
	struct question *question = calloc(1, sizeof(*question) + size);

	if (question == NULL)
		return NULL;
	question->cache = cache;
	question->hash = hash;
	question->type = type;
	question->system = system;
	memcpy(question->name, name, size);
	list_init(&question->by_use);
	list_init(&question->askers);
	list_append(&cache->buckets[hash % CACHE_BUCKETS], &question->in_bucket);
	return question;
}

int cache_get(struct cache *cache, struct question **questionp, const char *name, uint16_t type,
	uint32_t system, uint64_t now)
{
	uint32_t hash = hash_of(name, type);
	struct question *question;

	list_for_each_safe (node, &cache->buckets[hash % CACHE_BUCKETS]) {
		question = container_of(node, struct question, in_bucket);
		if (question->hash != hash || question->type != type ||
			question->system != system || strcmp(question->name, name) != 0)
			continue;
		if (question->answer != NULL && now >= question->expires) {
			question_free(question);
			break;
		}
		if (question->answer != NULL) {
			list_remove(&question->by_use);
			list_append(&cache->by_use, &question->by_use);
		}
		*questionp = question;
		return 0;
	}
	question = question_new(cache, name, hash, type, system);
	if (question == NULL)
		return -ENOMEM;
	*questionp = question;
	return 0;
}

void question_answer(const struct question *question, struct answer *answer, uint64_t now)
{
	memcpy(answer, question->answer, answer_size(question->answer));
	answer->ttl = (uint32_t)((question->expires - now) / NSEC_PER_SEC);
}

void question_join(struct question *question, struct asker *asker)
{
	if (question->query != NULL)
		resolver_want(question->query, true);
	asker->question = question;
	list_append(&question->askers, &asker->node);
}

void question_leave(struct asker *asker)
{
	struct question *question = asker->question;

	list_remove(&asker->node);
	asker->question = NULL;
	if (question == NULL || !list_empty(&question->askers) || question->answer != NULL)
		return;
	if (resolver_sent(question->query))
		resolver_want(question->query, false);
	else
		question_free(question);
}

static void make_room(struct cache *cache)
{
	while (cache->count > CACHE_ANSWERS || cache->octets > CACHE_OCTETS)
		question_free(container_of(cache->by_use.next, struct question, by_use));
}

void question_settle(struct question *question, const struct answer *answer, uint64_t now)
{
	struct cache *cache = question->cache;
	bool failure = answer->status == MIF_TRANSLATION_FAILED ||
		answer->status == MIF_TRANSLATION_TIMEOUT;
	uint32_t ttl = failure ? CACHE_FAILURE_TTL : MIN(answer->ttl, CACHE_TTL_MAX);

	question->query = NULL;
	question->shout = NULL;
	question->inquiry = NULL;
	if (ttl > 0)
		question->answer = answer_copy(answer);
	if (question->answer == NULL) {
		question_free(question);
		return;
	}
	question->expires = now + ttl * NSEC_PER_SEC;
	list_append(&cache->by_use, &question->by_use);
	cache->count++;
	cache->octets += question_octets(question);
	cache->until = MAX(cache->until, question->expires);
	make_room(cache);
}
