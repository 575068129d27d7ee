/* SPDX-License-Identifier: MIT */
/*
 * Links that will be of no use before long, though nobody takes them down: their radio signal fades, or their
 * carrier comes and goes. Policies come from who knows what is too much (model_forecast()), signals from a
 * source that measures them (model_signal()), the carrier from the picture. What follows is a cause as any
 * other (departure.c), and ends when the link has been well for long enough: the interface is going up.
 *
 * A measurement costs the radio's driver something, so it is asked for only as long as somebody hears what
 * follows from it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/departure.h"
#include "engine/want.h"

/* Nobody knows when it will be over; this is what who is not told otherwise has for everything. */
#define NOTICE (DEPARTURE_USUAL * NSEC_PER_MSEC)

static struct forecast *forecast_find(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->forecast_count; i++) {
		if (strncmp(engine->forecasts[i].policy.name, name,
			    sizeof(engine->forecasts[i].policy.name)) == 0)
			return &engine->forecasts[i];
	}
	return NULL;
}

/* ---- who hears of it ---- */

/* The host's own sessions are no reason to measure anything, but for what they hold. */
static bool is_heard(const struct engine *engine, const struct model_link *link)
{
	if (!list_empty(&link->wants))
		return true;
	list_for_each (node, &engine->model->subscriptions) {
		const struct subscription *subscription =
			container_of(node, struct subscription, in_parent);

		if ((subscription->session->flags & SESSION_GUEST) == 0)
			return true;
	}
	return false;
}

static void forecast_measure(
	struct engine *engine, struct forecast *forecast, bool wanted, uint64_t now)
{
	if (forecast->measured == wanted)
		return;
	forecast->measured = wanted;
	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if (source->ops->measure == NULL)
			continue;
		source->ops->measure(source, forecast->link->ifindex, wanted, now);
		engine_called(engine, source);
	}
}

/* ---- what is judged ---- */

static void forecast_tell(struct engine *engine, const struct forecast *forecast, uint32_t cause,
	bool away, uint64_t now)
{
	const struct departure_reason reason = {
		.deadline = now + NOTICE,
		.why = cause == CAUSE_SIGNAL ? MIF_AWAY_SIGNAL : MIF_AWAY_CARRIER,
	};

	/* Without memory it is not told. */
	if (away)
		departure_begin(engine, forecast->link, cause, &reason, now);
	else
		departure_call_off(engine, forecast->link, cause);
}

static void signal_forget(struct engine *engine, struct forecast *forecast, uint64_t now)
{
	if (forecast->fading)
		forecast_tell(engine, forecast, CAUSE_SIGNAL, false, now);
	forecast->fading = false;
	forecast->dbm = 0;
	forecast->signal_at = TIME_FOREVER;
}

static void carrier_forget(struct engine *engine, struct forecast *forecast, uint64_t now)
{
	if (forecast->flapping)
		forecast_tell(engine, forecast, CAUSE_CARRIER, false, now);
	forecast->flapping = forecast->lost = false;
	forecast->loss_count = 0;
	forecast->calm_at = TIME_FOREVER;
}

/* It is about another link, about none, or about one that is down. */
static void forecast_forget(struct engine *engine, struct forecast *forecast, uint64_t now)
{
	if (forecast->link != NULL) {
		forecast_measure(engine, forecast, false, now);
		signal_forget(engine, forecast, now);
		carrier_forget(engine, forecast, now);
	}
	forecast->running = false;
	forecast->link = NULL;
}

/* While it is not known, what was told stands. */
static void signal_judge(struct forecast *forecast, uint64_t now)
{
	const struct forecast_policy *policy = &forecast->policy;
	bool otherwise = forecast->fading
		? forecast->dbm >= policy->signal + (int32_t)policy->hysteresis
		: forecast->dbm < policy->signal;

	if (!otherwise || forecast->dbm == 0)
		forecast->signal_at = TIME_FOREVER;
	else if (forecast->signal_at == TIME_FOREVER)
		forecast->signal_at = now + policy->signal_time;
}

static void signal_run(struct engine *engine, struct forecast *forecast, uint64_t now)
{
	const struct model_link *link = forecast->link;
	bool asked = forecast->policy.signal != 0 && is_heard(engine, link) &&
		link->interface->interface.kind == MIF_KIND_WIFI;

	forecast_measure(engine, forecast, asked && link->running, now);
	if (!asked) {
		signal_forget(engine, forecast, now);
		return;
	}
	if (!link->running)
		forecast->dbm = 0;
	signal_judge(forecast, now);
	if (forecast->signal_at > now)
		return;
	forecast->signal_at = TIME_FOREVER;
	forecast->fading = !forecast->fading;
	forecast_tell(engine, forecast, CAUSE_SIGNAL, forecast->fading, now);
}

/* One more has been lost: whether that is one too many. */
static bool carrier_count(struct forecast *forecast, uint64_t now)
{
	const struct forecast_policy *policy = &forecast->policy;
	uint64_t first;

	forecast->lost_at[forecast->loss_count++ % FORECAST_LOSSES] = now;
	if (forecast->loss_count < policy->losses)
		return false;
	first = forecast->lost_at[(forecast->loss_count - policy->losses) % FORECAST_LOSSES];
	return now - first <= policy->carrier_time;
}

static void carrier_run(struct engine *engine, struct forecast *forecast, uint64_t now)
{
	if (forecast->policy.losses == 0) {
		carrier_forget(engine, forecast, now);
		return;
	}
	if (forecast->lost && carrier_count(forecast, now) && !forecast->flapping) {
		forecast->flapping = true;
		forecast_tell(engine, forecast, CAUSE_CARRIER, true, now);
	}
	/* Each loss ends the calm, and the carrier's return is when it begins. */
	if (forecast->lost)
		forecast->calm_at = TIME_FOREVER;
	forecast->lost = false;
	if (forecast->flapping && forecast->link->running && forecast->calm_at == TIME_FOREVER)
		forecast->calm_at = now + forecast->policy.carrier_time;
	if (forecast->calm_at > now)
		return;
	forecast->calm_at = TIME_FOREVER;
	forecast->flapping = false;
	forecast_tell(engine, forecast, CAUSE_CARRIER, false, now);
}

void forecasts_run(struct engine *engine, uint64_t now)
{
	for (size_t i = 0; i < engine->forecast_count; i++) {
		struct forecast *forecast = &engine->forecasts[i];

		if (forecast->link == NULL)
			continue;
		signal_run(engine, forecast, now);
		carrier_run(engine, forecast, now);
	}
}

uint64_t forecasts_deadline(const struct engine *engine)
{
	uint64_t deadline = TIME_FOREVER;

	for (size_t i = 0; i < engine->forecast_count; i++) {
		const struct forecast *forecast = &engine->forecasts[i];

		if (forecast->link != NULL)
			deadline = MIN(deadline, MIN(forecast->signal_at, forecast->calm_at));
	}
	return deadline;
}

/* ---- what is heard ---- */

static void forecasts_stale(struct engine *engine)
{
	engine->departures_stale = engine->deadline_stale = true;
}

void forecasts_asked(struct engine *engine)
{
	if (engine->forecast_count > 0)
		forecasts_stale(engine);
}

/* Its name may be another's now. Who takes a link down has counted nothing. */
void forecast_note(struct engine *engine, const struct object *interface, enum change change)
{
	uint32_t flags = interface->interface.flags;
	bool up = change != CHANGE_GONE && (flags & MIF_INTERFACE_UP) != 0;
	bool running = up && (flags & MIF_INTERFACE_RUNNING) != 0;
	struct forecast *forecast = up ? forecast_find(engine, interface->interface.name) : NULL;

	for (size_t i = 0; i < engine->forecast_count; i++) {
		if (engine->forecasts[i].link == interface->link &&
			&engine->forecasts[i] != forecast)
			forecast_forget(engine, &engine->forecasts[i], engine->now);
	}
	if (forecast == NULL)
		return;
	if (forecast->link != interface->link)
		forecast_forget(engine, forecast, engine->now);
	forecast->link = interface->link;
	/* It is counted when it is known what time it is. */
	forecast->lost |= forecast->running && !running;
	forecast->running = running;
	forecasts_stale(engine);
}

/* Of the same name one goes on with what it has seen. */
void model_forecast(struct model *model, const struct forecast_policy *policies, size_t count)
{
	struct engine *engine = model->engine;
	struct forecast before[FORECASTS];
	size_t before_count;

	if (engine == NULL || (count == 0 && engine->forecast_count == 0))
		return;
	memcpy(before, engine->forecasts, sizeof(before));
	before_count = engine->forecast_count;
	engine->forecast_count = MIN(count, FORECASTS);
	for (size_t i = 0; i < engine->forecast_count; i++)
		engine->forecasts[i] = (struct forecast){
			.policy = policies[i],
			.signal_at = TIME_FOREVER,
			.calm_at = TIME_FOREVER,
		};
	for (size_t i = 0; i < before_count; i++) {
		struct forecast *forecast = forecast_find(engine, before[i].policy.name);

		if (forecast == NULL) {
			forecast_forget(engine, &before[i], engine->now);
			continue;
		}
		before[i].policy = forecast->policy;
		*forecast = before[i];
	}
	list_for_each (node, &model->interfaces)
		forecast_note(engine, container_of(node, struct object, siblings), CHANGE_CHANGED);
	forecasts_stale(engine);
}

void model_signal(struct model *model, uint32_t ifindex, int32_t dbm, uint64_t now)
{
	struct engine *engine = model->engine;

	for (size_t i = 0; engine != NULL && i < engine->forecast_count; i++) {
		struct forecast *forecast = &engine->forecasts[i];

		if (forecast->link == NULL || forecast->link->ifindex != ifindex)
			continue;
		forecast->dbm = MIN(dbm, 0);
		signal_judge(forecast, now);
		forecasts_stale(engine);
	}
}
