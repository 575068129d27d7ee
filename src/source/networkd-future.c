/* SPDX-License-Identifier: MIT */
/*
 * Administrative states to "going away" and "going up". networkd does not wait for anybody, and tells with
 * the change of the state what it begins to do with it: a link that was configured and is not any more
 * loses what it was given at this moment. What networkd left in the kernel (KeepConfiguration=) stays, which
 * the engine finds by itself (model_has_gone()).
 */
#include "source/networkd-future.h"

#include <string.h>

#include "base/cleanup.h"

enum networkd_state networkd_state_parse(const char *text)
{
	static const struct {
		const char *name;
		enum networkd_state state;
	} names[] = {
		{"pending", NETWORKD_LEFT},
		{"initialized", NETWORKD_LEFT},
		{"unmanaged", NETWORKD_LEFT},
		{"failed", NETWORKD_LEFT},
		{"linger", NETWORKD_LEFT},
		{"configuring", NETWORKD_CONFIGURING},
		{"configured", NETWORKD_CONFIGURED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, text) == 0)
			return names[i].state;
	}
	return NETWORKD_UNKNOWN;
}

void networkd_future_tell(struct model *model, uint32_t owner, uint32_t ifindex,
	enum networkd_state before, enum networkd_state after, uint64_t now)
{
	if (before == NETWORKD_UNKNOWN || after == NETWORKD_UNKNOWN || before == after)
		return;
	if (after == NETWORKD_LEFT) {
		model_going_away(model, owner, ifindex, MIF_AWAY_MANAGER, now, now);
		model_has_gone(model, owner, ifindex, now);
	} else if (before == NETWORKD_LEFT) {
		model_going_up(model, owner, ifindex);
	}
}
