/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"

/*
 * An origin of facts. Made by its own source_NAME_new(), which is the only step that may need
 * privilege; given to the engine, which frees it.
 */
struct source;

struct source_ops {
	const char *name;

	/* Readable when there is something to dispatch; -1: never. */
	int (*fd)(const struct source *source);

	/* Reads what there is, puts facts, commits. Bounded work per call: the descriptor stays
	 * readable when there is more. 0, or negative errno when the source is beyond repair. */
	int (*dispatch)(struct source *source, struct model *model, uint64_t now);

	/* Optional. When dispatch wants to be called whatever the descriptor says. */
	uint64_t (*deadline)(const struct source *source);

	/* Optional. A link has come up, or its carrier has come back: ask its routers or servers. */
	void (*solicit)(struct source *source, uint32_t ifindex, uint64_t now);

	/* Optional. What other sources say of links and addresses (FACT_LINK, FACT_ADDRESS) that the
	 * kernel has: put or changed, or gone. Comes in the midst of another source's work, so the
	 * model must not be touched here: a deadline makes dispatch follow. */
	void (*notice)(struct source *source, const struct fact *fact, bool there);

	/* Optional. The index-th counter, or false. */
	bool (*counter)(const struct source *source, unsigned int index, const char **name,
		uint64_t *value);

	/* Optional. The index-th path that it reads from after it was made, or NULL: a file, which may
	 * come, go and be replaced by another one, or, with a final "/", all below a directory. A host
	 * that locks itself up lets it read that, and nothing else. */
	const char *(*path)(const struct source *source, unsigned int index);

	/* Takes NULL. */
	void (*free)(struct source *source);
};

/* The first member of every source. */
struct source {
	const struct source_ops *ops;
	uint32_t owner; /* set by the engine: what the model calls this source */
};
