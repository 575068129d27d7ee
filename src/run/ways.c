/* SPDX-License-Identifier: MIT */
#include "run/ways.h"

#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"

bool way_equal(const struct way *a, const struct way *b)
{
	return a->ifindex == b->ifindex && address_equal(&a->source, &b->source) &&
		address_equal(&a->destination, &b->destination);
}

void ways_add(struct ways *ways, const struct way *way)
{
	for (size_t i = 0; i < ways->count; i++)
		if (way_equal(&ways->at[i], way))
			return;
	if (ways->count < WAYS_MAX)
		ways->at[ways->count++] = *way;
}

void ways_only(struct ways *ways, const struct mif_address *destination)
{
	size_t kept = 0;

	for (size_t i = 0; i < ways->count; i++)
		if (address_equal(&ways->at[i].destination, destination))
			ways->at[kept++] = ways->at[i];
	ways->count = kept;
}

void ways_only_through(struct ways *ways, uint32_t ifindex)
{
	size_t kept = 0;

	for (size_t i = 0; i < ways->count; i++)
		if (ways->at[i].ifindex == ifindex)
			ways->at[kept++] = ways->at[i];
	ways->count = kept;
}

void ways_prefer(struct ways *ways, const struct way *way)
{
	struct ways others = *ways;

	ways->count = 0;
	ways_add(ways, way);
	for (size_t i = 0; i < others.count; i++)
		ways_add(ways, &others.at[i]);
}

void ways_defer(
	struct ways *ways, bool (*worse)(const struct way *way, void *context), void *context)
{
	struct ways last = {.count = 0};
	size_t kept = 0;

	for (size_t i = 0; i < ways->count; i++)
		if (worse(&ways->at[i], context))
			last.at[last.count++] = ways->at[i];
		else
			ways->at[kept++] = ways->at[i];
	memcpy(ways->at + kept, last.at, last.count * sizeof(last.at[0]));
}

bool address_is_private(const struct mif_address *address)
{
	static const struct {
		struct mif_address prefix;
		unsigned int length;
	} ranges[] = {
		{{.family = AF_INET, .octets = {10}}, 8},
		{{.family = AF_INET, .octets = {172, 16}}, 12},
		{{.family = AF_INET, .octets = {192, 168}}, 16},
		{{.family = AF_INET, .octets = {100, 64}}, 10},
		{{.family = AF_INET6, .octets = {0xfc}}, 7},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (address_in_prefix(address, &ranges[i].prefix, ranges[i].length))
			return true;
	return false;
}
