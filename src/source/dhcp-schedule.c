/* SPDX-License-Identifier: MIT */
/*
 * Whom to ask, without doing it: each family of a link once for every address to ask from, and whenever
 * the link comes up; of all links so many at a time. Those that were asked go to the end of the list, so
 * that repetitions do not keep others waiting.
 */
#include "source/dhcp-schedule.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

void dhcp_schedule_init(struct dhcp_schedule *schedule)
{
	*schedule = (struct dhcp_schedule){.ask_at = TIME_FOREVER};
}

/* DHCPv6 has 24 bits for it. */
static uint32_t transaction_new(struct dhcp_schedule *schedule, unsigned int index)
{
	return random_block_next(&schedule->random) >> (index == dhcp_index(AF_INET6) ? 8 : 0);
}

static void ask_begin(
	struct dhcp_schedule *schedule, struct dhcp_link *link, unsigned int index, uint64_t now)
{
	dhcp_ask_begin(&link->ask[index], transaction_new(schedule, index),
		random_block_next(&schedule->random), now);
}

/* Whether what the server told of the last address holds for this one as well. */
static bool is_answered(const struct dhcp_link *link, const struct dhcp_address *asker)
{
	const struct mif_address *last = &link->asker[dhcp_index(AF_INET)];

	return asker->address.family == AF_INET && last->family == AF_INET && !link->came_up &&
		link->ask[dhcp_index(AF_INET)].answers > 0 &&
		address_in_prefix(&asker->address, last, asker->length);
}

void dhcp_schedule_look(struct dhcp_schedule *schedule, struct dhcp_link *link, uint64_t now)
{
	static const uint32_t families[2] = {AF_INET, AF_INET6};

	for (unsigned int i = 0; i < 2; i++) {
		const struct dhcp_address *asker = dhcp_link_asker(link, families[i]);
		bool same = asker != NULL && address_equal(&asker->address, &link->asker[i]);

		if (same && !link->came_up)
			continue;
		if (asker == NULL)
			dhcp_ask_end(&link->ask[i]);
		else if (is_answered(link, asker))
			dhcp_link_move_answer(link, &asker->address);
		else
			ask_begin(schedule, link, i, now);
		link->asker[i] = asker != NULL ? asker->address : (struct mif_address){0};
	}
	link->came_up = false;
	dhcp_schedule_heard(schedule, link);
}

void dhcp_schedule_heard(struct dhcp_schedule *schedule, const struct dhcp_link *link)
{
	schedule->ask_at = MIN(schedule->ask_at, MIN(link->ask[0].next, link->ask[1].next));
}

/* Whether it is to be sent now: what rested begins anew, a little later. */
static bool is_due(
	struct dhcp_schedule *schedule, struct dhcp_link *link, unsigned int index, uint64_t now)
{
	if (link->ask[index].next <= now && link->ask[index].resting)
		ask_begin(schedule, link, index, now);
	return link->ask[index].next <= now;
}

/* All links for each question that is due: seldom is one, and never sooner than the pace allows. */
size_t dhcp_schedule_due(struct dhcp_schedule *schedule, struct dhcp_links *links,
	struct dhcp_due due[DHCP_TURN], uint64_t now)
{
	size_t count = 0;

	if (dhcp_schedule_deadline(schedule) > now)
		return 0;
	if (schedule->pace_until <= now) {
		schedule->pace_until = now + DHCP_PACE;
		schedule->left = DHCP_TURN;
	}
	schedule->ask_at = TIME_FOREVER;
	list_for_each (node, &links->links) {
		struct dhcp_link *link = container_of(node, struct dhcp_link, node);

		for (unsigned int i = 0; i < 2; i++) {
			if (count < schedule->left && is_due(schedule, link, i, now))
				due[count++] = (struct dhcp_due){.link = link, .index = i};
			else
				schedule->ask_at = MIN(schedule->ask_at, link->ask[i].next);
		}
	}
	for (size_t i = 0; i < count; i++) {
		list_remove(&due[i].link->node);
		list_append(&links->links, &due[i].link->node);
	}
	schedule->left -= count;
	return count;
}

void dhcp_schedule_sent(
	struct dhcp_schedule *schedule, const struct dhcp_due *due, bool sent, uint64_t now)
{
	dhcp_ask_sent(&due->link->ask[due->index], sent, random_block_next(&schedule->random), now);
	dhcp_schedule_heard(schedule, due->link);
}

uint64_t dhcp_schedule_deadline(const struct dhcp_schedule *schedule)
{
	return schedule->left > 0 ? schedule->ask_at : MAX(schedule->ask_at, schedule->pace_until);
}
