/* SPDX-License-Identifier: MIT */
/*
 * One domain that names are asked in. Owns a copy of its scope, the resolver made from it (first
 * needed, first made), and what has been learned. Lookups come by domain_start(); those with results
 * are put into the worker's list.
 */
#include "worker/domain.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/names.h"

#include <errno.h>
#include <stdlib.h>

int domain_new(struct domain **domainp, const struct name_scope *scope, struct watches *watches,
	struct list *ready, struct resolver_counters *counters)
{
	struct domain *domain = calloc(1, sizeof(*domain));

	if (domain == NULL)
		return -ENOMEM;
	list_init(&domain->node);
	list_init(&domain->running);
	cache_init(&domain->cache);
	domain->scope = *scope;
	domain->watches = watches;
	domain->ready = ready;
	domain->counters = counters;
	*domainp = domain;
	return 0;
}

static void leave(struct domain *domain, struct lookup *lookup)
{
	list_remove(&lookup->running);
	lookup->domain = NULL;
	domain->running_count--;
}

/* After everything that happens to a lookup. */
static void review(struct domain *domain, struct lookup *lookup)
{
	if (lookup_ready(lookup) && list_empty(&lookup->ready))
		list_append(domain->ready, &lookup->ready);
	if (lookup->done)
		leave(domain, lookup);
}

void domain_free(struct domain *domain)
{
	if (domain == NULL)
		return;
	list_for_each_safe (node, &domain->running) {
		struct lookup *lookup = container_of(node, struct lookup, running);

		lookup_finish(lookup, MIF_TRANSLATION_PVD_GONE);
		review(domain, lookup);
	}
	list_remove(&domain->node);
	cache_clear(&domain->cache);
	resolver_free(domain->resolver);
	free(domain);
}

/* 0, or the status with which every lookup ends, or -ENOMEM. */
static int connect_resolver(struct domain *domain)
{
	if (domain->resolver != NULL)
		return 0;
	if (!resolver_has_server(&domain->scope))
		return MIF_TRANSLATION_NO_SERVER;
	return resolver_new(&domain->resolver, &domain->scope, domain->watches, domain->counters);
}

/* Joins those who ask the same. 0, or -ENOMEM. */
static int ask(
	struct domain *domain, struct lookup *lookup, enum lookup_question which, uint64_t now)
{
	struct question *question;
	struct answer answer;
	int r = cache_get(&domain->cache, &question, lookup->asked, lookup_type(which), now);

	if (r < 0)
		return r;
	if (question->answered) {
		question_answer(question, &answer, now);
		lookup_answer(lookup, which, &answer);
		return 0;
	}
	question_join(question, &lookup->questions[which].asker);
	if (question->query != NULL)
		return 0;
	return resolver_ask(
		domain->resolver, &question->query, question->name, question->type, question, now);
}

/* Asks what is open; of the next name when nothing is. */
static void step(struct domain *domain, struct lookup *lookup, uint64_t now)
{
	bool asked = false;

	while (!lookup->done && !asked) {
		if (!lookup_open(lookup))
			lookup_next(lookup, &domain->scope);
		for (unsigned int i = 0; !lookup->done && i < LOOKUP_QUESTIONS; i++) {
			if (lookup->questions[i].open &&
				lookup->questions[i].asker.question == NULL &&
				ask(domain, lookup, i, now) < 0)
				lookup_finish(lookup, MIF_TRANSLATION_FAILED);
		}
		asked = lookup_open(lookup);
	}
	review(domain, lookup);
}

int domain_start(struct domain *domain, struct lookup *lookup, uint64_t now)
{
	int r;

	if (domain->running_count >= NAMES_RUNNING)
		return -ENOBUFS;
	r = connect_resolver(domain);
	if (r < 0)
		return r;
	domain->used = now;
	list_append(&domain->running, &lookup->running);
	lookup->domain = domain;
	domain->running_count++;
	if (r > 0)
		lookup_finish(lookup, (uint32_t)r);
	step(domain, lookup, now);
	return 0;
}

void domain_stop(struct domain *domain, struct lookup *lookup)
{
	leave(domain, lookup);
}

void domain_renew(struct domain *domain, const struct name_scope *scope, uint64_t now)
{
	int r;

	/* They have to leave before the questions go, and these before the resolver. */
	list_for_each_safe (node, &domain->running) {
		struct lookup *lookup = container_of(node, struct lookup, running);

		if (!lookup_restart(lookup))
			review(domain, lookup);
	}
	cache_clear(&domain->cache);
	resolver_free(domain->resolver);
	domain->resolver = NULL;
	domain->scope = *scope;
	if (domain->running_count == 0)
		return;
	r = connect_resolver(domain);
	list_for_each_safe (node, &domain->running) {
		struct lookup *lookup = container_of(node, struct lookup, running);

		if (r != 0)
			lookup_finish(lookup,
				lookup->found	? MIF_TRANSLATION_FOUND
					: r > 0 ? (uint32_t)r
						: MIF_TRANSLATION_FAILED);
		step(domain, lookup, now);
	}
}

/* Everybody who waits for it is told. */
static void tell(
	struct domain *domain, struct question *question, struct answer *answer, uint64_t now)
{
	struct list askers = LIST_INIT(askers);

	while (!list_empty(&question->askers)) {
		struct asker *asker = container_of(question->askers.next, struct asker, node);

		list_remove(&asker->node);
		list_append(&askers, &asker->node);
		asker->question = NULL;
	}
	domain->used = now;
	question_settle(question, answer, now);
	while (!list_empty(&askers)) {
		struct asker *asker = container_of(askers.next, struct asker, node);
		enum lookup_question which;
		struct lookup *lookup = lookup_of(asker, &which);

		lookup_answer(lookup, which, answer);
		step(domain, lookup, now);
	}
}

void domain_settle(struct domain *domain, uint64_t now)
{
	struct answer answer;
	void *owner;

	if (domain->resolver == NULL)
		return;
	resolver_run(domain->resolver, now);
	while (resolver_answer(domain->resolver, &answer, &owner)) {
		do
			tell(domain, owner, &answer, now);
		while (resolver_answer(domain->resolver, &answer, &owner));
		resolver_run(domain->resolver, now);
	}
}

bool domain_idle(const struct domain *domain)
{
	return domain->running_count == 0;
}

static uint64_t over_at(const struct domain *domain)
{
	return MAX(domain->used + NAMES_IDLE, domain->cache.until);
}

uint64_t domain_deadline(const struct domain *domain)
{
	uint64_t due = TIME_FOREVER;

	if (domain->resolver != NULL)
		due = resolver_deadline(domain->resolver);
	return domain->running_count > 0 ? due : MIN(due, over_at(domain));
}

bool domain_is_over(const struct domain *domain, uint64_t now)
{
	return domain->running_count == 0 && now >= over_at(domain);
}
