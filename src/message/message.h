/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/* What the table says of one message, for everything that treats them alike. */
enum field_type {
	FIELD_TYPE_U16,
	FIELD_TYPE_U32,
	FIELD_TYPE_U64,
	FIELD_TYPE_ADDRESS,
	FIELD_TYPE_ENDPOINT,
	FIELD_TYPE_TEXT,
	FIELD_TYPE_FD,
};

struct value_info {
	uint32_t number;
	const char *name;
	const char *text;
};

struct values_info {
	const char *name;
	const char *text;
	bool flags; /* any of them, or'ed */
	const struct value_info *values;
	size_t count;
};

struct field_info {
	const char *name;
	enum field_type type;
	const char *type_name;
	size_t offset; /* in struct mif_message */
	const struct values_info *values; /* count 0: none */
	const char *text;
};

struct message_info {
	uint32_t type;
	const char *name; /* "announce_interfaces" */
	const char *section; /* of the draft, or "extension" */
	const char *text;
	bool report;
	bool extension;
	const struct field_info *fields;
	size_t count;
	size_t fd_offset; /* of the field for a descriptor, in struct mif_message; 0: there is none */
};

extern const struct message_info message_table[];
extern const size_t message_table_size;
extern const struct values_info *const values_table[];
extern const size_t values_table_size;

/* NULL for a number that is not in the table. */
const struct message_info *message_info(uint32_t type);
const struct message_info *message_info_by_name(const char *name);

/* NULL for a number that has no name. */
const char *value_name(const struct values_info *values, uint32_t number);

/* ---- octets: a 12 octet head (u16 length of it all, u16 type, u32 tag, u32 serial), the fields */

#define MESSAGE_HEAD 12
#define MESSAGE_MAX 1024 /* no message of the table is longer */

/* The length written; -EINVAL: unknown type or a text without its NUL; -ENOBUFS: no room. */
int message_encode(const struct mif_message *message, void *octets, size_t size);

/* The length used, and the message, its descriptor -1. -EBADMSG: malformed.
 * -ENOMSG: well formed, but of no type known: *message has its head, *length its length. */
int message_decode(struct mif_message *message, const void *octets, size_t size, size_t *length);

/* The descriptor field of a message of this type, or NULL. */
int *message_fd(struct mif_message *message);

/* ---- text: "interface tag=7 interface=1 name=h1 ifindex=2 kind=ethernet flags=up,running" */

/* One line without its end. Fields that are 0 or empty are left out, unless all. Returns the length
 * it would have had, like snprintf. */
int message_format(const struct mif_message *message, bool all, char *text, size_t size);

/* One field's value as text: "ethernet", "up,running", "10.0.0.1", "42". */
char *field_format(
	const struct mif_message *message, const struct field_info *field, char *text, size_t size);

/* The reverse of message_format(); numbers may be decimal or 0x; a time may be "12s" or "50ms".
 * 0, or -EINVAL with a sentence in error. */
int message_parse(struct mif_message *message, const char *text, char error[256]);
