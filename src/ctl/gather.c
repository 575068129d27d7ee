/* SPDX-License-Identifier: MIT */
/*
 * A picture of the host: asks for everything, and is done when all that was asked is answered.
 */
#include "ctl/gather.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/follow.h"
#include "ctl/handle.h"

/* An engine answers within milliseconds; this is for one that hangs. */
#define GATHER_TIMEOUT (5 * NSEC_PER_SEC)

/* How soon to try again to post what found no room. */
#define GATHER_RETRY (10 * NSEC_PER_MSEC)

static int gather_one(struct follow *follow, struct picture *picture, uint64_t deadline)
{
	uint64_t now = clock_boottime();
	const struct mif_message *report;
	int r;

	if (now >= deadline)
		return -ETIMEDOUT;
	if (follow_waits(follow))
		deadline = MIN(deadline, now + GATHER_RETRY);
	r = handle_get(follow->mif, deadline, &report);
	if (r == 0)
		return follow_post(follow);
	if (r == 1)
		r = picture_add(picture, report);
	return r < 0 ? r : follow_report(follow, report);
}

int gather(struct mif *mif, unsigned int flags, struct picture *picture)
{
	_cleanup_(follow_deinit) struct follow follow;
	uint64_t deadline = clock_boottime() + GATHER_TIMEOUT;
	int r = follow_init(&follow, mif, flags);

	while (r == 0 && !follow_complete(&follow))
		r = gather_one(&follow, picture, deadline);
	picture_settle(picture);
	return r;
}
