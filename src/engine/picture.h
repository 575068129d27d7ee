/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/state.h"

/* Compares what a link's facts want with the objects that subscribers know, and tells every
 * difference: withdrawals children first, announcements parents first (M12). 0, or -ENOMEM. */
int picture_update(struct model *model, struct model_link *link, uint64_t now);

/* The same for the default domains. */
void picture_update_defaults(struct model *model);
