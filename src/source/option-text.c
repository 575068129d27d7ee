/* SPDX-License-Identifier: MIT */
/*
 * Texts and addresses from the options of every protocol, read in one place: what a network calls
 * itself ends up in terminals, files and queries.
 */
#include "source/option-text.h"

#include "base/address.h"
#include "base/name.h"

#include <errno.h>

#define LABEL_MAX 63

/* Letters, digits, hyphen (RFC 952, RFC 1123) and the underscore of service names (RFC 8552).
 * Nothing else can reach a terminal, a file or a query from here. */
static bool is_name_octet(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' ||
		octet == '_';
}

/* Unlike tolower(3) the same in every locale: the program around us may have any. */
static uint8_t lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
}

/* Appends a label to a name of this length. */
static bool label_append(
	char name[MIF_TEXT_SIZE], size_t *length, const uint8_t *label, size_t size)
{
	if (*length + size + (*length > 0) > NAME_TEXT_MAX)
		return false;
	if (*length > 0)
		name[(*length)++] = '.';
	for (size_t i = 0; i < size; i++) {
		uint8_t octet = lower(label[i]);

		if (!is_name_octet(octet))
			return false;
		name[(*length)++] = (char)octet;
	}
	return true;
}

/* Follows a pointer whose first octet was read. Each must lead to before where the last one led, and
 * so they come to an end. */
static bool pointer_follow(
	struct reader *reader, const struct reader *whole, size_t *limit, uint8_t first)
{
	size_t target = (size_t)(first & 0x3f) << 8 | reader_u8(reader);

	if (reader->failed || whole == NULL || target >= *limit)
		return false;
	*limit = target;
	*reader = *whole;
	reader_take(reader, target);
	return !reader->failed;
}

bool option_name_compressed(
	struct reader *reader, const struct reader *whole, char name[MIF_TEXT_SIZE])
{
	size_t length = 0, limit = whole != NULL ? (size_t)(reader->at - whole->at) : 0;
	struct reader rest = *reader;
	bool jumped = false;

	for (;;) {
		uint8_t size = reader_u8(&rest);

		if ((size & 0xc0) == 0xc0) {
			struct reader behind = rest;

			reader_u8(&behind);
			if (!jumped)
				*reader = behind;
			jumped = true;
			if (!pointer_follow(&rest, whole, &limit, size))
				return false;
			continue;
		}

		const uint8_t *label = reader_take(&rest, size);

		if (label == NULL || rest.failed || size > LABEL_MAX)
			return false;
		if (size == 0)
			break;
		if (!label_append(name, &length, label, size))
			return false;
	}
	if (!jumped)
		*reader = rest;
	name[length] = '\0';
	return length > 0;
}

bool option_name(struct reader *reader, char name[MIF_TEXT_SIZE])
{
	return option_name_compressed(reader, NULL, name);
}

bool option_name_plain(struct reader body, char name[MIF_TEXT_SIZE])
{
	size_t size = reader_left(&body);
	const uint8_t *text = reader_take(&body, size);

	while (size > 0 && text[size - 1] == '\0')
		size--;
	if (size == 0 || size >= MIF_TEXT_SIZE || memchr(text, '\0', size) != NULL)
		return false;
	memcpy(name, text, size);
	name[size] = '\0';
	return name_normalise(name);
}

/* RFC 3986 section 2: a URI is made of printable octets. */
static bool is_uri_octet(uint8_t octet)
{
	return octet > 0x20 && octet < 0x7f;
}

int option_uri(struct reader body, char uri[MIF_TEXT_SIZE])
{
	size_t size = reader_left(&body);
	const uint8_t *text = reader_take(&body, size);

	while (size > 0 && text != NULL &&
		(text[size - 1] == '\0' || text[size - 1] == '\n' || text[size - 1] == '\r' ||
			text[size - 1] == ' '))
		size--;
	if (text == NULL || size == 0)
		return -EBADMSG;
	for (size_t i = 0; i < size; i++) {
		if (!is_uri_octet(text[i]))
			return -EBADMSG;
	}
	if (size >= MIF_TEXT_SIZE)
		return -ENAMETOOLONG;
	memcpy(uri, text, size);
	uri[size] = '\0';
	return 0;
}

bool option_address_is_usable(const struct mif_address *address)
{
	static const struct mif_address mapped = {
		.family = AF_INET6, .octets = {[10] = 0xff, [11] = 0xff}};
	static const uint8_t broadcast[4] = {255, 255, 255, 255};

	if (address->family == AF_INET &&
		(address->octets[0] == 0 || memcmp(address->octets, broadcast, 4) == 0))
		return false;
	return !address_is_unspecified(address) && !address_is_loopback(address) &&
		!address_is_multicast(address) && !address_in_prefix(address, &mapped, 96);
}
