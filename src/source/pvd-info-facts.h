/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"
#include "source/pvd-json.h"

/* About which domain the facts of additional information are. */
struct pvd_info_place {
	uint32_t ifindex;
	struct mif_address router;
};

/* Puts all of it, or, when the model refuses something, none. 0, or negative errno. */
int pvd_info_facts_put(const struct pvd_json *info, const struct pvd_info_place *place,
	uint64_t valid_until, struct model *model, uint32_t owner);

void pvd_info_facts_drop(const struct pvd_json *info, const struct pvd_info_place *place,
	struct model *model, uint32_t owner);
