/* SPDX-License-Identifier: MIT */
/*
 * Framing of dhcpcd's control protocol. Owns no descriptor: octets come in, blocks go out.
 */
#include "source/dhcpcd-stream.h"

#include <errno.h>
#include <string.h>

void dhcpcd_stream_init(struct dhcpcd_stream *stream, bool counted)
{
	stream->counted = stream->counting = counted;
	stream->left = stream->used = 0;
}

char *dhcpcd_stream_room(struct dhcpcd_stream *stream, size_t *size)
{
	*size = sizeof(stream->octets) - stream->used;
	return stream->octets + stream->used;
}

static void stream_drop(struct dhcpcd_stream *stream, size_t size)
{
	stream->used -= size;
	memmove(stream->octets, stream->octets + size, stream->used);
}

static bool stream_number(const struct dhcpcd_stream *stream, size_t *number)
{
	if (stream->used < sizeof(*number))
		return false;
	memcpy(number, stream->octets, sizeof(*number));
	return true;
}

int dhcpcd_stream_next(struct dhcpcd_stream *stream, const char **block, size_t *size)
{
	size_t number;

	if (stream->counting) {
		if (!stream_number(stream, &number))
			return 0;
		if (number > DHCPCD_BLOCKS)
			return -EBADMSG;
		stream->left = number;
		stream->counting = false;
		stream_drop(stream, sizeof(number));
	}
	if (stream->counted && stream->left == 0)
		return stream->used > 0 ? -EBADMSG : 0;
	if (!stream_number(stream, &number))
		return 0;
	if (number > DHCPCD_BLOCK)
		return -EBADMSG;
	if (stream->used < sizeof(number) + number)
		return 0;
	*block = stream->octets + sizeof(number);
	*size = number;
	return 1;
}

void dhcpcd_stream_skip(struct dhcpcd_stream *stream)
{
	size_t number = 0;

	stream_number(stream, &number);
	stream_drop(stream, sizeof(number) + number);
	if (stream->counted)
		stream->left--;
}

bool dhcpcd_stream_is_done(const struct dhcpcd_stream *stream)
{
	return stream->counted && !stream->counting && stream->left == 0;
}

void dhcpcd_block_cut(char *block, size_t size, char *strings[DHCPCD_STRINGS + 1])
{
	size_t count = 0;
	char *end;

	while (count < DHCPCD_STRINGS && size > 0 && (end = memchr(block, '\0', size)) != NULL) {
		strings[count++] = block;
		size -= (size_t)(end + 1 - block);
		block = end + 1;
	}
	strings[count] = NULL;
}
