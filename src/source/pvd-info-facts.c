/* SPDX-License-Identifier: MIT */
/*
 * From additional information to facts: the whole text in pieces, and what is understood of it.
 */
#include "source/pvd-info-facts.h"

#include <string.h>

#include "base/clock.h"

/* The facts, one after the other. False: there are no more. */
static bool fact_of(const struct pvd_json *info, const struct pvd_info_place *place, uint32_t index,
	struct fact *fact)
{
	*fact = (struct fact){.kind = FACT_DATA,
		.ifindex = place->ifindex,
		.provider = place->router,
		.element = MIF_ELEMENT_PVD_INFO,
		.preferred_until = TIME_FOREVER};
	if (index < info->part_count) {
		fact->as.data.information = MIF_INFORMATION_PVD_JSON;
		fact->as.data.part = index;
		strcpy(fact->as.data.text, info->parts[index]);
		return true;
	}
	index -= info->part_count;
	if (index < info->zone_count) {
		fact->as.data.information = MIF_INFORMATION_DNS_ZONES;
		strcpy(fact->as.data.text, info->zones[index]);
		return true;
	}
	index -= info->zone_count;
	if (index < info->proxy_count) {
		fact->as.data.information = MIF_INFORMATION_PROXY;
		strcpy(fact->as.data.text, info->proxies[index]);
		return true;
	}
	index -= info->proxy_count;
	fact->as.data.information = MIF_INFORMATION_NO_INTERNET;
	fact->as.data.number = 1;
	return index == 0 && info->no_internet;
}

int pvd_info_facts_put(const struct pvd_json *info, const struct pvd_info_place *place,
	uint64_t valid_until, struct model *model, uint32_t owner)
{
	struct fact fact;
	int r = 0;

	for (uint32_t i = 0; r == 0 && fact_of(info, place, i, &fact); i++) {
		fact.valid_until = valid_until;
		r = model_put(model, owner, &fact);
	}
	/* Half a text is worse than none. */
	if (r < 0)
		pvd_info_facts_drop(info, place, model, owner);
	return r;
}

void pvd_info_facts_drop(const struct pvd_json *info, const struct pvd_info_place *place,
	struct model *model, uint32_t owner)
{
	struct fact fact;

	for (uint32_t i = 0; fact_of(info, place, i, &fact); i++)
		model_drop(model, owner, &fact);
}
