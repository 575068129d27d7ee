/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

/* Buckets at first: a table of few needs no memory of its own. */
#define TABLE_FIRST 8

/*
 * An intrusive hash table that grows with what is in it. Adding cannot fail: where there is no memory
 * to grow, chains are longer. Not to be moved once it is initialised.
 *
 *	list_for_each (node, table_bucket(&table, hash))
 *		container_of(node, struct noun, in_table.node)...	the caller compares
 */
struct table_node {
	struct list node;
	uint64_t hash;
};

struct table {
	size_t size; /* of buckets: a power of two */
	size_t count;
	struct list *buckets;
	struct list first[TABLE_FIRST];
};

void table_init(struct table *table);

/* Frees the table; what is in it is the caller's. */
void table_deinit(struct table *table);

void table_add(struct table *table, struct table_node *node, uint64_t hash);
void table_remove(struct table *table, struct table_node *node);

/* Those of this hash, and perhaps others. */
static inline struct list *table_bucket(const struct table *table, uint64_t hash)
{
	/* Numbers that count up spread anyway; what is left of others is mixed in. */
	return &table->buckets[(size_t)(hash ^ hash >> 32 ^ hash >> 16) & (table->size - 1)];
}
