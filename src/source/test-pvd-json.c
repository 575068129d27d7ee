/* SPDX-License-Identifier: MIT */
/* Additional information (RFC 8801 section 4.3) from octets to a value. */
#include "source/pvd-json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "source/date.h"
#include "tap.h"

#define NOW UINT64_C(1800000000) /* 2027-01-15T08:00:00Z */

#define HEAD "\"identifier\": \"pvd.two.example.\", \"expires\": \"2027-06-01T00:00:00Z\""
#define WHOLE HEAD ", \"prefixes\": [\"2001:db8:2a::/48\"]"

static struct pvd_json info;

static int parse(const char *text)
{
	return pvd_json_parse(&info, text, strlen(text), "pvd.two.example", NOW);
}

static bool covers(const char *text)
{
	struct mif_address prefix;
	unsigned int length;

	return prefix_parse(&prefix, &length, text) == 0 && pvd_json_covers(&info, &prefix, length);
}

static void test_whole(void)
{
	ok(parse("{" WHOLE "}") == PVD_JSON_VALID && info.prefix_count == 1 &&
			info.expires == 1811808000 && info.zone_count == 0 && !info.no_internet,
		"M21: the three mandatory members are enough");
	ok(parse(" \r\n\t{" WHOLE "}\n\n ") == PVD_JSON_VALID, "blanks around it");
	ok(parse("{\"expires\": \"2027-06-01T00:00:00Z\", \"prefixes\": [], "
		 "\"identifier\": \"PvD.Two.eXample\"}") == PVD_JSON_VALID,
		"M21: the identifier is compared without regard to case and final dot");
	ok(parse("{" WHOLE ", \"dnsZones\": [\"two.example\", \"B.example.\", 3, \"a..b\", \"\"], "
		 "\"noInternet\": true}") == PVD_JSON_VALID &&
			info.zone_count == 2 && strcmp(info.zones[1], "b.example") == 0 &&
			info.no_internet,
		"M21: zones and the lack of internet; what is no name is left out");
	ok(parse("{" WHOLE ", \"noInternet\": \"true\", \"dnsZones\": {}, \"proxies\": 7}") ==
				PVD_JSON_VALID &&
			!info.no_internet && info.zone_count == 0 && info.proxy_count == 0,
		"optional members of a wrong type are as missing");
	ok(parse("{" WHOLE ", \"vendor-x\": {\"a\": [1, {\"b\": null}]}, \"other\": 1.5e3}") ==
			PVD_JSON_VALID,
		"unknown members are no fault");
}

static void test_text(void)
{
	char text[PVD_JSON_MAX + 2];
	size_t length;

	ok(parse("{ " WHOLE ", \"x\": \"a\\/\\u00e4\\u0007\" }") == PVD_JSON_VALID &&
			info.part_count == 1 &&
			strcmp(info.parts[0],
				"{\"identifier\":\"pvd.two.example.\",\"expires\":\"2027-06-01T00:"
				"00:00Z"
				"\",\"prefixes\":[\"2001:db8:2a::/48\"],\"x\":\"a/"
				"\xc3\xa4\\u0007\"}") == 0,
		"M21: the text is told without blanks, control characters escaped");
	length = (size_t)snprintf(text, sizeof(text), "{%s,\"x\":\"", WHOLE);
	while (length < 2000)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "\xe2\x82\xac");
	snprintf(text + length, sizeof(text) - length, "\"}");
	ok(parse(text) == PVD_JSON_VALID && info.part_count > 7, "a longer one is cut in pieces");

	bool whole = true;
	size_t total = 0;

	for (uint32_t i = 0; i < info.part_count; i++) {
		whole &= ((uint8_t)info.parts[i][0] & 0xc0) != 0x80 && info.parts[i][0] != '\0';
		total += strlen(info.parts[i]);
	}
	ok(whole && total > 1900, "between characters");
	length = (size_t)snprintf(text, sizeof(text), "{%s,\"x\":\"", WHOLE);
	memset(text + length, 'x', PVD_JSON_MAX - length);
	strcpy(text + PVD_JSON_MAX - 2, "\"}");
	ok(parse(text) == PVD_JSON_VALID && info.part_count == PVD_JSON_PARTS,
		"the longest one fits");
	strcpy(text + PVD_JSON_MAX - 1, "\"}");
	ok(parse(text) == PVD_JSON_LENGTH, "a longer one is refused");
}

static void test_syntax(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"null",
		"\"x\"",
		"7",
		"{" WHOLE "} x",
		"{" WHOLE "}{",
		"{" WHOLE ",}",
		"{" WHOLE ", \"a\": 01}",
		"{" WHOLE ", \"a\": 1.}",
		"{" WHOLE ", \"a\": NaN}",
		"{" WHOLE ", \"a\": [Infinity]}",
		"{" WHOLE ", \"a\": 1e999}",
		"{" WHOLE ", \"a\": tRue}",
		"{" WHOLE ", \"a\": \"\xff\"}",
		"{" WHOLE ", \"a\": \"\xc3",
		"/* no */ {" WHOLE "}",
		"\xef\xbb\xbf{" WHOLE "}",
		"<html>",
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse(bad[i]) == PVD_JSON_SYNTAX)
			count++;
		else
			printf("# passed: %s\n", bad[i]);
	}
	ok(count == ARRAY_SIZE(bad), "M21: what is not JSON is refused");
	ok(pvd_json_parse(&info, "{" WHOLE "}\0", sizeof("{" WHOLE "}"), "pvd.two.example", NOW) ==
			PVD_JSON_SYNTAX,
		"a NUL behind it is no blank");
}

static void test_depth(void)
{
	char text[PVD_JSON_MAX + 1];
	size_t length = (size_t)snprintf(text, sizeof(text), "{%s,\"x\":", WHOLE);

	for (size_t i = 0; i < 14; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "[");
	for (size_t i = 0; i < 14; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "]");
	snprintf(text + length, sizeof(text) - length, "}");
	ok(parse(text) == PVD_JSON_VALID, "fifteen levels");
	length = (size_t)snprintf(text, sizeof(text), "{%s,\"x\":", WHOLE);
	for (size_t i = 0; i < 40; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s", i < 20 ? "[" : "]");
	snprintf(text + length, sizeof(text) - length, "}");
	ok(parse(text) == PVD_JSON_SYNTAX, "M21: twenty-one are too many, whatever closes them");
	length = (size_t)snprintf(text, sizeof(text), "{%s,\"x\":", WHOLE);
	memset(text + length, '[', sizeof(text) - length);
	text[PVD_JSON_MAX] = '\0';
	ok(parse(text) == PVD_JSON_SYNTAX, "M21: nothing is nested without end");
	for (size_t i = length; i + 5 < PVD_JSON_MAX; i += 5)
		memcpy(text + i, "{\"\":", 5);
	text[PVD_JSON_MAX] = '\0';
	ok(parse(text) == PVD_JSON_SYNTAX, "objects neither");
}

static void test_mandatory(void)
{
	static const struct {
		const char *text;
		int fault;
		const char *what;
	} cases[] = {
		{"{\"expires\": \"2027-06-01T00:00:00Z\", \"prefixes\": []}", PVD_JSON_IDENTIFIER,
			"M21: no identifier"},
		{"{\"identifier\": \"pvd.three.example\", \"expires\": \"2027-06-01T00:00:00Z\", "
		 "\"prefixes\": []}",
			PVD_JSON_IDENTIFIER, "M21: another domain's identifier"},
		{"{\"identifier\": [\"pvd.two.example\"], \"expires\": \"2027-06-01T00:00:00Z\", "
		 "\"prefixes\": []}",
			PVD_JSON_IDENTIFIER, "an identifier of the wrong type"},
		{"{\"identifier\": \"pvd.two.example\\u0000.evil\", \"expires\": "
		 "\"2027-06-01T00:00:00Z\", \"prefixes\": []}",
			PVD_JSON_IDENTIFIER, "an identifier with a NUL"},
		{"{\"identifier\": \"pvd.two.example\", \"prefixes\": []}", PVD_JSON_EXPIRES,
			"M21: no expiry"},
		{"{\"identifier\": \"pvd.two.example\", \"expires\": 1811808000, \"prefixes\": []}",
			PVD_JSON_EXPIRES, "an expiry that is no date"},
		{"{\"identifier\": \"pvd.two.example\", \"expires\": \"2027-01-15T08:00:00Z\", "
		 "\"prefixes\": []}",
			PVD_JSON_EXPIRES, "M21: an expiry that is not in the future"},
		{"{" HEAD "}", PVD_JSON_PREFIX_LIST, "M21: no prefixes"},
		{"{" HEAD ", \"prefixes\": \"2001:db8::/32\"}", PVD_JSON_PREFIX_LIST,
			"prefixes of the wrong type"},
		{"{" HEAD ", \"prefixes\": [\"2001:db8::/32\", 1]}", PVD_JSON_PREFIX_LIST,
			"a prefix of the wrong type"},
		{"{" HEAD ", \"prefixes\": [\"10.0.0.0/8\"]}", PVD_JSON_PREFIX_LIST,
			"a prefix of the wrong family"},
		{"{" HEAD ", \"prefixes\": [\"2001:db8::/129\"]}", PVD_JSON_PREFIX_LIST,
			"a prefix that is too long"},
		{"{" HEAD ", \"prefixes\": [\"fe80::1%lo\"]}", PVD_JSON_PREFIX_LIST,
			"a prefix with a scope"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ok(parse(cases[i].text) == cases[i].fault, "%s", cases[i].what);
}

static void test_prefixes(void)
{
	char text[PVD_JSON_MAX];
	size_t length = (size_t)snprintf(text, sizeof(text), "{%s,\"prefixes\":[\"::/128\"", HEAD);

	for (int i = 0; i < PVD_JSON_PREFIXES; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, ",\"::/128\"");
	snprintf(text + length, sizeof(text) - length, "]}");
	ok(parse(text) == PVD_JSON_PREFIX_LIST, "65 prefixes are too many");
	parse("{" HEAD ", \"prefixes\": [\"2001:db8:1::/48\", \"2001:db8:2a::/56\"]}");
	ok(covers("2001:db8:2a:0::/64") && covers("2001:db8:1:ffff::/64") &&
			covers("2001:db8:1::/48"),
		"M21: a prefix within a listed one is covered");
	ok(!covers("2001:db8:2a:100::/64") && !covers("2001:db8:1::/47") &&
			!covers("2001:db8:3::/64") && !covers("::/1"),
		"M21: one beside it, or larger, is not");
}

static void test_proxies(void)
{
	ok(parse("{" WHOLE ", \"proxies\": ["
		 "{\"protocol\": \"http-connect\", \"proxy\": \"proxy.two.example:80\"},"
		 "{\"protocol\": \"https-connect\", \"proxy\": \"[2001:db8::1]:443\"},"
		 "{\"protocol\": \"socks5\", \"proxy\": \"p:1080\"},"
		 "{\"protocol\": \"connect-udp\", \"proxy\": \"https://p/masque{?x}\"},"
		 "{\"protocol\": \"http-connect\", \"proxy\": \"p:80\", \"mandatory\": [\"x\"]},"
		 "{\"protocol\": \"http-connect\", \"proxy\": \"a b:80\"},"
		 "{\"protocol\": \"http-connect\", \"proxy\": \"p\"}, 3, null]}") ==
				PVD_JSON_VALID &&
			info.proxy_count == 3,
		"M21: proxies that we can tell how to use");
	ok(strcmp(info.proxies[0], "http://proxy.two.example:80") == 0 &&
			strcmp(info.proxies[1], "https://[2001:db8::1]:443") == 0 &&
			strcmp(info.proxies[2], "socks5://p:1080") == 0,
		"M21: as URIs");
	ok(parse("{" WHOLE ", \"proxy-match\": [], \"proxies\": ["
		 "{\"protocol\": \"http-connect\", \"proxy\": \"p:80\", \"identifier\": "
		 "\"x\"}]}") == PVD_JSON_VALID &&
			info.proxy_count == 0,
		"not one that is for some destinations only");
}

static void test_dates(void)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2020-05-23T06:00:00Z", 1590213600},
		{"2000-02-29T23:59:59Z", 951868799},
		{"2038-01-19T03:14:08Z", UINT64_C(2147483648)},
		{"2106-02-07T06:28:16.5z", UINT64_C(4294967296)},
		{"1970-01-01t02:00:00+02:00", 0},
		{"1969-12-31T23:00:00-01:00", UINT64_MAX}, /* the year is before 1970 */
		{"2026-12-31T23:59:60Z", 1798761600},
		{"2026-12-31 22:30:00-01:30", 1798761600},
		{"9999-12-31T23:59:59Z", UINT64_C(253402300799)},
	};
	static const char *const bad[] = {"", "2026", "2026-05-23", "2026-05-23T06:00:00",
		"2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-05-00T00:00:00Z", "2026-05-23T24:00:00Z",
		"2026-05-23T06:60:00Z", "2026-05-23T06:00:61Z", "2026-05-23T06:00:00.Z",
		"2026-05-23T06:00:00+24:00", "2026-05-23T06:00:00Zx", "2026-5-23T06:00:00Z",
		"1970-01-01T00:00:00+01:00", "+026-05-23T06:00:00Z"};
	uint64_t seconds;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		seconds = UINT64_MAX;
		date_parse(&seconds, good[i].text);
		if (seconds == good[i].seconds)
			count++;
		else
			printf("# %s: %llu\n", good[i].text, (unsigned long long)seconds);
	}
	ok(count == ARRAY_SIZE(good), "M21: dates of RFC 3339, beyond 2038 as well");
	count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (date_parse(&seconds, bad[i]) < 0)
			count++;
		else
			printf("# passed: %s\n", bad[i]);
	}
	ok(count == ARRAY_SIZE(bad), "what is no date is refused");
}

int main(void)
{
	test_whole();
	test_text();
	test_syntax();
	test_depth();
	test_mandatory();
	test_prefixes();
	test_proxies();
	test_dates();
	return tap_done();
}
