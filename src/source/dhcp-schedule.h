/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/dhcp-link.h"
#include "source/random-block.h"

/* So many questions in so long: a host with thousands of links sends 400 a second. */
#define DHCP_TURN 8
#define DHCP_PACE (20 * NSEC_PER_MSEC)

/* Whom of all links to ask, and when. */
struct dhcp_schedule {
	struct random_block random;
	uint64_t ask_at; /* no question is due before */
	uint64_t pace_until; /* when this turn ends... */
	size_t left; /* and how many may still be asked in it */
};

/* A question that is to be sent. */
struct dhcp_due {
	struct dhcp_link *link;
	unsigned int index; /* see dhcp_index() */
};

void dhcp_schedule_init(struct dhcp_schedule *schedule);

/* A link has changed: whether it is to be asked, and from which address. */
void dhcp_schedule_look(struct dhcp_schedule *schedule, struct dhcp_link *link, uint64_t now);

/* An answer has come in on this link. */
void dhcp_schedule_heard(struct dhcp_schedule *schedule, const struct dhcp_link *link);

/* What is to be sent now. Each is to be followed by dhcp_schedule_sent(). */
size_t dhcp_schedule_due(struct dhcp_schedule *schedule, struct dhcp_links *links,
	struct dhcp_due due[DHCP_TURN], uint64_t now);
void dhcp_schedule_sent(
	struct dhcp_schedule *schedule, const struct dhcp_due *due, bool sent, uint64_t now);

/* When dhcp_schedule_due() has something. */
uint64_t dhcp_schedule_deadline(const struct dhcp_schedule *schedule);
