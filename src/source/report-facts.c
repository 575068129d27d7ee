/* SPDX-License-Identifier: MIT */
/*
 * From what a manager reports to facts. Holds no state.
 */
#include "source/report-facts.h"

#include <errno.h>
#include <string.h>

static void value_copy(const struct report_item *item, struct fact *fact)
{
	switch (item->kind) {
	case REPORT_DATA:
		fact->kind = FACT_DATA;
		fact->as.data.information = item->information;
		fact->as.data.address = item->address;
		fact->as.data.prefix_length = item->prefix_length;
		fact->as.data.number = item->number;
		memcpy(fact->as.data.text, item->text, sizeof(fact->as.data.text));
		break;
	case REPORT_LEASE:
		fact->kind = FACT_LEASE;
		fact->as.lease.address = item->address;
		fact->as.lease.renew_at = item->renew_at;
		fact->as.lease.rebind_at = item->rebind_at;
		break;
	case REPORT_ROUTER:
		fact->kind = FACT_ROUTER;
		fact->as.router.preference = item->preference;
		fact->as.router.managed = item->managed;
		fact->as.router.other = item->other;
		break;
	case REPORT_PREFIX:
		fact->kind = FACT_PREFIX;
		fact->as.prefix.prefix = item->address;
		fact->as.prefix.length = item->prefix_length;
		fact->as.prefix.on_link = item->on_link;
		fact->as.prefix.autonomous = item->autonomous;
		break;
	}
}

int report_facts_put(const struct report *report, enum fact_trust trust, struct model *model,
	uint32_t owner, uint64_t now)
{
	int refused = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct report_item *item = &report->items[i];
		struct fact fact = {
			.ifindex = report->ifindex,
			.provider = item->provider,
			.element = report->element,
			.trust = trust,
			.valid_until = item->valid_until,
			.preferred_until = item->preferred_until,
		};
		int r;

		if (item->valid_until <= now)
			continue;
		value_copy(item, &fact);
		r = model_put(model, owner, &fact);
		if (r == -ENOMEM)
			return r;
		refused += r < 0;
	}
	return refused;
}
