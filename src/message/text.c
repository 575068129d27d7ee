/* SPDX-License-Identifier: MIT */
/*
 * Messages as one line of text, both ways: for people, traces and test scenarios.
 */
#include "message/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"

/* snprintf onto the end of text; counts what does not fit. */
__attribute__((format(printf, 4, 5))) static void append(
	char *text, size_t size, size_t *length, const char *format, ...)
{
	va_list arguments;
	size_t at = *length < size ? *length : size;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text == NULL ? NULL : text + at, size - at, format, arguments);
	va_end(arguments);
	*length += n > 0 ? (size_t)n : 0;
}

static void flags_format(const struct values_info *values, uint32_t number, char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < values->count; i++) {
		if ((number & values->values[i].number) != 0) {
			append(text, size, &length, "%s%s", length > 0 ? "," : "",
				values->values[i].name);
			number &= ~values->values[i].number;
		}
	}
	if (number != 0 || length == 0)
		append(text, size, &length, "%s%u", length > 0 ? "," : "", number);
}

static void number_format(const struct field_info *field, uint64_t number, char *text, size_t size)
{
	const char *name = value_name(field->values, (uint32_t)number);

	if (field->values->flags)
		flags_format(field->values, (uint32_t)number, text, size);
	else if (name != NULL)
		snprintf(text, size, "%s", name);
	else if (number == MIF_FOREVER)
		snprintf(text, size, "forever");
	else
		snprintf(text, size, "%llu", (unsigned long long)number);
}

/* Text from the network may hold anything: what is no printable ASCII, and the backslash and the
 * quote, become \xHH. UTF-8 does, too: a terminal must not be driven by a router. */
static void text_format(const char *from, char *text, size_t size)
{
	size_t length = 0;

	for (; *from != '\0'; from++) {
		unsigned char c = (unsigned char)*from;

		if (c > ' ' && c < 0x7f && c != '\\' && c != '"')
			append(text, size, &length, "%c", c);
		else
			append(text, size, &length, "\\x%02x", c);
	}
	if (length == 0 && size > 0)
		*text = '\0';
}

/* The value of a number field, whatever its width. */
static uint64_t number_of(const struct field_info *field, const void *value)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	if (field->type == FIELD_TYPE_U16)
		return memcpy(&u16, value, sizeof(u16)), u16;
	if (field->type == FIELD_TYPE_U32)
		return memcpy(&u32, value, sizeof(u32)), u32;
	return memcpy(&u64, value, sizeof(u64)), u64;
}

char *field_format(
	const struct mif_message *message, const struct field_info *field, char *text, size_t size)
{
	const void *value = (const char *)message + field->offset;
	char form[MIF_ADDRESS_TEXT];

	switch (field->type) {
	case FIELD_TYPE_U16:
	case FIELD_TYPE_U32:
	case FIELD_TYPE_U64:
		number_format(field, number_of(field, value), text, size);
		break;
	case FIELD_TYPE_ADDRESS:
		snprintf(text, size, "%s", mif_address_format(value, form));
		break;
	case FIELD_TYPE_ENDPOINT:
		snprintf(text, size, "%s", mif_endpoint_format(value, form));
		break;
	case FIELD_TYPE_TEXT:
		text_format(value, text, size);
		break;
	case FIELD_TYPE_FD:
		snprintf(text, size, "%d", *(const int *)value);
		break;
	}
	return text;
}

static bool field_is_empty(const struct mif_message *message, const struct field_info *field)
{
	const void *value = (const char *)message + field->offset;

	switch (field->type) {
	case FIELD_TYPE_U16:
	case FIELD_TYPE_U32:
	case FIELD_TYPE_U64:
		return number_of(field, value) == 0;
	case FIELD_TYPE_ADDRESS:
	case FIELD_TYPE_ENDPOINT:
		return ((const struct mif_address *)value)->family == 0;
	case FIELD_TYPE_TEXT:
		return *(const char *)value == '\0';
	case FIELD_TYPE_FD:
		return true;
	}
	return true;
}

int message_format(const struct mif_message *message, bool all, char *text, size_t size)
{
	const struct message_info *info = message_info(message->type);
	char value[4 * MIF_TEXT_SIZE];
	size_t length = 0;

	if (info == NULL) {
		append(text, size, &length, "unknown type=%u", message->type);
		return (int)length;
	}
	append(text, size, &length, "%s", info->name);
	if (all || message->tag != 0)
		append(text, size, &length, " tag=%u", message->tag);
	for (size_t i = 0; i < info->count; i++) {
		if (all || !field_is_empty(message, &info->fields[i]))
			append(text, size, &length, " %s=%s", info->fields[i].name,
				field_format(message, &info->fields[i], value, sizeof(value)));
	}
	return (int)length;
}

/* ---- the way back ---- */

/* A number, or a time with its unit. */
static int number_parse(const char *text, uint64_t *number)
{
	static const struct {
		const char *suffix;
		uint64_t factor;
	} units[] = {{"", 1}, {"s", NSEC_PER_SEC}, {"ms", NSEC_PER_MSEC}};
	char *end;

	if (strcmp(text, "forever") == 0) {
		*number = MIF_FOREVER;
		return 0;
	}
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &end, 0);
	for (size_t i = 0; errno == 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].suffix) == 0 && *number <= UINT64_MAX / units[i].factor) {
			*number *= units[i].factor;
			return 0;
		}
	}
	return -EINVAL;
}

/* One name of values, or a number. */
static int value_parse(const struct values_info *values, const char *text, uint64_t *number)
{
	for (size_t i = 0; i < values->count; i++) {
		if (strcmp(values->values[i].name, text) == 0) {
			*number = values->values[i].number;
			return 0;
		}
	}
	return number_parse(text, number);
}

static int number_field_parse(const struct field_info *field, char *text, void *value)
{
	uint64_t number = 0, one = 0;
	char *rest = text;

	while (field->values->flags && strchr(rest, ',') != NULL) {
		char *name = strsep(&rest, ",");

		if (value_parse(field->values, name, &one) < 0)
			return -EINVAL;
		number |= one;
	}
	if (value_parse(field->values, rest, &one) < 0)
		return -EINVAL;
	number |= one;
	if (field->type == FIELD_TYPE_U64) {
		memcpy(value, &number, sizeof(number));
	} else if (field->type == FIELD_TYPE_U32 && number <= UINT32_MAX) {
		memcpy(value, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
	} else if (field->type == FIELD_TYPE_U16 && number <= UINT16_MAX) {
		memcpy(value, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
	} else {
		return -EINVAL;
	}
	return 0;
}

static int text_parse(const char *from, char *text)
{
	size_t length = 0;

	for (; *from != '\0'; from++) {
		unsigned int c = (unsigned char)*from;

		if (c == '\\') {
			if (sscanf(from, "\\x%2x", &c) != 1 || c == 0 || strlen(from) < 4)
				return -EINVAL;
			from += 3;
		}
		if (length + 1 >= MIF_TEXT_SIZE)
			return -EINVAL;
		text[length++] = (char)c;
	}
	memset(text + length, 0, MIF_TEXT_SIZE - length);
	return 0;
}

static int field_parse(struct mif_message *message, const struct field_info *field, char *text)
{
	void *value = (char *)message + field->offset;

	switch (field->type) {
	case FIELD_TYPE_U16:
	case FIELD_TYPE_U32:
	case FIELD_TYPE_U64:
		return number_field_parse(field, text, value);
	case FIELD_TYPE_ADDRESS:
		return mif_address_parse(value, text);
	case FIELD_TYPE_ENDPOINT:
		return mif_endpoint_parse(value, text);
	case FIELD_TYPE_TEXT:
		return text_parse(text, value);
	case FIELD_TYPE_FD:
		return -EINVAL;
	}
	return -EINVAL;
}

static int assignment_parse(struct mif_message *message, const struct message_info *info,
	char *name, char *value, char error[256])
{
	uint64_t tag;

	if (strcmp(name, "tag") == 0) {
		if (number_parse(value, &tag) == 0 && tag <= UINT32_MAX) {
			message->tag = (uint32_t)tag;
			return 0;
		}
		snprintf(error, 256, "tag: not a number: %.100s", value);
		return -EINVAL;
	}
	for (size_t i = 0; i < info->count; i++) {
		if (strcmp(info->fields[i].name, name) != 0)
			continue;
		if (field_parse(message, &info->fields[i], value) == 0)
			return 0;
		snprintf(error, 256, "%s: %s: not a valid %s: %.100s", info->name, name,
			info->fields[i].type_name, value);
		return -EINVAL;
	}
	snprintf(error, 256, "%s has no field %.100s", info->name, name);
	return -EINVAL;
}

int message_parse(struct mif_message *message, const char *text, char error[256])
{
	char copy[2048];
	char *rest = copy;
	char *word;
	struct mif_message result = {0};
	const struct message_info *info;
	int *fd;

	if (strlen(text) >= sizeof(copy)) {
		snprintf(error, 256, "the line is too long");
		return -EINVAL;
	}
	strcpy(copy, text);
	word = strsep(&rest, " \t");
	info = message_info_by_name(word);
	if (info == NULL) {
		snprintf(error, 256, "no such message: %.100s", word);
		return -EINVAL;
	}
	result.type = info->type;
	fd = message_fd(&result);
	if (fd != NULL)
		*fd = -1;
	while ((word = strsep(&rest, " \t")) != NULL) {
		char *value = strchr(word, '=');

		if (*word == '\0')
			continue;
		if (value == NULL) {
			snprintf(error, 256, "%s: expected FIELD=VALUE: %.100s", info->name, word);
			return -EINVAL;
		}
		*value++ = '\0';
		if (assignment_parse(&result, info, word, value, error) < 0)
			return -EINVAL;
	}
	*message = result;
	return 0;
}
