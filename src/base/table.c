/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <stdlib.h>

static void buckets_init(struct list *buckets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		list_init(&buckets[i]);
}

void table_init(struct table *table)
{
	table->size = TABLE_FIRST;
	table->count = 0;
	table->buckets = table->first;
	buckets_init(table->first, TABLE_FIRST);
}

void table_deinit(struct table *table)
{
	if (table->buckets != table->first)
		free(table->buckets);
	table->buckets = table->first;
}

static void table_grow(struct table *table)
{
	struct list *old = table->buckets;
	size_t old_size = table->size;
	struct list *buckets = reallocarray(NULL, 2 * old_size, sizeof(*buckets));

	if (buckets == NULL)
		return;
	buckets_init(buckets, 2 * old_size);
	table->buckets = buckets;
	table->size = 2 * old_size;
	for (size_t i = 0; i < old_size; i++) {
		list_for_each_safe (node, &old[i]) {
			struct table_node *entry = container_of(node, struct table_node, node);

			list_remove(node);
			list_append(table_bucket(table, entry->hash), node);
		}
	}
	if (old != table->first)
		free(old);
}

void table_add(struct table *table, struct table_node *node, uint64_t hash)
{
	if (table->count >= 2 * table->size)
		table_grow(table);
	node->hash = hash;
	list_append(table_bucket(table, hash), &node->node);
	table->count++;
}

void table_remove(struct table *table, struct table_node *node)
{
	list_remove(&node->node);
	table->count--;
}
