/* SPDX-License-Identifier: MIT */
/*
 * Happy Eyeballs over provisioning domains. Owns who may be connected to through what, what was
 * tried, and when the next attempt is due; opens no socket. News: domains, answers of their DNS,
 * outcomes of attempts. Out: one action at a time, and the time of the next.
 *
 * A candidate is a destination together with the domain whose DNS gave it, and is reached through
 * that domain alone (RFC 7556 section 5.2.1). Candidates are not put in a queue: the next one is
 * chosen afresh each time, so an answer that comes late counts as if it had been there always
 * (RFC 8305 section 3; draft-ietf-happy-happyeyeballs-v3 section 4.3).
 */
#include "client/race.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "client/race-choice.h"

static uint64_t or_default(uint64_t value, uint64_t standard)
{
	return value != 0 ? value : standard;
}

void race_begin(struct race *race, uint16_t port, const struct race_options *options, uint64_t now)
{
	static const struct race_options none;

	if (options == NULL)
		options = &none;
	/* The large arrays are filled as they are used: their counts are what tells. */
	race->options.resolution_delay = or_default(options->resolution_delay, 50 * NSEC_PER_MSEC);
	race->options.attempt_delay = options->attempt_delay;
	race->options.window = options->window;
	race->options.shuffle = options->shuffle;
	race->options.memory = options->memory;
	race->options.failure_delay = or_default(options->failure_delay, 10 * NSEC_PER_MSEC);
	race->options.limit = or_default(options->limit, 30 * NSEC_PER_SEC);
	race->limit =
		race->options.limit < TIME_FOREVER - now ? now + race->options.limit : TIME_FOREVER;
	race->port = port;
	race->domain_count = 0;
	race->positive = TIME_FOREVER;
	race->attempt_count = 0;
	race->running = 0;
	race->next_start = 0;
	race->decision = TIME_FOREVER;
	race->asked = now;
	race->winner = 0;
	race->error = 0;
	race->finished = false;
}

bool race_over(const struct race *race)
{
	return race->winner != 0 || race->error != 0;
}

/* ---- news ---- */

int race_domain_add(struct race *race, const struct race_entry *entry)
{
	if (race_domain(race, entry->pvd) != NULL)
		return -EEXIST;
	if (race->domain_count == RACE_DOMAINS)
		return -ENOSPC;

	struct race_domain *domain = &race->domains[race->domain_count++];
	size_t count = MIN(entry->address_count, RACE_ADDRESSES);

	*domain = (struct race_domain){
		.pvd = entry->pvd,
		.ifindex = entry->ifindex,
		.rank = entry->rank,
		.away = entry->away,
		.families = entry->families,
		.prefer_ipv6 = entry->prefer_ipv6,
		.standard = entry->standard,
		.on_link = entry->on_link,
		.services_open = entry->services,
		.positive = TIME_FOREVER,
		.address_count = count,
	};
	snprintf(domain->name, sizeof(domain->name), "%s", entry->name);
	if (count > 0)
		memcpy(domain->addresses, entry->addresses, count * sizeof(domain->addresses[0]));
	return 0;
}

static void attempt_fail(struct race *race, struct race_attempt *attempt, int error, uint64_t now)
{
	struct race_domain *domain = &race->domains[attempt->domain];
	struct race_destination *destination = &domain->destinations[attempt->destination];

	attempt->outcome = MIF_ATTEMPT_FAILED;
	attempt->error = error;
	attempt->ended = now;
	destination->running = false;
	destination->source++;
	race->running--;

	/*
	 * A host or a router said no, or nothing was sent: the next attempt loads no path that is
	 * not known to work, so it need not wait. Not so after silence (RFC 8305 section 8, the
	 * least delay).
	 */
	uint64_t next = now;

	if (error == ETIMEDOUT) {
		uint64_t last = race->attempts[race->attempt_count - 1].started;

		next = MAX(now, last + race->options.failure_delay);
	}
	race->next_start = MIN(race->next_start, next);
}

static void attempt_call_off(
	struct race *race, struct race_attempt *attempt, uint32_t outcome, int error, uint64_t now)
{
	attempt_fail(race, attempt, error, now);
	attempt->outcome = outcome;
	attempt->cancel = true;
}

static void call_off_all(struct race *race, uint32_t outcome, int error, uint64_t now)
{
	for (uint32_t i = 0; i < race->attempt_count; i++)
		if (race->attempts[i].outcome == MIF_ATTEMPT_STARTED)
			attempt_call_off(race, &race->attempts[i], outcome, error, now);
}

void race_domain_gone(struct race *race, uint64_t pvd, uint64_t now)
{
	struct race_domain *domain = race_domain(race, pvd);

	if (domain == NULL || race_over(race))
		return;
	domain->gone = true;
	for (uint32_t i = 0; i < race->attempt_count; i++) {
		struct race_attempt *attempt = &race->attempts[i];

		if (attempt->outcome == MIF_ATTEMPT_STARTED &&
			&race->domains[attempt->domain] == domain)
			attempt_call_off(race, attempt, MIF_ATTEMPT_FAILED, ENETDOWN, now);
	}
}

void race_domain_away(struct race *race, uint64_t pvd, bool away)
{
	struct race_domain *domain = race_domain(race, pvd);

	if (domain != NULL)
		domain->away = away;
}

static bool attempt_waits(const struct race_attempt *attempt)
{
	return attempt->outcome == MIF_ATTEMPT_STARTED && attempt->up;
}

/* Of those that are connected: the best domain's, the one that took the shortest time. */
static uint32_t race_fastest(const struct race *race)
{
	const struct race_attempt *best = NULL;

	for (uint32_t i = 0; i < race->attempt_count; i++) {
		const struct race_attempt *attempt = &race->attempts[i];
		uint64_t took = attempt->ended - attempt->started;

		if (!attempt_waits(attempt))
			continue;
		if (best == NULL ||
			race_rank(&race->domains[attempt->domain]) <
				race_rank(&race->domains[best->domain]) ||
			(race_rank(&race->domains[attempt->domain]) ==
					race_rank(&race->domains[best->domain]) &&
				took < best->ended - best->started))
			best = attempt;
	}
	return best != NULL ? (uint32_t)(best - race->attempts) + 1 : 0;
}

/* When the window has passed, or nothing that runs can still change the choice. */
static void race_decide(struct race *race, uint64_t now)
{
	bool waiting = false;

	if (race_over(race) || race->decision == TIME_FOREVER)
		return;
	for (uint32_t i = 0; i < race->attempt_count; i++)
		waiting |=
			race->attempts[i].outcome == MIF_ATTEMPT_STARTED && !race->attempts[i].up;
	if (waiting && now < race->decision)
		return;
	race->winner = race_fastest(race);
	/* All that was connected is lost again: the race goes on. */
	if (race->winner == 0) {
		race->decision = TIME_FOREVER;
		return;
	}
	race->running--;
	race->attempts[race->winner - 1].outcome = MIF_ATTEMPT_CONNECTED;
	call_off_all(race, MIF_ATTEMPT_ABANDONED, 0, now);
}

void race_attempt_result(struct race *race, uint32_t id, int error, uint64_t now)
{
	struct race_attempt *attempt = &race->attempts[id - 1];

	if (attempt->outcome != MIF_ATTEMPT_STARTED)
		return;
	if (error != 0) {
		attempt_fail(race, attempt, error, now);
		race_decide(race, now);
		return;
	}
	attempt->ended = now;
	attempt->up = true;
	if (race->decision == TIME_FOREVER)
		race->decision = now + race->options.window;
	race_decide(race, now);
}

/* RFC 8305 section 5: as long as an answer takes, so far as that is known. */
static uint64_t attempt_delay(
	const struct race *race, uint64_t pvd, const struct mif_address *destination)
{
	uint64_t patience = memory_patience(race->options.memory, pvd, destination);

	if (race->options.attempt_delay != 0)
		return race->options.attempt_delay;
	if (patience == 0)
		return 250 * NSEC_PER_MSEC;
	return MIN(MAX(patience, RACE_DELAY_LEAST), RACE_DELAY_MOST);
}

static uint32_t attempt_start(
	struct race *race, const struct race_candidate *candidate, uint64_t now)
{
	struct race_domain *domain = &race->domains[candidate->domain];
	struct race_destination *destination = &domain->destinations[candidate->destination];
	size_t source = destination->sources[destination->source];

	race->attempts[race->attempt_count++] = (struct race_attempt){
		.outcome = MIF_ATTEMPT_STARTED,
		.domain = (uint8_t)candidate->domain,
		.destination = (uint8_t)candidate->destination,
		.ifindex = domain->ifindex,
		.pvd = domain->pvd,
		.from.address = domain->addresses[source].address,
		.to = {.address = destination->pair.destination, .port = destination->port},
		.started = now,
		.delay = attempt_delay(race, domain->pvd, &destination->pair.destination),
		.reason = candidate->reason,
	};
	destination->running = true;
	race->running++;
	race->next_start = now + race->attempts[race->attempt_count - 1].delay;
	return race->attempt_count;
}

/* ---- the end ---- */

/* What a failed translation says about the dial, the least telling first: "no such name" in one
 * domain means little when another could not be asked. */
static const struct {
	uint32_t status;
	int error;
} telling[] = {
	{MIF_TRANSLATION_PVD_GONE, ENETDOWN},
	{MIF_TRANSLATION_NO_SERVER, EDESTADDRREQ},
	{MIF_TRANSLATION_OTHER_ZONE, EPERM},
	{MIF_TRANSLATION_NOT_PERMITTED, EPERM},
	{MIF_TRANSLATION_MALFORMED, EINVAL},
	{MIF_TRANSLATION_NO_NAME, ENOENT},
	{MIF_TRANSLATION_NO_ADDRESS, ENODATA},
	{MIF_TRANSLATION_FOUND, ENETUNREACH},
	{MIF_TRANSLATION_FAILED, EREMOTEIO},
	{MIF_TRANSLATION_TIMEOUT, EAGAIN},
};

static size_t telling_place(uint32_t status)
{
	size_t place = 0;

	while (place < ARRAY_SIZE(telling) - 1 && telling[place].status != status)
		place++;
	return place;
}

static uint64_t domain_standing(const struct race_domain *domain)
{
	return (uint64_t)domain->gone << 32 | race_rank(domain);
}

/* The error of the best domain's first attempt, preferably of one that is still there; or what the
 * domains' DNS said. */
static int race_cause(const struct race *race)
{
	const struct race_attempt *first = NULL;
	size_t place = 0;

	for (uint32_t i = 0; i < race->attempt_count; i++) {
		const struct race_attempt *attempt = &race->attempts[i];

		if (first == NULL ||
			domain_standing(&race->domains[attempt->domain]) <
				domain_standing(&race->domains[first->domain]))
			first = attempt;
	}
	if (first != NULL)
		return first->error;
	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *domain = &race->domains[i];

		if (domain->gone)
			continue;
		if (domain->unusable > 0)
			place = MAX(place, telling_place(MIF_TRANSLATION_FOUND));
		for (size_t family = 0; family < 2; family++)
			if (domain->families & (family == 0 ? RACE_IPV4 : RACE_IPV6))
				place = MAX(place, telling_place(domain->status[family]));
	}
	return telling[place].error;
}

/* Whether nothing runs, nothing can be started and nothing will come. */
static bool race_lost(const struct race *race, uint64_t now)
{
	struct race_candidate candidate;

	if (race->running > 0)
		return false;
	if (race->attempt_count == RACE_ATTEMPTS)
		return true;
	for (size_t i = 0; i < race->domain_count; i++)
		if (race_domain_pending(&race->domains[i]))
			return false;
	return race_choice(race, &candidate, now) == TIME_FOREVER;
}

static struct race_action race_finish(struct race *race)
{
	for (uint32_t i = 0; i < race->attempt_count; i++) {
		if (!race->attempts[i].cancel)
			continue;
		race->attempts[i].cancel = false;
		return (struct race_action){RACE_CANCEL, i + 1};
	}
	if (!race_over(race) || race->finished)
		return (struct race_action){RACE_WAIT, 0};
	race->finished = true;
	return (struct race_action){race->winner != 0 ? RACE_CONNECTED : RACE_FAILED, race->winner};
}

struct race_action race_next(struct race *race, uint64_t now)
{
	struct race_candidate candidate;

	race->asked = now;
	if (!race_over(race) && now >= race->limit) {
		call_off_all(race, MIF_ATTEMPT_FAILED, ETIMEDOUT, now);
		race->error = ETIMEDOUT;
	}
	race_decide(race, now);
	if (!race_over(race) && race_lost(race, now))
		race->error = race_cause(race);

	struct race_action action = race_finish(race);

	if (action.verb == RACE_WAIT && !race_over(race) &&
		race_choice(race, &candidate, now) <= now)
		action = (struct race_action){RACE_START, attempt_start(race, &candidate, now)};
	return action;
}

uint64_t race_deadline(const struct race *race)
{
	struct race_candidate candidate;

	if (race_over(race))
		return TIME_FOREVER;
	/* Doubt that ends meanwhile is no reason to look again. */
	return MIN(MIN(race->limit, race->decision), race_choice(race, &candidate, race->asked));
}
