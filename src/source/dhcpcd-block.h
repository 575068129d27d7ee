/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "hook/client.h"

/*
 * What dhcpcd has said last of each interface and protocol, as it said it: every block says all that
 * holds of both, so the last ones together are what it knows now.
 */
#define DHCPCD_KEPT 768 /* blocks; three for each interface */

struct dhcpcd_block {
	struct list node;
	struct client_event event;
	uint32_t element;
	uint32_t ifindex;
	bool old; /* not news: it was there when we asked, nobody knows how long */
	struct client_clock clock; /* when it came */
	size_t size;
	char octets[];
};

struct dhcpcd_blocks {
	struct list list;
	size_t count;
};

void dhcpcd_blocks_init(struct dhcpcd_blocks *blocks);
void dhcpcd_blocks_clear(struct dhcpcd_blocks *blocks);

/* Takes a block that has come. 0; -EBADMSG: it says nothing that is known; -ENOSPC; -ENOMEM. */
int dhcpcd_blocks_take(struct dhcpcd_blocks *blocks, const char *octets, size_t size, bool old,
	const struct client_clock *clock);

/* What a block says, and how much of it is wrong. */
size_t dhcpcd_block_report(const struct dhcpcd_block *block, struct report *report);
