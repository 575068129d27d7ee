/* SPDX-License-Identifier: MIT */
/*
 * The blocks of dhcpcd that count. They are kept as octets and read anew whenever facts are put: a
 * report of each would be ten times as large.
 */
#include "source/dhcpcd-block.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/dhcpcd-stream.h"

void dhcpcd_blocks_init(struct dhcpcd_blocks *blocks)
{
	list_init(&blocks->list);
	blocks->count = 0;
}

static void block_remove(struct dhcpcd_blocks *blocks, struct dhcpcd_block *block)
{
	list_remove(&block->node);
	blocks->count--;
	free(block);
}

void dhcpcd_blocks_clear(struct dhcpcd_blocks *blocks)
{
	list_for_each_safe (node, &blocks->list)
		block_remove(blocks, container_of(node, struct dhcpcd_block, node));
}

static void block_forget(struct dhcpcd_blocks *blocks, const char *interface, uint32_t element)
{
	list_for_each_safe (node, &blocks->list) {
		struct dhcpcd_block *block = container_of(node, struct dhcpcd_block, node);

		if (block->element == element && strcmp(block->event.interface, interface) == 0)
			block_remove(blocks, block);
	}
}

/* The strings of a copy, to be freed, that environment looks into; or NULL. */
static char *environment_of(struct environment *environment, const char *octets, size_t size,
	char *strings[DHCPCD_STRINGS + 1])
{
	char *copy = malloc(size + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, octets, size);
	copy[size] = '\0';
	dhcpcd_block_cut(copy, size, strings);
	environment_init(environment, strings);
	return copy;
}

static int block_keep(
	struct dhcpcd_blocks *blocks, const struct dhcpcd_block *as, const char *octets)
{
	struct dhcpcd_block *block;

	if (as->ifindex == 0)
		return 0;
	if (blocks->count == DHCPCD_KEPT)
		return -ENOSPC;
	block = malloc(sizeof(*block) + as->size);
	if (block == NULL)
		return -ENOMEM;
	*block = *as;
	memcpy(block->octets, octets, as->size);
	list_append(&blocks->list, &block->node);
	blocks->count++;
	return 0;
}

int dhcpcd_blocks_take(struct dhcpcd_blocks *blocks, const char *octets, size_t size, bool old,
	const struct client_clock *clock)
{
	char *strings[DHCPCD_STRINGS + 1];
	struct environment environment;
	struct dhcpcd_block as = {.size = size, .old = old, .clock = *clock};
	_cleanup_(freep) char *copy = environment_of(&environment, octets, size, strings);
	int r;

	if (copy == NULL)
		return -ENOMEM;
	r = client_event_read(&as.event, &environment, 0, NULL);
	if (r < 0)
		return -EBADMSG;
	/* Reasons mean the same to us, whoever gives them: here it is dhcpcd. */
	as.event.client = CLIENT_DHCPCD;
	as.ifindex = if_nametoindex(as.event.interface);
	for (uint32_t element = 0; element < ARRAY_SIZE(as.event.say) && r == 0; element++) {
		as.element = element;
		if (as.event.say[element] == CLIENT_NOTHING)
			continue;
		block_forget(blocks, as.event.interface, element);
		if (as.event.say[element] == CLIENT_HOLDS)
			r = block_keep(blocks, &as, octets);
	}
	return r;
}

/* A lease that began nobody knows when: what it brought holds until dhcpcd says otherwise. */
static void report_without_times(struct report *report)
{
	size_t left = 0;

	for (size_t i = 0; i < report->count; i++) {
		struct report_item *item = &report->items[i];

		if (item->kind == REPORT_LEASE)
			continue;
		item->valid_until = TIME_FOREVER;
		report->items[left++] = *item;
	}
	report->count = left;
}

size_t dhcpcd_block_report(const struct dhcpcd_block *block, struct report *report)
{
	char *strings[DHCPCD_STRINGS + 1];
	struct environment environment;
	_cleanup_(freep) char *copy =
		environment_of(&environment, block->octets, block->size, strings);

	report->count = 0;
	if (copy == NULL)
		return 0;
	client_report(
		&block->event, block->element, block->ifindex, &environment, &block->clock, report);
	/* Advertisements say themselves how old they are. */
	if (block->old && block->element != MIF_ELEMENT_RA)
		report_without_times(report);
	return environment.complaint_count;
}
