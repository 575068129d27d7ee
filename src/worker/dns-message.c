/* SPDX-License-Identifier: MIT */
/*
 * DNS messages as octets (RFC 1035 section 4): questions are written, and what any kind of server
 * says (DNS, LLMNR, multicast DNS) is read record by record. No state; what the records mean is
 * decided in answer.c.
 */
#include "worker/dns-message.h"

#include <errno.h>

#define LABEL_MAX 63
#define POINTER 0xc0
#define HEADER_OCTETS 12

static uint8_t lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet - 'A' + 'a') : octet;
}

/* ---- names ---- */

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	return a->size == b->size && memcmp(a->octets, b->octets, a->size) == 0;
}

static int append_label(struct dns_name *name, const void *label, size_t size)
{
	const uint8_t *octets = label;

	if (size > LABEL_MAX || name->size + 1 + size > DNS_NAME_OCTETS)
		return -EINVAL;
	name->octets[name->size++] = (uint8_t)size;
	for (size_t i = 0; i < size; i++)
		name->octets[name->size++] = lower(octets[i]);
	return 0;
}

/* With the root label, behind labels. */
static int append_name(struct dns_name *name, const struct dns_name *end)
{
	if (name->size + end->size > DNS_NAME_OCTETS)
		return -EBADMSG;
	memcpy(name->octets + name->size, end->octets, end->size);
	name->size = (uint8_t)(name->size + end->size);
	return 0;
}

int dns_name_parse(struct dns_name *name, const char *text)
{
	struct dns_name parsed = {0};
	size_t length = strlen(text);

	if (length > 0 && text[length - 1] == '.')
		length--;
	for (const char *end = text + length; text < end; text++) {
		const char *dot = memchr(text, '.', (size_t)(end - text));
		size_t size = (size_t)((dot == NULL ? end : dot) - text);

		if (size == 0 || append_label(&parsed, text, size) < 0)
			return -EINVAL;
		text += size;
	}
	if (parsed.size == 0 || append_label(&parsed, "", 0) < 0)
		return -EINVAL;
	*name = parsed;
	return 0;
}

bool dns_name_is(const struct dns_name *name, const char *text)
{
	struct reader reader = reader_of(name->octets, name->size);
	uint8_t length = reader_u8(&reader);

	while (length > 0) {
		const uint8_t *label = reader_take(&reader, length);

		if (label == NULL || strncmp(text, (const char *)label, length) != 0 ||
			memchr(label, '.', length) != NULL || memchr(label, '\0', length) != NULL)
			return false;
		text += length;
		length = reader_u8(&reader);
		if (*text != (length > 0 ? '.' : '\0'))
			return false;
		text += length > 0;
	}
	return name->size > 1;
}

static bool is_host_octet(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' ||
		octet == '_';
}

int dns_name_format(const struct dns_name *name, char *text, size_t size)
{
	struct reader reader = reader_of(name->octets, name->size);
	struct writer writer = writer_of(text, size);
	uint8_t length = reader_u8(&reader);

	if (length == 0)
		return -EINVAL;
	while (length > 0) {
		for (; length > 0; length--) {
			uint8_t octet = reader_u8(&reader);

			if (!is_host_octet(octet))
				return -EINVAL;
			writer_number(&writer, octet, 1);
		}
		length = reader_u8(&reader);
		writer_number(&writer, length > 0 ? '.' : '\0', 1);
	}
	return writer.failed ? -EINVAL : 0;
}

/* ASCII letters in lower case. A pointer must lead to before the labels that led to it, so that there is an end. */
int dns_read_name(const struct dns_message *message, struct reader *reader, struct dns_name *name)
{
	struct reader at = *reader;
	const uint8_t *before = reader->at;
	bool jumped = false;

	name->size = 0;
	for (;;) {
		uint8_t size = reader_u8(&at);

		if ((size & POINTER) == POINTER) {
			size_t offset = (size_t)(size & ~POINTER) << 8 | reader_u8(&at);

			if (!jumped)
				*reader = at;
			jumped = true;
			if (at.failed || offset >= (size_t)(before - message->whole.at))
				return -EBADMSG;
			/* Most owners are the question's name, which was read before. */
			if (offset == HEADER_OCTETS && message->question.name.size > 0)
				return append_name(name, &message->question.name);
			at = message->whole;
			reader_take(&at, offset);
			before = at.at;
			continue;
		}

		const uint8_t *label = reader_take(&at, size);

		if (at.failed || append_label(name, label, size) < 0)
			return -EBADMSG;
		if (size == 0)
			break;
	}
	if (!jumped)
		*reader = at;
	return 0;
}

/* ---- questions ---- */

size_t dns_ask(void *octets, size_t size, const struct dns_question *question, uint16_t id,
	uint16_t flags, uint16_t payload)
{
	struct writer writer = writer_of(octets, size);

	writer_number(&writer, id, 2);
	writer_number(&writer, flags, 2);
	writer_number(&writer, 1, 2);
	writer_number(&writer, 0, 4);
	writer_number(&writer, payload > 0 ? 1 : 0, 2);
	writer_octets(&writer, question->name.octets, question->name.size);
	writer_number(&writer, question->type, 2);
	writer_number(&writer, question->class, 2);
	if (payload > 0) {
		writer_number(&writer, 0, 1);
		writer_number(&writer, DNS_OPT, 2);
		writer_number(&writer, payload, 2);
		writer_number(&writer, 0, 6);
	}
	return (size_t)(writer.at - (uint8_t *)octets);
}

/* ---- what is read ---- */

int dns_open(struct dns_message *message, const void *octets, size_t size)
{
	struct reader reader = reader_of(octets, size);
	uint16_t questions;

	*message = (struct dns_message){.whole = reader, .class_mask = UINT16_MAX};
	message->id = reader_u16(&reader);
	message->flags = reader_u16(&reader);
	questions = reader_u16(&reader);
	for (unsigned int i = 0; i < DNS_SECTIONS; i++)
		message->left[i] = reader_u16(&reader);
	if (reader.failed || questions > 1)
		return -EBADMSG;
	if (questions == 1) {
		if (dns_read_name(message, &reader, &message->question.name) < 0)
			return -EBADMSG;
		message->question.type = reader_u16(&reader);
		message->question.class = reader_u16(&reader);
	}
	message->rest = reader;
	return reader.failed ? -EBADMSG : 0;
}

int dns_next(struct dns_message *message, struct dns_record *record)
{
	struct reader *rest = &message->rest;

	while (message->section < DNS_SECTIONS && message->left[message->section] == 0)
		message->section++;
	if (message->section == DNS_SECTIONS)
		return 0;
	message->left[message->section]--;
	record->section = message->section;
	if (dns_read_name(message, rest, &record->owner) < 0)
		return -EBADMSG;
	record->type = reader_u16(rest);
	record->class = reader_u16(rest) & message->class_mask;
	record->ttl = reader_u32(rest);
	record->data = reader_part(rest, reader_u16(rest));
	return rest->failed ? -EBADMSG : 1;
}
