/* SPDX-License-Identifier: MIT */
/*
 * Every message of the table as JSON, and texts that try to break it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "ctl/json.h"
#include "message/message.h"
#include "tap.h"

static bool prints(const struct mif_message *message, const char *expected)
{
	struct json_object *object = json_object_new_object();
	const char *text;
	bool same;

	json_add_message(object, message);
	text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	same = strcmp(text, expected) == 0;
	if (!same)
		printf("# got %s\n", text);
	json_object_put(object);
	return same;
}

static bool parses(const char *line, const char *expected)
{
	struct mif_message message;
	char error[256];

	return message_parse(&message, line, error) == 0 && prints(&message, expected);
}

static bool text_is(const char *text, const char *expected)
{
	struct json_object *object = json_text(text);
	bool same = strcmp(json_object_get_string(object), expected) == 0;

	json_object_put(object);
	return same;
}

/* Every field is there, by its name, and the object can be read again. */
static bool table_is_whole(void)
{
	for (size_t i = 0; i < message_table_size; i++) {
		const struct message_info *info = &message_table[i];
		struct mif_message message = {.type = info->type};
		struct json_object *object = json_object_new_object(), *again;
		bool whole;

		json_add_message(object, &message);
		again = json_tokener_parse(json_object_to_json_string(object));
		whole = json_object_object_length(again) == (int)info->count + 2;
		for (size_t f = 0; f < info->count; f++)
			whole &= json_object_object_get_ex(again, info->fields[f].name, NULL) != 0;
		json_object_put(again);
		json_object_put(object);
		if (!whole)
			return false;
	}
	return true;
}

static void test_values(void)
{
	ok(parses("interface tag=7 interface=1 name=h1 ifindex=2 kind=ethernet flags=up,running "
		  "mtu=1500",
		   "{\"message\":\"interface\",\"tag\":7,\"interface\":1,\"name\":\"h1\","
		   "\"ifindex\":2,\"kind\":\"ethernet\",\"flags\":[\"up\",\"running\"],"
		   "\"mtu\":1500,\"metered\":\"unknown\",\"quality\":0}"),
		"mif: named values by their names, flags as an array");
	ok(parses("interface kind=77 flags=9",
		   "{\"message\":\"interface\",\"tag\":0,"
		   "\"interface\":0,\"name\":\"\",\"ifindex\":0,"
		   "\"kind\":77,\"flags\":[\"up\",8],\"mtu\":0,"
		   "\"metered\":\"unknown\",\"quality\":0}"),
		"mif: values without a name stay numbers");
	ok(parses("address pvd=1 address=2001:db8::1 prefix_length=64 valid_until=forever "
		  "preferred_until=1s",
		   "{\"message\":\"address\",\"tag\":0,\"pvd\":1,\"address\":\"2001:db8::1\","
		   "\"prefix_length\":64,\"flags\":[],\"valid_until\":null,"
		   "\"preferred_until\":1000000000}"),
		"mif: addresses are text, for ever is null");
	ok(parses("connected connection=18446744073709551614 source=192.0.2.1:80",
		   "{\"message\":\"connected\",\"tag\":0,\"connection\":18446744073709551614,"
		   "\"fd\":null,\"pvd\":0,\"source\":\"192.0.2.1:80\",\"destination\":null,"
		   "\"alpn\":\"\"}"),
		"mif: large numbers are whole, no address and descriptors are null");
	ok(prints(&(struct mif_message){.type = 0x7777}, "{\"message\":\"unknown\",\"tag\":0}"),
		"mif: a message that is not in the table");
}

static void test_texts(void)
{
	char longest[MIF_TEXT_SIZE];
	struct json_object *object;

	ok(text_is("b\xc3\xbc\x63her \xe2\x82\xac \xf0\x9f\x98\x80",
		   "b\xc3\xbc\x63her "
		   "\xe2\x82\xac "
		   "\xf0\x9f\x98\x80"),
		"mif: UTF-8 stays");
	ok(text_is("a\x1b[2J\x7f\xc2\x9b", "a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
		"mif: nothing that drives a terminal stays");
	ok(text_is("\xff\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80",
		   "\xef\xbf\xbd\xef\xbf\xbd"
		   "\xef\xbf\xbd\xef\xbf\xbd"
		   "\xef\xbf\xbd\xef\xbf\xbd"
		   "\xef\xbf\xbd\xef\xbf\xbd"
		   "\xef\xbf\xbd\xef\xbf\xbd"),
		"mif: octets that are no UTF-8 are replaced, one by one");
	ok(text_is("a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd"), "mif: UTF-8 that is cut off");
	memset(longest, 0xff, sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	object = json_text(longest);
	ok(json_object_get_string_len(object) == 3 * (MIF_TEXT_SIZE - 1),
		"mif: the longest text has room");
	json_object_put(object);
}

int main(void)
{
	ok(table_is_whole(), "mif: every message of the table, with every field");
	test_values();
	test_texts();
	return tap_done();
}
