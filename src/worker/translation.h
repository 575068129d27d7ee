/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/worker.h"
#include "worker/channel.h"
#include "worker/hostname.h"

/* The two questions of a translation, in the order in which they are asked. */
enum translation_question {
	TRANSLATION_AAAA,
	TRANSLATION_A,
	TRANSLATION_QUESTIONS,
};

/*
 * One Name Translation: which names are asked for, one after the other, what became of the
 * questions, and the results that nobody has fetched yet. The domain asks.
 */
struct translation {
	struct list by_id; /* names.c: all of them */
	struct list ready; /* names.c: those with results */
	struct list running; /* domain.c: those with questions */
	struct domain *domain; /* where it runs; or NULL */
	uint64_t id;
	uint32_t family; /* enum mif_family */
	uint32_t ifindex; /* of the domain: link-local addresses are on it */
	char name[HOSTNAME_SIZE];
	bool absolute;

	char asked[HOSTNAME_SIZE]; /* the name of the questions */
	uint32_t candidate; /* the next one */
	uint32_t restarts;
	bool found, exists;
	struct {
		bool open; /* no answer yet */
		uint32_t status;
		struct query *query;
	} questions[TRANSLATION_QUESTIONS];

	struct list batches;
	bool done;
	uint32_t status; /* done: enum mif_translation_status */
};

int translation_new(struct translation **translationp, const struct name_request *request);

/* Drops its queries. */
void translation_free(struct translation *translation);

/* Chooses the next name to ask for, by the scope's search list, and opens the questions. False:
 * there is none, and the translation is done. */
bool translation_next(struct translation *translation, const struct name_scope *scope);

/* The domain has changed: what has no answer is asked again. False: that happened too often, and the
 * translation is done. */
bool translation_restart(struct translation *translation);

/* An answer to one of the open questions. */
void translation_answer(struct translation *translation, const struct answer *answer);

/* Whether a question of the name at hand is open. */
bool translation_open(const struct translation *translation);

/* Addresses that need no question. Those that are not of the family asked for, or are on another
 * link, are left out. 0, or -ENOMEM. */
int translation_offer(struct translation *translation, const struct mif_address *addresses,
	uint32_t count, uint32_t system);

/* Nothing more comes. FOUND becomes NO_ADDRESS when there was none. */
void translation_finish(struct translation *translation, uint32_t status);

/* Whether translation_result() would return 1. */
bool translation_ready(const struct translation *translation);

/* 1: *result holds the next one; 0: none waits. After the one with done set there is none. */
int translation_result(struct translation *translation, struct name_result *result);

static inline uint32_t translation_family(enum translation_question question)
{
	return question == TRANSLATION_AAAA ? MIF_FAMILY_IPV6 : MIF_FAMILY_IPV4;
}
