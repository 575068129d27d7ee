/* SPDX-License-Identifier: MIT */
/*
 * Octets as a packet of messages, through the codec and through text. Whatever decodes is encoded
 * and decoded to the same again; its line of text is printable and reads back as the same message.
 * The input is taken for a line of text as well.
 *
 * An input is what a peer sends in one packet: messages, one after the other.
 */
#include "fuzz.h"

#include "message/message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Every octet of the longest message as \xHH, and the names of its fields. */
#define TEXT 4096

static bool same(const struct mif_message *a, const struct mif_message *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- octets ---- */

static void check_codec(const struct mif_message *message)
{
	uint8_t octets[MESSAGE_MAX], twice[MESSAGE_MAX];
	struct mif_message again;
	int length = message_encode(message, octets, sizeof(octets));
	size_t used;

	PROMISE(length >= MESSAGE_HEAD && length <= MESSAGE_MAX);
	PROMISE(message_decode(&again, octets, (size_t)length, &used) == 0);
	PROMISE(used == (size_t)length && same(message, &again));
	PROMISE(message_encode(&again, twice, sizeof(twice)) == length);
	PROMISE(memcmp(octets, twice, (size_t)length) == 0);
}

/* ---- text ---- */

/* What text cannot say: scopes beyond the largest index of a link, and a port without an address. */
static bool text_can_say(const struct mif_message *message, const struct message_info *info)
{
	for (size_t i = 0; i < info->count; i++) {
		const struct field_info *field = &info->fields[i];
		const struct mif_endpoint *endpoint =
			(const void *)((const char *)message + field->offset);

		if (field->type != FIELD_TYPE_ADDRESS && field->type != FIELD_TYPE_ENDPOINT)
			continue;
		if (endpoint->address.scope > INT32_MAX)
			return false;
		if (field->type == FIELD_TYPE_ENDPOINT && endpoint->address.family == AF_UNSPEC &&
			endpoint->port != 0)
			return false;
	}
	return true;
}

/* A buffer of any size holds the beginning of the text, and its end. */
static void check_cut(const struct mif_message *message, const char *text, size_t size)
{
	char *exact = malloc(size);
	int length;

	PROMISE(exact != NULL);
	length = message_format(message, false, exact, size);
	PROMISE(length == (int)strlen(text));
	PROMISE(strlen(exact) < size && strncmp(text, exact, strlen(exact)) == 0);
	free(exact);
}

static void check_text(const struct mif_message *message, size_t any)
{
	const struct message_info *info = message_info(message->type);
	struct mif_message again, expected = *message;
	char text[TEXT], error[256];
	int length = message_format(message, false, text, sizeof(text));

	PROMISE(length > 0 && length < TEXT && text[length] == '\0');
	for (int i = 0; i < length; i++)
		PROMISE(text[i] >= ' ' && text[i] < 0x7f);
	check_cut(message, text, 1 + any % TEXT);
	if (!text_can_say(message, info))
		return;
	expected.serial = 0;
	PROMISE(message_parse(&again, text, error) == 0);
	PROMISE(same(&expected, &again));
}

static void check_line(const uint8_t *octets, size_t size)
{
	struct mif_message message;
	char error[256];
	char *line = malloc(size + 1);

	PROMISE(line != NULL);
	memcpy(line, octets, size);
	line[size] = '\0';
	memset(error, 'x', sizeof(error));
	if (message_parse(&message, line, error) == 0) {
		check_codec(&message);
		check_text(&message, size);
	} else {
		PROMISE(memchr(error, '\0', sizeof(error)) != NULL);
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct mif_message message;
	size_t at = 0, used = 0;
	int r;

	check_line(octets, size);
	for (; at < size; at += used) {
		r = message_decode(&message, octets + at, size - at, &used);
		PROMISE(r == 0 || r == -EBADMSG || r == -ENOMSG);
		if (r == -EBADMSG)
			break;
		PROMISE(used >= MESSAGE_HEAD && used <= size - at);
		if (r == 0) {
			check_codec(&message);
			check_text(&message, size);
		}
	}
	return 0;
}
