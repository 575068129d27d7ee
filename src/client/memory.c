/* SPDX-License-Identifier: MIT */
/*
 * What earlier attempts have taught. Outcomes come in; the race reads what follows from them. An entry
 * is about addresses of one domain: one host (whether it won), its network (round trips), or a whole
 * family (whether it answers at all).
 */
#include "client/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* What an entry is about. */
enum breadth {
	HOST,
	NETWORK,
	FAMILY,
};

struct entry {
	struct list in_recent;
	struct table_node in_table;
	uint64_t pvd;
	struct mif_address address;
	uint32_t length; /* bits */
	uint32_t samples;
	uint64_t round_trip, variation; /* RFC 6298 section 2 */
	uint32_t silences; /* since the last connection */
	uint64_t silent_at, won_at;
};

void memory_init(struct memory *memory)
{
	list_init(&memory->recent);
	table_init(&memory->entries);
}

static void entry_free(struct memory *memory, struct entry *entry)
{
	list_remove(&entry->in_recent);
	table_remove(&memory->entries, &entry->in_table);
	free(entry);
}

void memory_deinit(struct memory *memory)
{
	list_for_each_safe (node, &memory->recent)
		entry_free(memory, container_of(node, struct entry, in_recent));
	table_deinit(&memory->entries);
}

void memory_forget(struct memory *memory, uint64_t pvd)
{
	list_for_each_safe (node, &memory->recent) {
		struct entry *entry = container_of(node, struct entry, in_recent);

		if (entry->pvd == pvd)
			entry_free(memory, entry);
	}
}

/* ---- entries ---- */

static uint32_t breadth_length(enum breadth breadth, uint32_t family)
{
	if (breadth == FAMILY)
		return 0;
	/* As far as one site's addresses mostly go. */
	if (breadth == NETWORK)
		return family == AF_INET ? 24 : 48;
	return family == AF_INET ? 32 : 128;
}

static struct entry entry_key(
	uint64_t pvd, const struct mif_address *destination, enum breadth breadth)
{
	uint32_t length = breadth_length(breadth, destination->family);
	struct entry key = {.pvd = pvd, .length = length};

	key.address = address_network(destination, length);
	key.in_table.hash = pvd * 131 + length;
	for (size_t i = 0; i < sizeof(key.address.octets); i++)
		key.in_table.hash = key.in_table.hash * 31 + key.address.octets[i];
	return key;
}

static struct entry *entry_find(const struct memory *memory, uint64_t pvd,
	const struct mif_address *destination, enum breadth breadth)
{
	struct entry key;

	if (memory == NULL)
		return NULL;
	key = entry_key(pvd, destination, breadth);
	list_for_each (node, table_bucket(&memory->entries, key.in_table.hash)) {
		struct entry *entry = container_of(node, struct entry, in_table.node);

		if (entry->pvd == pvd && entry->length == key.length &&
			address_equal(&entry->address, &key.address))
			return entry;
	}
	return NULL;
}

/* NULL: there is no memory, and nothing is learnt. */
static struct entry *entry_make(struct memory *memory, uint64_t pvd,
	const struct mif_address *destination, enum breadth breadth)
{
	struct entry *entry = entry_find(memory, pvd, destination, breadth);

	if (entry != NULL) {
		list_remove(&entry->in_recent);
	} else {
		entry = malloc(sizeof(*entry));
		if (entry == NULL)
			return NULL;
		if (memory->entries.count == MEMORY_ENTRIES)
			entry_free(
				memory, container_of(memory->recent.next, struct entry, in_recent));
		*entry = entry_key(pvd, destination, breadth);
		table_add(&memory->entries, &entry->in_table, entry->in_table.hash);
	}
	list_append(&memory->recent, &entry->in_recent);
	return entry;
}

/* ---- what comes in ---- */

/* RFC 6298 section 2.3. */
static void entry_sample(struct entry *entry, uint64_t took)
{
	uint64_t apart =
		took > entry->round_trip ? took - entry->round_trip : entry->round_trip - took;

	if (entry->samples == 0) {
		entry->round_trip = took;
		entry->variation = took / 2;
	} else {
		entry->variation = entry->variation - entry->variation / 4 + apart / 4;
		entry->round_trip = entry->round_trip - entry->round_trip / 8 + took / 8;
	}
	if (entry->samples < MEMORY_SAMPLES)
		entry->samples++;
}

void memory_connected(struct memory *memory, uint64_t pvd, const struct mif_address *destination,
	uint64_t took, uint64_t now)
{
	struct entry *host = entry_make(memory, pvd, destination, HOST);
	struct entry *network = entry_make(memory, pvd, destination, NETWORK);
	struct entry *family = entry_find(memory, pvd, destination, FAMILY);

	if (host != NULL)
		host->won_at = now;
	if (network != NULL)
		entry_sample(network, took);
	if (family != NULL)
		family->silences = 0;
}

void memory_failed(struct memory *memory, uint64_t pvd, const struct mif_address *destination,
	int error, uint64_t now)
{
	struct entry *host = entry_find(memory, pvd, destination, HOST);
	struct entry *family;

	if (host != NULL)
		host->won_at = 0;
	/* Who refuses has answered. */
	if (error != ETIMEDOUT)
		return;
	family = entry_make(memory, pvd, destination, FAMILY);
	if (family == NULL)
		return;
	family->silences++;
	family->silent_at = now;
}

/* ---- what follows from it ---- */

uint64_t memory_round_trip(
	const struct memory *memory, uint64_t pvd, const struct mif_address *destination)
{
	const struct entry *entry = entry_find(memory, pvd, destination, NETWORK);

	return entry != NULL && entry->samples >= MEMORY_SAMPLES ? entry->round_trip : 0;
}

uint64_t memory_patience(
	const struct memory *memory, uint64_t pvd, const struct mif_address *destination)
{
	const struct entry *entry = entry_find(memory, pvd, destination, NETWORK);

	if (entry == NULL || entry->samples < MEMORY_SAMPLES)
		return 0;
	return entry->round_trip + MAX(10 * NSEC_PER_MSEC, 4 * entry->variation);
}

bool memory_is_winner(const struct memory *memory, uint64_t pvd,
	const struct mif_address *destination, uint64_t now)
{
	const struct entry *entry = entry_find(memory, pvd, destination, HOST);

	return entry != NULL && entry->won_at != 0 && now - entry->won_at < MEMORY_LASTS;
}

bool memory_is_doubtful(const struct memory *memory, uint64_t pvd,
	const struct mif_address *destination, uint64_t now)
{
	const struct entry *entry = entry_find(memory, pvd, destination, FAMILY);

	return entry != NULL && entry->silences >= MEMORY_SILENCES &&
		now - entry->silent_at < MEMORY_LASTS;
}
