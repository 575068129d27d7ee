/* SPDX-License-Identifier: MIT */
/*
 * When a link leads nowhere any more: when what its last domain was given ends, and nobody renews it. That
 * is seen from the facts whenever the picture of the link is made, and at the moment from which on no
 * renewal is to be expected; whoever must know hears of it as of any other cause (departure.c).
 *
 * A lease is asked for again when 7/8 of it are over at the latest (RFC 2131 section 4.4.5, RFC 8415
 * section 14.2 with the usual T2), and a router advertises three times in its lifetime (RFC 4861 section
 * 6.2.1): in the last eighth of either there is no renewal in sight.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/state.h"

#define LAST_PART 8

/* A client takes the address away soon after its lease has ended. One that stays longer stays: it is
 * there. */
#define GRACE (10 * NSEC_PER_SEC)

/* Of those domains that lead further, if there are any: a link whose routers have all gone leads nowhere,
 * whatever addresses are left on it. TIME_FOREVER: none of them ends. *count: of how many. */
static uint64_t domains_end(
	const struct model_link *link, const struct domain *domains, size_t count, size_t *counted)
{
	uint64_t end = 0;

	*counted = 0;
	for (size_t i = 0; i < count; i++) {
		const struct domain *domain = &domains[i];

		if (domain->key.family == AF_UNSPEC || (link->routed && domain->routers_until == 0))
			continue;
		++*counted;
		end = MAX(end,
			domain->routers_until == 0
				? domain->addresses_until
				: MIN(domain->addresses_until, domain->routers_until));
	}
	return *counted > 0 ? end : TIME_FOREVER;
}

static void routers_note(struct model_link *link, const struct domain *domains, size_t count)
{
	if (count == 0)
		link->routed = link->advertised = false;
	for (size_t i = 0; i < count; i++) {
		link->routed |= domains[i].routers_until != 0;
		link->advertised |= domains[i].advertised;
	}
}

/* From when on it is about to end; TIME_FOREVER: never. */
static uint64_t notice_at(const struct model *model, const struct model_link *link)
{
	if (link->ends == TIME_FOREVER || model->notice == 0)
		return TIME_FOREVER;
	return link->ends - MIN(model->notice, link->ends_after / LAST_PART);
}

/* What was told to end has just ended. */
static bool is_over(const struct model_link *link, uint64_t now)
{
	return link->ending && link->ends <= now && now < link->ends + GRACE;
}

bool ending_judge(const struct model *model, struct model_link *link, const struct domain *domains,
	size_t count, uint64_t now)
{
	bool was = link->ending, moved;
	uint64_t end;
	size_t counted;

	routers_note(link, domains, count);
	if ((link_fact(link)->as.link.flags & MIF_INTERFACE_UP) == 0) {
		link->ends = TIME_FOREVER;
		link->ending = false;
		return was;
	}
	end = domains_end(link, domains, count, &counted);
	/* What has ended, as it was told, is over when there is something else. */
	if (counted == 0 || (end == TIME_FOREVER && is_over(link, now)))
		return false;
	moved = !lifetime_is_same(end, link->ends);
	if (moved) {
		link->ends = end;
		link->ends_after = end > now ? end - now : 0;
	}
	link->ending = notice_at(model, link) <= now;
	return link->ending != was || (link->ending && moved);
}

uint64_t ending_deadline(const struct model *model, const struct model_link *link, uint64_t now)
{
	uint64_t at = link->interface != NULL ? notice_at(model, link) : TIME_FOREVER;

	if (at > now)
		return at;
	return is_over(link, now) ? link->ends + GRACE : TIME_FOREVER;
}
