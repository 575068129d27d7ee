/* SPDX-License-Identifier: MIT */
/*
 * Which candidate of a race goes next, and when. Owns nothing: reads the race.
 */
#include "client/race-choice.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

static uint32_t family_bit(const struct mif_address *address)
{
	return address->family == AF_INET ? RACE_IPV4 : RACE_IPV6;
}

static uint32_t preferred_family(const struct race_domain *domain)
{
	if (domain->families == (RACE_IPV4 | RACE_IPV6))
		return domain->prefer_ipv6 ? RACE_IPV6 : RACE_IPV4;
	return domain->families;
}

/* ---- when ---- */

/* Whether the addresses of a service's target may still come. */
static bool targets_pending(const struct race_domain *domain)
{
	for (size_t i = 0; i < domain->service_count; i++)
		if (domain->services[i].families != 0)
			return true;
	return false;
}

bool race_domain_pending(const struct race_domain *domain)
{
	return !domain->gone &&
		((domain->families & ~domain->answered) != 0 || domain->services_open ||
			targets_pending(domain));
}

/*
 * Whether an IPv6 domain of the same link has yet to answer. Where a host has both families on one
 * link they are two domains, and RFC 8305 section 3 wants the IPv4 one to wait.
 */
static bool ipv6_pending_beside(const struct race *race, const struct race_domain *domain)
{
	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *other = &race->domains[i];

		if (other->ifindex == domain->ifindex && race_rank(other) == race_rank(domain) &&
			race_domain_pending(other) && other->prefer_ipv6 &&
			(other->families & ~other->answered & RACE_IPV6) != 0)
			return true;
	}
	return false;
}

/* Whether a better way than the name's own may be told yet (draft-ietf-happy-happyeyeballs-v3 section
 * 4.2): the records, or an address of a target, of which one is enough. */
static bool services_awaited(const struct race_domain *domain)
{
	if (domain->services_open)
		return true;
	for (size_t i = 0; i < domain->destination_count; i++)
		if (domain->destinations[i].service != 0 && !domain->destinations[i].dropped)
			return false;
	return targets_pending(domain);
}

/* When the addresses of a domain may be used: at once, or after the Resolution Delay. */
static uint64_t domain_ready(const struct race *race, const struct race_domain *domain)
{
	uint32_t preferred = preferred_family(domain);
	bool waits = (domain->answered & preferred) == 0;

	if (domain->positive == TIME_FOREVER)
		return TIME_FOREVER;
	for (size_t i = 0; waits && i < domain->destination_count; i++)
		if (family_bit(&domain->destinations[i].pair.destination) & preferred)
			waits = false;
	if (preferred == RACE_IPV4)
		waits = waits || ipv6_pending_beside(race, domain);
	waits = waits || services_awaited(domain);
	return domain->positive + (waits ? race->options.resolution_delay : 0);
}

/* Its rank, and behind those of the same rank, if it was silent of late in every family. */
static uint32_t domain_standing(
	const struct race *race, const struct race_domain *domain, uint64_t now)
{
	static const struct mif_address any[] = {{.family = AF_INET}, {.family = AF_INET6}};
	bool doubtful = domain->families != 0;

	for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
		if ((domain->families & family_bit(&any[i])) != 0)
			doubtful &=
				memory_is_doubtful(race->options.memory, domain->pvd, &any[i], now);
	}
	return 2 * race_rank(domain) + (doubtful ? 1 : 0);
}

/* When the first attempt may begin, so far as the domains' answers say. */
static uint64_t opening(const struct race *race, uint64_t now)
{
	uint32_t best = UINT32_MAX;
	uint64_t ready = TIME_FOREVER;

	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *domain = &race->domains[i];

		if (race_domain_pending(domain) || (!domain->gone && domain->destination_count > 0))
			best = MIN(best, domain_standing(race, domain, now));
	}
	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *domain = &race->domains[i];

		if (!domain->gone && domain_standing(race, domain, now) == best)
			ready = MIN(ready, domain_ready(race, domain));
	}
	if (race->positive != TIME_FOREVER)
		ready = MIN(ready, race->positive + race->options.resolution_delay);
	return ready;
}

/* ---- what ---- */

/* How much an attempt has in common with those that run or failed. */
struct overlap {
	uint32_t of_domain[RACE_DOMAINS], of_family[2], of_both[RACE_DOMAINS][2];
	uint32_t of_link[RACE_DOMAINS]; /* other domains of the domain's link */
};

static void overlap_count(const struct race *race, struct overlap *overlap)
{
	memset(overlap, 0, sizeof(*overlap));
	for (uint32_t i = 0; i < race->attempt_count; i++) {
		const struct race_attempt *attempt = &race->attempts[i];
		size_t family = attempt->to.address.family == AF_INET6;

		overlap->of_domain[attempt->domain]++;
		overlap->of_family[family]++;
		overlap->of_both[attempt->domain][family]++;
		for (size_t j = 0; j < race->domain_count; j++)
			if (j != attempt->domain && race->domains[j].ifindex != 0 &&
				race->domains[j].ifindex == race->domains[attempt->domain].ifindex)
				overlap->of_link[j]++;
	}
}

/* What is remembered of two destinations: negative if a is better. */
static int memory_compare(const struct race *race, const struct race_candidate *a,
	const struct race_candidate *b, uint64_t now, uint32_t *reason)
{
	const struct race_domain *domain_a = &race->domains[a->domain];
	const struct race_domain *domain_b = &race->domains[b->domain];
	const struct mif_address *to_a = &domain_a->destinations[a->destination].pair.destination;
	const struct mif_address *to_b = &domain_b->destinations[b->destination].pair.destination;
	const struct memory *memory = race->options.memory;
	uint64_t trip_a = memory_round_trip(memory, domain_a->pvd, to_a);
	uint64_t trip_b = memory_round_trip(memory, domain_b->pvd, to_b);
	bool winner_a, winner_b;

	/* What differs by less than a tenth does not differ. */
	*reason = MIF_REASON_ROUND_TRIP;
	if (trip_a != 0 && trip_b != 0 && MAX(trip_a, trip_b) - MIN(trip_a, trip_b) > trip_a / 10)
		return trip_a < trip_b ? -1 : 1;
	*reason = MIF_REASON_WINNER;
	winner_a = memory_is_winner(memory, domain_a->pvd, to_a, now);
	winner_b = memory_is_winner(memory, domain_b->pvd, to_b, now);
	return winner_a == winner_b ? 0 : winner_a ? -1 : 1;
}

/* Of one domain: RFC 6724 section 6, with what is remembered between rules 8 and 9 (RFC 8305
 * section 4). */
static int destination_compare(const struct race *race, const struct race_candidate *a,
	const struct race_candidate *b, uint64_t now, uint32_t *reason)
{
	const struct race_domain *domain = &race->domains[a->domain];
	const struct select_pair *pair_a = &domain->destinations[a->destination].pair;
	const struct select_pair *pair_b = &domain->destinations[b->destination].pair;
	unsigned int rule;
	int order, remembered;

	/* Services of one priority share what comes (RFC 9460 section 2.4.1). */
	const struct race_destination *of_a = &domain->destinations[a->destination];
	const struct race_destination *of_b = &domain->destinations[b->destination];

	*reason = MIF_REASON_ORDER;
	if (of_a->service != of_b->service && of_a->service != 0 && of_b->service != 0 &&
		pair_a->destination.family == pair_b->destination.family)
		return domain->services[of_a->service - 1].order <
				domain->services[of_b->service - 1].order
			? -1
			: 1;
	/* Rule 1, so far as is known: without its router IPv6 is doubtful. */
	*reason = MIF_REASON_RULE_1;
	if (preferred_family(domain) == RACE_IPV4 &&
		pair_a->destination.family != pair_b->destination.family)
		return pair_a->destination.family == AF_INET ? -1 : 1;
	order = select_compare(pair_a, pair_b, &rule);
	*reason = MIF_REASON_RULE_1 + rule - 1;
	if (order != 0 && rule < 9)
		return order;
	remembered = memory_compare(race, a, b, now, reason);
	if (remembered != 0)
		return remembered;
	*reason = order != 0 ? MIF_REASON_RULE_9 : MIF_REASON_ORDER;
	return order;
}

/*
 * Any single cause of failure, a domain, a link or a family, is passed by after one delay: what
 * differs most from all that was tried goes next. With two equal domains A and B that have both
 * families: A6, B4, A4, B6; the same where each family is a domain of its own, on the links A and B.
 * This is the interleaving of RFC 8305 section 4 over two dimensions. Whether a is better, and why.
 */
static bool candidate_better(const struct race *race, const struct race_candidate *a,
	const struct race_candidate *b, uint64_t now, uint32_t *reason)
{
	const struct race_domain *domain_a = &race->domains[a->domain];
	const struct race_domain *domain_b = &race->domains[b->domain];
	bool ipv6_a = preferred_family(domain_a) == RACE_IPV6;
	bool ipv6_b = preferred_family(domain_b) == RACE_IPV6;
	int remembered;

	*reason = MIF_REASON_GOING_AWAY;
	if (domain_a->away != domain_b->away)
		return !domain_a->away;
	*reason = MIF_REASON_RANK;
	if (domain_a->rank != domain_b->rank)
		return domain_a->rank < domain_b->rank;
	*reason = MIF_REASON_DOUBT;
	if (a->doubtful != b->doubtful)
		return !a->doubtful;
	*reason = MIF_REASON_SERVICE;
	if (a->group != b->group)
		return a->group < b->group;
	*reason = MIF_REASON_SPREAD;
	if (a->overlap != b->overlap)
		return a->overlap < b->overlap;
	if (a->domain == b->domain)
		return destination_compare(race, a, b, now, reason) < 0;
	*reason = MIF_REASON_FAMILY;
	if (ipv6_a != ipv6_b)
		return ipv6_a;
	remembered = memory_compare(race, a, b, now, reason);
	if (remembered != 0)
		return remembered < 0;
	*reason = domain_a->standard != domain_b->standard ? MIF_REASON_DEFAULT
							   : MIF_REASON_FIRST_DOMAIN;
	return a->domain < b->domain;
}

/* How many better priorities there are. The name as it is comes after all of them. */
static uint32_t service_group(const struct race_domain *domain, uint32_t service)
{
	uint32_t group = 0;

	for (size_t i = 0; i < domain->service_count; i++) {
		uint32_t priority = domain->services[i].priority;
		bool better = service == 0 || priority < domain->services[service - 1].priority;

		for (size_t j = 0; j < i; j++)
			better &= domain->services[j].priority != priority;
		group += better;
	}
	return group;
}

/* How near what two are told apart by is to their being equal: later reasons have later numbers, but for
 * the one that comes before all of them. */
static uint32_t nearness(uint32_t reason)
{
	return reason == MIF_REASON_GOING_AWAY ? MIF_REASON_LAST : reason;
}

/* The better one of the two stays the best, and knows what it was told from the next best by. */
static void candidate_weigh(const struct race *race, struct race_candidate *best,
	const struct race_candidate *candidate, uint64_t now, uint32_t *second)
{
	uint32_t reason;
	bool better = candidate_better(race, candidate, best, now, &reason);

	if (better)
		*best = *candidate;
	/* Of several that it was told from, the one that came nearest counts. */
	if (better || nearness(reason) > nearness(*second) || *second == MIF_REASON_LAST)
		*second = reason;
}

static bool candidate_best(const struct race *race, struct race_candidate *best, uint64_t now)
{
	struct overlap overlap;
	uint32_t reason = MIF_REASON_LAST;
	bool found = false;

	if (race->running == RACE_RUNNING || race->attempt_count == RACE_ATTEMPTS)
		return false;
	overlap_count(race, &overlap);
	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *domain = &race->domains[i];

		for (size_t j = 0; !domain->gone && j < domain->destination_count; j++) {
			const struct race_destination *destination = &domain->destinations[j];
			size_t family = destination->pair.destination.family == AF_INET6;
			struct race_candidate candidate = {.domain = i, .destination = j};

			if (destination->running || destination->dropped ||
				destination->source == destination->source_count)
				continue;
			candidate.doubtful = memory_is_doubtful(race->options.memory, domain->pvd,
				&destination->pair.destination, now);
			candidate.group = service_group(domain, destination->service);
			candidate.overlap = 10 * overlap.of_domain[i] + 10 * overlap.of_link[i] +
				10 * overlap.of_family[family] + 5 * overlap.of_both[i][family];
			if (found)
				candidate_weigh(race, best, &candidate, now, &reason);
			else
				*best = candidate;
			found = true;
		}
	}
	best->reason = reason;
	return found;
}

uint64_t race_choice(const struct race *race, struct race_candidate *candidate, uint64_t now)
{
	/* What is connected waits for others that run, not for more of them. */
	if (race->decision != TIME_FOREVER || !candidate_best(race, candidate, now))
		return TIME_FOREVER;
	return race->attempt_count > 0 ? race->next_start : opening(race, now);
}
