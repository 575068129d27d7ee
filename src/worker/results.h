/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/worker.h"
#include "worker/answer.h"

/* What has been found and not been fetched. */
struct results {
	struct list answers;
	uint32_t services; /* numbers given so far */
};

void results_init(struct results *results);
void results_deinit(struct results *results);

/* Copies the answer's items. 0, or -ENOMEM. */
int results_add(struct results *results, const struct answer *answer);

bool results_waiting(const struct results *results);

/* Sets all but the identifier. False: none waits. */
bool results_next(struct results *results, struct name_result *result);
