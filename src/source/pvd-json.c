/* SPDX-License-Identifier: MIT */
/*
 * Additional information (RFC 8801 section 4.3) from octets to a value. The server that sent it was
 * chosen by whoever advertises the domain, so it is untrusted like a router advertisement: size and
 * depth are bounded before json-c makes anything of it. Keys that are not known here are left to those
 * who read the whole text, which is what json-c writes of what it has understood: valid, and without
 * control characters.
 */
#include "source/pvd-json.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/name.h"
#include "source/date.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void object_putp(struct json_object **object)
{
	json_object_put(*object);
}

/* ---- what json-c lets pass, and JSON does not ---- */

static size_t digits_at(const char *text)
{
	return strspn(text, "0123456789");
}

/* RFC 8259 section 6: digits on both sides of the point and after the exponent. */
static bool number_is_json(const char *text)
{
	size_t digits;

	text += *text == '-';
	digits = digits_at(text);
	if (digits == 0)
		return false;
	text += digits;
	if (*text == '.') {
		digits = digits_at(++text);
		if (digits == 0)
			return false;
		text += digits;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '+' || *text == '-';
		digits = digits_at(text);
		if (digits == 0)
			return false;
		text += digits;
	}
	return *text == '\0';
}

/* The depth is bounded by the tokener. */
static bool numbers_are_json(struct json_object *value) // NOLINT(misc-no-recursion)
{
	bool fine = true;

	switch (json_object_get_type(value)) {
	case json_type_double:
		return isfinite(json_object_get_double(value)) &&
			number_is_json(json_object_to_json_string(value));
	case json_type_array:
		for (size_t i = 0; fine && i < json_object_array_length(value); i++)
			fine = numbers_are_json(json_object_array_get_idx(value, i));
		return fine;
	case json_type_object: {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			fine = fine && numbers_are_json(member);
		}
		return fine;
	}
	default:
		return true;
	}
}

static int root_parse(struct json_object **rootp, const char *octets, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(PVD_JSON_DEPTH);
	_cleanup_(object_putp) struct json_object *root = NULL;
	enum json_tokener_error error;
	size_t end;

	if (tokener == NULL)
		return PVD_JSON_MEMORY;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, octets, (int)size);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	/* An object has an end of its own; what comes behind it may be blanks. */
	while (end < size && strchr(" \t\r\n", octets[end]) != NULL && octets[end] != '\0')
		end++;
	if (error != json_tokener_success || end < size ||
		json_object_get_type(root) != json_type_object || !numbers_are_json(root))
		return PVD_JSON_SYNTAX;
	*rootp = root;
	root = NULL;
	return PVD_JSON_VALID;
}

/* ---- members ---- */

/* NULL: there is none of that name and type. */
static struct json_object *member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, type)
		? value
		: NULL;
}

/* NULL: it is not one, or has a NUL within. */
static const char *string_of(struct json_object *value)
{
	const char *text =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;

	return text != NULL && strlen(text) == (size_t)json_object_get_string_len(value) ? text
											 : NULL;
}

/* RFC 8801 section 3.4: names are compared without regard to case. */
static bool name_read(char name[MIF_TEXT_SIZE], const char *text)
{
	if (strlen(text) >= MIF_TEXT_SIZE)
		return false;
	strcpy(name, text);
	return name_normalise(name);
}

static int identifier_read(struct json_object *root, const char *identifier)
{
	const char *text = string_of(member(root, "identifier", json_type_string));
	char name[MIF_TEXT_SIZE];

	return text != NULL && name_read(name, text) && strcmp(name, identifier) == 0
		? PVD_JSON_VALID
		: PVD_JSON_IDENTIFIER;
}

static int expires_read(struct pvd_json *info, struct json_object *root, uint64_t realtime)
{
	const char *text = string_of(member(root, "expires", json_type_string));

	return text != NULL && date_parse(&info->expires, text) == 0 && info->expires > realtime
		? PVD_JSON_VALID
		: PVD_JSON_EXPIRES;
}

/* ---- lists ---- */

static int prefixes_read(struct pvd_json *info, struct json_object *root)
{
	struct json_object *list = member(root, "prefixes", json_type_array);
	size_t count = list != NULL ? json_object_array_length(list) : 0;

	if (list == NULL || count > PVD_JSON_PREFIXES)
		return PVD_JSON_PREFIX_LIST;
	for (size_t i = 0; i < count; i++) {
		struct pvd_json_prefix *prefix = &info->prefixes[info->prefix_count++];
		const char *text = string_of(json_object_array_get_idx(list, i));
		unsigned int length;

		if (text == NULL || strchr(text, '%') != NULL ||
			prefix_parse(&prefix->address, &length, text) < 0 ||
			prefix->address.family != AF_INET6)
			return PVD_JSON_PREFIX_LIST;
		prefix->length = length;
	}
	return PVD_JSON_VALID;
}

static void zones_read(struct pvd_json *info, struct json_object *root)
{
	struct json_object *list = member(root, "dnsZones", json_type_array);
	size_t count = list != NULL ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < count && info->zone_count < PVD_JSON_ZONES; i++) {
		const char *text = string_of(json_object_array_get_idx(list, i));

		if (text != NULL && name_read(info->zones[info->zone_count], text))
			info->zone_count++;
	}
}

/* HOST:PORT, as draft-ietf-intarea-proxy-config writes it. */
static bool is_proxy_location(const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t digits = colon != NULL ? digits_at(colon + 1) : 0;

	if (digits == 0 || digits > 5 || colon[1 + digits] != '\0' || colon == text)
		return false;
	for (; text < colon; text++) {
		if (strchr("[].:-_", *text) == NULL && !(*text >= '0' && *text <= '9') &&
			!((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z'))
			return false;
	}
	return true;
}

/* One that takes any traffic and asks for no more than we know. */
static void proxy_read(struct pvd_json *info, struct json_object *entry, bool matched)
{
	static const char *const schemes[][2] = {
		{"http-connect", "http"}, {"https-connect", "https"}, {"socks5", "socks5"}};
	const char *protocol = string_of(member(entry, "protocol", json_type_string));
	const char *location = string_of(member(entry, "proxy", json_type_string));

	if (protocol == NULL || location == NULL || !is_proxy_location(location) ||
		strlen(location) > MIF_TEXT_SIZE - sizeof("socks5://") ||
		json_object_object_get_ex(entry, "mandatory", NULL) ||
		(matched && json_object_object_get_ex(entry, "identifier", NULL)))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		if (strcmp(schemes[i][0], protocol) == 0)
			snprintf(info->proxies[info->proxy_count++], MIF_TEXT_SIZE, "%s://%s",
				schemes[i][1], location);
	}
}

static void proxies_read(struct pvd_json *info, struct json_object *root)
{
	struct json_object *list = member(root, "proxies", json_type_array);
	size_t count = list != NULL ? json_object_array_length(list) : 0;
	bool matched = json_object_object_get_ex(root, "proxy-match", NULL);

	for (size_t i = 0; i < count && info->proxy_count < PVD_JSON_PROXIES; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (json_object_is_type(entry, json_type_object))
			proxy_read(info, entry, matched);
	}
}

/* ---- the whole ---- */

/* At most size octets, without the first half of a character. */
static size_t piece_length(const char *text, size_t left)
{
	size_t length = MIN(left, (size_t)MIF_TEXT_SIZE - 1);

	while (length < left && length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static int parts_cut(struct pvd_json *info, struct json_object *root)
{
	size_t left = 0;
	const char *text = json_object_to_json_string_length(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &left);

	if (text == NULL)
		return PVD_JSON_MEMORY;
	while (left > 0) {
		size_t length = piece_length(text, left);

		if (info->part_count == PVD_JSON_PARTS || length == 0)
			return PVD_JSON_LENGTH;
		memcpy(info->parts[info->part_count], text, length);
		info->parts[info->part_count++][length] = '\0';
		text += length;
		left -= length;
	}
	return PVD_JSON_VALID;
}

int pvd_json_parse(struct pvd_json *info, const char *octets, size_t size, const char *identifier,
	uint64_t realtime)
{
	_cleanup_(object_putp) struct json_object *root = NULL;
	struct json_object *no_internet;
	int fault;

	*info = (struct pvd_json){0};
	fault = size <= PVD_JSON_MAX ? root_parse(&root, octets, size) : PVD_JSON_LENGTH;
	if (fault == PVD_JSON_VALID)
		fault = identifier_read(root, identifier);
	if (fault == PVD_JSON_VALID)
		fault = expires_read(info, root, realtime);
	if (fault == PVD_JSON_VALID)
		fault = prefixes_read(info, root);
	if (fault != PVD_JSON_VALID)
		return fault;
	zones_read(info, root);
	proxies_read(info, root);
	no_internet = member(root, "noInternet", json_type_boolean);
	info->no_internet = no_internet != NULL && json_object_get_boolean(no_internet);
	return parts_cut(info, root);
}

bool pvd_json_covers(const struct pvd_json *info, const struct mif_address *prefix, uint32_t length)
{
	for (uint32_t i = 0; i < info->prefix_count; i++) {
		if (length >= info->prefixes[i].length &&
			address_in_prefix(
				prefix, &info->prefixes[i].address, info->prefixes[i].length))
			return true;
	}
	return false;
}
