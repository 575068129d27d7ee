/* SPDX-License-Identifier: MIT */
/*
 * Messages as octets: one loop over the fields of the table, one switch over their types. Nothing
 * else in the project knows what a message looks like on a socket.
 */
#include "message/message.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cursor.h"

static void address_write(struct writer *writer, const struct mif_address *address)
{
	writer_number(writer,
		address->family == AF_INET	      ? 4
			: address->family == AF_INET6 ? 6
						      : 0,
		1);
	writer_number(writer, address->scope, 4);
	writer_octets(writer, address->octets, 16);
}

/* What the family does not use must be 0, so that equal addresses are equal octets. */
static struct mif_address address_read(struct reader *reader)
{
	static const uint8_t zero[16];
	struct mif_address address = {0};
	uint8_t family = reader_u8(reader);
	size_t used = family == 4 ? 4 : family == 6 ? 16 : 0;

	address.family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
	address.scope = reader_u32(reader);
	reader_copy(reader, address.octets, 16);
	if ((family != 0 && used == 0) || (family != 6 && address.scope != 0) ||
		memcmp(address.octets + used, zero, 16 - used) != 0)
		reader->failed = true;
	return address;
}

static void text_write(struct writer *writer, const char *text)
{
	size_t length = strnlen(text, MIF_TEXT_SIZE);

	if (length == MIF_TEXT_SIZE) {
		writer->failed = true;
		return;
	}
	writer_number(writer, length, 1);
	writer_octets(writer, text, length);
}

static void text_read(struct reader *reader, char *text)
{
	size_t length = reader_u8(reader);

	reader_copy(reader, text, length);
	if (memchr(text, '\0', length) != NULL)
		reader->failed = true;
	text[length] = '\0';
}

static void field_write(struct writer *writer, const struct field_info *field, const void *value)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	const struct mif_endpoint *endpoint = value;

	switch (field->type) {
	case FIELD_TYPE_U16:
		memcpy(&u16, value, sizeof(u16));
		writer_number(writer, u16, 2);
		break;
	case FIELD_TYPE_U32:
		memcpy(&u32, value, sizeof(u32));
		writer_number(writer, u32, 4);
		break;
	case FIELD_TYPE_U64:
		memcpy(&u64, value, sizeof(u64));
		writer_number(writer, u64, 8);
		break;
	case FIELD_TYPE_ADDRESS:
		address_write(writer, value);
		break;
	case FIELD_TYPE_ENDPOINT:
		address_write(writer, &endpoint->address);
		writer_number(writer, endpoint->port, 2);
		break;
	case FIELD_TYPE_TEXT:
		text_write(writer, value);
		break;
	case FIELD_TYPE_FD:
		break;
	}
}

static void field_read(struct reader *reader, const struct field_info *field, void *value)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	struct mif_endpoint endpoint = {0};

	switch (field->type) {
	case FIELD_TYPE_U16:
		u16 = reader_u16(reader);
		memcpy(value, &u16, sizeof(u16));
		break;
	case FIELD_TYPE_U32:
		u32 = reader_u32(reader);
		memcpy(value, &u32, sizeof(u32));
		break;
	case FIELD_TYPE_U64:
		u64 = reader_u64(reader);
		memcpy(value, &u64, sizeof(u64));
		break;
	case FIELD_TYPE_ADDRESS:
		endpoint.address = address_read(reader);
		memcpy(value, &endpoint.address, sizeof(endpoint.address));
		break;
	case FIELD_TYPE_ENDPOINT:
		endpoint.address = address_read(reader);
		endpoint.port = reader_u16(reader);
		memcpy(value, &endpoint, sizeof(endpoint));
		break;
	case FIELD_TYPE_TEXT:
		text_read(reader, value);
		break;
	case FIELD_TYPE_FD:
		memcpy(value, &(int){-1}, sizeof(int));
		break;
	}
}

int message_encode(const struct mif_message *message, void *octets, size_t size)
{
	const struct message_info *info = message_info(message->type);
	struct writer writer = writer_of(octets, size);
	uint8_t *length_at = writer_take(&writer, 2);
	const char *base = (const char *)message;

	if (info == NULL)
		return -EINVAL;
	writer_number(&writer, message->type, 2);
	writer_number(&writer, message->tag, 4);
	writer_number(&writer, message->serial, 4);
	for (size_t i = 0; i < info->count; i++) {
		const struct field_info *field = &info->fields[i];

		if (field->type == FIELD_TYPE_TEXT &&
			strnlen(base + field->offset, MIF_TEXT_SIZE) == MIF_TEXT_SIZE)
			return -EINVAL;
		field_write(&writer, field, base + field->offset);
	}
	if (writer.failed)
		return -ENOBUFS;

	size_t length = (size_t)(writer.at - (uint8_t *)octets);
	struct writer head = writer_of(length_at, 2);

	writer_number(&head, length, 2);
	return (int)length;
}

int message_decode(struct mif_message *message, const void *octets, size_t size, size_t *length)
{
	struct reader reader = reader_of(octets, size);
	size_t total = reader_u16(&reader);
	char *base = (char *)message;

	if (total < MESSAGE_HEAD || total > size)
		return -EBADMSG;
	reader = reader_of((const uint8_t *)octets + 2, total - 2);
	memset(message, 0, sizeof(*message));
	message->type = reader_u16(&reader);
	message->tag = reader_u32(&reader);
	message->serial = reader_u32(&reader);
	*length = total;

	const struct message_info *info = message_info(message->type);

	if (info == NULL)
		return -ENOMSG;
	for (size_t i = 0; i < info->count; i++) {
		const struct field_info *field = &info->fields[i];

		/* An older peer sends fewer fields: whole ones, from the first. A descriptor has no
		 * octets and is never missing. */
		if (field->type != FIELD_TYPE_FD && reader_left(&reader) == 0)
			continue;
		field_read(&reader, field, base + field->offset);
	}
	return reader.failed ? -EBADMSG : 0;
}

int *message_fd(struct mif_message *message)
{
	const struct message_info *info = message_info(message->type);

	if (info == NULL || info->fd_offset == 0)
		return NULL;
	return (int *)(void *)((char *)message + info->fd_offset);
}
