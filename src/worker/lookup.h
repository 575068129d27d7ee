/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/list.h"
#include "engine/worker.h"
#include "worker/cache.h"
#include "worker/hostname.h"
#include "worker/results.h"

/* The questions of a lookup, in the order in which they are asked: the first two, or the last. */
enum lookup_question {
	LOOKUP_AAAA,
	LOOKUP_A,
	LOOKUP_SERVICE,
	LOOKUP_QUESTIONS,
};

/*
 * One Name Translation: which names are asked for, one after the other, what became of the
 * questions, and the results that nobody has fetched yet. The domain asks.
 */
struct lookup {
	struct list by_id; /* names.c: all of them */
	struct list ready; /* names.c: those with results */
	struct list running; /* domain.c: those with questions */
	struct domain *domain; /* where it runs; or NULL */
	uint64_t id;
	uint32_t family; /* enum mif_family */
	uint32_t ifindex; /* of the domain: link-local addresses are on it */
	char name[HOSTNAME_SIZE];
	bool absolute;
	uint16_t type; /* enum dns_type: of service records; 0: addresses are wanted */
	char prefix[32]; /* of the names that are asked for services; or empty */

	char asked[HOSTNAME_SIZE]; /* the name of the questions */
	uint32_t asked_system; /* enum mif_system: to whom they are */
	uint32_t candidate; /* the next one */
	uint32_t restarts;
	uint32_t aliases; /* of services: followed so far */
	bool found, exists;
	bool unasked; /* there was no server for a name that DNS may have */
	bool asked_dns; /* for any of the names */
	bool domain_only; /* see struct name_request */
	bool by_switch; /* the host's Name Service Switch may be asked */
	bool judged; /* by zones */
	uint32_t withheld; /* candidates that are passed over, by bit */
	struct mif_address pref64; /* AF_UNSPEC: IPv6 addresses are not made */
	uint32_t pref64_length;
	uint32_t negative_ttl; /* how long it holds that there is no AAAA */
	struct answer *ipv4; /* NULL, or of which they may be made */
	struct {
		bool open; /* no answer yet */
		uint32_t status;
		struct asker asker;
	} questions[LOOKUP_QUESTIONS];

	struct results results;
	bool done;
	uint32_t status; /* done: enum mif_translation_status */
};

/* 0, -ENOMEM, or -EINVAL: no such scheme or port. */
int lookup_new(struct lookup **lookupp, const struct name_request *request);

/* Asks no more. */
void lookup_free(struct lookup *lookup);

/* Chooses the next name to ask for, by the scope's search list, and whom, and opens the questions.
 * False: there is none, and the lookup is done. */
bool lookup_next(struct lookup *lookup, const struct name_scope *scope);

/* The domain has changed, and with it maybe its search list: what has no answer is asked again. False:
 * that happened too often, and the lookup is done. */
bool lookup_restart(struct lookup *lookup, bool other_search);

/* The answer to an open question. */
void lookup_answer(
	struct lookup *lookup, enum lookup_question question, const struct answer *answer);

/* Whether a question of the name at hand is open. */
bool lookup_open(const struct lookup *lookup);

/* Addresses that need no question. Those that are not of the family asked for, or are on another
 * link, are left out. 0, or -ENOMEM. */
int lookup_offer(struct lookup *lookup, const struct mif_address *addresses, uint32_t count,
	uint32_t system);

/* The same for an address, by the scope's translator, if it has one. */
int lookup_offer_translated(
	struct lookup *lookup, const struct mif_address *address, const struct name_scope *scope);

/* Nothing more comes. FOUND becomes NO_ADDRESS when there was none. */
void lookup_finish(struct lookup *lookup, uint32_t status);

/* Whether lookup_result() would return 1. */
bool lookup_ready(const struct lookup *lookup);

/* 1: *result holds the next one; 0: none waits. After the one with done set there is none. */
int lookup_result(struct lookup *lookup, struct name_result *result);

/* Whose asker it is, and of which of its questions. */
struct lookup *lookup_of(struct asker *asker, enum lookup_question *questionp);

uint16_t lookup_type(const struct lookup *lookup, enum lookup_question question);
