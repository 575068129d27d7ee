/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "net/verb.h"

/*
 * Routes and rules by slot: which of them are wanted, which the kernel has, and what is to be asked
 * of the parent to make the one the other. Knows no socket and no clock.
 *
 * An object is the verb that puts it, without serial and lifetime. Rules that leave to the main table
 * (VERB_RULE_MAIN) are not asked for: they follow from those for slots' own routes (VERB_RULE_OWN).
 */
#define LEDGER_SLOT 256 /* objects of one slot */
#define LEDGER_ASKED \
	32 /* verbs without answer: of VERB_WINDOW, for other verbs there is room left */

/* What another program removes is put again after a rest, since such programs remove one thing
 * after the other. If it is removed so often within the time, much later, and later each time. */
#define LEDGER_SETTLE (50 * NSEC_PER_MSEC)
#define LEDGER_LOSSES 5
#define LEDGER_FIGHT (60 * NSEC_PER_SEC)
#define LEDGER_TRUCE_MAX (600 * NSEC_PER_SEC)

/* What the kernel has and nobody wants is left for so long: an engine that was started again learns
 * only by and by what it wants. */
#define LEDGER_INHERIT (5 * NSEC_PER_SEC)

/* What the kernel refuses is tried again, first after this; or at once, when it is wanted anew, as after
 * news of its domain, or by ledger_hope(). */
#define LEDGER_RETRY NSEC_PER_SEC

enum ledger_counter {
	LEDGER_OBJECTS, /* that the kernel has, as wanted */
	LEDGER_LOST, /* were removed by others, and put again */
	LEDGER_TRUCES, /* were removed too often */
	LEDGER_FAILED, /* verbs that the parent or the kernel refused */
	LEDGER_REFUSED, /* objects beyond LEDGER_SLOT */
	LEDGER_COUNTERS,
};

struct ledger;

int ledger_new(struct ledger **ledgerp, uint32_t slots);
void ledger_free(struct ledger *ledger);

/* ---- what is wanted ---- */

/* All of a slot is about to be said again: what is not wanted again is not wanted any more. */
void ledger_begin(struct ledger *ledger, uint32_t slot);
/* until: when a route shall end at the latest (IPv6), or TIME_FOREVER. 0; -ENOSPC, -ENOMEM. */
int ledger_want(struct ledger *ledger, const struct verb *object, uint64_t until);
void ledger_commit(struct ledger *ledger, uint32_t slot);

/* ---- what the kernel has ---- */

/* The kernel tells all that it has of this type, in one slot or (UINT32_MAX) in all, again: what it
 * does not tell is lost. */
void ledger_begin_kernel(struct ledger *ledger, uint32_t slot, uint32_t type);
void ledger_has(struct ledger *ledger, const struct verb *object, uint64_t now);
void ledger_lost(struct ledger *ledger, const struct verb *object, uint64_t now);
void ledger_commit_kernel(struct ledger *ledger, uint64_t now);

/* Why the kernel has refused something of a slot, or (UINT32_MAX) of any, may be over. */
void ledger_hope(struct ledger *ledger, uint32_t slot);

/* ---- what is to be done ---- */

/* 1: *verb is the next one; 0: nothing is to be done now. */
int ledger_next(struct ledger *ledger, uint64_t now, struct verb *verb);
/* The verb could not be sent. */
void ledger_unasked(struct ledger *ledger, uint32_t serial);
void ledger_answered(struct ledger *ledger, const struct verb_answer *answer, uint64_t now);
uint64_t ledger_deadline(const struct ledger *ledger);

/* Nothing of the slot is wanted, and the kernel has nothing of it: another domain may have it. */
bool ledger_is_free(const struct ledger *ledger, uint32_t slot);
/* The slot where the kernel has a rule for such a source; or UINT32_MAX. */
uint32_t ledger_slot_of(const struct ledger *ledger, const struct verb *rule);
/* The slots that have a route with this source, wanted or there, at most max of them. How many. */
size_t ledger_slots_from(
	const struct ledger *ledger, const struct mif_address *source, uint32_t *slots, size_t max);

uint64_t ledger_count(const struct ledger *ledger, enum ledger_counter counter);
