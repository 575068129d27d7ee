/* SPDX-License-Identifier: MIT */
/* Address selection against the examples of RFC 6724 sections 10.1 and 10.2, and our own cases. */
#include <stdlib.h>
#include <string.h>

#include <mif/message.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "client/select.h"
#include "tap.h"

/* Of a /64, or a /24. */
struct source {
	const char *text;
	uint32_t flags;
};

#define S(text)         \
	{               \
		text, 0 \
	}
#define D(text)                              \
	{                                    \
		text, MIF_ADDRESS_DEPRECATED \
	}
#define R(text)                          \
	{                                \
		text, MIF_ADDRESS_ROUTED \
	}
#define T(text)                             \
	{                                   \
		text, MIF_ADDRESS_TEMPORARY \
	}

#define SOURCES 5

static size_t read_sources(const struct source *sources, struct select_address *addresses)
{
	size_t count = 0;

	for (; count < SOURCES && sources[count].text != NULL; count++) {
		const struct source *source = &sources[count];
		struct select_address *address = &addresses[count];

		*address = (struct select_address){.flags = source->flags};
		if (mif_address_parse(&address->address, source->text) < 0)
			abort();
		address->prefix_length = address->address.family == AF_INET ? 24 : 64;
	}
	return count;
}

static const struct {
	const char *row, *destination;
	struct source sources[SOURCES];
	const char *best;
	size_t usable;
} source_rows[] = {
	/* Section 10.1; the example of the home address does not apply. */
	{"appropriate scope", "2001:db8:1::1", {S("2001:db8:3::1"), S("fe80::1")}, "2001:db8:3::1",
		1},
	{"appropriate scope", "2001:db8:1::1", {S("fe80::1"), S("2001:db8:3::1")}, "2001:db8:3::1",
		1},
	{"appropriate scope", "ff05::1", {S("fe80::1"), S("2001:db8:3::1")}, "2001:db8:3::1", 1},
	{"same address", "2001:db8:1::1", {S("2001:db8:2::1"), D("2001:db8:1::1")}, "2001:db8:1::1",
		2},
	{"appropriate scope", "fe80::1", {S("2001:db8:1::1"), D("fe80::2")}, "fe80::2", 2},
	{"longest matching prefix", "2001:db8:1::1", {S("2001:db8:3::2"), S("2001:db8:1::2")},
		"2001:db8:1::2", 2},
	{"matching label", "2002:c633:6401::1",
		{S("2001:db8:1::2"), T("2002:c633:6401::d5e3:7953:13eb:22e8")},
		"2002:c633:6401::d5e3:7953:13eb:22e8", 2},
	{"temporary address", "2001:db8:1::d5e3:0:0:1",
		{S("2001:db8:1::2"), T("2001:db8:1::d5e3:7953:13eb:22e8")},
		"2001:db8:1::d5e3:7953:13eb:22e8", 2},
	/* Ours. */
	{"deprecated last", "2001:db8:9::1", {D("2001:db8:9::2"), S("2001:db8:1::2")},
		"2001:db8:1::2", 2},
	{"ULA to ULA, by label", "fd00:2::1", {S("2001:db8:1::2"), S("fd00:1::2")}, "fd00:1::2", 2},
	{"the host's part of an address does not match", "2001:db8:1::d5e3",
		{S("2001:db8:1::1"), S("2001:db8:1::d5e2")}, "2001:db8:1::1", 2},
	{"a scope that reaches", "2001:db8:9::1", {S("fec0::1"), D("2001:db8:1::2")},
		"2001:db8:1::2", 2},
	{"a scope that reaches", "2001:db8:9::1", {D("2001:db8:1::2"), S("fec0::1")},
		"2001:db8:1::2", 2},
	{"no source of the family", "192.0.2.1", {S("2001:db8:1::2")}, NULL, 0},
	{"link-local for the link only", "192.0.2.1", {S("169.254.3.4")}, NULL, 0},
	{"link-local for the link", "169.254.9.9", {S("169.254.3.4")}, "169.254.3.4", 1},
	{"another link's link-local", "fe80::9%3", {S("fe80::1%2"), S("fe80::1%3")}, "fe80::1%3",
		1},
	{"any link's link-local", "fe80::9", {S("fe80::1%2")}, "fe80::1%2", 1},
	{"IPv4 on the link", "10.2.0.9", {S("10.1.0.1"), S("10.2.0.1")}, "10.2.0.1", 2},
	{"IPv4 bits off the link count for nothing", "10.2.0.9", {S("172.16.0.1"), S("10.1.0.1")},
		"172.16.0.1", 2},
	{"IPv4 off the link, from where the router is", "192.0.2.1",
		{S("10.1.0.1"), R("10.2.0.1"), R("10.2.0.2")}, "10.2.0.1", 3},
	{"IPv4 on the link, wherever the router is", "10.1.0.9", {R("10.2.0.1"), S("10.1.0.1")},
		"10.1.0.1", 2},
	{"not from loopback", "192.0.2.1", {S("127.0.0.1")}, NULL, 0},
};

static void test_sources(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++) {
		struct select_address addresses[SOURCES];
		struct mif_address destination, best, sources[SOURCES];
		size_t count = read_sources(source_rows[i].sources, addresses);

		mif_address_parse(&destination, source_rows[i].destination);
		size_t usable = select_sources(addresses, count, &destination, sources, SOURCES);
		bool right = usable == source_rows[i].usable;

		if (right && usable > 0) {
			mif_address_parse(&best, source_rows[i].best);
			right = address_equal(&sources[0], &best);
		}
		ok(right, "M26: source for %s: %s", source_rows[i].destination, source_rows[i].row);
	}
}

static void test_bounds(void)
{
	struct source given[SOURCES] = {D("10.0.0.1"), S("10.0.0.2"), S("10.0.0.3")};
	struct select_address addresses[SOURCES];
	struct mif_address destination, sources[3];
	size_t count = read_sources(given, addresses);

	mif_address_parse(&destination, "192.0.2.1");
	memset(sources, 0xee, sizeof(sources));
	ok(select_sources(addresses, count, &destination, sources, 2) == 2 &&
			sources[0].octets[3] == 2 && sources[1].octets[3] == 3,
		"M26: the best two of three sources, in order");
	ok(sources[2].family == 0xeeee, "no source beyond the room given");
	ok(select_sources(addresses, count, &destination, sources, 0) == 0, "no room, no source");

	struct select_address many[SELECT_SOURCES + 9];
	struct mif_address all[SELECT_SOURCES + 9];

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = addresses[1];
	ok(select_sources(many, ARRAY_SIZE(many), &destination, all, ARRAY_SIZE(all)) ==
			SELECT_SOURCES,
		"at most SELECT_SOURCES sources");
}

static const struct {
	const char *row;
	struct source sources[SOURCES];
	const char *destinations[2]; /* as expected: tried in both orders */
	const char *from[2]; /* NULL: no source */
} destination_rows[] = {
	/*
	 * Section 10.2; the example of the home address does not apply. Where the RFC pairs a
	 * global destination with a link-local source, it has no source here.
	 */
	{"matching scope", {S("2001:db8:1::2"), S("fe80::1"), S("169.254.13.78")},
		{"2001:db8:1::1", "198.51.100.121"}, {"2001:db8:1::2", NULL}},
	{"matching scope", {S("fe80::1"), S("198.51.100.117")}, {"198.51.100.121", "2001:db8:1::1"},
		{"198.51.100.117", NULL}},
	{"higher precedence", {S("2001:db8:1::2"), S("fe80::1"), S("10.1.2.4")},
		{"2001:db8:1::1", "10.1.2.3"}, {"2001:db8:1::2", "10.1.2.4"}},
	{"smaller scope", {S("2001:db8:1::2"), S("fe80::2")}, {"fe80::1", "2001:db8:1::1"},
		{"fe80::2", "2001:db8:1::2"}},
	{"no deprecated source", {S("2001:db8:1::2"), D("fe80::2")}, {"2001:db8:1::1", "fe80::1"},
		{"2001:db8:1::2", "fe80::2"}},
	{"longest matching prefix", {S("2001:db8:1::2"), S("2001:db8:3f44::2"), S("fe80::2")},
		{"2001:db8:1::1", "2001:db8:3ffe::1"}, {"2001:db8:1::2", "2001:db8:3f44::2"}},
	{"matching label", {S("2002:c633:6401::2"), S("fe80::2")},
		{"2002:c633:6401::1", "2001:db8:1::1"}, {"2002:c633:6401::2", "2002:c633:6401::2"}},
	{"higher precedence", {S("2002:c633:6401::2"), S("2001:db8:1::2"), S("fe80::2")},
		{"2001:db8:1::1", "2002:c633:6401::1"}, {"2001:db8:1::2", "2002:c633:6401::2"}},
	/* Ours. */
	{"ULA source alone: IPv4 first, by label", {S("fd00:1::2"), S("198.51.100.117")},
		{"198.51.100.121", "2001:db8:1::1"}, {"198.51.100.117", "fd00:1::2"}},
};

static void test_destinations(void)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(destination_rows); i++) {
		struct select_address addresses[SOURCES];
		struct select_pair pairs[2] = {0};
		bool turned = i % 2 == 1, right = true;
		size_t count = read_sources(destination_rows[i / 2].sources, addresses);

		for (size_t j = 0; j < 2; j++)
			mif_address_parse(&pairs[turned ? 1 - j : j].destination,
				destination_rows[i / 2].destinations[j]);
		select_order(addresses, count, pairs, 2);
		for (size_t j = 0; j < 2; j++) {
			struct mif_address destination, source = {0};
			const char *from = destination_rows[i / 2].from[j];

			mif_address_parse(&destination, destination_rows[i / 2].destinations[j]);
			if (from != NULL)
				mif_address_parse(&source, from);
			right = right && address_equal(&pairs[j].destination, &destination) &&
				address_equal(&pairs[j].source.address, &source);
		}
		ok(right, "M26 M30: %s before %s: %s", destination_rows[i / 2].destinations[0],
			destination_rows[i / 2].destinations[1], destination_rows[i / 2].row);
	}

	/* Addresses that no rule tells apart: a balancer's order must survive (rule 10). */
	static const char *const same[] = {"10.9.9.3", "23.9.9.1", "10.1.1.2", "172.31.0.4"};
	struct source source[SOURCES] = {S("10.1.2.4")};
	struct select_address addresses[SOURCES];
	struct select_pair pairs[4] = {0};

	read_sources(source, addresses);
	for (size_t j = 0; j < 4; j++)
		mif_address_parse(&pairs[j].destination, same[j]);
	select_order(addresses, 1, pairs, 4);
	bool right = true;
	for (size_t j = 0; j < 4; j++) {
		char text[MIF_ADDRESS_TEXT];

		right = right &&
			strcmp(mif_address_format(&pairs[j].destination, text), same[j]) == 0;
	}
	ok(right, "M30: IPv4 addresses off the link stay as the server ordered them");
}

int main(void)
{
	test_sources();
	test_bounds();
	test_destinations();
	return tap_done();
}
