/* SPDX-License-Identifier: MIT */
/*
 * One domain that names are asked in. Owns a copy of its scope, those who ask for it (its servers,
 * and everybody on its link), made when they are needed first, and what has been learned. Lookups come by domain_start(); those with results
 * are put into the worker's list.
 */
#include "worker/domain.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int domain_new(struct domain **domainp, const struct name_scope *scope, struct watches *watches,
	struct list *ready, struct nss *nss, struct resolver_counters *counters)
{
	struct domain *domain = calloc(1, sizeof(*domain));

	if (domain == NULL)
		return -ENOMEM;
	list_init(&domain->node);
	list_init(&domain->running);
	list_init(&domain->nss_answers);
	cache_init(&domain->cache);
	domain->scope = *scope;
	domain->watches = watches;
	domain->ready = ready;
	domain->nss = nss;
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
	multicast_free(domain->multicast);
	free(domain);
}

/* 0, or negative errno. */
static int ask_servers(struct domain *domain, struct question *question, uint64_t now)
{
	int r = 0;

	/* It had some when the question was chosen. */
	if (!resolver_has_server(&domain->scope))
		return -ENETUNREACH;
	if (domain->resolver == NULL)
		r = resolver_new(
			&domain->resolver, &domain->scope, domain->watches, domain->counters);
	return r < 0 ? r
		     : resolver_ask(domain->resolver, &question->query, question->name,
			       question->type, question, now);
}

static int ask_link(struct domain *domain, struct question *question, uint64_t now)
{
	int r = 0;

	if (domain->multicast == NULL)
		r = multicast_new(&domain->multicast, &domain->scope, domain->watches);
	return r < 0 ? r
		     : multicast_ask(domain->multicast, &question->shout, question->name,
			       question->type, question->system, question, now);
}

static int ask_whom(struct domain *domain, struct question *question, uint64_t now)
{
	if (question->system == MIF_SYSTEM_DNS)
		return ask_servers(domain, question, now);
	if (question->system == MIF_SYSTEM_NIS)
		return nss_ask(domain->nss, &question->inquiry, question->name, question->type,
			question, &domain->nss_answers, now);
	return ask_link(domain, question, now);
}

/* Joins those who ask the same. 0, or negative errno. */
static int ask(
	struct domain *domain, struct lookup *lookup, enum lookup_question which, uint64_t now)
{
	struct question *question;
	struct answer answer;
	int r = cache_get(&domain->cache, &question, lookup->asked, lookup_type(lookup, which),
		lookup->asked_system, now);

	if (r < 0)
		return r;
	if (question->answer != NULL) {
		question_answer(question, &answer, now);
		lookup_answer(lookup, which, &answer);
		return 0;
	}
	question_join(question, &lookup->questions[which].asker);
	if (question->query != NULL || question->shout != NULL || question->inquiry != NULL)
		return 0;
	return ask_whom(domain, question, now);
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
				lookup_finish(lookup,
					lookup->found ? MIF_TRANSLATION_FOUND
						      : MIF_TRANSLATION_FAILED);
		}
		asked = lookup_open(lookup);
	}
	review(domain, lookup);
}

int domain_start(struct domain *domain, struct lookup *lookup, uint64_t now)
{
	if (domain->running_count >= NAMES_RUNNING)
		return -ENOBUFS;
	domain->used = now;
	list_append(&domain->running, &lookup->running);
	lookup->domain = domain;
	lookup->by_switch = domain->nss != NULL && !lookup->domain_only;
	domain->running_count++;
	step(domain, lookup, now);
	return 0;
}

void domain_stop(struct domain *domain, struct lookup *lookup)
{
	leave(domain, lookup);
}

void domain_renew(struct domain *domain, const struct name_scope *scope, uint64_t now)
{
	bool other_search = domain->scope.search_count != scope->search_count ||
		memcmp(domain->scope.search, scope->search, sizeof(scope->search)) != 0;

	/* They have to leave before the questions go, and these before who is asked. */
	list_for_each_safe (node, &domain->running) {
		struct lookup *lookup = container_of(node, struct lookup, running);

		if (!lookup_restart(lookup, other_search))
			review(domain, lookup);
	}
	cache_clear(&domain->cache);
	resolver_free(domain->resolver);
	multicast_free(domain->multicast);
	domain->resolver = NULL;
	domain->multicast = NULL;
	domain->scope = *scope;
	list_for_each_safe (node, &domain->running)
		step(domain, container_of(node, struct lookup, running), now);
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

/* True: *answer and *questionp are set. */
static bool next_answer(struct domain *domain, struct answer *answer, void **questionp)
{
	return (domain->resolver != NULL && resolver_answer(domain->resolver, answer, questionp)) ||
		(domain->multicast != NULL &&
			multicast_answer(domain->multicast, answer, questionp)) ||
		nss_answer(&domain->nss_answers, answer, questionp);
}

static void run(struct domain *domain, uint64_t now)
{
	if (domain->resolver != NULL)
		resolver_run(domain->resolver, now);
	if (domain->multicast != NULL)
		multicast_run(domain->multicast, now);
}

void domain_settle(struct domain *domain, uint64_t now)
{
	struct answer answer;
	void *question;

	run(domain, now);
	while (next_answer(domain, &answer, &question)) {
		do
			tell(domain, question, &answer, now);
		while (next_answer(domain, &answer, &question));
		run(domain, now);
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
	if (domain->multicast != NULL)
		due = MIN(due, multicast_deadline(domain->multicast));
	return domain->running_count > 0 ? due : MIN(due, over_at(domain));
}

bool domain_is_over(const struct domain *domain, uint64_t now)
{
	return domain->running_count == 0 && now >= over_at(domain);
}
