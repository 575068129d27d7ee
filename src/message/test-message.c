/* SPDX-License-Identifier: MIT */
/*
 * Every message of the table: round trip, every truncation, every small buffer, noise, text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message/message.h"
#include "tap.h"

static uint32_t seed = 1;

static uint32_t noise(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static void noise_octets(void *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)octets)[i] = (uint8_t)noise();
}

static struct mif_address noise_address(void)
{
	struct mif_address address = {0};

	address.family = noise() % 3 == 0 ? AF_INET : noise() % 2 == 0 ? AF_INET6 : AF_UNSPEC;
	noise_octets(address.octets,
		address.family == AF_INET	     ? 4
			: address.family == AF_INET6 ? 16
						     : 0);
	if (address.family == AF_INET6 && noise() % 2 == 0)
		address.scope = noise();
	return address;
}

static void noise_field(struct mif_message *message, const struct field_info *field)
{
	char *value = (char *)message + field->offset;
	struct mif_endpoint endpoint = {.address = noise_address(), .port = (uint16_t)noise()};

	switch (field->type) {
	case FIELD_TYPE_U16:
		noise_octets(value, 2);
		break;
	case FIELD_TYPE_U32:
		noise_octets(value, 4);
		break;
	case FIELD_TYPE_U64:
		noise_octets(value, 8);
		break;
	case FIELD_TYPE_ADDRESS:
		memcpy(value, &endpoint.address, sizeof(endpoint.address));
		break;
	case FIELD_TYPE_ENDPOINT:
		memcpy(value, &endpoint, sizeof(endpoint));
		break;
	case FIELD_TYPE_TEXT:
		for (size_t i = noise() % MIF_TEXT_SIZE; i > 0; i--)
			*value++ = (char)(1 + noise() % 255);
		break;
	case FIELD_TYPE_FD:
		memcpy(value, &(int){-1}, sizeof(int));
		break;
	}
}

static struct mif_message noise_message(const struct message_info *info)
{
	struct mif_message message;

	memset(&message, 0, sizeof(message));
	message.type = info->type;
	message.tag = noise();
	message.serial = noise();
	for (size_t i = 0; i < info->count; i++)
		noise_field(&message, &info->fields[i]);
	return message;
}

static bool round_trip(const struct message_info *info)
{
	struct mif_message message = noise_message(info), again;
	uint8_t octets[MESSAGE_MAX];
	int length = message_encode(&message, octets, sizeof(octets));
	size_t used;

	return length > 0 && message_decode(&again, octets, sizeof(octets), &used) == 0 &&
		used == (size_t)length && memcmp(&message, &again, sizeof(message)) == 0;
}

/* Cut at a field's end it is an older peer's message, cut elsewhere it is malformed. */
static bool truncations(const struct message_info *info)
{
	struct mif_message message = noise_message(info), again;
	uint8_t octets[MESSAGE_MAX], copy[MESSAGE_MAX];
	int length = message_encode(&message, octets, sizeof(octets));
	size_t used, whole = 0;

	for (int cut = 0; cut < length; cut++) {
		uint8_t *exact = malloc((size_t)cut + 1);
		int r;

		memcpy(copy, octets, (size_t)length);
		copy[0] = (uint8_t)(cut >> 8);
		copy[1] = (uint8_t)cut;
		memcpy(exact, copy, (size_t)cut);
		r = message_decode(&again, exact, (size_t)cut, &used);
		free(exact);
		if (r != 0 && r != -EBADMSG)
			return false;
		whole += r == 0;
		if (message_decode(&again, octets, (size_t)cut, &used) != -EBADMSG)
			return false;
	}
	return whole <= info->count;
}

static bool small_buffers(const struct message_info *info)
{
	struct mif_message message = noise_message(info);
	uint8_t octets[MESSAGE_MAX];
	int length = message_encode(&message, octets, sizeof(octets));

	for (int size = 0; size < length; size++) {
		uint8_t *exact = malloc((size_t)size + 1);
		int r = message_encode(&message, exact, (size_t)size);

		free(exact);
		if (r != -ENOBUFS)
			return false;
	}
	return true;
}

/* Whatever decodes is encoded to the same octets again, as far as it was known. */
static bool survives_noise(const struct message_info *info)
{
	for (int i = 0; i < 2000; i++) {
		uint8_t octets[MESSAGE_MAX], again[MESSAGE_MAX];
		size_t size = MESSAGE_HEAD + noise() % 300, used;
		struct mif_message message;

		noise_octets(octets, size);
		octets[0] = (uint8_t)(size >> 8);
		octets[1] = (uint8_t)size;
		octets[2] = (uint8_t)(info->type >> 8);
		octets[3] = (uint8_t)info->type;
		if (message_decode(&message, octets, size, &used) == 0 &&
			message_encode(&message, again, sizeof(again)) < 0)
			return false;
	}
	return true;
}

static bool text_round_trip(const struct message_info *info)
{
	struct mif_message message = noise_message(info), again;
	char text[4096], error[256];

	/* Text names interfaces by index: only those that fit. */
	for (size_t i = 0; i < info->count; i++) {
		char *value = (char *)&message + info->fields[i].offset;
		struct mif_address *address = (struct mif_address *)(void *)value;

		if (info->fields[i].type == FIELD_TYPE_ADDRESS ||
			info->fields[i].type == FIELD_TYPE_ENDPOINT)
			address->scope &= 0x7fffffff;
		if (info->fields[i].type == FIELD_TYPE_ENDPOINT && address->family == 0)
			((struct mif_endpoint *)(void *)value)->port = 0;
		if (info->fields[i].type == FIELD_TYPE_FD)
			return true;
		if (info->fields[i].type == FIELD_TYPE_TEXT)
			value[100] = '\0',
			memset(value + strlen(value), 0, MIF_TEXT_SIZE - strlen(value));
	}
	message.serial = 0;
	message_format(&message, true, text, sizeof(text));
	return message_parse(&again, text, error) == 0 &&
		memcmp(&message, &again, sizeof(message)) == 0;
}

static void test_each(const char *what, bool (*test)(const struct message_info *info))
{
	const char *failed = NULL;

	for (size_t i = 0; i < message_table_size; i++) {
		if (!test(&message_table[i]))
			failed = message_table[i].name;
	}
	ok(failed == NULL, "every message: %s%s%s", what, failed != NULL ? ": not " : "",
		failed != NULL ? failed : "");
}

static void test_table(void)
{
	size_t requests = 0, reports = 0;
	bool ordered = true, fits = true;

	for (size_t i = 0; i < message_table_size; i++) {
		const struct message_info *info = &message_table[i];

		if (i > 0 && info->type <= message_table[i - 1].type)
			ordered = false;
		if (message_info(info->type) != info || message_info_by_name(info->name) != info)
			ordered = false;
		requests += !info->extension && !info->report;
		reports += !info->extension && info->report;
		size_t octets = MESSAGE_HEAD;

		for (size_t n = 0; n < info->count; n++)
			octets += info->fields[n].type == FIELD_TYPE_TEXT ? 256 : 24;
		fits &= octets <= MESSAGE_MAX;
	}
	ok(ordered, "the table is in the order of its numbers, and each is found");
	ok(requests == 16 && reports == 15, "the drafts' 16 requests and 15 reports are there");
	ok(fits, "no message is longer than MESSAGE_MAX");
}

/* Equal messages are equal octets, whatever was said on the way. */
static void test_twice(void)
{
	struct mif_message twice, once;
	char error[256];
	bool parsed =
		message_parse(&twice, "translate_name name=long.example name=a", error) == 0 &&
		message_parse(&once, "translate_name name=a", error) == 0;

	ok(parsed && memcmp(&twice, &once, sizeof(once)) == 0,
		"a field that is given twice: the last counts, nothing is left of the first");
}

static void test_refusals(void)
{
	struct mif_message message = {.type = 0x7777};
	uint8_t octets[MESSAGE_MAX] = {0, 12, 0x77, 0x77};
	size_t used;
	char error[256];

	ok(message_encode(&message, octets, sizeof(octets)) == -EINVAL,
		"an unknown type is not encoded");
	octets[1] = 12;
	ok(message_decode(&message, octets, 12, &used) == -ENOMSG && used == 12 &&
			message.type == 0x7777,
		"an unknown type is told, and can be skipped");
	message.type = MIF_TRANSLATE_NAME;
	memset(message.as.translate_name.name, 'x', MIF_TEXT_SIZE);
	ok(message_encode(&message, octets, sizeof(octets)) == -EINVAL,
		"M1: a text without its end is not encoded");
	ok(message_parse(&message, "translate_name pvd=x", error) == -EINVAL &&
			strcmp(error, "translate_name: pvd: not a valid u64: x") == 0,
		"a bad value is named: %s", error);
	ok(message_parse(&message, "translate_nam", error) == -EINVAL &&
			message_parse(&message, "translate_name foo=1", error) == -EINVAL,
		"so are an unknown message and an unknown field: %s", error);
}

int main(void)
{
	test_table();
	test_each("round trip", round_trip);
	test_each("every truncation", truncations);
	test_each("every buffer that is too small", small_buffers);
	test_each("noise", survives_noise);
	test_each("text and back", text_round_trip);
	test_twice();
	test_refusals();
	return tap_done();
}
