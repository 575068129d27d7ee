/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"
#include "hook/report.h"

/* Puts what a manager reports as facts. What has ended is left out. Returns how many
 * the model refused; -ENOMEM. */
int report_facts_put(const struct report *report, enum fact_trust trust, struct model *model,
	uint32_t owner, uint64_t now);

/* The kinds of facts that may follow from a report: 1 << FACT_... */
#define REPORT_FACTS (1U << FACT_DATA | 1U << FACT_LEASE | 1U << FACT_ROUTER | 1U << FACT_PREFIX)
