/* SPDX-License-Identifier: MIT */
/*
 * Fields of messages by their names, for what is printed one by one.
 */
#include "ctl/field.h"

#include <string.h>

const struct field_info *field_find(uint32_t type, const char *name)
{
	const struct field_info *field = message_info(type)->fields;

	while (strcmp(field->name, name) != 0)
		field++;
	return field;
}

const char *field_text(const struct mif_message *message, const char *name, char text[SHOW_TEXT])
{
	return field_format(message, field_find(message->type, name), text, SHOW_TEXT);
}

const char *field_list(const struct mif_message *message, const char *name, char text[SHOW_TEXT])
{
	size_t length = strlen(field_text(message, name, text));

	for (size_t i = 0; i < length && length + 1 < SHOW_TEXT; i++) {
		if (text[i] == ',') {
			memmove(text + i + 2, text + i + 1, length - i);
			text[++i] = ' ';
			length++;
		}
	}
	return text;
}

const char *field_meaning(const struct mif_message *message, const char *name)
{
	const struct field_info *field = field_find(message->type, name);
	char text[SHOW_TEXT];

	field_text(message, name, text);
	for (size_t i = 0; i < field->values->count; i++)
		if (strcmp(field->values->values[i].name, text) == 0)
			return field->values->values[i].text;
	return NULL;
}
