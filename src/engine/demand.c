/* SPDX-License-Identifier: MIT */
/*
 * The links that the host lets the engine ask for, and those of them that are up on demand: brought up
 * when somebody wants to connect, taken down when nobody has wanted that for a while. What cannot be
 * brought up is tried again, more and more rarely.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/departure.h"

#define RETRY_FIRST NSEC_PER_SEC
#define RETRY_LAST (300 * NSEC_PER_SEC)

/* ---- what is allowed ---- */

static bool is_of(const struct allowed *allowed, const struct object *interface)
{
	return strncmp(allowed->policy.name, interface->interface.name,
		       sizeof(allowed->policy.name)) == 0;
}

/* Its name may be another's now. */
void allowed_note(struct engine *engine, const struct object *interface, enum change change)
{
	for (size_t i = 0; i < engine->allowed_count; i++) {
		struct allowed *allowed = &engine->allowed[i];

		if (allowed->link == interface->link)
			allowed->link = NULL;
		if (change != CHANGE_GONE && is_of(allowed, interface))
			allowed->link = interface->link;
	}
}

int engine_allow_link(struct engine *engine, const struct link_policy *policy)
{
	struct allowed *allowed = engine->allowed;

	while (allowed < engine->allowed + engine->allowed_count &&
		strcmp(allowed->policy.name, policy->name) != 0)
		allowed++;
	if (allowed == engine->allowed + ENGINE_ALLOWED)
		return -ENOSPC;
	if (allowed == engine->allowed + engine->allowed_count)
		engine->allowed_count++;
	*allowed = (struct allowed){
		.policy = *policy, .absent = allowed->absent, .idle_at = TIME_FOREVER};
	if (absent_allow(engine, allowed) < 0)
		return -ENOMEM;
	list_for_each (node, &engine->model->interfaces)
		allowed_note(engine, container_of(node, struct object, siblings), CHANGE_NEW);
	engine->departures_stale = engine->deadline_stale = true;
	return 0;
}

struct allowed *allowed_find(const struct engine *engine, const struct model_link *link)
{
	for (size_t i = 0; i < engine->allowed_count; i++) {
		if (engine->allowed[i].link == link)
			return (struct allowed *)&engine->allowed[i];
	}
	return NULL;
}

/* ---- on demand ---- */

static bool is_by_command(const struct engine *engine, const struct model_link *link)
{
	const struct allowed *allowed = allowed_find(engine, link);

	return allowed != NULL && allowed->policy.by_command;
}

bool link_is_up(const struct engine *engine, const struct model_link *link)
{
	return is_by_command(engine, link)
		? link_leads(link)
		: (link->interface->interface.flags & MIF_INTERFACE_UP) != 0;
}

bool link_has_come(const struct engine *engine, const struct model_link *link)
{
	return is_by_command(engine, link) ? link_leads(link) : link->running;
}

/* Who wants to connect anyhow has a link brought up where there is no other way out. Once it is up, it
 * may be that way. */
static bool link_is_wanted(const struct engine *engine, const struct model_link *link)
{
	const uint64_t *defaults = engine->model->default_pvd;

	return link->held > link->guests ||
		(engine->held > 0 &&
			(link_is_up(engine, link) || (defaults[0] == 0 && defaults[1] == 0)));
}

/* What is only a forecast may stand for long, and takes nothing down. */
static bool is_left_alone(const struct model_link *link)
{
	const uint32_t forecasts = 1U << CAUSE_SIGNAL | 1U << CAUSE_CARRIER;
	const struct departure *departure = link->departure;

	return departure == NULL ||
		(departure->state != DEPARTURE_UP && departure->order == 0 &&
			(departure->causes & ~forecasts) == 0);
}

static bool is_on_demand(const struct allowed *allowed)
{
	return allowed->policy.on_demand && allowed->link != NULL && is_left_alone(allowed->link);
}

/* Down, and wanted. */
static bool is_missed(const struct engine *engine, const struct model_link *link)
{
	return link->departure == NULL && !link->declined && link_is_wanted(engine, link);
}

/* It is taken down at once: who could hold it does not want it. */
static void demand_end(struct engine *engine, struct model_link *link, uint64_t now)
{
	const struct departure_reason reason = {.deadline = now, .why = MIF_AWAY_IDLE};

	departure_begin(engine, link, CAUSE_DEMAND, &reason, now);
}

static void demand_run(struct engine *engine, struct allowed *allowed, uint64_t now)
{
	struct model_link *link = allowed->link;
	bool wanted = link_is_wanted(engine, link);

	if (!link_is_up(engine, link)) {
		allowed->idle_at = TIME_FOREVER;
		if (is_missed(engine, link) && allowed->retry_at <= now &&
			departure_raise(engine, link, CAUSE_DEMAND, now) < 0)
			allowed->retry_at = now + RETRY_FIRST;
		return;
	}
	if (wanted)
		allowed->idle_at = TIME_FOREVER;
	else if (allowed->idle_at == TIME_FOREVER)
		allowed->idle_at = now + allowed->policy.idle_time;
	if (allowed->idle_at > now)
		return;
	allowed->idle_at = TIME_FOREVER;
	demand_end(engine, link, now);
}

void demands_run(struct engine *engine, uint64_t now)
{
	for (size_t i = 0; i < engine->allowed_count; i++) {
		if (is_on_demand(&engine->allowed[i]))
			demand_run(engine, &engine->allowed[i], now);
	}
}

uint64_t demands_deadline(const struct engine *engine)
{
	uint64_t deadline = TIME_FOREVER;

	for (size_t i = 0; i < engine->allowed_count; i++) {
		const struct allowed *allowed = &engine->allowed[i];

		if (!is_on_demand(allowed))
			continue;
		if (link_is_up(engine, allowed->link))
			deadline = MIN(deadline, allowed->idle_at);
		else if (is_missed(engine, allowed->link))
			deadline = MIN(deadline, allowed->retry_at);
	}
	return deadline;
}

void demand_raised(struct engine *engine, const struct model_link *link, bool raised, uint64_t now)
{
	struct allowed *allowed = allowed_find(engine, link);

	if (allowed == NULL)
		return;
	allowed->backoff = raised ? 0 : MIN(MAX(2 * allowed->backoff, RETRY_FIRST), RETRY_LAST);
	allowed->retry_at = now + allowed->backoff;
	/* Up, and of no use: the next try begins anew. */
	if (!raised && allowed->policy.on_demand && link_is_up(engine, link))
		demand_end(engine, allowed->link, now);
}
