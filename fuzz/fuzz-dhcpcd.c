/* SPDX-License-Identifier: MIT */
/*
 * Octets as what dhcpcd writes to a socket; the first one tells how it comes: in answer or unasked, and
 * in pieces of what size. Blocks become reports, whose items are of the block's link.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/dhcpcd-block.h"
#include "source/dhcpcd-stream.h"

#include <string.h>

static void check_blocks(const struct dhcpcd_blocks *blocks)
{
	static struct report report;
	size_t count = 0;

	list_for_each (node, &blocks->list) {
		const struct dhcpcd_block *block = container_of(node, struct dhcpcd_block, node);

		dhcpcd_block_report(block, &report);
		PROMISE(report.count <= REPORT_ITEMS && report.ifindex == block->ifindex);
		PROMISE(report.count == 0 || report.element == block->element);
		for (size_t i = 0; i < report.count; i++) {
			PROMISE(memchr(report.items[i].text, '\0', MIF_TEXT_SIZE) != NULL);
			PROMISE(!block->old || report.items[i].kind != REPORT_LEASE ||
				block->element == MIF_ELEMENT_RA);
		}
		count++;
	}
	PROMISE(count == blocks->count && count <= DHCPCD_KEPT);
}

/* Reads what has come. False: the connection is at its end. */
static bool stream_read(struct dhcpcd_stream *stream, struct dhcpcd_blocks *blocks)
{
	static const struct client_clock clock = {.now = NSEC_PER_SEC, .realtime = NSEC_PER_SEC};
	const char *block;
	size_t size;
	int r;

	while ((r = dhcpcd_stream_next(stream, &block, &size)) > 0) {
		PROMISE(size <= DHCPCD_BLOCK);
		dhcpcd_blocks_take(blocks, block, size, stream->counted, &clock);
		dhcpcd_stream_skip(stream);
	}
	return r == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static struct dhcpcd_stream stream;
	struct dhcpcd_blocks blocks;
	size_t piece = size > 0 ? 1 + octets[0] / 2U : 1;
	bool open = size > 0;

	dhcpcd_blocks_init(&blocks);
	dhcpcd_stream_init(&stream, size > 0 && octets[0] % 2 != 0);
	for (size_t at = 1; open && at < size;) {
		size_t room, part;
		char *to = dhcpcd_stream_room(&stream, &room);

		PROMISE(room > 0);
		part = MIN(MIN(piece, size - at), room);
		memcpy(to, octets + at, part);
		stream.used += part;
		at += part;
		open = stream_read(&stream, &blocks);
	}
	check_blocks(&blocks);
	dhcpcd_blocks_clear(&blocks);
	return 0;
}
