/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <stdlib.h>

#include "base/table.h"

#define COUNT 5000

struct thing {
	struct table_node in_table;
	uint64_t id;
};

static struct thing things[COUNT];

static const struct thing *find(const struct table *table, uint64_t id)
{
	list_for_each (node, table_bucket(table, id)) {
		const struct thing *thing = container_of(node, struct thing, in_table.node);

		if (thing->id == id)
			return thing;
	}
	return NULL;
}

static size_t longest(const struct table *table)
{
	size_t most = 0;

	for (size_t i = 0; i < table->size; i++) {
		size_t length = 0;

		list_for_each (node, &table->buckets[i])
			length++;
		most = length > most ? length : most;
	}
	return most;
}

/* Identifiers that count up, or with a step as wide as a table. */
static void test_with(uint64_t step)
{
	struct table table;
	size_t found = 0, left = 0;

	table_init(&table);
	ok(find(&table, 7) == NULL, "an empty table has nothing");
	for (size_t i = 0; i < COUNT; i++) {
		things[i].id = i * step;
		table_add(&table, &things[i].in_table, things[i].id);
	}
	for (size_t i = 0; i < COUNT; i++)
		found += find(&table, i * step) == &things[i];
	ok(found == COUNT && table.count == COUNT, "step %llu: all are found",
		(unsigned long long)step);
	ok(longest(&table) <= 16, "step %llu: the longest chain is short",
		(unsigned long long)step);
	for (size_t i = 0; i < COUNT; i += 2)
		table_remove(&table, &things[i].in_table);
	for (size_t i = 0; i < COUNT; i++)
		left += (find(&table, i * step) != NULL) == (i % 2 == 1);
	ok(left == COUNT && table.count == COUNT / 2, "step %llu: half of them are gone",
		(unsigned long long)step);
	for (size_t i = 1; i < COUNT; i += 2)
		table_remove(&table, &things[i].in_table);
	table_deinit(&table);
}

int main(void)
{
	test_with(1);
	test_with(UINT64_C(1) << 20);
	return tap_done();
}
