/* SPDX-License-Identifier: MIT */
/*
 * Device states to "going away" and "going up". DEACTIVATING is told before anything is taken away, and
 * followed by that at once, unless somebody in NetworkManager's dispatcher makes it wait. What comes from
 * PREPARE on leads up; what falls back before it got anywhere was told nothing more.
 */
#include "source/networkmanager-future.h"

#include <string.h>

#include "base/cleanup.h"

static struct nm_fate *fate_find(struct nm_future *future, const char *path)
{
	for (size_t i = 0; i < future->count; i++) {
		if (strcmp(future->fates[i].path, path) == 0)
			return &future->fates[i];
	}
	return NULL;
}

void nm_future_learn(struct nm_future *future, const struct nm *nm,
	uint32_t (*ifindex_of)(const struct nm_device *device))
{
	struct nm_future before = *future;

	memset(future, 0, sizeof(*future));
	for (size_t i = 0; i < nm->device_count; i++) {
		const struct nm_device *device = &nm->devices[i];
		const struct nm_fate *old = fate_find(&before, device->path);
		struct nm_fate *fate = &future->fates[future->count];
		uint32_t ifindex = device->name[0] != '\0' ? ifindex_of(device) : 0;

		if (device->path[0] == '\0' || ifindex == 0)
			continue;
		if (old != NULL && old->ifindex == ifindex)
			*fate = *old;
		/* What was up before we came is no news. */
		if (old == NULL)
			fate->told = device->state;
		strcpy(fate->path, device->path);
		fate->ifindex = ifindex;
		fate->state = device->state;
		future->stale |= fate->state != fate->told ||
			(old == NULL && fate->state == NM_STATE_DEACTIVATING);
		future->count++;
	}
}

void nm_future_change(struct nm_future *future, const char *path, uint32_t state)
{
	struct nm_fate *fate = fate_find(future, path);

	if (fate == NULL)
		return;
	fate->state = state;
	future->stale = true;
}

void nm_future_forget(struct nm_future *future, struct model *model, uint32_t owner)
{
	model_staying(model, owner, 0);
	memset(future, 0, sizeof(*future));
}

static bool leads_up(uint32_t state)
{
	return state >= NM_STATE_PREPARE && state <= NM_STATE_ACTIVATED;
}

void nm_future_tell(
	struct nm_future *future, struct model *model, uint32_t owner, uint64_t waits, uint64_t now)
{
	for (size_t i = 0; future->stale && i < future->count; i++) {
		struct nm_fate *fate = &future->fates[i];

		if (fate->state == NM_STATE_DEACTIVATING && !fate->away) {
			model_going_away(
				model, owner, fate->ifindex, MIF_AWAY_MANAGER, now + waits, now);
			fate->away = true;
		} else if (leads_up(fate->state) && (fate->away || !leads_up(fate->told))) {
			model_going_up(model, owner, fate->ifindex);
			fate->away = false;
		} else if (fate->away && fate->state != NM_STATE_DEACTIVATING) {
			model_has_gone(model, owner, fate->ifindex, now);
			fate->away = false;
		}
		fate->told = fate->state;
	}
	future->stale = false;
}
