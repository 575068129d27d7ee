/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/picture.h"

/* All that is known of the host now; flags: FOLLOW_... of ctl/follow.h. 0; -ETIMEDOUT: not all of
 * it came in time, what came is there; else negative errno. The subscriptions stay. */
int gather(struct mif *mif, unsigned int flags, struct picture *picture);
