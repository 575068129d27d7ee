/* SPDX-License-Identifier: MIT */
/*
 * Any message as a JSON object, from the message table alone: what the table gains, this prints.
 */
#include "ctl/json.h"

#include <stdbool.h>
#include <string.h>

#include "message/message.h"

/* ---- text ---- */

/* The length of the UTF-8 sequence at text, 0 if it is none, or one of a control character: those
 * from U+0080 to U+009F drive a terminal, too. Shortest form and no surrogates (RFC 3629). */
static size_t utf8_length(const unsigned char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = *text < 0x80 ? 1 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	uint32_t code = length == 1 ? *text : *text & (0x7fU >> length);

	if ((*text & 0xc0) == 0x80 || *text >= 0xf8)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : length;
}

struct json_object *json_text(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char clean[3 * MIF_TEXT_SIZE];
	size_t size = 0;

	while (*text != '\0' && size + 4 < sizeof(clean)) {
		size_t length = utf8_length((const unsigned char *)text);
		const char *from = length > 0 ? text : replacement;
		size_t count = length > 0 ? length : strlen(replacement);

		memcpy(clean + size, from, count);
		size += count;
		text += length > 0 ? length : 1;
	}
	return json_object_new_string_len(clean, (int)size);
}

/* ---- fields ---- */

static struct json_object *json_flags(const struct values_info *values, uint32_t number)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < values->count; i++) {
		const struct value_info *value = &values->values[i];

		if ((number & value->number) != 0) {
			json_object_array_add(array, json_object_new_string(value->name));
			number &= ~value->number;
		}
	}
	if (number != 0)
		json_object_array_add(array, json_object_new_uint64(number));
	return array;
}

static struct json_object *json_number(const struct field_info *field, uint64_t number)
{
	const char *name = value_name(field->values, (uint32_t)number);

	if (field->values->flags)
		return json_flags(field->values, (uint32_t)number);
	if (name != NULL)
		return json_object_new_string(name);
	return number == MIF_FOREVER ? NULL : json_object_new_uint64(number);
}

static struct json_object *json_field(
	const struct mif_message *message, const struct field_info *field)
{
	const void *value = (const char *)message + field->offset;
	const struct mif_endpoint *endpoint = value;
	const struct mif_address *address = value;
	char form[MIF_ADDRESS_TEXT];

	switch (field->type) {
	case FIELD_TYPE_U16:
		return json_number(field, *(const uint16_t *)value);
	case FIELD_TYPE_U32:
		return json_number(field, *(const uint32_t *)value);
	case FIELD_TYPE_U64:
		return json_number(field, *(const uint64_t *)value);
	case FIELD_TYPE_ADDRESS:
		if (address->family == AF_UNSPEC)
			return NULL;
		return json_object_new_string(mif_address_format(address, form));
	case FIELD_TYPE_ENDPOINT:
		if (endpoint->address.family == AF_UNSPEC)
			return NULL;
		return json_object_new_string(mif_endpoint_format(endpoint, form));
	case FIELD_TYPE_TEXT:
		return json_text(value);
	case FIELD_TYPE_FD:
		return NULL;
	}
	return NULL;
}

/* ---- objects ---- */

void json_add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

static void json_add_fields(struct json_object *object, const struct mif_message *message)
{
	const struct message_info *info = message_info(message->type);

	for (size_t i = 0; info != NULL && i < info->count; i++)
		json_add(object, info->fields[i].name, json_field(message, &info->fields[i]));
}

struct json_object *json_fields(const struct mif_message *message)
{
	struct json_object *object = json_object_new_object();

	json_add_fields(object, message);
	return object;
}

void json_add_message(struct json_object *object, const struct mif_message *message)
{
	const struct message_info *info = message_info(message->type);

	json_add(object, "message", json_object_new_string(info != NULL ? info->name : "unknown"));
	json_add(object, "tag", json_object_new_uint64(message->tag));
	json_add_fields(object, message);
}

void json_add_domain(struct json_object *object, const struct mif_message *message, uint64_t pvd,
	const char *name)
{
	if (message->type == MIF_NAME_TRANSLATION_DONE)
		json_add(object, "zone_pvd",
			json_object_new_uint64(message->as.name_translation_done.pvd));
	json_add(object, "pvd", json_object_new_uint64(pvd));
	json_add(object, "pvd_name", json_text(name));
}

void json_print(FILE *file, struct json_object *object, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	flags |= pretty ? JSON_C_TO_STRING_PRETTY : JSON_C_TO_STRING_PLAIN;
	fprintf(file, "%s\n", json_object_to_json_string_ext(object, flags));
	json_object_put(object);
}
