/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/dhcp-link.h"
#include "source/dhcp-packet.h"

enum dhcp_counter {
	DHCP_RECEIVED,
	DHCP_DROPPED, /* by enum dhcp_packet_fault, from 1 */
	DHCP_DROPPED_MESSAGE =
		DHCP_DROPPED + DHCP_PACKET_FAULTS - 1, /* by enum dhcp_fault, from 1 */
	DHCP_DROPPED_LINK = DHCP_DROPPED_MESSAGE + DHCP_FAULTS - 1,
	DHCP_DROPPED_SOURCE,
	DHCP_DROPPED_CLIENT,
	DHCP_DROPPED_HOST,
	DHCP_DROPPED_TRANSACTION,
	DHCP_DROPPED_SERVER,
	DHCP_DROPPED_LATE,
	DHCP_DROPPED_MEMORY,
	DHCP_SKIPPED, /* by enum dhcp_skip */
	DHCP_SKIPPED_OPTION = DHCP_SKIPPED + DHCP_SKIPS,
	DHCP_REFUSED,
	DHCP_ANSWERED,
	DHCP_SEEN,
	DHCP_NEWS_COUNTERS,
};

/* What came in: from packets and from the kernel's links to facts. */
struct dhcp_news {
	uint32_t owner;
	struct dhcp_links links;
	bool dirty; /* there is something to commit */
	uint64_t expire_at; /* no binding ends before */
	uint64_t counters[DHCP_NEWS_COUNTERS];
	struct dhcp_message message; /* scratch: too large for a stack */
};

void dhcp_news_init(struct dhcp_news *news);

/* One packet. random: any 32 bits. */
void dhcp_news_take(struct dhcp_news *news, struct model *model, const struct dhcp_frame *frame,
	uint32_t random, uint64_t now);

/* Looks at a link that has changed. False: it is gone, and freed. */
bool dhcp_news_settle(
	struct dhcp_news *news, struct model *model, struct dhcp_link *link, uint64_t now);

/* Ends what has reached its end, if the time has come. */
void dhcp_news_expire(struct dhcp_news *news, struct model *model, uint64_t now);

extern const char *const dhcp_news_counter_names[DHCP_NEWS_COUNTERS];
