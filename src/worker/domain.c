/* SPDX-License-Identifier: MIT */
/*
 * One domain that names are asked in. Owns a copy of its scope, and the resolver made from it: first
 * needed, first made. Lookups come by domain_start(); those with results are put into the
 * worker's list.
 */
#include "worker/domain.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/names.h"

#include <errno.h>
#include <stdlib.h>

int domain_new(struct domain **domainp, const struct name_scope *scope, uint32_t number, int epoll,
	struct list *ready, struct resolver_counters *counters)
{
	struct domain *domain = calloc(1, sizeof(*domain));

	if (domain == NULL)
		return -ENOMEM;
	list_init(&domain->node);
	list_init(&domain->running);
	domain->scope = *scope;
	domain->number = number;
	domain->epoll = epoll;
	domain->ready = ready;
	domain->counters = counters;
	domain->due = TIME_FOREVER;
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
	resolver_free(domain->resolver);
	free(domain);
}

/* 0, or the status with which every lookup ends, or -ENOMEM. */
static int connect_resolver(struct domain *domain)
{
	int r;

	if (domain->resolver != NULL)
		return 0;
	if (!resolver_has_server(&domain->scope))
		return MIF_TRANSLATION_NO_SERVER;
	r = resolver_new(
		&domain->resolver, &domain->scope, domain->epoll, domain->number, domain->counters);
	if (r < 0)
		return r == -ENOMEM ? r : MIF_TRANSLATION_FAILED;
	return 0;
}

/* Asks what is open; of the next name when nothing is. */
static void step(struct domain *domain, struct lookup *lookup)
{
	if (!lookup->done && !lookup_open(lookup))
		lookup_next(lookup, &domain->scope);
	for (unsigned int i = 0; !lookup->done && i < LOOKUP_QUESTIONS; i++) {
		if (!lookup->questions[i].open || lookup->questions[i].query != NULL)
			continue;
		if (resolver_ask(domain->resolver, &lookup->questions[i].query, lookup->asked,
			    lookup_family(i), lookup) < 0)
			lookup_finish(lookup, MIF_TRANSLATION_FAILED);
	}
	review(domain, lookup);
}

int domain_start(struct domain *domain, struct lookup *lookup)
{
	int r;

	if (domain->running_count >= NAMES_RUNNING)
		return -ENOBUFS;
	r = connect_resolver(domain);
	if (r < 0)
		return r;
	list_append(&domain->running, &lookup->running);
	lookup->domain = domain;
	domain->running_count++;
	if (r > 0)
		lookup_finish(lookup, (uint32_t)r);
	step(domain, lookup);
	return 0;
}

void domain_stop(struct domain *domain, struct lookup *lookup)
{
	leave(domain, lookup);
}

void domain_renew(struct domain *domain, const struct name_scope *scope)
{
	int r;

	/* Their queries have to be dropped before the resolver goes. */
	list_for_each_safe (node, &domain->running) {
		struct lookup *lookup = container_of(node, struct lookup, running);

		if (!lookup_restart(lookup))
			review(domain, lookup);
	}
	resolver_free(domain->resolver);
	domain->resolver = NULL;
	domain->due = TIME_FOREVER;
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
		step(domain, lookup);
	}
}

void domain_settle(struct domain *domain, uint64_t now)
{
	struct answer answer;

	domain->used = now;
	if (domain->resolver == NULL)
		return;
	do {
		while (resolver_answer(domain->resolver, &answer)) {
			lookup_answer(answer.owner, &answer);
			step(domain, answer.owner);
		}
	} while (resolver_send(domain->resolver));
	domain->due = resolver_deadline(domain->resolver, now);
}

uint64_t domain_deadline(const struct domain *domain)
{
	return domain->due != TIME_FOREVER ? domain->due : domain->used + NAMES_IDLE;
}

bool domain_idle(const struct domain *domain, uint64_t now)
{
	if (domain->running_count > 0 ||
		(domain->resolver != NULL && resolver_busy(domain->resolver)))
		return false;
	return now >= domain->used + NAMES_IDLE;
}
