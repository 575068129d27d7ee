/* SPDX-License-Identifier: MIT */
/*
 * What is wanted and what there is, as two marks on one object: the difference needs no search. An
 * object that has to be put or removed waits in the list of its stage, or, if its time has not come,
 * in that of those that rest.
 *
 * Whether the kernel has an object is learned from the kernel alone, not from the parent's answers:
 * who reads answers first, then all that the kernel has told, has read of everything that was
 * answered.
 */
#include "route/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/list.h"

/* Two ends of a route this close are the same: lifetimes are told in seconds. */
#define SAME_END (2 * NSEC_PER_SEC)

/* A rule that leaves to the main table does not name a slot: several slots with the same source share
 * it. They are in lists of their own behind the slots', by source, and there as long as any rule for
 * a slot's own routes (VERB_RULE_OWN) claims them. */
#define SHARED 64

/* Most addresses that come and go on a host are no route's source. */
#define SOURCES 512

/* Rules go before the routes that they lead to, and come after them; a gateway is reached by a route
 * of the link. */
enum stage {
	STAGE_REMOVE_RULE,
	STAGE_REMOVE_ROUTE,
	STAGE_PUT_ON_LINK,
	STAGE_PUT_ROUTE,
	STAGE_PUT_RULE,
	STAGES,
};

struct object {
	struct list in_slot;
	struct list in_source; /* of a route that has one */
	struct list todo; /* in a stage's list, or in that of those that rest, or in none */
	struct verb verb;
	struct object *claims; /* of a rule for the slot's own routes: the shared one */
	size_t claimed; /* of a shared one: by how many */
	bool wanted, unsaid; /* unsaid: was wanted, and has not been said again */
	bool there, untold; /* untold: was there, and has not been told again */
	bool asked;
	uint64_t until; /* when it shall end */
	uint64_t put_until; /* and when the kernel was told that it shall */
	uint64_t not_before;
	unsigned int failures; /* in a row */
	unsigned int losses; /* since... */
	uint64_t lost_since;
	unsigned int truces; /* in a row */
};

struct slot {
	struct list objects;
	size_t count;
};

struct ledger {
	struct slot *slots;
	uint32_t slot_count;
	struct list sources[SOURCES]; /* routes, by a hash of theirs */
	struct list stages[STAGES];
	struct list resting;
	struct object *asked[LEDGER_ASKED]; /* by serial */
	uint32_t serial;
	size_t asked_count;
	uint64_t counters[LEDGER_COUNTERS];
};

int ledger_new(struct ledger **ledgerp, uint32_t slots)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		return -ENOMEM;
	ledger->slots = calloc((size_t)slots + SHARED, sizeof(*ledger->slots));
	if (ledger->slots == NULL) {
		free(ledger);
		return -ENOMEM;
	}
	ledger->slot_count = slots;
	for (uint32_t i = 0; i < slots + SHARED; i++)
		list_init(&ledger->slots[i].objects);
	for (size_t i = 0; i < SOURCES; i++)
		list_init(&ledger->sources[i]);
	for (size_t i = 0; i < STAGES; i++)
		list_init(&ledger->stages[i]);
	list_init(&ledger->resting);
	*ledgerp = ledger;
	return 0;
}

void ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	for (uint32_t i = 0; i < ledger->slot_count + SHARED; i++) {
		list_for_each_safe (node, &ledger->slots[i].objects)
			free(container_of(node, struct object, in_slot));
	}
	free(ledger->slots);
	free(ledger);
}

/* ---- objects ---- */

/* Where it is; NULL: nowhere. */
static struct slot *slot_of(const struct ledger *ledger, const struct verb *verb)
{
	uint32_t slot =
		verb->type == VERB_PUT_RULE ? verb->as.put_rule.slot : verb->as.put_route.slot;

	if (verb->type != VERB_PUT_RULE || verb->as.put_rule.kind != VERB_RULE_MAIN)
		return slot < ledger->slot_count ? &ledger->slots[slot] : NULL;
	return &ledger->slots[ledger->slot_count +
		address_hash(&verb->as.put_rule.source) % SHARED];
}

static bool verb_equal(const struct verb *a, const struct verb *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VERB_PUT_RULE)
		return a->as.put_rule.kind == b->as.put_rule.kind &&
			a->as.put_rule.length == b->as.put_rule.length &&
			address_equal(&a->as.put_rule.source, &b->as.put_rule.source);
	return a->as.put_route.length == b->as.put_route.length &&
		a->as.put_route.rank == b->as.put_route.rank &&
		a->as.put_route.ifindex == b->as.put_route.ifindex &&
		address_equal(&a->as.put_route.destination, &b->as.put_route.destination) &&
		address_equal(&a->as.put_route.gateway, &b->as.put_route.gateway) &&
		address_equal(&a->as.put_route.source, &b->as.put_route.source);
}

static struct object *object_find(const struct ledger *ledger, const struct verb *verb)
{
	const struct slot *slot = slot_of(ledger, verb);

	if (slot == NULL)
		return NULL;
	list_for_each (node, &slot->objects) {
		struct object *object = container_of(node, struct object, in_slot);

		if (verb_equal(&object->verb, verb))
			return object;
	}
	return NULL;
}

static int object_make(struct ledger *ledger, const struct verb *verb, struct object **objectp)
{
	struct slot *slot = slot_of(ledger, verb);
	struct object *object = object_find(ledger, verb);

	*objectp = object;
	if (object != NULL)
		return 0;
	if (slot == NULL || slot->count == LEDGER_SLOT) {
		ledger->counters[LEDGER_REFUSED]++;
		return -ENOSPC;
	}
	object = calloc(1, sizeof(*object));
	if (object == NULL)
		return -ENOMEM;
	object->verb = *verb;
	object->verb.serial = 0;
	object->until = object->put_until = TIME_FOREVER;
	list_init(&object->todo);
	list_init(&object->in_source);
	if (verb->type == VERB_PUT_ROUTE && verb->as.put_route.source.family != AF_UNSPEC)
		list_append(&ledger->sources[address_hash(&verb->as.put_route.source) % SOURCES],
			&object->in_source);
	list_append(&slot->objects, &object->in_slot);
	slot->count++;
	*objectp = object;
	return 0;
}

static enum stage object_stage(const struct object *object)
{
	if (object->verb.type == VERB_PUT_RULE)
		return object->wanted ? STAGE_PUT_RULE : STAGE_REMOVE_RULE;
	if (!object->wanted)
		return STAGE_REMOVE_ROUTE;
	return object->verb.as.put_route.gateway.family == AF_UNSPEC ? STAGE_PUT_ON_LINK
								     : STAGE_PUT_ROUTE;
}

static bool end_is_later(uint64_t a, uint64_t b)
{
	if (a == TIME_FOREVER || b == TIME_FOREVER)
		return a != b;
	return a > b + SAME_END || b > a + SAME_END;
}

static bool object_is_due(const struct object *object)
{
	return object->wanted != object->there ||
		(object->wanted && end_is_later(object->until, object->put_until));
}

/* Into the list where it belongs by now; what nobody wants and nobody has is freed. */
static void object_settle(struct ledger *ledger, struct object *object)
{
	list_remove(&object->todo);
	if (object->asked)
		return;
	if (object_is_due(object)) {
		list_append(object->not_before > 0 ? &ledger->resting
						   : &ledger->stages[object_stage(object)],
			&object->todo);
		return;
	}
	object->not_before = 0;
	if (object->wanted)
		return;
	slot_of(ledger, &object->verb)->count--;
	list_remove(&object->in_slot);
	list_remove(&object->in_source);
	free(object);
}

static void object_set_there(struct ledger *ledger, struct object *object, bool there)
{
	if (object->there != there)
		object->failures = 0;
	if (object->there != there && object->wanted)
		ledger->counters[LEDGER_OBJECTS] += there ? 1 : (uint64_t)-1;
	object->there = there;
}

static void object_set_wanted(struct ledger *ledger, struct object *object, bool wanted)
{
	if (object->wanted != wanted && object->there)
		ledger->counters[LEDGER_OBJECTS] += wanted ? 1 : (uint64_t)-1;
	object->wanted = wanted;
}

/* The kernel has refused it, and may not any more. What others remove rests all the same. */
static void object_hope(struct ledger *ledger, struct object *object)
{
	if (!object->wanted || object->there || object->asked || object->failures == 0)
		return;
	object->not_before = 0;
	object_settle(ledger, object);
}

/* ---- what is wanted ---- */

static void object_unclaim(struct ledger *ledger, struct object *object)
{
	struct object *shared = object->claims;

	object->claims = NULL;
	if (shared == NULL || --shared->claimed > 0)
		return;
	object_set_wanted(ledger, shared, false);
	object_settle(ledger, shared);
}

static int object_claim(struct ledger *ledger, struct object *object)
{
	struct verb verb = object->verb;
	int r;

	if (object->claims != NULL || verb.type != VERB_PUT_RULE ||
		verb.as.put_rule.kind != VERB_RULE_OWN)
		return 0;
	verb.as.put_rule.kind = VERB_RULE_MAIN;
	verb.as.put_rule.slot = 0;
	r = object_make(ledger, &verb, &object->claims);
	if (r < 0)
		return r;
	object->claims->claimed++;
	object_set_wanted(ledger, object->claims, true);
	object_settle(ledger, object->claims);
	return 0;
}

void ledger_begin(struct ledger *ledger, uint32_t slot)
{
	list_for_each (node, &ledger->slots[slot].objects) {
		struct object *object = container_of(node, struct object, in_slot);

		object->unsaid = object->wanted;
	}
}

int ledger_want(struct ledger *ledger, const struct verb *verb, uint64_t until)
{
	struct object *object;
	int r = object_make(ledger, verb, &object);

	if (r < 0)
		return r;
	if (!object->wanted) {
		object->failures = 0;
		object->not_before = 0;
	}
	object_set_wanted(ledger, object, true);
	object->unsaid = false;
	object->until = until;
	object_settle(ledger, object);
	object_hope(ledger, object);
	return object_claim(ledger, object);
}

void ledger_commit(struct ledger *ledger, uint32_t slot)
{
	list_for_each_safe (node, &ledger->slots[slot].objects) {
		struct object *object = container_of(node, struct object, in_slot);

		if (!object->unsaid)
			continue;
		object->unsaid = false;
		object->failures = 0;
		object->not_before = 0;
		object_unclaim(ledger, object);
		object_set_wanted(ledger, object, false);
		object_settle(ledger, object);
	}
}

/* ---- what the kernel has ---- */

void ledger_begin_kernel(struct ledger *ledger, uint32_t slot, uint32_t type)
{
	uint32_t from = slot == UINT32_MAX ? 0 : slot;
	uint32_t to = slot == UINT32_MAX ? ledger->slot_count + SHARED : slot + 1;

	for (uint32_t i = from; i < to; i++) {
		list_for_each (node, &ledger->slots[i].objects) {
			struct object *object = container_of(node, struct object, in_slot);

			if (object->verb.type == type)
				object->untold = object->there;
		}
	}
}

void ledger_has(struct ledger *ledger, const struct verb *verb, uint64_t now)
{
	bool known = object_find(ledger, verb) != NULL;
	struct object *object;

	if (object_make(ledger, verb, &object) < 0)
		return;
	if (!known)
		object->not_before = now + LEDGER_INHERIT;
	object->untold = false;
	object_set_there(ledger, object, true);
	object_settle(ledger, object);
}

/* Somebody else has removed what is wanted. */
static void object_defend(struct ledger *ledger, struct object *object, uint64_t now)
{
	uint64_t truce = LEDGER_FIGHT;

	if (object->losses == 0 || now - object->lost_since >= LEDGER_FIGHT) {
		if (object->losses <= LEDGER_LOSSES)
			object->truces = 0;
		object->losses = 0;
		object->lost_since = now;
	}
	ledger->counters[LEDGER_LOST]++;
	object->not_before = now + LEDGER_SETTLE;
	if (++object->losses <= LEDGER_LOSSES)
		return;
	ledger->counters[LEDGER_TRUCES]++;
	for (unsigned int i = 0; i < object->truces && truce < LEDGER_TRUCE_MAX; i++)
		truce *= 2;
	object->truces++;
	object->not_before = now + MIN(truce, LEDGER_TRUCE_MAX);
}

static void object_lost(struct ledger *ledger, struct object *object, uint64_t now)
{
	object->untold = false;
	if (!object->there)
		return;
	object_set_there(ledger, object, false);
	object->put_until = TIME_FOREVER;
	if (object->wanted)
		object_defend(ledger, object, now);
	object_settle(ledger, object);
}

void ledger_lost(struct ledger *ledger, const struct verb *verb, uint64_t now)
{
	struct object *object = object_find(ledger, verb);

	if (object != NULL)
		object_lost(ledger, object, now);
}

void ledger_commit_kernel(struct ledger *ledger, uint64_t now)
{
	for (uint32_t i = 0; i < ledger->slot_count + SHARED; i++) {
		list_for_each_safe (node, &ledger->slots[i].objects) {
			struct object *object = container_of(node, struct object, in_slot);

			if (object->untold)
				object_lost(ledger, object, now);
		}
	}
}

void ledger_hope(struct ledger *ledger, uint32_t slot)
{
	list_for_each_safe (node, &ledger->resting) {
		struct object *object = container_of(node, struct object, todo);

		if (slot == UINT32_MAX || slot_of(ledger, &object->verb) == &ledger->slots[slot])
			object_hope(ledger, object);
	}
}

/* ---- what is to be done ---- */

static void resting_wake(struct ledger *ledger, uint64_t now)
{
	list_for_each_safe (node, &ledger->resting) {
		struct object *object = container_of(node, struct object, todo);

		if (object->not_before > now)
			continue;
		object->not_before = 0;
		object_settle(ledger, object);
	}
}

static uint32_t seconds_until(uint64_t until, uint64_t now)
{
	uint64_t seconds;

	if (until == TIME_FOREVER)
		return 0;
	seconds = until > now ? (until - now + NSEC_PER_SEC - 1) / NSEC_PER_SEC : 1;
	return (uint32_t)MIN(seconds, INT32_MAX);
}

static void object_ask(
	struct ledger *ledger, struct object *object, uint64_t now, struct verb *verb)
{
	bool rule = object->verb.type == VERB_PUT_RULE;

	*verb = object->verb;
	if (!object->wanted)
		verb->type = rule ? VERB_REMOVE_RULE : VERB_REMOVE_ROUTE;
	else if (!rule)
		verb->as.put_route.lifetime = seconds_until(object->until, now);
	if (object->wanted)
		object->put_until = object->until;
	while (ledger->asked[ledger->serial % LEDGER_ASKED] != NULL)
		ledger->serial++;
	verb->serial = ledger->serial++;
	ledger->asked[verb->serial % LEDGER_ASKED] = object;
	ledger->asked_count++;
	object->asked = true;
	object_settle(ledger, object);
}

int ledger_next(struct ledger *ledger, uint64_t now, struct verb *verb)
{
	if (ledger->asked_count == LEDGER_ASKED)
		return 0;
	resting_wake(ledger, now);
	for (size_t i = 0; i < STAGES; i++) {
		if (list_empty(&ledger->stages[i]))
			continue;
		object_ask(ledger, container_of(ledger->stages[i].next, struct object, todo), now,
			verb);
		return 1;
	}
	return 0;
}

static struct object *asked_take(struct ledger *ledger, uint32_t serial)
{
	struct object *object = ledger->asked[serial % LEDGER_ASKED];

	if (object == NULL)
		return NULL;
	ledger->asked[serial % LEDGER_ASKED] = NULL;
	ledger->asked_count--;
	object->asked = false;
	return object;
}

void ledger_unasked(struct ledger *ledger, uint32_t serial)
{
	struct object *object = asked_take(ledger, serial);

	if (object == NULL)
		return;
	object->put_until = TIME_FOREVER;
	object_settle(ledger, object);
}

/* Later each time. */
static void object_retry(struct object *object, uint64_t now)
{
	uint64_t rest = LEDGER_RETRY;

	for (unsigned int i = 0; i < object->failures && rest < LEDGER_FIGHT; i++)
		rest *= 2;
	object->failures++;
	object->not_before = now + MIN(rest, LEDGER_FIGHT);
}

/* What could not be removed since it is not there is as if it had been. What was done is known from
 * the kernel right after this; if not, it is tried again as what has failed. */
void ledger_answered(struct ledger *ledger, const struct verb_answer *answer, uint64_t now)
{
	struct object *object = asked_take(ledger, answer->serial);
	bool removed = answer->type == VERB_REMOVE_RULE || answer->type == VERB_REMOVE_ROUTE;

	if (object == NULL)
		return;
	if (removed && (answer->result == -ENOENT || answer->result == -ESRCH))
		object_set_there(ledger, object, false);
	if (answer->result < 0) {
		ledger->counters[LEDGER_FAILED] += object_is_due(object);
		object->put_until = TIME_FOREVER;
	}
	if (object_is_due(object))
		object_retry(object, now);
	else
		object->failures = 0;
	object_settle(ledger, object);
}

uint64_t ledger_deadline(const struct ledger *ledger)
{
	uint64_t deadline = TIME_FOREVER;

	if (ledger->asked_count == LEDGER_ASKED)
		return TIME_FOREVER;
	for (size_t i = 0; i < STAGES; i++) {
		if (!list_empty(&ledger->stages[i]))
			return 0;
	}
	list_for_each (node, &ledger->resting)
		deadline = MIN(deadline, container_of(node, struct object, todo)->not_before);
	return deadline;
}

/* ---- slots ---- */

bool ledger_is_free(const struct ledger *ledger, uint32_t slot)
{
	return list_empty(&ledger->slots[slot].objects);
}

size_t ledger_slots_from(
	const struct ledger *ledger, const struct mif_address *source, uint32_t *slots, size_t max)
{
	size_t count = 0, i;

	list_for_each (node, &ledger->sources[address_hash(source) % SOURCES]) {
		const struct object *object = container_of(node, struct object, in_source);
		const struct verb_route *route = &object->verb.as.put_route;

		if (count == max || !address_equal(&route->source, source))
			continue;
		for (i = 0; i < count && slots[i] != route->slot; i++)
			;
		slots[i] = route->slot;
		count += i == count;
	}
	return count;
}

uint32_t ledger_slot_of(const struct ledger *ledger, const struct verb *rule)
{
	for (uint32_t i = 0; i < ledger->slot_count; i++) {
		struct verb verb = *rule;
		const struct object *object;

		if (ledger_is_free(ledger, i))
			continue;
		verb.as.put_rule.slot = i;
		object = object_find(ledger, &verb);
		if (object != NULL && object->there)
			return i;
	}
	return UINT32_MAX;
}

uint64_t ledger_count(const struct ledger *ledger, enum ledger_counter counter)
{
	return ledger->counters[counter];
}
