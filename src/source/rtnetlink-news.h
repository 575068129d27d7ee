/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/model.h"
#include "source/policy.h"
#include "source/ra-facts.h"

/* What netlink's octets lead to: facts, and what must be asked of the kernel again. */
enum rtnetlink_counter {
	RTNETLINK_EVENTS, /* messages that the kernel sent unasked */
	RTNETLINK_DUMPS, /* requests for whole tables */
	RTNETLINK_OVERRUNS, /* events were lost: ENOBUFS */
	RTNETLINK_INTERRUPTED, /* tables that changed while they were read: NLM_F_DUMP_INTR */
	RTNETLINK_FAILED, /* requests that the kernel refused */
	RTNETLINK_MALFORMED, /* messages that were skipped */
	RTNETLINK_REFUSED, /* facts beyond a limit of the model or of the table of routers */
	RTNETLINK_COUNTERS,
};

/* FACT_STEER: the rules. */
#define RTNETLINK_TABLES \
	(1U << FACT_LINK | 1U << FACT_ADDRESS | 1U << FACT_ROUTE | 1U << FACT_STEER)

/* Routes to longer destinations are none that the default may leave by: policy_takes_route(). */
#define RTNETLINK_DEFAULT_LENGTH 4

/* After a loss of routes the table is read again, but not before this: NetworkManager deletes and
 * adds again the default routes with every router advertisement and lease. */
#define RTNETLINK_SETTLE (200 * NSEC_PER_MSEC)

struct rtnetlink_news {
	uint32_t owner;
	bool dirty; /* there is something to commit */
	uint32_t wanted; /* 1 << FACT_...: tables to be read again */
	uint64_t want_at;

	/* The request under way. */
	uint32_t port, sequence;
	uint32_t begin; /* 1 << FACT_...: a snapshot of it begins with the first answer */
	bool done;
	bool disturbed; /* the answers may lack something */

	bool options_only; /* events were lost: no others are believed until tables were read */

	uint32_t filter_all; /* rp_filter of all links */
	struct policy policy;
	uint64_t counters[RTNETLINK_COUNTERS];
	struct ra_routers routers;
};

/* Takes one datagram of the kernel's, aligned as netlink messages are. Commits nothing. */
void rtnetlink_news_take(struct rtnetlink_news *news, struct model *model, const void *octets,
	size_t size, uint64_t now);

/* Puts what follows from several messages: when no more of them wait. */
void rtnetlink_news_settle(struct rtnetlink_news *news, struct model *model, uint64_t now);

/* These tables shall be read again, not before that time. */
void rtnetlink_news_want(struct rtnetlink_news *news, uint32_t tables, uint64_t when);
