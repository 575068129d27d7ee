/* SPDX-License-Identifier: MIT */
/*
 * The table as data: what message.def and values.def declare, for everything that treats messages
 * alike.
 */
#include "message/message.h"

#include <string.h>

/* clang-format off */

/* ---- values.def ---- */

#define ENUM(name, text) static const struct value_info name##_values[] = {
#define FLAGS ENUM
#define VALUE(NAME, number, name, text) {number, name, text},
#define END_VALUES(name) };
#include "message/values.def"
#undef ENUM
#undef FLAGS
#undef VALUE
#undef END_VALUES

#define VALUES_INFO(name_, text_, flags_)                                                          \
	static const struct values_info name_##_info = {                                           \
		.name = #name_, .text = text_, .flags = flags_, .values = name_##_values,          \
		.count = sizeof(name_##_values) / sizeof(name_##_values[0]),                       \
	};
#define ENUM(name, text) VALUES_INFO(name, text, false)
#define FLAGS(name, text) VALUES_INFO(name, text, true)
#define VALUE(NAME, number, name, text)
#define END_VALUES(name)
#include "message/values.def"
#undef ENUM
#undef FLAGS

#define ENUM(name, text) &name##_info,
#define FLAGS ENUM
const struct values_info *const values_table[] = {
#include "message/values.def"
};
#undef ENUM
#undef FLAGS
#undef VALUE
#undef END_VALUES

/* ---- message.def: first the fields of each, then the messages ---- */

static const struct values_info none_info = {.name = "none", .text = "any number"};

#define FIELD_TYPE_u16 FIELD_TYPE_U16
#define FIELD_TYPE_u32 FIELD_TYPE_U32
#define FIELD_TYPE_u64 FIELD_TYPE_U64
#define FIELD_TYPE_address FIELD_TYPE_ADDRESS
#define FIELD_TYPE_endpoint FIELD_TYPE_ENDPOINT
#define FIELD_TYPE_text FIELD_TYPE_TEXT
#define FIELD_TYPE_fd FIELD_TYPE_FD

/* A last entry without a name, since an array may not be empty. */
#define REQUEST(number, NAME, name, section, text) static const struct field_info name##_fields[] = {
#define REPORT REQUEST
#define EXTENSION_REQUEST REQUEST
#define EXTENSION_REPORT REQUEST
#define FIELD(message, type_, field, values_, text_)                                               \
	{.name = #field, .type = FIELD_TYPE_##type_, .type_name = #type_,                          \
	 .offset = offsetof(struct mif_message, as.message.field), .values = &values_##_info,      \
	 .text = text_},
#define END_MESSAGE(name_) {.name = NULL}};
#include "message/message.def"
#undef REQUEST
#undef REPORT
#undef EXTENSION_REQUEST
#undef EXTENSION_REPORT
#undef FIELD
#undef END_MESSAGE

/* At most one field of each message is a descriptor. */
#define FD_OFFSET_u16(...) 0
#define FD_OFFSET_u32(...) 0
#define FD_OFFSET_u64(...) 0
#define FD_OFFSET_address(...) 0
#define FD_OFFSET_endpoint(...) 0
#define FD_OFFSET_text(...) 0
#define FD_OFFSET_fd(message, field) offsetof(struct mif_message, as.message.field)
#define REQUEST(number, NAME, name, section, text) enum { name##_fd = 0
#define REPORT REQUEST
#define EXTENSION_REQUEST REQUEST
#define EXTENSION_REPORT REQUEST
#define FIELD(message, type, field, values, text) + FD_OFFSET_##type(message, field)
#define END_MESSAGE(name) };
#include "message/message.def"
#undef REQUEST
#undef REPORT
#undef EXTENSION_REQUEST
#undef EXTENSION_REPORT
#undef FIELD
#undef END_MESSAGE

#define MESSAGE(NAME, name_, section_, text_, report_, extension_)                                 \
	{.type = MIF_##NAME, .name = #name_, .section = section_, .text = text_,                   \
	 .report = report_, .extension = extension_, .fields = name_##_fields,                     \
	 .count = sizeof(name_##_fields) / sizeof(name_##_fields[0]) - 1,                          \
	 .fd_offset = name_##_fd},
#define REQUEST(number, NAME, name, section, text) MESSAGE(NAME, name, section, text, false, false)
#define REPORT(number, NAME, name, section, text) MESSAGE(NAME, name, section, text, true, false)
#define EXTENSION_REQUEST(number, NAME, name, section, text)                                       \
	MESSAGE(NAME, name, section, text, false, true)
#define EXTENSION_REPORT(number, NAME, name, section, text)                                        \
	MESSAGE(NAME, name, section, text, true, true)
#define FIELD(message, type, field, values, text)
#define END_MESSAGE(name)
const struct message_info message_table[] = {
#include "message/message.def"
};
#undef REQUEST
#undef REPORT
#undef EXTENSION_REQUEST
#undef EXTENSION_REPORT

/* Where each is in the table. */
#define REQUEST(number, NAME, name, section, text) name##_at,
#define REPORT REQUEST
#define EXTENSION_REQUEST REQUEST
#define EXTENSION_REPORT REQUEST
enum {
#include "message/message.def"
};
#undef REQUEST
#undef REPORT
#undef EXTENSION_REQUEST
#undef EXTENSION_REPORT

/* clang-format on */

const size_t values_table_size = sizeof(values_table) / sizeof(values_table[0]);
const size_t message_table_size = sizeof(message_table) / sizeof(message_table[0]);

const struct message_info *message_info(uint32_t type)
{
	switch (type) {
#define CASE(NAME, name) \
	case MIF_##NAME: \
		return &message_table[name##_at];
#define REQUEST(number, NAME, name, section, text) CASE(NAME, name)
#define REPORT REQUEST
#define EXTENSION_REQUEST REQUEST
#define EXTENSION_REPORT REQUEST
#include "message/message.def"
#undef REQUEST
#undef REPORT
#undef EXTENSION_REQUEST
#undef EXTENSION_REPORT
	default:
		return NULL;
	}
}

const struct message_info *message_info_by_name(const char *name)
{
	for (size_t i = 0; i < message_table_size; i++) {
		if (strcmp(message_table[i].name, name) == 0)
			return &message_table[i];
	}
	return NULL;
}

const char *value_name(const struct values_info *values, uint32_t number)
{
	for (size_t i = 0; i < values->count; i++) {
		if (values->values[i].number == number)
			return values->values[i].name;
	}
	return NULL;
}
