/* SPDX-License-Identifier: MIT */
/*
 * Writes the seeds that follow from the message table, so that every message is there:
 *
 *	seed message DIRECTORY	one packet with all fields empty, one with all of them filled, and
 *				the latter as a line of text
 *	seed requests DIRECTORY	a small story (requests.h) around a packet with all fields filled
 */
#include "message/message.h"
#include "requests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"

/* A value that no other field of the message has, but valid where the field has named values, and
 * that of the first interface and the first domain of an engine where it means those. */
static uint64_t number_fill(const struct field_info *field, size_t index)
{
	const struct values_info *values = field->values;

	if (strcmp(field->name, "interface") == 0 || strcmp(field->name, "version") == 0)
		return 1;
	if (strcmp(field->name, "pvd") == 0)
		return 2;
	return values->count > 0 ? values->values[index % values->count].number : 1 + index;
}

static void field_fill(struct mif_message *message, const struct field_info *field, size_t index)
{
	char *value = (char *)message + field->offset;
	struct mif_endpoint endpoint = {
		.address = {.family = AF_INET6, .octets = {0xfe, 0x80, [15] = 1}, .scope = 2},
		.port = 443};
	uint64_t number = number_fill(field, index);

	if (index % 2 == 1)
		endpoint.address = (struct mif_address){
			.family = AF_INET, .octets = {192, 0, 2, (uint8_t)(1 + index)}};
	switch (field->type) {
	case FIELD_TYPE_U16:
		memcpy(value, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
		break;
	case FIELD_TYPE_U32:
		memcpy(value, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
		break;
	case FIELD_TYPE_U64:
		memcpy(value, &number, sizeof(number));
		break;
	case FIELD_TYPE_ADDRESS:
		memcpy(value, &endpoint.address, sizeof(endpoint.address));
		break;
	case FIELD_TYPE_ENDPOINT:
		memcpy(value, &endpoint, sizeof(endpoint));
		break;
	case FIELD_TYPE_TEXT:
		strcpy(value, "w\303\266rld \"example\".");
		break;
	case FIELD_TYPE_FD:
		memcpy(value, &(int){-1}, sizeof(int));
		break;
	}
}

static int seed_write(
	const char *directory, const char *name, const char *end, const void *octets, size_t size)
{
	char path[4096];
	FILE *file;
	size_t written;

	snprintf(path, sizeof(path), "%s/%s-%s", directory, name, end);
	file = fopen(path, "wb");
	if (file == NULL)
		return -errno;
	written = fwrite(octets, 1, size, file);
	return fclose(file) == 0 && written == size ? 0 : -EIO;
}

static struct mif_message message_full(const struct message_info *info)
{
	struct mif_message message = {.type = info->type, .tag = 7, .serial = 9};

	for (size_t i = 0; i < info->count; i++)
		field_fill(&message, &info->fields[i], i);
	return message;
}

/* ---- packets, and lines of text ---- */

static int packets_write(const char *directory, const struct message_info *info)
{
	struct mif_message message = {.type = info->type};
	uint8_t octets[MESSAGE_MAX];
	char text[4096];
	int length = message_encode(&message, octets, sizeof(octets));
	int r = seed_write(directory, info->name, "empty", octets, (size_t)length);

	message = message_full(info);
	length = message_encode(&message, octets, sizeof(octets));
	if (r == 0 && info->count > 0)
		r = seed_write(directory, info->name, "full", octets, (size_t)length);
	length = message_format(&message, false, text, sizeof(text));
	if (r == 0 && info->count > 0)
		r = seed_write(directory, info->name, "text", text, (size_t)length);
	return r;
}

/* ---- stories ---- */

#define CLIENT(which, step) ((uint8_t)((which)*16 + (step)))

/* Places in the table of facts of house.c: a link with one router, its prefix, an address each. */
static const uint8_t beginning[] = {STEP_PUT, 0, STEP_PUT, 6, STEP_PUT, 12, STEP_PUT, 16, STEP_PUT,
	20, STEP_PUT, 25, STEP_PUT, 28, STEP_TURN};

/* The request is made a second time, then the router goes, time passes, and the link goes. */
static const uint8_t end[] = {CLIENT(0, STEP_REPEAT), 0, STEP_TURN, CLIENT(0, STEP_READ), 9,
	STEP_NAMES, 0, 0, STEP_TURN, STEP_DROP, 6, STEP_TURN, STEP_TIME, 30, STEP_NAMES, 0, 1,
	STEP_TURN, CLIENT(0, STEP_SEND), STEP_DROP, 0, STEP_TURN, CLIENT(0, STEP_READ), 9};

/* A strict client makes the same request. */
static int story_write(const char *directory, const struct message_info *info)
{
	struct mif_message message = message_full(info);
	uint8_t octets[MESSAGE_MAX], story[2048];
	struct writer writer = writer_of(story, sizeof(story));
	int length = message_encode(&message, octets, sizeof(octets));

	writer_octets(&writer, beginning, sizeof(beginning));
	for (uint8_t client = 0; client < 2; client++) {
		writer_number(&writer, CLIENT(client, STEP_GREET), 1);
		writer_number(&writer, client, 1);
		writer_number(&writer, CLIENT(client, STEP_MESSAGE), 1);
		writer_number(&writer, (uint64_t)(info - message_table), 1);
		writer_number(&writer, message.tag, 1);
		writer_number(&writer, (uint64_t)length - MESSAGE_HEAD, 1);
		writer_octets(&writer, octets + MESSAGE_HEAD, (size_t)length - MESSAGE_HEAD);
	}
	writer_number(&writer, CLIENT(1, STEP_SEND), 1);
	writer_octets(&writer, end, sizeof(end));
	return seed_write(directory, info->name, "story", story, (size_t)(writer.at - story));
}

int main(int argc, char **argv)
{
	int (*write)(const char *directory, const struct message_info *info) = NULL;
	int r = 0;

	if (argc == 3 && strcmp(argv[1], "message") == 0)
		write = packets_write;
	else if (argc == 3 && strcmp(argv[1], "requests") == 0)
		write = story_write;
	if (write == NULL) {
		fprintf(stderr, "usage: %s message|requests DIRECTORY\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; r == 0 && i < message_table_size; i++)
		r = write(argv[2], &message_table[i]);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[2], strerror(-r));
	return r < 0;
}
