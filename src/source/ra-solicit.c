/* SPDX-License-Identifier: MIT */
/*
 * When to solicit (RFC 4861 section 6.3.7), without doing it: at once, then every 4 seconds, 3 times
 * in all, until a router of the link is heard. The random delay before the first is left out: the
 * section has it against hosts that start together, but a program waits here for a network that has
 * just come or come back.
 *
 * A solicitation that could not be sent is tried again soon, for there is no source address before
 * duplicate address detection of the link-local one is done, one or two seconds after the link came
 * up. It does not count as one of the three; it has a limit of its own.
 */
#include "source/ra-solicit.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>

#define SENT_MAX 3
#define FAILED_MAX 12
#define INTERVAL (4 * NSEC_PER_SEC)
#define RETRY (500 * NSEC_PER_MSEC)
/* A flapping carrier may not make a flood of us. */
#define SPACING (1 * NSEC_PER_SEC)

void ra_solicit_init(struct ra_solicit *solicit)
{
	for (size_t i = 0; i < ARRAY_SIZE(solicit->links); i++)
		solicit->links[i] = (struct ra_solicit_link){.next = TIME_FOREVER};
	solicit->deadline = TIME_FOREVER;
}

static void link_set(struct ra_solicit *solicit, struct ra_solicit_link *link, uint64_t next)
{
	link->next = next;
	solicit->deadline = TIME_FOREVER;
	for (size_t i = 0; i < ARRAY_SIZE(solicit->links); i++)
		solicit->deadline = MIN(solicit->deadline, solicit->links[i].next);
}

static struct ra_solicit_link *find(struct ra_solicit *solicit, uint32_t ifindex)
{
	for (size_t i = 0; i < ARRAY_SIZE(solicit->links); i++)
		if (solicit->links[i].ifindex == ifindex)
			return &solicit->links[i];
	return NULL;
}

/* A free place, else the one that has been idle for longest. */
static struct ra_solicit_link *find_idle(struct ra_solicit *solicit)
{
	struct ra_solicit_link *idle = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(solicit->links); i++) {
		struct ra_solicit_link *link = &solicit->links[i];

		if (link->next == TIME_FOREVER && (idle == NULL || link->last < idle->last))
			idle = link;
	}
	return idle;
}

int ra_solicit_ask(struct ra_solicit *solicit, uint32_t ifindex, uint64_t now, uint32_t *left)
{
	struct ra_solicit_link *link = find(solicit, ifindex);

	*left = 0;
	if (link == NULL) {
		link = find_idle(solicit);
		if (link == NULL)
			return -ENOSPC;
		*left = link->ifindex;
		*link = (struct ra_solicit_link){.ifindex = ifindex};
	}
	link->sent = link->failed = 0;
	link_set(solicit, link, link->last == 0 ? now : MAX(now, link->last + SPACING));
	return 0;
}

void ra_solicit_heard(struct ra_solicit *solicit, uint32_t ifindex)
{
	struct ra_solicit_link *link = find(solicit, ifindex);

	if (link != NULL)
		link_set(solicit, link, TIME_FOREVER);
}

uint32_t ra_solicit_due(const struct ra_solicit *solicit, uint64_t now)
{
	for (size_t i = 0; i < ARRAY_SIZE(solicit->links); i++)
		if (solicit->links[i].next <= now)
			return solicit->links[i].ifindex;
	return 0;
}

void ra_solicit_done(struct ra_solicit *solicit, uint32_t ifindex, bool sent, uint64_t now)
{
	struct ra_solicit_link *link = find(solicit, ifindex);

	if (link == NULL)
		return;
	link->last = now;
	if (sent)
		link_set(solicit, link, ++link->sent < SENT_MAX ? now + INTERVAL : TIME_FOREVER);
	else
		link_set(solicit, link, ++link->failed < FAILED_MAX ? now + RETRY : TIME_FOREVER);
}

uint64_t ra_solicit_deadline(const struct ra_solicit *solicit)
{
	return solicit->deadline;
}
