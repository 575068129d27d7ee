/* SPDX-License-Identifier: MIT */
#include "run/learned.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "multipath/lock.h"

struct record {
	struct mif_address literal; /* of no family: of a name */
	uint64_t until;
	size_t count;
	struct way *ways; /* NULL: nothing is here */
};

/* An interface does not answer in one family. */
struct doubt {
	uint32_t ifindex;
	uint16_t family;
	uint64_t until;
};

static struct record records[LEARNED_RECORDS];
static size_t newest; /* where the last one went */
static struct doubt doubts[LEARNED_DOUBTS];
static size_t next_doubt;

/* ---- ways ---- */

static bool record_leads_to(const struct record *record, const struct mif_address *destination)
{
	for (size_t i = 0; i < record->count; i++)
		if (address_equal(&record->ways[i].destination, destination))
			return true;
	return false;
}

static void record_add(const struct mif_address *literal, const struct ways *ways, uint64_t until)
{
	struct way *copy = malloc(ways->count * sizeof(*copy));
	struct record *record;

	/* What is not remembered is asked for again. */
	if (copy == NULL || ways->count == 0) {
		free(copy);
		return;
	}
	memcpy(copy, ways->at, ways->count * sizeof(*copy));
	lock_take();
	newest = (newest + 1) % LEARNED_RECORDS;
	record = &records[newest];
	free(record->ways);
	*record = (struct record){
		.literal = *literal, .until = until, .count = ways->count, .ways = copy};
	lock_release();
}

static bool record_find(
	const struct mif_address *destination, bool literal, struct ways *ways, uint64_t now)
{
	bool found = false;

	lock_take();
	for (size_t i = 0; i < LEARNED_RECORDS && !found; i++) {
		const struct record *record =
			&records[(newest + LEARNED_RECORDS - i) % LEARNED_RECORDS];

		if (record->ways == NULL || record->until <= now)
			continue;
		found = literal ? address_equal(&record->literal, destination)
				: record->literal.family == AF_UNSPEC &&
				record_leads_to(record, destination);
		if (found) {
			ways->count = record->count;
			memcpy(ways->at, record->ways, record->count * sizeof(ways->at[0]));
		}
	}
	lock_release();
	return found;
}

void learned_name(const struct ways *ways, uint64_t now)
{
	static const struct mif_address none;

	record_add(&none, ways, now + LEARNED_NAME_LASTS);
}

bool learned_find_name(const struct mif_address *destination, struct ways *ways, uint64_t now)
{
	return record_find(destination, false, ways, now);
}

void learned_plan(const struct mif_address *destination, const struct ways *ways, uint64_t now)
{
	record_add(destination, ways, now + LEARNED_PLAN_LASTS);
}

bool learned_find_plan(const struct mif_address *destination, struct ways *ways, uint64_t now)
{
	return record_find(destination, true, ways, now);
}

/* ---- doubts ---- */

static struct doubt *doubt_find(uint32_t ifindex, uint16_t family)
{
	for (size_t i = 0; i < LEARNED_DOUBTS; i++)
		if (doubts[i].ifindex == ifindex && doubts[i].family == family)
			return &doubts[i];
	return NULL;
}

void learned_silent(const struct way *way, uint64_t now)
{
	struct doubt *doubt;

	if (way->ifindex == 0)
		return;
	lock_take();
	doubt = doubt_find(way->ifindex, way->destination.family);
	if (doubt == NULL) {
		doubt = &doubts[next_doubt];
		next_doubt = (next_doubt + 1) % LEARNED_DOUBTS;
	}
	*doubt = (struct doubt){way->ifindex, way->destination.family, now + LEARNED_DOUBT_LASTS};
	lock_release();
}

void learned_connected(const struct way *way)
{
	struct doubt *doubt;

	lock_take();
	doubt = doubt_find(way->ifindex, way->destination.family);
	if (doubt != NULL)
		*doubt = (struct doubt){0};
	lock_release();
}

/* Called with the lock. */
static bool is_doubtful(const struct way *way, void *now)
{
	const struct doubt *doubt = doubt_find(way->ifindex, way->destination.family);

	return doubt != NULL && doubt->ifindex != 0 && doubt->until > *(const uint64_t *)now;
}

void learned_sort(struct ways *ways, uint64_t now)
{
	lock_take();
	ways_defer(ways, is_doubtful, &now);
	lock_release();
}
