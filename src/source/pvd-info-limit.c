/* SPDX-License-Identifier: MIT */
/*
 * The limits of additional information, link by link. What is remembered of a domain's name outlives
 * the domain, so that a router which advertises it on and off gains nothing.
 */
#include "source/pvd-info-limit.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

static struct pvd_info_link *link_find(const struct pvd_info_limit *limit, uint32_t ifindex)
{
	for (size_t i = 0; i < PVD_INFO_LINKS; i++) {
		if (limit->links[i].ifindex == ifindex)
			return (struct pvd_info_link *)&limit->links[i];
	}
	return NULL;
}

static bool time_is_over(uint64_t since, uint64_t now)
{
	return since == 0 || now >= since + PVD_INFO_INTERVAL;
}

/* One on which nothing happened that still counts. */
static bool link_is_idle(const struct pvd_info_link *link, uint64_t now)
{
	bool idle = link->failures == 0;

	for (size_t i = 0; i < PVD_INFO_BURST; i++)
		idle = idle && time_is_over(link->asked[i], now);
	return idle;
}

/* The link's place, or one that it could have; NULL: too many links. */
static struct pvd_info_link *link_place(
	const struct pvd_info_limit *limit, uint32_t ifindex, uint64_t now)
{
	struct pvd_info_link *link = link_find(limit, ifindex);

	for (size_t i = 0; link == NULL && i < PVD_INFO_LINKS; i++) {
		if (limit->links[i].ifindex == 0 || link_is_idle(&limit->links[i], now))
			link = (struct pvd_info_link *)&limit->links[i];
	}
	return link;
}

static struct pvd_info_name *name_find(const struct pvd_info_link *link, const char *name)
{
	for (size_t i = 0; i < PVD_INFO_NAMES; i++) {
		if (strcmp(link->names[i].name, name) == 0)
			return (struct pvd_info_name *)&link->names[i];
	}
	return NULL;
}

static struct pvd_info_name *name_place(
	const struct pvd_info_link *link, const char *name, uint64_t now)
{
	struct pvd_info_name *place = name_find(link, name);

	for (size_t i = 0; place == NULL && i < PVD_INFO_NAMES; i++) {
		if (!link->names[i].failed && time_is_over(link->names[i].asked, now))
			place = (struct pvd_info_name *)&link->names[i];
	}
	return place;
}

uint64_t pvd_info_limit_burst(const struct pvd_info_limit *limit, uint32_t ifindex, uint64_t now)
{
	const struct pvd_info_link *link = link_find(limit, ifindex);
	uint64_t oldest = link != NULL ? link->asked[link->oldest] : 0;

	if (link != NULL && link->failures >= PVD_INFO_FAILURES)
		return TIME_FOREVER;
	return time_is_over(oldest, now) ? now : oldest + PVD_INFO_INTERVAL;
}

uint64_t pvd_info_limit_earliest(
	const struct pvd_info_limit *limit, uint32_t ifindex, const char *name, uint64_t now)
{
	const struct pvd_info_link *link = link_find(limit, ifindex);
	const struct pvd_info_name *known;
	uint64_t earliest = pvd_info_limit_burst(limit, ifindex, now);

	if (link == NULL)
		return link_place(limit, ifindex, now) != NULL ? now : now + PVD_INFO_INTERVAL;
	known = name_find(link, name);
	if (known == NULL)
		return name_place(link, name, now) != NULL ? earliest
							   : MAX(earliest, now + PVD_INFO_INTERVAL);
	if (known->failed)
		return TIME_FOREVER;
	if (!time_is_over(known->asked, now))
		earliest = MAX(earliest, known->asked + PVD_INFO_INTERVAL);
	return earliest;
}

void pvd_info_limit_spend(
	struct pvd_info_limit *limit, uint32_t ifindex, const char *name, uint64_t now)
{
	struct pvd_info_link *link = link_place(limit, ifindex, now);
	struct pvd_info_name *place;

	if (link == NULL)
		return;
	if (link->ifindex != ifindex)
		*link = (struct pvd_info_link){.ifindex = ifindex};
	link->asked[link->oldest] = now;
	link->oldest = (link->oldest + 1) % PVD_INFO_BURST;
	place = name_place(link, name, now);
	if (place == NULL)
		return;
	strcpy(place->name, name);
	place->asked = now;
}

void pvd_info_limit_failed(struct pvd_info_limit *limit, uint32_t ifindex, const char *name)
{
	struct pvd_info_link *link = link_find(limit, ifindex);
	struct pvd_info_name *known = link != NULL ? name_find(link, name) : NULL;

	if (link != NULL)
		link->failures++;
	if (known != NULL)
		known->failed = true;
}

void pvd_info_limit_attached(struct pvd_info_limit *limit, uint32_t ifindex)
{
	struct pvd_info_link *link = link_find(limit, ifindex);

	if (link == NULL)
		return;
	link->failures = 0;
	/* Not the times: a carrier that comes and goes is no reason to ask more often. */
	for (size_t i = 0; i < PVD_INFO_NAMES; i++)
		link->names[i].failed = false;
}
