/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/state.h"

/* Compares what a link's facts want with the objects that subscribers know, and tells every
 * difference: withdrawals children first, announcements parents first (M12). 0, or -ENOMEM. */
int picture_update(struct model *model, struct model_link *link, uint64_t now);

/* Tells what has become of an object. 0; new objects only: -ENOMEM, it is still to be told. */
int object_tell(struct model *model, struct object *object, enum change change);

/* Tells of its children before itself, and frees it. */
void object_withdraw(struct model *model, struct object *object);

/* The same for the default domains. */
void picture_update_defaults(struct model *model);
