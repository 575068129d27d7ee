/* SPDX-License-Identifier: MIT */
/*
 * The service parameters of an encrypted resolver, whichever protocol brought them (RFC 9463), in
 * the presentation form of RFC 9460. Octets come in, text goes out; a parameter is written whole or
 * not at all, and what a terminal or a parser could take for something else is escaped.
 */
#include "source/svc-params.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>

/* RFC 9460 section 14.3.2, RFC 9461 section 5. */
enum svc_key {
	SVC_MANDATORY = 0,
	SVC_ALPN = 1,
	SVC_NO_DEFAULT_ALPN = 2,
	SVC_PORT = 3,
	SVC_IPV4HINT = 4,
	SVC_IPV6HINT = 6,
	SVC_DOHPATH = 7,
};

/* Text being written, with its end known: what would not fit makes it full. */
struct text {
	char *octets;
	size_t length;
	bool full;
};

static void text_add(struct text *text, const char *piece)
{
	size_t size = strlen(piece);

	if (text->full || text->length + size >= MIF_TEXT_SIZE) {
		text->full = true;
		return;
	}
	memcpy(text->octets + text->length, piece, size + 1);
	text->length += size;
}

/* RFC 9460 appendix A: a char-string without quotes. */
static void text_add_octet(struct text *text, uint8_t octet)
{
	bool is_plain = octet > 0x20 && octet < 0x7f && strchr("\"\\;()", octet) == NULL;
	char piece[8];

	if (is_plain)
		snprintf(piece, sizeof(piece), "%c", octet);
	else
		snprintf(piece, sizeof(piece), "\\%03u", octet);
	text_add(text, piece);
}

static void text_add_octets(struct text *text, struct reader value)
{
	while (reader_left(&value) > 0)
		text_add_octet(text, reader_u8(&value));
}

static void text_add_key(struct text *text, unsigned int key)
{
	static const char *const names[] = {
		[SVC_MANDATORY] = "mandatory",
		[SVC_ALPN] = "alpn",
		[SVC_NO_DEFAULT_ALPN] = "no-default-alpn",
		[SVC_PORT] = "port",
		[SVC_IPV4HINT] = "ipv4hint",
		[SVC_IPV6HINT] = "ipv6hint",
		[SVC_DOHPATH] = "dohpath",
	};
	char name[16];

	if (key < ARRAY_SIZE(names) && names[key] != NULL) {
		text_add(text, names[key]);
		return;
	}
	snprintf(name, sizeof(name), "key%u", key);
	text_add(text, name);
}

/* ---- values: false when they are not what their key wants ---- */

static bool mandatory_write(struct text *text, struct reader value)
{
	if (reader_left(&value) == 0 || reader_left(&value) % 2 != 0)
		return false;
	for (const char *comma = "="; reader_left(&value) > 0; comma = ",") {
		text_add(text, comma);
		text_add_key(text, reader_u16(&value));
	}
	return true;
}

/* A comma in an identifier is escaped once for the list and once for the string around it. */
static void alpn_write_one(struct text *text, struct reader id)
{
	while (reader_left(&id) > 0) {
		uint8_t octet = reader_u8(&id);

		if (octet == ',')
			text_add(text, "\\\\,");
		else if (octet == '\\')
			text_add(text, "\\\\\\\\");
		else
			text_add_octet(text, octet);
	}
}

static bool alpn_write(struct text *text, struct reader value)
{
	if (reader_left(&value) == 0)
		return false;
	for (const char *comma = "="; reader_left(&value) > 0; comma = ",") {
		struct reader id = reader_part(&value, reader_u8(&value));

		if (id.failed || reader_left(&id) == 0)
			return false;
		text_add(text, comma);
		alpn_write_one(text, id);
	}
	return true;
}

static bool no_default_alpn_write(struct text *text, struct reader value)
{
	(void)text;
	return reader_left(&value) == 0;
}

static bool port_write(struct text *text, struct reader value)
{
	char port[16];

	if (reader_left(&value) != 2)
		return false;
	snprintf(port, sizeof(port), "=%u", reader_u16(&value));
	text_add(text, port);
	return true;
}

static bool hint_write(struct text *text, struct reader value, size_t size)
{
	char form[MIF_ADDRESS_TEXT];

	if (reader_left(&value) == 0 || reader_left(&value) % size != 0)
		return false;
	for (const char *comma = "="; reader_left(&value) > 0; comma = ",") {
		const uint8_t *octets = reader_take(&value, size);
		struct mif_address address =
			size == 4 ? address_ipv4(octets) : address_ipv6(octets, 0);

		text_add(text, comma);
		text_add(text, mif_address_format(&address, form));
	}
	return true;
}

static bool ipv4hint_write(struct text *text, struct reader value)
{
	return hint_write(text, value, 4);
}

static bool ipv6hint_write(struct text *text, struct reader value)
{
	return hint_write(text, value, 16);
}

static bool any_write(struct text *text, struct reader value)
{
	if (reader_left(&value) > 0)
		text_add(text, "=");
	text_add_octets(text, value);
	return true;
}

static bool value_write(struct text *text, unsigned int key, struct reader value)
{
	static bool (*const writers[])(struct text *, struct reader) = {
		[SVC_MANDATORY] = mandatory_write,
		[SVC_ALPN] = alpn_write,
		[SVC_NO_DEFAULT_ALPN] = no_default_alpn_write,
		[SVC_PORT] = port_write,
		[SVC_IPV4HINT] = ipv4hint_write,
		[SVC_IPV6HINT] = ipv6hint_write,
	};

	if (key < ARRAY_SIZE(writers) && writers[key] != NULL)
		return writers[key](text, value);
	return any_write(text, value);
}

int svc_params_append(struct reader params, char text[MIF_TEXT_SIZE])
{
	struct text whole = {.octets = text, .length = strlen(text)};
	size_t before = whole.length;
	int32_t last = -1;
	int left_out = 0;

	while (reader_left(&params) > 0) {
		uint16_t key = reader_u16(&params);
		struct reader value = reader_part(&params, reader_u16(&params));
		struct text next = whole;

		text_add(&next, " ");
		text_add_key(&next, key);
		/* Section 2.2: in strictly increasing order. */
		if (params.failed || key <= last || !value_write(&next, key, value)) {
			text[before] = '\0';
			return -EBADMSG;
		}
		last = key;
		left_out |= next.full;
		if (!next.full)
			whole = next;
		text[whole.length] = '\0';
	}
	return left_out;
}
