/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One question to the servers of a link: when to ask it, and which answers belong to it. */
struct dhcp_ask {
	uint32_t transaction;
	uint8_t sent; /* since it was begun */
	uint8_t failed; /* not sent, likewise */
	uint8_t answers;
	bool resting; /* what is sent next begins a new transaction */
	uint32_t refresh; /* seconds; 0: it was never answered */
	uint64_t begun; /* when the first of this transaction was sent; 0: not yet */
	uint64_t next; /* when to send; TIME_FOREVER: nothing is to be sent */
	uint64_t until; /* answers are taken until then */
};

void dhcp_ask_init(struct dhcp_ask *ask);

/* Begins anew, with a transaction of its own. random: any 32 bits. */
void dhcp_ask_begin(struct dhcp_ask *ask, uint32_t transaction, uint32_t random, uint64_t now);

void dhcp_ask_end(struct dhcp_ask *ask);

/* What was answered may have changed: it is asked again now, and not only when it is due. */
void dhcp_ask_again(struct dhcp_ask *ask, uint64_t now);

/* It was sent, or could not be. random: any 32 bits. */
void dhcp_ask_sent(struct dhcp_ask *ask, bool sent, uint32_t random, uint64_t now);

/* It was answered: it is asked again after so many seconds (0: the server did not tell). */
void dhcp_ask_answered(struct dhcp_ask *ask, uint32_t refresh, uint32_t random, uint64_t now);
