/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"

/* How many domains with additional information a source is told of; a newcomer beyond is not. */
#define SOURCE_DOMAINS 64
#define SOURCE_DOMAIN_PREFIXES 64

/* An explicit domain whose network has additional information about it (RFC 8801: H flag). */
struct source_domain {
	uint64_t pvd; /* the engine's number; never reused */
	uint32_t ifindex;
	const char *name; /* of the call only; lower case, no final dot */
	struct mif_address
		router; /* one of those that advertise it: a provider of facts about it */
	uint16_t sequence, delay;
	struct mif_address source4, source6; /* to ask from; AF_UNSPEC: none */
	bool has_servers; /* names can be asked in it */
	size_t prefix_count; /* all that are advertised; SIZE_MAX: too many */
	struct {
		struct mif_address address;
		uint32_t length;
	} prefixes[SOURCE_DOMAIN_PREFIXES];
};

/* A name to be asked in a domain, as a subscriber would. */
struct source_question {
	uint64_t number; /* the source's own */
	uint64_t pvd;
	const char *name; /* of the call only */
};

struct name_result;

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
	 * model must not be touched here: a deadline makes dispatch follow. Subscribers have not been
	 * told yet: let it follow a little later. */
	void (*notice)(struct source *source, const struct fact *fact, bool there, uint64_t now);

	/* Optional. The domains with additional information, all of them, whenever one of them has
	 * come, changed or gone. The model may be used. */
	void (*domains)(struct source *source, struct model *model,
		const struct source_domain *domains, size_t count, uint64_t now);

	/* Optional. Whether it has another question: *question. */
	bool (*ask)(struct source *source, struct source_question *question);

	/* With ask: what came of the question of that number (result->id), until "done". */
	void (*answer)(struct source *source, const struct name_result *result, uint64_t now);

	/* Optional. After model_going_away(): nobody wants the interface any more, or its deadline has
	 * come. Comes after that call, in the midst of others' work: the model must not be touched. */
	void (*released)(struct source *source, uint32_t ifindex, uint64_t now);

	/* Optional. Whether it carries out such orders, in the host's place: then it does so with this
	 * one, and says model_order_done() later. */
	bool (*order)(struct source *source, const struct link_order *order);

	/* Optional. Whether somebody is to hear how strong the radio signal of this Wi-Fi link is:
	 * model_signal(), time and again. Comes in the midst of others' work: the model must not be
	 * touched. */
	void (*measure)(struct source *source, uint32_t ifindex, bool wanted, uint64_t now);

	/* Optional. The index-th counter, or false. */
	bool (*counter)(const struct source *source, unsigned int index, const char **name,
		uint64_t *value);

	/* Optional. What it has found wrong since it was asked last, as a sentence, for a host that has a
	 * log; or NULL. */
	const char *(*complaint)(struct source *source);

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
