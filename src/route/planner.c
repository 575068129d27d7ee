/* SPDX-License-Identifier: MIT */
/*
 * Ties the room together. News of the engine (known.c) make plans (plan.c), plans and the kernel
 * (watch.c) make what is to be done (ledger.c), and that goes to the parent as verbs.
 *
 * A domain has a slot, that is a table, as long as it has a plan. A slot goes to another domain only
 * when the kernel has nothing of the last one any more: no packet is sent by half of one and half of
 * the other.
 */
#include "route/planner.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "route/known.h"
#include "route/ledger.h"
#include "route/plan.h"
#include "route/watch.h"

struct planner {
	struct planner_options options;
	struct known known;
	struct ledger *ledger;
	struct watch *watch;
	bool *taken; /* slots */
	bool off; /* nothing is steered: without privilege, or without a parent */
	bool without; /* domains wait for a slot */
	size_t left; /* slots that were left, and may not be free yet */
	uint64_t unplanned;
	uint64_t again_at; /* when a verb is tried again that could not be sent */
	uint64_t settle_at; /* when news are looked at; TIME_FOREVER: there are none */
	uint64_t deadline; /* as found when something happened last */
};

/* A parent that does not read at once. */
#define AGAIN (10 * NSEC_PER_MSEC)

/* News come in bursts: an address, its prefix, its routes. And whoever hears of them by the engine, as
 * this room does, shall hear first. */
#define SETTLE (20 * NSEC_PER_MSEC)

/* Domains planned in one turn, and the rest before another one: the host has clients to serve, and they
 * have something to do as well. */
#define TURN 32
#define BREATH (1 * NSEC_PER_MSEC)

static uint64_t deadline_find(const struct planner *planner)
{
	bool knows = watch_knows(planner->watch);
	uint64_t deadline = planner->settle_at;

	if (planner->off)
		return TIME_FOREVER;
	if (deadline == TIME_FOREVER)
		deadline = MIN(watch_deadline(planner->watch),
			knows ? known_deadline(&planner->known) : TIME_FOREVER);
	if (knows)
		deadline = MIN(deadline,
			MAX(ledger_deadline(planner->ledger),
				planner->again_at == TIME_FOREVER ? 0 : planner->again_at));
	return deadline;
}

int planner_new(
	struct planner **plannerp, struct engine *engine, const struct planner_options *options)
{
	struct planner *planner = calloc(1, sizeof(*planner));
	int r;

	if (planner == NULL)
		return -ENOMEM;
	planner->options = *options;
	planner->again_at = planner->settle_at = TIME_FOREVER;
	planner->taken = calloc(options->mark.slots, sizeof(*planner->taken));
	r = planner->taken != NULL ? ledger_new(&planner->ledger, options->mark.slots) : -ENOMEM;
	if (r == 0)
		r = watch_new(&planner->watch, &options->mark, planner->ledger);
	if (r == 0)
		r = known_init(&planner->known, engine);
	if (r == 0) {
		planner->deadline = deadline_find(planner);
		*plannerp = planner;
		return 0;
	}
	watch_free(planner->watch);
	ledger_free(planner->ledger);
	free(planner->taken);
	free(planner);
	return r;
}

void planner_free(struct planner *planner)
{
	if (planner == NULL)
		return;
	known_deinit(&planner->known);
	watch_free(planner->watch);
	ledger_free(planner->ledger);
	free(planner->taken);
	free(planner);
}

int planner_fd(const struct planner *planner)
{
	return watch_fd(planner->watch);
}

uint64_t planner_deadline(const struct planner *planner)
{
	return planner->deadline;
}

/* ---- slots ---- */

/* That in which an engine that died has left this domain's rules, or a free one. UINT32_MAX: none. */
static uint32_t slot_find(const struct planner *planner, const struct plan_domain *plan)
{
	uint32_t slot = UINT32_MAX;
	struct verb rule;

	if (plan_first_rule(plan, &rule))
		slot = ledger_slot_of(planner->ledger, &rule);
	if (slot != UINT32_MAX && !planner->taken[slot])
		return slot;
	for (slot = 0; slot < planner->options.mark.slots; slot++) {
		if (!planner->taken[slot] && ledger_is_free(planner->ledger, slot))
			return slot;
	}
	return UINT32_MAX;
}

static void slot_take(struct planner *planner, struct known_domain *domain)
{
	domain->waits = false;
	if (domain->slot != UINT32_MAX || !plan_is_worth_it(&planner->known.plan))
		return;
	domain->slot = slot_find(planner, &planner->known.plan);
	domain->waits = domain->slot == UINT32_MAX;
	planner->without |= domain->waits;
	if (!domain->waits)
		planner->taken[domain->slot] = true;
}

static void slot_leave(struct planner *planner, struct known_domain *domain)
{
	if (domain->slot == UINT32_MAX)
		return;
	planner->taken[domain->slot] = false;
	domain->slot = UINT32_MAX;
	planner->left++;
}

/* Slots that were left, and are free by now, go to domains that wait for one. */
static void slots_offer(struct planner *planner)
{
	size_t free = 0;

	if (!planner->without || planner->left == 0)
		return;
	for (uint32_t i = 0; i < planner->options.mark.slots; i++)
		free += !planner->taken[i] && ledger_is_free(planner->ledger, i);
	if (free < planner->left)
		return;
	planner->left = 0;
	planner->without = false;
	list_for_each (node, &planner->known.domains) {
		struct known_domain *domain = container_of(node, struct known_domain, node);

		if (domain->waits)
			known_touch(&planner->known, domain);
	}
}

/* ---- a turn ---- */

static void domain_plan(struct planner *planner, struct known_domain *domain)
{
	int r;

	slot_take(planner, domain);
	if (domain->slot == UINT32_MAX)
		return;
	r = plan_want(
		&planner->known.plan, planner->ledger, domain->slot, planner->options.main_first);
	planner->unplanned += r < 0;
	if (!plan_is_worth_it(&planner->known.plan))
		slot_leave(planner, domain);
}

static void domains_plan(struct planner *planner, uint64_t now)
{
	slots_offer(planner);
	for (int i = 0; i < TURN && !known_waits(&planner->known); i++) {
		struct known_domain *domain = known_next(&planner->known, now);

		if (domain == NULL)
			return;
		domain_plan(planner, domain);
		if (domain->gone)
			known_forget(&planner->known, domain);
	}
}

static void verbs_send(struct planner *planner, uint64_t now)
{
	struct verb verb;

	planner->again_at = TIME_FOREVER;
	while (ledger_next(planner->ledger, now, &verb) == 1) {
		int r = verb_send(planner->options.verb_fd, &verb);

		if (r == 0)
			continue;
		ledger_unasked(planner->ledger, verb.serial);
		planner->off |= r != -EAGAIN;
		planner->again_at = now + AGAIN;
		return;
	}
}

void planner_answered(struct planner *planner, const struct verb_answer *answer, uint64_t now)
{
	planner->off |= answer->result == -EPERM;
	ledger_answered(planner->ledger, answer, now);
	planner->deadline = deadline_find(planner);
}

static int planner_work(struct planner *planner, uint64_t now)
{
	int r;

	planner->settle_at = TIME_FOREVER;
	r = known_hear(&planner->known, now);
	/* Who lost what, before it is decided what to do. */
	if (r == 0)
		r = watch_dispatch(planner->watch, now);
	/* Nothing is planned before it is known what there is, of either side. */
	if (r == 0 && !known_waits(&planner->known) && watch_knows(planner->watch)) {
		domains_plan(planner, now);
		verbs_send(planner, now);
	}
	if (known_waits(&planner->known) || known_deadline(&planner->known) <= now)
		planner->settle_at = now + BREATH;
	return r;
}

int planner_dispatch(struct planner *planner, bool woken, uint64_t now)
{
	int r = 0;

	if (planner->off) {
		known_deinit(&planner->known);
		return 0;
	}
	if (planner->settle_at == TIME_FOREVER && (woken || known_waits(&planner->known))) {
		planner->settle_at = now + SETTLE;
		planner->deadline = deadline_find(planner);
	}
	if (planner->deadline <= now) {
		r = planner_work(planner, now);
		planner->deadline = deadline_find(planner);
	}
	return r;
}

uint64_t planner_count(const struct planner *planner, enum planner_counter counter)
{
	switch (counter) {
	case PLANNER_OBJECTS:
		return ledger_count(planner->ledger, LEDGER_OBJECTS);
	case PLANNER_LOST:
		return ledger_count(planner->ledger, LEDGER_LOST);
	case PLANNER_TRUCES:
		return ledger_count(planner->ledger, LEDGER_TRUCES);
	case PLANNER_FAILED:
		return ledger_count(planner->ledger, LEDGER_FAILED);
	case PLANNER_REFUSED:
		return planner->unplanned + planner->known.refused;
	case PLANNER_COUNTERS:
		break;
	}
	return 0;
}
