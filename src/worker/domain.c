/* SPDX-License-Identifier: MIT */
/*
 * One domain that names are asked in. Owns a copy of its scope, and the channel made from it: first
 * needed, first made. Translations come by domain_start(); those with results are put into the
 * worker's list.
 */
#include "worker/domain.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/names.h"

#include <errno.h>
#include <stdlib.h>

int domain_new(struct domain **domainp, const struct name_scope *scope, uint32_t number, int epoll,
	struct list *ready, struct channel_counters *counters)
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

static void leave(struct domain *domain, struct translation *translation)
{
	list_remove(&translation->running);
	translation->domain = NULL;
	domain->running_count--;
}

/* After everything that happens to a translation. */
static void review(struct domain *domain, struct translation *translation)
{
	if (translation_ready(translation) && list_empty(&translation->ready))
		list_append(domain->ready, &translation->ready);
	if (translation->done)
		leave(domain, translation);
}

void domain_free(struct domain *domain)
{
	if (domain == NULL)
		return;
	list_for_each_safe (node, &domain->running) {
		struct translation *translation = container_of(node, struct translation, running);

		translation_finish(translation, MIF_TRANSLATION_PVD_GONE);
		review(domain, translation);
	}
	list_remove(&domain->node);
	channel_free(domain->channel);
	free(domain);
}

/* 0, or the status with which every translation ends, or -ENOMEM. */
static int connect_channel(struct domain *domain)
{
	int r;

	if (domain->channel != NULL)
		return 0;
	if (!channel_has_server(&domain->scope))
		return MIF_TRANSLATION_NO_SERVER;
	r = channel_new(
		&domain->channel, &domain->scope, domain->epoll, domain->number, domain->counters);
	if (r < 0)
		return r == -ENOMEM ? r : MIF_TRANSLATION_FAILED;
	return 0;
}

/* Asks what is open; of the next name when nothing is. */
static void step(struct domain *domain, struct translation *translation)
{
	if (!translation->done && !translation_open(translation))
		translation_next(translation, &domain->scope);
	for (unsigned int i = 0; !translation->done && i < TRANSLATION_QUESTIONS; i++) {
		if (!translation->questions[i].open || translation->questions[i].query != NULL)
			continue;
		if (channel_ask(domain->channel, &translation->questions[i].query,
			    translation->asked, translation_family(i), translation) < 0)
			translation_finish(translation, MIF_TRANSLATION_FAILED);
	}
	review(domain, translation);
}

int domain_start(struct domain *domain, struct translation *translation)
{
	int r;

	if (domain->running_count >= NAMES_RUNNING)
		return -ENOBUFS;
	r = connect_channel(domain);
	if (r < 0)
		return r;
	list_append(&domain->running, &translation->running);
	translation->domain = domain;
	domain->running_count++;
	if (r > 0)
		translation_finish(translation, (uint32_t)r);
	step(domain, translation);
	return 0;
}

void domain_stop(struct domain *domain, struct translation *translation)
{
	leave(domain, translation);
}

void domain_renew(struct domain *domain, const struct name_scope *scope)
{
	int r;

	/* Their queries have to be dropped before the channel goes. */
	list_for_each_safe (node, &domain->running) {
		struct translation *translation = container_of(node, struct translation, running);

		if (!translation_restart(translation))
			review(domain, translation);
	}
	channel_free(domain->channel);
	domain->channel = NULL;
	domain->due = TIME_FOREVER;
	domain->scope = *scope;
	if (domain->running_count == 0)
		return;
	r = connect_channel(domain);
	list_for_each_safe (node, &domain->running) {
		struct translation *translation = container_of(node, struct translation, running);

		if (r != 0)
			translation_finish(translation,
				translation->found ? MIF_TRANSLATION_FOUND
					: r > 0	   ? (uint32_t)r
						   : MIF_TRANSLATION_FAILED);
		step(domain, translation);
	}
}

void domain_settle(struct domain *domain, uint64_t now)
{
	struct answer answer;

	domain->used = now;
	if (domain->channel == NULL)
		return;
	do {
		while (channel_answer(domain->channel, &answer)) {
			translation_answer(answer.owner, &answer);
			step(domain, answer.owner);
		}
	} while (channel_send(domain->channel));
	domain->due = channel_deadline(domain->channel, now);
}

uint64_t domain_deadline(const struct domain *domain)
{
	return domain->due != TIME_FOREVER ? domain->due : domain->used + NAMES_IDLE;
}

bool domain_idle(const struct domain *domain, uint64_t now)
{
	if (domain->running_count > 0 || (domain->channel != NULL && channel_busy(domain->channel)))
		return false;
	return now >= domain->used + NAMES_IDLE;
}
