/* SPDX-License-Identifier: MIT */
/*
 * When to ask DHCP servers, without doing it. After a random delay (RFC 8415 section 18.2.6 allows a
 * second, but a program waits here for a network that has just come), then after 1, 2 and 4 seconds, four
 * times in all; answers are taken for 8 seconds more. What was answered is asked again after the time that the server told, or after a day
 * (section 21.23), or, when nobody answers any more, after an hour; what was never answered is not
 * asked again before the link comes up anew or gets another address. What was answered is asked again
 * with each renewal of a lease as well: who changes what a network is told changes it for both.
 *
 * A question that could not be sent is tried again soon, and has a limit of its own.
 */
#include "source/dhcp-ask.h"

#include "base/cleanup.h"
#include "base/clock.h"

#define SENT_MAX 4
#define FAILED_MAX 12
#define RETRY (500 * NSEC_PER_MSEC)
#define DELAY (200 * NSEC_PER_MSEC)
#define FIRST_WAIT (1 * NSEC_PER_SEC)
/* A flapping carrier may not make a flood of us. */
#define SPACING (1 * NSEC_PER_SEC)
/* After the first answer, for those of other servers. */
#define GATHER (1 * NSEC_PER_SEC)
#define REFRESH_DEFAULT 86400
#define SILENCE 3600

/* A tenth more or less, so that hosts that began together do not stay together (section 15). */
static uint64_t jitter(uint64_t span, uint32_t random)
{
	uint64_t tenth = span / 10;

	return span - tenth + tenth / 512 * (random % 1024);
}

void dhcp_ask_init(struct dhcp_ask *ask)
{
	*ask = (struct dhcp_ask){.next = TIME_FOREVER};
}

void dhcp_ask_begin(struct dhcp_ask *ask, uint32_t transaction, uint32_t random, uint64_t now)
{
	uint64_t delayed = now + DELAY / 1024 * (random % 1024);
	uint64_t soonest = ask->begun != 0 ? ask->begun + SPACING : now;

	*ask = (struct dhcp_ask){
		.transaction = transaction, .refresh = ask->refresh, .next = MAX(delayed, soonest)};
}

void dhcp_ask_end(struct dhcp_ask *ask)
{
	ask->next = TIME_FOREVER;
	ask->until = 0;
	ask->refresh = 0;
}

void dhcp_ask_again(struct dhcp_ask *ask, uint64_t now)
{
	if (ask->refresh != 0 && ask->resting)
		ask->next = MIN(ask->next, now);
}

/* Nobody has answered. */
static void ask_rest(struct dhcp_ask *ask, uint32_t random, uint64_t now)
{
	ask->next = ask->refresh == 0 ? TIME_FOREVER : now + jitter(SILENCE * NSEC_PER_SEC, random);
	ask->resting = true;
}

void dhcp_ask_sent(struct dhcp_ask *ask, bool sent, uint32_t random, uint64_t now)
{
	uint64_t wait;

	if (!sent) {
		ask->next = now + RETRY;
		if (++ask->failed == FAILED_MAX)
			ask_rest(ask, random, now);
		return;
	}
	wait = jitter(FIRST_WAIT << ask->sent, random);
	if (ask->begun == 0)
		ask->begun = now;
	ask->next = now + wait;
	ask->until = now + (FIRST_WAIT << SENT_MAX) / 2;
	if (++ask->sent == SENT_MAX)
		ask_rest(ask, random, now);
}

void dhcp_ask_answered(struct dhcp_ask *ask, uint32_t refresh, uint32_t random, uint64_t now)
{
	if (refresh == 0)
		refresh = REFRESH_DEFAULT;
	ask->resting = true;
	if (ask->answers++ == 0) {
		ask->until = now + GATHER;
		ask->refresh = refresh;
	}
	ask->refresh = MIN(ask->refresh, refresh);
	ask->next = ask->refresh == UINT32_MAX ? TIME_FOREVER
					       : now + jitter(ask->refresh * NSEC_PER_SEC, random);
}
