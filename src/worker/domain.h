/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "base/list.h"
#include "engine/worker.h"
#include "worker/cache.h"
#include "worker/lookup.h"
#include "worker/resolver.h"

/* A domain that has been asked lately: its scope, its resolver, and what runs in it. */
struct domain {
	struct list node;
	struct name_scope scope;
	uint32_t running_count;
	struct list running; /* lookups */
	struct list *ready; /* where lookups with results are put */
	struct cache cache;
	struct resolver *resolver; /* NULL: not needed yet */
	struct multicast *multicast; /* NULL: not needed yet */
	struct nss *nss; /* the worker's; NULL: the Name Service Switch is not asked */
	struct list nss_answers;
	struct resolver_counters *counters;
	struct watches *watches;
	uint64_t used; /* when something ran last */
};

int domain_new(struct domain **domainp, const struct name_scope *scope, struct watches *watches,
	struct list *ready, struct nss *nss, struct resolver_counters *counters);

/* What still runs in it ends with PVD_GONE. */
void domain_free(struct domain *domain);

/* 0; -ENOBUFS: too many run already; -ENOMEM. After an error the lookup is the caller's. */
int domain_start(struct domain *domain, struct lookup *lookup, uint64_t now);

/* The lookup's questions are dropped. */
void domain_stop(struct domain *domain, struct lookup *lookup);

/* The configuration has changed: what was known is forgotten, and a new resolver is asked what has no
 * answer yet. */
void domain_renew(struct domain *domain, const struct name_scope *scope, uint64_t now);

/* Hands answers on and sends what waits, until there is nothing to do; after any of the others. */
void domain_settle(struct domain *domain, uint64_t now);

/* When it wants to be settled, or may be forgotten. */
uint64_t domain_deadline(const struct domain *domain);

/* Whether nobody has asked for a while, and nothing is known any more. */
bool domain_is_over(const struct domain *domain, uint64_t now);

/* Whether freeing it would end no lookup. */
bool domain_idle(const struct domain *domain);
