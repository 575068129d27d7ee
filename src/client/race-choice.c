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

bool race_domain_pending(const struct race_domain *domain)
{
	return !domain->gone && (domain->families & ~domain->answered) != 0;
}

/*
 * Whether an IPv6 domain of the same link has yet to answer. Where a host has both families on one
 * link they are two domains, and RFC 8305 section 3 wants the IPv4 one to wait.
 */
static bool ipv6_pending_beside(const struct race *race, const struct race_domain *domain)
{
	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *other = &race->domains[i];

		if (other->ifindex == domain->ifindex && other->rank == domain->rank &&
			race_domain_pending(other) && other->prefer_ipv6 &&
			(other->families & ~other->answered & RACE_IPV6) != 0)
			return true;
	}
	return false;
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
	return domain->positive + (waits ? race->options.resolution_delay : 0);
}

/* When the first attempt may begin, so far as the domains' answers say. */
static uint64_t opening(const struct race *race)
{
	uint32_t best = UINT32_MAX;
	uint64_t ready = TIME_FOREVER;

	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *domain = &race->domains[i];

		if (race_domain_pending(domain) || (!domain->gone && domain->destination_count > 0))
			best = MIN(best, domain->rank);
	}
	for (size_t i = 0; i < race->domain_count; i++) {
		const struct race_domain *domain = &race->domains[i];

		if (!domain->gone && domain->rank == best)
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

/*
 * Any single cause of failure, a domain, a link or a family, is passed by after one delay: what
 * differs most from all that was tried goes next. With two equal domains A and B that have both
 * families: A6, B4, A4, B6; the same where each family is a domain of its own, on the links A and B.
 * This is the interleaving of RFC 8305 section 4 over two dimensions.
 */
static bool candidate_better(
	const struct race *race, const struct race_candidate *a, const struct race_candidate *b)
{
	const struct race_domain *domain_a = &race->domains[a->domain];
	const struct race_domain *domain_b = &race->domains[b->domain];

	if (domain_a->rank != domain_b->rank)
		return domain_a->rank < domain_b->rank;
	if (a->overlap != b->overlap)
		return a->overlap < b->overlap;

	bool ipv6_a = preferred_family(domain_a) == RACE_IPV6;
	bool ipv6_b = preferred_family(domain_b) == RACE_IPV6;

	if (ipv6_a != ipv6_b)
		return ipv6_a;
	if (a->domain != b->domain)
		return a->domain < b->domain;

	const struct select_pair *pair_a = &domain_a->destinations[a->destination].pair;
	const struct select_pair *pair_b = &domain_b->destinations[b->destination].pair;

	/* RFC 6724 section 6 rule 1, so far as is known: without its router IPv6 is doubtful. */
	if (!ipv6_a && pair_a->destination.family != pair_b->destination.family)
		return pair_a->destination.family == AF_INET;
	return select_compare(pair_a, pair_b) < 0;
}

static bool candidate_best(const struct race *race, struct race_candidate *best)
{
	struct overlap overlap;
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

			if (destination->running ||
				destination->source == destination->source_count)
				continue;
			candidate.overlap = 10 * overlap.of_domain[i] + 10 * overlap.of_link[i] +
				10 * overlap.of_family[family] + 5 * overlap.of_both[i][family];
			if (!found || candidate_better(race, &candidate, best))
				*best = candidate;
			found = true;
		}
	}
	return found;
}

uint64_t race_choice(const struct race *race, struct race_candidate *candidate)
{
	if (!candidate_best(race, candidate))
		return TIME_FOREVER;
	return race->attempt_count > 0 ? race->next_start : opening(race);
}
