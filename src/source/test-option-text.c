/* SPDX-License-Identifier: MIT */
/* Names, URIs and service parameters from octets, good ones and bad ones. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/option-text.h"
#include "source/svc-params.h"
#include "tap.h"

#define NONE "(refused)"

/* ---- names ---- */

/* Read at "at"; and how many octets are left behind it. */
static const struct {
	const char *octets;
	size_t size, at;
	const char *expected;
	size_t left;
} compressed[] = {
#define OCTETS(text) text, sizeof(text) - 1
	{OCTETS("\3one\7example\0"), 0, "one.example", 0},
	{OCTETS("\3ONE\7Example\0x"), 0, "one.example", 1},
	/* RFC 3397 section 2's own example, shortened. */
	{OCTETS("\3eng\5apple\3com\0\11marketing\xc0\4"), 15, "marketing.apple.com", 0},
	{OCTETS("\3eng\5apple\3com\0\xc0\0\4rest"), 15, "eng.apple.com", 5},
	{OCTETS("\1a\0\1b\xc0\0\1c\xc0\3"), 7, "c.b.a", 0},
	{OCTETS("\xc0\0"), 0, NONE, 0}, /* at itself */
	{OCTETS("\1a\xc0\0"), 0, NONE, 0}, /* at its own beginning */
	{OCTETS("\1a\0\xc0\5\xc0\0"), 3, NONE, 0}, /* forwards */
	{OCTETS("\1a\0\xc0"), 3, NONE, 0}, /* half a pointer */
	{OCTETS("\xc0\x20\1a\0"), 0, NONE, 0}, /* beyond the end */
	{OCTETS("\1a\x40\1b\0"), 0, NONE, 0}, /* a label type of RFC 6891's past */
	{OCTETS("\1a\x80\1b\0"), 0, NONE, 0},
	{OCTETS("\1a"), 0, NONE, 0},
	{OCTETS("\3one"), 0, NONE, 0},
	{OCTETS("\0"), 0, NONE, 0}, /* the root */
	{OCTETS(""), 0, NONE, 0},
	{OCTETS("\3a b\0"), 0, NONE, 0},
	{OCTETS("\3a.b\0"), 0, NONE, 0},
};

static void test_compressed(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(compressed); i++) {
		struct reader whole = reader_of(compressed[i].octets, compressed[i].size);
		struct reader reader = whole;
		char name[MIF_TEXT_SIZE] = "";
		bool taken;

		reader_take(&reader, compressed[i].at);
		taken = option_name_compressed(&reader, &whole, name);
		if (!ok(strcmp(taken ? name : NONE, compressed[i].expected) == 0 &&
				    (!taken || reader_left(&reader) == compressed[i].left),
			    "M21: name %zu: %s", i, compressed[i].expected))
			printf("# got %s, %zu left\n", taken ? name : NONE, reader_left(&reader));
	}
}

/* A chain of pointers as long as can be, each to the one before: it ends, and the name is bounded. */
static void test_chain(void)
{
	uint8_t octets[4096] = {1, 'a', 0};
	struct reader whole = reader_of(octets, sizeof(octets)), reader = whole;
	char name[MIF_TEXT_SIZE];

	for (size_t at = 3; at + 4 <= sizeof(octets); at += 4) {
		size_t target = at == 3 ? 0 : at - 4;

		octets[at] = 1;
		octets[at + 1] = 'b';
		octets[at + 2] = (uint8_t)(0xc0 | target >> 8);
		octets[at + 3] = (uint8_t)target;
	}
	reader_take(&reader, 3 + 4 * 125);
	ok(option_name_compressed(&reader, &whole, name) && strlen(name) == 253,
		"M21: 127 labels by 126 pointers are a name");
	reader = whole;
	reader_take(&reader, 3 + 4 * 126);
	ok(!option_name_compressed(&reader, &whole, name), "M21: one more is none");
}

static const struct {
	const char *octets;
	size_t size;
	const char *expected;
} plain[] = {
	{OCTETS("one.example"), "one.example"},
	{OCTETS("One.Example."), "one.example"},
	{OCTETS("one.example\0"), "one.example"},
	{OCTETS("host"), "host"},
	{OCTETS(""), NONE},
	{OCTETS("."), NONE},
	{OCTETS(".example"), NONE},
	{OCTETS("one..example"), NONE},
	{OCTETS("one.example.."), NONE},
	{OCTETS("one.example two.example"), NONE},
	{OCTETS("one\nexample"), NONE},
	{OCTETS("one\0example"), NONE},
	{OCTETS("\x1b[2J"), NONE},
	{OCTETS("$(reboot)"), NONE},
	{OCTETS("m\xc3\xbcnchen.example"), NONE},
};

static void test_plain(void)
{
	char name[MIF_TEXT_SIZE], longest[256];

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		bool taken = option_name_plain(reader_of(plain[i].octets, plain[i].size), name);

		ok(strcmp(taken ? name : NONE, plain[i].expected) == 0, "M21: plain name %zu: %s",
			i, plain[i].expected);
	}
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 50 == 49 ? '.' : 'a';
	ok(option_name_plain(reader_of(longest, 253), name) && strlen(name) == 253,
		"M21: 253 octets are a name");
	ok(!option_name_plain(reader_of(longest, 254), name), "M21: 254 are none");
	memset(longest, 'a', sizeof(longest));
	ok(option_name_plain(reader_of(longest, 63), name), "M21: a label has 63 octets");
	ok(!option_name_plain(reader_of(longest, 64), name), "M21: and no more");
}

static void test_uri(void)
{
	char uri[MIF_TEXT_SIZE], longest[256];

	memset(longest, 'a', sizeof(longest));
	ok(option_uri(reader_of(OCTETS("https://p.example/\n\0\0")), uri) == 0 &&
			strcmp(uri, "https://p.example/") == 0,
		"M21: a URI loses what some servers put behind it");
	ok(option_uri(reader_of(OCTETS("")), uri) == -EBADMSG &&
			option_uri(reader_of(OCTETS("\0\0")), uri) == -EBADMSG &&
			option_uri(reader_of(OCTETS("a b")), uri) == -EBADMSG &&
			option_uri(reader_of(OCTETS("a\nb")), uri) == -EBADMSG &&
			option_uri(reader_of(OCTETS("a\x1b[2Jb")), uri) == -EBADMSG,
		"M21: nothing, white space and control characters are none");
	ok(option_uri(reader_of(longest, 255), uri) == 0 && strlen(uri) == 255 &&
			option_uri(reader_of(longest, 256), uri) == -ENAMETOOLONG,
		"M21: a URI has 255 octets at most");
}

static void test_address(void)
{
	static const char *const bad[] = {"0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1",
		"127.0.0.1", "::", "::1", "ff02::1", "::ffff:192.0.2.1"};
	static const char *const good[] = {"192.0.2.1", "10.0.0.255", "2001:db8::1", "fe80::1"};
	struct mif_address address;
	bool right = true;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		right &= mif_address_parse(&address, bad[i]) == 0 &&
			!option_address_is_usable(&address);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		right &= mif_address_parse(&address, good[i]) == 0 &&
			option_address_is_usable(&address);
	ok(right, "M21: a server has an address to which packets can be sent");
}

/* ---- service parameters ---- */

static const struct {
	const char *octets;
	size_t size;
	const char *expected;
} params[] = {
	{OCTETS(""), "n"},
	{OCTETS("\0\1\0\6\2h2\2h3"), "n alpn=h2,h3"},
	{OCTETS("\0\1\0\4\3dot\0\3\0\2\3\125"), "n alpn=dot port=853"},
	{OCTETS("\0\0\0\4\0\1\0\7\0\1\0\3\2h2\0\7\0\20/dns-query{?dns}"),
		"n mandatory=alpn,dohpath alpn=h2 dohpath=/dns-query{?dns}"},
	{OCTETS("\0\2\0\0\0\3\0\2\0\65"), "n no-default-alpn port=53"},
	{OCTETS("\0\4\0\10\300\0\2\1\300\0\2\2"), "n ipv4hint=192.0.2.1,192.0.2.2"},
	{OCTETS("\0\6\0\20\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "n ipv6hint=2001:db8::1"},
	{OCTETS("\xff\xfe\0\0"), "n key65534"},
	/* RFC 9460 appendix D.2 has vectors like these two. */
	{OCTETS("\2\233\0\11hello\xd2qoo"), "n key667=hello\\210qoo"},
	{OCTETS("\0\1\0\14\10f\\oo,bar\2h2"), "n alpn=f\\\\\\\\oo\\\\,bar,h2"},
	{OCTETS("\0\7\0\7a \"\x1b;()"), "n dohpath=a\\032\\034\\027\\059\\040\\041"},
	{OCTETS("\0\3\0\2\0\65\0\1\0\3\2h2"), NONE}, /* the order */
	{OCTETS("\0\3\0\2\0\65\0\3\0\2\0\65"), NONE}, /* twice */
	{OCTETS("\0\3\0\1\65"), NONE},
	{OCTETS("\0\3\0\3\0\65\0"), NONE},
	{OCTETS("\0\1\0\0"), NONE},
	{OCTETS("\0\1\0\1\0"), NONE},
	{OCTETS("\0\1\0\2\2h"), NONE},
	{OCTETS("\0\2\0\1x"), NONE},
	{OCTETS("\0\4\0\3\1\2\3"), NONE},
	{OCTETS("\0\6\0\0"), NONE},
	{OCTETS("\0\0\0\0"), NONE},
	{OCTETS("\0\3\0\4\0\65"), NONE}, /* beyond the end */
	{OCTETS("\0\3\0"), NONE},
};

static void test_params(void)
{
	uint8_t large[300] = {0xff, 0, 0, 200}, both[8 + 250];
	char text[MIF_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		int r;

		strcpy(text, "n");
		r = svc_params_append(reader_of(params[i].octets, params[i].size), text);
		if (!ok(strcmp(r < 0 ? NONE : text, params[i].expected) == 0 &&
				    (r == 0 || strcmp(text, "n") == 0),
			    "M21: service parameters %zu: %s", i, params[i].expected))
			printf("# %d %s\n", r, text);
	}
	/* Each octet needs four. */
	strcpy(text, "n");
	ok(svc_params_append(reader_of(large, 204), text) == 1 && strcmp(text, "n") == 0,
		"M21: a service parameter that does not fit is left out whole");
	memcpy(both, "\0\3\0\2\0\65\xff\0\0\xf0", 10);
	memset(both + 10, 'a', 240);
	ok(svc_params_append(reader_of(both, 250), text) == 1 && strcmp(text, "n port=53") == 0,
		"M21: the others stay");
}

int main(void)
{
	test_compressed();
	test_chain();
	test_plain();
	test_uri();
	test_address();
	test_params();
	return tap_done();
}
