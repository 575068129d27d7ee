/* SPDX-License-Identifier: MIT */
/*
 * Writes the seeds that follow from the message table: for every message, one packet with all its
 * fields empty, one with all of them filled, and the latter as a line of text. Usage:
 *
 *	seed-message DIRECTORY
 */
#include "message/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* A value that no other field of the message has, and valid where the field has named values. */
static uint64_t number_fill(const struct field_info *field, size_t index)
{
	const struct values_info *values = field->values;

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

static int message_write(const char *directory, const struct message_info *info)
{
	struct mif_message message = {.type = info->type};
	uint8_t octets[MESSAGE_MAX];
	char text[4096];
	int length = message_encode(&message, octets, sizeof(octets));
	int r = seed_write(directory, info->name, "empty", octets, (size_t)length);

	message.tag = 7;
	message.serial = 9;
	for (size_t i = 0; i < info->count; i++)
		field_fill(&message, &info->fields[i], i);
	length = message_encode(&message, octets, sizeof(octets));
	if (r == 0 && info->count > 0)
		r = seed_write(directory, info->name, "full", octets, (size_t)length);
	length = message_format(&message, false, text, sizeof(text));
	if (r == 0 && info->count > 0)
		r = seed_write(directory, info->name, "text", text, (size_t)length);
	return r;
}

int main(int argc, char **argv)
{
	int r = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; r == 0 && i < message_table_size; i++)
		r = message_write(argv[1], &message_table[i]);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
	return r < 0;
}
