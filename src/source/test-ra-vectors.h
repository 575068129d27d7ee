/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <string.h>

/*
 * Router advertisements in octets, and what they say in the words of test-ra-parse.c. The first
 * three come from another encoder, the rest were written by hand from the RFCs. They are also the
 * seeds of fuzz/corpus/ra: test-ra-parse --write DIRECTORY.
 */
struct ra_vector {
	const char *name;
	const char *octets; /* hexadecimal, spaces for the eye */
	const char *expected;
};

#define RA_VECTOR_MAX 2048

/* The octets of a vector; returns how many. */
static inline size_t ra_vector_octets(const char *hex, uint8_t octets[RA_VECTOR_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t count = 0;

	memset(octets, 0, RA_VECTOR_MAX);
	for (; *hex != '\0' && count / 2 < RA_VECTOR_MAX; hex++)
		if (*hex != ' ') {
			uint8_t digit = (uint8_t)(strchr(digits, *hex) - digits);

			octets[count / 2] = (uint8_t)(octets[count / 2] << 4 | digit);
			count++;
		}
	return count / 2;
}

/* clang-format off */

#define X2(x) x x
#define X4(x) X2(x) X2(x)
#define X8(x) X4(x) X4(x)
#define X16(x) X8(x) X8(x)
#define X32(x) X16(x) X16(x)
#define X61(x) X32(x) X16(x) X8(x) X4(x) x
#define X62(x) X61(x) x
#define X63(x) X62(x) x

/* Hop limit 64, no flags, router lifetime 1800 s. */
#define HEADER "86000000 40 00 0708 00000000 00000000 "
#define HEAD "life=1800"

#define PREFIX(length, flags, valid, preferred, prefix) \
	"03 04" length flags valid preferred "00000000" prefix
#define PREFIX_N(n) PREFIX("40", "c0", "00000258", "0000012c", "20010db8" n "0000 0000000000000000")
#define PREFIX_N_TEXT(n) " prefix=2001:db8:" n "::/64,LA,600,300"

#define ROUTE_N(n) "18 02 30 00 0000012c 20010db8" n "0000"
#define ROUTE_N_TEXT(n) " route=2001:db8:" n "::/48,0,300"

#define SERVER_N(n) "20010db8" n "00000000000000000053"
#define SERVER_N_TEXT(n) " dns=2001:db8:" n "::53,300"

#define PREF64_N(n) "26 02 0258 0064ff9b" n "000000000000"
#define PREF64_N_TEXT(n) " pref64=64:ff9b:" n "::/96,600"

/* The PvD option of "a.b", sequence number 7, with its padding: 16 octets. */
#define PVD_AB(units, flags) "15" units flags "0007 0161 0162 00 0000000000"
#define NESTED_HEADER "86000000 40 58 0258 00000000 00000000"

/* Names of 253 and of 254 octets as text. */
#define NAME_253 "3f" X63("61") "3f" X63("62") "3f" X63("63") "3d" X61("64") "00"
#define NAME_254 "3f" X63("61") "3f" X63("62") "3f" X63("63") "3e" X62("64") "00"
#define NAME_253_TEXT X63("a") "." X63("b") "." X63("c") "." X61("d")

static const struct ra_vector ra_vectors[] = {
	/* ---- whole ones ---- */
	{"alpha",
	 "860000004008012c0000000000000000 010102000000220a 05010000000005d4"
	 "030440c0000002580000012c0000000020010db8002a00000000000000000000"
	 "180230000000012c20010db82aff0000"
	 "190300000000012c20010db8002a00000000000000000001"
	 "1f0300000000012c05616c706861076578616d706c650000"
	 "250568747470733a2f2f706f7274616c2e616c7068612e6578616d706c652f617069000000000000"
	 "260202580064ff9b0000000000000000"
	 "1504800100070370766405616c706861076578616d706c650000000000000000",
	 "life=300 pref=1 lladdr=02000000220a mtu=1492 prefix=2001:db8:2a::/64,LA,600,300"
	 " route=2001:db8:2aff::/48,0,300 dns=2001:db8:2a::1,300 search=alpha.example,300"
	 " portal=https://portal.alpha.example/api pref64=64:ff9b::/96,600"
	 " pvd=pvd.alpha.example,H,1,7"},
	{"bravo",
	 "8600000040c0012c0000000000000000 010102000000220b"
	 "030440c0000002580000012c0000000020010db8002b00000000000000000000"
	 "190300000000012c20010db8002b00000000000000000001"
	 "1f0300000000012c05627261766f076578616d706c650000"
	 "1504800000030370766405627261766f076578616d706c650000000000000000",
	 "life=300 flags=MO lladdr=02000000220b prefix=2001:db8:2b::/64,LA,600,300"
	 " dns=2001:db8:2b::1,300 search=bravo.example,300 pvd=pvd.bravo.example,H,0,3"},
	{"all-nested",
	 "86000000404000000000000000000000 010102000000220a"
	 "150fe00000090370766405616c706861076578616d706c650000000000000000"
	 "86000000405802580000000000000000"
	 "030440c0000002580000012c0000000020010db802ae00000000000000000000"
	 "190300000000025820010db802ae00000000000000000001"
	 "260202580064ff9b0001000000000000",
	 "life=600 flags=O pref=-1 lladdr=02000000220a prefix=2001:db8:2ae::/64,LA,600,300"
	 " dns=2001:db8:2ae::1,600 pref64=64:ff9b:1::/96,600 pvd=pvd.alpha.example,HLR,0,9"},

	/* ---- header ---- */
	{"header-only", HEADER, HEAD},
	{"header-managed", "86000000 40 80 0708 00000000 00000000", HEAD " flags=M"},
	{"header-other", "86000000 40 40 0708 00000000 00000000", HEAD " flags=O"},
	{"header-preference-high", "86000000 40 08 0708 00000000 00000000", HEAD " pref=1"},
	{"header-preference-low", "86000000 40 18 0708 00000000 00000000", HEAD " pref=-1"},
	{"header-preference-reserved", "86000000 40 10 0708 00000000 00000000", HEAD},
	{"header-lifetime-0", "86000000 40 18 0000 00000000 00000000", "life=0"},
	{"header-lifetime-65535", "86000000 40 00 ffff 00000000 00000000", "life=65535"},
	{"header-type-133", "85000000 40 00 0708 00000000 00000000", "fault=type"},
	{"header-code-1", "86010000 40 00 0708 00000000 00000000", "fault=code"},
	{"header-15-octets", "86000000 40 00 0708 00000000 000000", "fault=short"},
	{"header-empty", "", "fault=short"},

	/* ---- framing ---- */
	{"option-zero-length", HEADER "01 00 020000002201", "fault=zero-option"},
	{"option-zero-length-at-end", HEADER "0101020000002201 0000", "fault=zero-option"},
	{"option-beyond-end", HEADER "05 02 0000 000005d4", "fault=framing"},
	{"option-1-octet-left", HEADER "0101020000002201 05", "fault=framing"},
	{"option-7-octets-left", HEADER "05 01 0000 0005d4", "fault=framing"},
	{"option-unknown", HEADER "c8 01 000000000000 0501000000000500",
	 HEAD " mtu=1280 unknown=1"},
	{"option-link-layer-infiniband", HEADER "01 03" X16("aa") X4("aa") X2("aa"), HEAD},

	/* ---- option 3 ---- */
	{"prefix-flags-l", HEADER PREFIX("40", "80", "00000258", "0000012c",
		"20010db8000100000000000000000000"), HEAD " prefix=2001:db8:1::/64,L,600,300"},
	{"prefix-flags-none", HEADER PREFIX("40", "00", "00000258", "0000012c",
		"20010db8000100000000000000000000"), HEAD " prefix=2001:db8:1::/64,,600,300"},
	{"prefix-infinity", HEADER PREFIX("40", "c0", "ffffffff", "ffffffff",
		"20010db8000100000000000000000000"),
	 HEAD " prefix=2001:db8:1::/64,LA,forever,forever"},
	{"prefix-lifetime-0", HEADER PREFIX("40", "c0", "00000000", "00000000",
		"20010db8000100000000000000000000"), HEAD " prefix=2001:db8:1::/64,LA,0,0"},
	{"prefix-host-bits", HEADER PREFIX("3c", "c0", "00000258", "0000012c",
		"20010db8000100ff0000000000000001"), HEAD " prefix=2001:db8:1:f0::/60,LA,600,300"},
	{"prefix-length-128", HEADER PREFIX("80", "c0", "00000258", "0000012c",
		"20010db8000100000000000000000001"), HEAD " prefix=2001:db8:1::1/128,LA,600,300"},
	{"prefix-length-129", HEADER PREFIX("81", "c0", "00000258", "0000012c",
		"20010db8000100000000000000000000"), HEAD " malformed=1"},
	{"prefix-length-0", HEADER PREFIX("00", "c0", "00000258", "0000012c",
		"00000000000000000000000000000000"), HEAD " malformed=1"},
	{"prefix-link-local", HEADER PREFIX("40", "c0", "00000258", "0000012c",
		"fe800000000000000000000000000000"), HEAD " malformed=1"},
	{"prefix-multicast", HEADER PREFIX("40", "c0", "00000258", "0000012c",
		"ff020000000000000000000000000000"), HEAD " malformed=1"},
	{"prefix-preferred-beyond-valid", HEADER PREFIX("40", "c0", "0000012c", "00000258",
		"20010db8000100000000000000000000"), HEAD " malformed=1"},
	{"prefix-3-units", HEADER "03 03 40c0 00000258 0000012c 00000000 20010db800010000",
	 HEAD " malformed=1"},
	{"prefix-5-units", HEADER "03 05 40c0 00000258 0000012c 00000000"
		"20010db8000100000000000000000000 0000000000000000", HEAD " malformed=1"},
	{"prefix-twice-last-counts", HEADER PREFIX_N("1001")
		PREFIX("40", "40", "00000001", "00000000", "20010db8100100000000000000000000"),
	 HEAD " prefix=2001:db8:1001::/64,A,1,0"},
	{"prefix-17", HEADER
		PREFIX_N("1001") PREFIX_N("1002") PREFIX_N("1003") PREFIX_N("1004")
		PREFIX_N("1005") PREFIX_N("1006") PREFIX_N("1007") PREFIX_N("1008")
		PREFIX_N("1009") PREFIX_N("100a") PREFIX_N("100b") PREFIX_N("100c")
		PREFIX_N("100d") PREFIX_N("100e") PREFIX_N("100f") PREFIX_N("1010")
		PREFIX_N("1011"),
	 HEAD
		PREFIX_N_TEXT("1001") PREFIX_N_TEXT("1002") PREFIX_N_TEXT("1003") PREFIX_N_TEXT("1004")
		PREFIX_N_TEXT("1005") PREFIX_N_TEXT("1006") PREFIX_N_TEXT("1007") PREFIX_N_TEXT("1008")
		PREFIX_N_TEXT("1009") PREFIX_N_TEXT("100a") PREFIX_N_TEXT("100b") PREFIX_N_TEXT("100c")
		PREFIX_N_TEXT("100d") PREFIX_N_TEXT("100e") PREFIX_N_TEXT("100f") PREFIX_N_TEXT("1010")
		" limit=1"},

	/* ---- option 5 ---- */
	{"mtu-1280", HEADER "05 01 0000 00000500", HEAD " mtu=1280"},
	{"mtu-1279", HEADER "05 01 0000 000004ff", HEAD " malformed=1"},
	{"mtu-2-units", HEADER "05 02 0000 000005d4 0000000000000000", HEAD " malformed=1"},

	/* ---- option 24 ---- */
	{"route-default-1-unit", HEADER "18 01 00 08 0000012c", HEAD " route=::/0,1,300"},
	{"route-3-units", HEADER "18 03 40 18 0000012c 20010db8000100000000000000000000",
	 HEAD " route=2001:db8:1::/64,-1,300"},
	{"route-infinity", HEADER "18 02 40 00 ffffffff 20010db800010000",
	 HEAD " route=2001:db8:1::/64,0,forever"},
	{"route-1-unit-too-short", HEADER "18 01 01 00 0000012c", HEAD " malformed=1"},
	{"route-2-units-too-short", HEADER "18 02 41 00 0000012c 20010db800010000",
	 HEAD " malformed=1"},
	{"route-length-129", HEADER "18 03 81 00 0000012c 20010db8000100000000000000000000",
	 HEAD " malformed=1"},
	{"route-4-units", HEADER "18 04 40 00 0000012c 20010db8000100000000000000000000"
		"0000000000000000", HEAD " malformed=1"},
	{"route-preference-reserved", HEADER "18 02 40 10 0000012c 20010db800010000",
	 HEAD " malformed=1"},
	{"route-link-local", HEADER "18 02 40 00 0000012c fe80000000000000", HEAD " malformed=1"},
	{"route-17", HEADER
		ROUTE_N("1001") ROUTE_N("1002") ROUTE_N("1003") ROUTE_N("1004")
		ROUTE_N("1005") ROUTE_N("1006") ROUTE_N("1007") ROUTE_N("1008")
		ROUTE_N("1009") ROUTE_N("100a") ROUTE_N("100b") ROUTE_N("100c")
		ROUTE_N("100d") ROUTE_N("100e") ROUTE_N("100f") ROUTE_N("1010")
		ROUTE_N("1011"),
	 HEAD
		ROUTE_N_TEXT("1001") ROUTE_N_TEXT("1002") ROUTE_N_TEXT("1003") ROUTE_N_TEXT("1004")
		ROUTE_N_TEXT("1005") ROUTE_N_TEXT("1006") ROUTE_N_TEXT("1007") ROUTE_N_TEXT("1008")
		ROUTE_N_TEXT("1009") ROUTE_N_TEXT("100a") ROUTE_N_TEXT("100b") ROUTE_N_TEXT("100c")
		ROUTE_N_TEXT("100d") ROUTE_N_TEXT("100e") ROUTE_N_TEXT("100f") ROUTE_N_TEXT("1010")
		" limit=1"},

	/* ---- option 25 ---- */
	{"servers-2", HEADER "19 05 0000 0000012c" SERVER_N("1001") SERVER_N("1002"),
	 HEAD SERVER_N_TEXT("1001") SERVER_N_TEXT("1002")},
	{"servers-link-local", HEADER "19 03 0000 0000012c fe800000000000000000000000000053",
	 HEAD " dns=fe80::53%7,300"},
	{"servers-infinity", HEADER "19 03 0000 ffffffff" SERVER_N("1001"),
	 HEAD " dns=2001:db8:1001::53,forever"},
	{"servers-lifetime-0", HEADER "19 03 0000 00000000" SERVER_N("1001"),
	 HEAD " dns=2001:db8:1001::53,0"},
	{"servers-1-unit", HEADER "19 01 0000 0000012c", HEAD " malformed=1"},
	{"servers-2-units", HEADER "19 02 0000 0000012c 20010db810010000", HEAD " malformed=1"},
	{"servers-4-units", HEADER "19 04 0000 0000012c" SERVER_N("1001") "20010db810020000",
	 HEAD " malformed=1"},
	{"servers-unspecified", HEADER "19 03 0000 0000012c 00000000000000000000000000000000",
	 HEAD " malformed=1"},
	{"servers-loopback", HEADER "19 03 0000 0000012c 00000000000000000000000000000001",
	 HEAD " malformed=1"},
	{"servers-multicast", HEADER "19 03 0000 0000012c ff0200000000000000000000000000fb",
	 HEAD " malformed=1"},
	{"servers-ipv4-mapped", HEADER "19 03 0000 0000012c 00000000000000000000ffffc0000235",
	 HEAD " malformed=1"},
	{"servers-one-of-two-bad", HEADER "19 05 0000 0000012c" SERVER_N("1001")
		"00000000000000000000000000000000", HEAD " malformed=1"},
	{"servers-9", HEADER "19 13 0000 0000012c"
		SERVER_N("1001") SERVER_N("1002") SERVER_N("1003") SERVER_N("1004") SERVER_N("1005")
		SERVER_N("1006") SERVER_N("1007") SERVER_N("1008") SERVER_N("1009"),
	 HEAD
		SERVER_N_TEXT("1001") SERVER_N_TEXT("1002") SERVER_N_TEXT("1003") SERVER_N_TEXT("1004")
		SERVER_N_TEXT("1005") SERVER_N_TEXT("1006") SERVER_N_TEXT("1007") SERVER_N_TEXT("1008")
		" limit=1"},

	/* ---- option 31 ---- */
	{"search-2", HEADER "1f 03 0000 0000012c 0161 0162 00 0163 00 0000000000000000",
	 HEAD " search=a.b,300 search=c,300"},
	{"search-upper-case", HEADER "1f 02 0000 0000012c 0441625f2d 0130 00",
	 HEAD " search=ab_-.0,300"},
	{"search-lifetime-0", HEADER "1f 02 0000 00000000 0161 0162 00 000000",
	 HEAD " search=a.b,0"},
	{"search-same-twice", HEADER "1f 02 0000 0000012c 0161 00 0141 00 0000",
	 HEAD " search=a,300"},
	{"search-name-253", HEADER "1f 21 0000 0000012c" NAME_253 "00",
	 HEAD " search=" NAME_253_TEXT ",300"},
	{"search-name-254", HEADER "1f 21 0000 0000012c" NAME_254, HEAD " malformed=1"},
	{"search-label-64", HEADER "1f 0a 0000 0000012c 40" X63("61") "61 00" X4("00") X2("00"),
	 HEAD " malformed=1"},
	{"search-pointer", HEADER "1f 02 0000 0000012c 0161 c008 00000000", HEAD " malformed=1"},
	{"search-pointer-loop", HEADER "1f 02 0000 0000012c c008 c008 00000000",
	 HEAD " malformed=1"},
	{"search-unterminated", HEADER "1f 02 0000 0000012c 0161 056263646566", HEAD " malformed=1"},
	{"search-beyond-option", HEADER "1f 02 0000 0000012c 0961626364656667", HEAD " malformed=1"},
	{"search-none", HEADER "1f 02 0000 0000012c 0000000000000000", HEAD " malformed=1"},
	{"search-1-unit", HEADER "1f 01 0000 0000012c", HEAD " malformed=1"},
	{"search-junk-after-padding", HEADER "1f 02 0000 0000012c 0161 00 00 0162 00 00",
	 HEAD " malformed=1"},
	{"search-space", HEADER "1f 02 0000 0000012c 03612062 00 000000", HEAD " malformed=1"},
	{"search-dot-in-label", HEADER "1f 02 0000 0000012c 03612e62 00 000000", HEAD " malformed=1"},
	{"search-escape", HEADER "1f 02 0000 0000012c 031b5b41 00 000000", HEAD " malformed=1"},
	{"search-utf-8", HEADER "1f 02 0000 0000012c 02c3a4 00 00000000", HEAD " malformed=1"},
	{"search-nul-in-label", HEADER "1f 02 0000 0000012c 03610062 00 000000", HEAD " malformed=1"},
	{"search-good-then-bad", HEADER "1f 02 0000 0000012c 0161 00 c000 000000",
	 HEAD " malformed=1"},
	{"search-9", HEADER "1f 05 0000 0000012c 016100 016200 016300 016400 016500 016600 016700"
		"016800 016900 0000000000",
	 HEAD " search=a,300 search=b,300 search=c,300 search=d,300 search=e,300 search=f,300"
	 " search=g,300 search=h,300 limit=1"},

	/* ---- option 37 ---- */
	{"portal-without-padding", HEADER "25 02 68747470733a2f2f 612f62632d64", HEAD
	 " portal=https://a/bc-d"},
	{"portal-empty", HEADER "25 01 000000000000", HEAD " malformed=1"},
	{"portal-nul-inside", HEADER "25 02 68747470733a2f2f 610062000000", HEAD " malformed=1"},
	{"portal-escape", HEADER "25 02 68747470733a2f2f 611b5b324a00", HEAD " malformed=1"},
	{"portal-line-feed", HEADER "25 02 68747470733a2f2f 610a62000000", HEAD " malformed=1"},
	{"portal-space", HEADER "25 02 68747470733a2f2f 612062000000", HEAD " malformed=1"},
	{"portal-8-bit", HEADER "25 02 68747470733a2f2f 61e462000000", HEAD " malformed=1"},
	{"portal-254", HEADER "25 20" X32("61") X32("61") X32("61") X32("61") X32("61") X32("61")
		X61("61") "61", HEAD " portal=" X32("a") X32("a") X32("a") X32("a") X32("a") X32("a")
		X61("a") "a"},
	{"portal-256", HEADER "25 21" X32("61") X32("61") X32("61") X32("61") X32("61") X32("61")
		X32("61") X32("61") "000000000000", HEAD " limit=1"},

	/* ---- option 38 ---- */
	{"pref64-96", HEADER "26 02 0258 0064ff9b 00000000 00000000",
	 HEAD " pref64=64:ff9b::/96,600"},
	{"pref64-64", HEADER "26 02 0259 20010db8 00010002 ffffffff",
	 HEAD " pref64=2001:db8:1:2::/64,600"},
	{"pref64-56", HEADER "26 02 025a 20010db8 00010200 00000000",
	 HEAD " pref64=2001:db8:1:200::/56,600"},
	{"pref64-48", HEADER "26 02 025b 20010db8 00010000 00000000",
	 HEAD " pref64=2001:db8:1::/48,600"},
	{"pref64-40", HEADER "26 02 025c 20010db8 01000000 00000000",
	 HEAD " pref64=2001:db8:100::/40,600"},
	{"pref64-32", HEADER "26 02 025d 20010db8 00000000 00000000",
	 HEAD " pref64=2001:db8::/32,600"},
	{"pref64-lifetime-0", HEADER "26 02 0000 0064ff9b 00000000 00000000",
	 HEAD " pref64=64:ff9b::/96,0"},
	{"pref64-lifetime-max", HEADER "26 02 fff8 0064ff9b 00000000 00000000",
	 HEAD " pref64=64:ff9b::/96,65528"},
	{"pref64-code-6", HEADER "26 02 025e 0064ff9b 00000000 00000000", HEAD " malformed=1"},
	{"pref64-code-7", HEADER "26 02 025f 0064ff9b 00000000 00000000", HEAD " malformed=1"},
	{"resolver", HEADER "9006 0001 00000258 0007 03646e73016500 0010" SERVER_N("0001")
	 "0008 0001000403646f74 000000", HEAD " resolver=1,2001:db8:1::53,dns.e alpn=dot,600"},
	{"resolver-ra-send", HEADER "9008000100000708001103646e730374776f076578616d706c6500"
	 "001020010db8002a00000000000000000001000e0001000403646f74000300020355000000",
	 HEAD " resolver=1,2001:db8:2a::1,dns.two.example alpn=dot port=853,1800"},
	{"resolver-link-local", HEADER "9005 0001 ffffffff 0007 03646e73016500 0010"
	 "fe800000000000000000000000000053 0000 000000",
	 HEAD " resolver=1,fe80::53%7,dns.e,forever"},
	{"resolver-name-only", HEADER "9003 0000 00000258 0007 03646e73016500 00000000000000",
	 HEAD " resolver=0,-,dns.e,600"},
	{"resolver-two-addresses", HEADER "9007 0001 00000258 0007 03646e73016500 0020"
	 SERVER_N("0001") SERVER_N("0002") "0000 000000",
	 HEAD " resolver=1,2001:db8:1::53,dns.e,600 resolver=1,2001:db8:2::53,dns.e,600"},
	{"resolver-padding", HEADER "9006 0001 00000258 0007 03646e73016500 0010" SERVER_N("0001")
	 "0008 0001000403646f74 000100", HEAD " malformed=1"},
	{"resolver-params-9", HEADER "9006 0001 00000258 0007 03646e73016500 0010" SERVER_N("0001")
	 "0009 0001000403646f74 000000", HEAD " malformed=1"},
	{"resolver-params-beyond", HEADER "9006 0001 00000258 0007 03646e73016500 0010"
	 SERVER_N("0001") "00ff 0001000403646f74 000000", HEAD " malformed=1"},
	{"resolver-addresses-15", HEADER "9005 0001 00000258 0007 03646e73016500 000f"
	 SERVER_N("0001") "0000 000000", HEAD " malformed=1"},
	{"resolver-address-multicast", HEADER "9005 0001 00000258 0007 03646e73016500 0010"
	 "ff020000000000000000000000000001 0000 000000", HEAD " malformed=1"},
	{"resolver-name-pointer", HEADER "9003 0001 00000258 0007 03646e7301c000 00000000000000",
	 HEAD " malformed=1"},
	{"resolver-name-short", HEADER "9003 0001 00000258 0008 03646e7301650000 000000000000",
	 HEAD " malformed=1"},
	{"resolver-1-unit", HEADER "9001 0001 00000258", HEAD " malformed=1"},
	{"resolver-9", HEADER "9015 0001 00000258 0007 03646e73016500 0090" SERVER_N("0001")
	 SERVER_N("0002") SERVER_N("0003") SERVER_N("0004") SERVER_N("0005") SERVER_N("0006")
	 SERVER_N("0007") SERVER_N("0008") SERVER_N("0009") "0000 000000",
	 HEAD " resolver=1,2001:db8:1::53,dns.e,600 resolver=1,2001:db8:2::53,dns.e,600"
	 " resolver=1,2001:db8:3::53,dns.e,600 resolver=1,2001:db8:4::53,dns.e,600"
	 " resolver=1,2001:db8:5::53,dns.e,600 resolver=1,2001:db8:6::53,dns.e,600"
	 " resolver=1,2001:db8:7::53,dns.e,600 resolver=1,2001:db8:8::53,dns.e,600 limit=1"},
	{"pref64-1-unit", HEADER "26 01 0258 0064ff9b", HEAD " malformed=1"},
	{"pref64-3-units", HEADER "26 03 0258 0064ff9b 00000000 00000000 0000000000000000",
	 HEAD " malformed=1"},
	{"pref64-5", HEADER PREF64_N("1001") PREF64_N("1002") PREF64_N("1003") PREF64_N("1004")
		PREF64_N("1005"),
	 HEAD PREF64_N_TEXT("1001") PREF64_N_TEXT("1002") PREF64_N_TEXT("1003")
		PREF64_N_TEXT("1004") " limit=1"},

	/* ---- option 21 ---- */
	{"pvd-plain", HEADER PVD_AB("02", "0000"), HEAD " pvd=a.b,,0,7"},
	{"pvd-flags-and-delay", HEADER PVD_AB("02", "dfff"), HEAD " pvd=a.b,HL,15,7"},
	{"pvd-1-unit", HEADER "15 01 0000 0007 0000", HEAD " malformed=1"},
	{"pvd-name-to-the-end", HEADER "15 02 0000 0007 0861626364656667 68 00",
	 HEAD " pvd=abcdefgh,,0,7"},
	{"pvd-upper-case", HEADER "15 02 0000 0007 0141 0142 00 0000000000", HEAD " pvd=a.b,,0,7"},
	{"pvd-padding-ignored", HEADER "15 02 0000 0007 0161 0162 00 ffffffffff",
	 HEAD " pvd=a.b,,0,7"},
	{"pvd-nested-options", HEADER PVD_AB("04", "8001") "05 01 0000 00000514"
		"05 01 0000 00000000", HEAD " mtu=1300 pvd=a.b,H,1,7 malformed=1"},
	{"pvd-nested-replace-outer", HEADER PVD_AB("06", "0000") PREFIX("40", "40", "00000001",
		"00000000", "20010db8100100000000000000000000") PREFIX_N("1001")
		"05 01 0000 00000514",
	 HEAD " mtu=1300 prefix=2001:db8:1001::/64,A,1,0 pvd=a.b,,0,7"},
	{"pvd-nested-header", HEADER PVD_AB("04", "2000") NESTED_HEADER,
	 "life=600 flags=O pref=-1 pvd=a.b,R,0,7"},
	{"pvd-nested-header-type-ignored", HEADER PVD_AB("04", "2000")
		"0099ffff 40 58 0258 00000000 00000000", "life=600 flags=O pref=-1 pvd=a.b,R,0,7"},
	{"pvd-nested-header-missing", HEADER PVD_AB("02", "2000"), HEAD " malformed=1"},
	{"pvd-nested-header-cut", HEADER PVD_AB("03", "2000") "86000000 40 58 0258",
	 HEAD " malformed=1"},
	{"pvd-in-pvd", HEADER PVD_AB("05", "0000") "15 02 0000 0008 0163 0164 00 0000000000"
		"05 01 0000 00000514", HEAD " mtu=1300 pvd=a.b,,0,7 nested=1"},
	{"pvd-in-pvd-in-pvd", HEADER PVD_AB("06", "0000")
		"15 04 0000 0008 0163 0164 00 0000000000"
		"15 02 0000 0009 0165 0166 00 0000000000", HEAD " pvd=a.b,,0,7 nested=1"},
	{"pvd-second", HEADER PVD_AB("02", "0000") "15 03 0000 0008 0163 0164 00 0000000000"
		"05 01 0000 00000514", HEAD " pvd=a.b,,0,7 repeated=1"},
	{"pvd-first-malformed-second-good", HEADER "15 02 0000 0007 c008 00 00 000000000000"
		PVD_AB("02", "0000"), HEAD " malformed=1 repeated=1"},
	{"pvd-nested-zero-length", HEADER PVD_AB("03", "0000") "05 00 0000 00000514",
	 "fault=zero-option"},
	{"pvd-nested-beyond-its-end", HEADER PVD_AB("03", "0000") "05 02 0000 00000514",
	 "fault=framing"},
	{"pvd-nested-beyond-its-end-outer-follows", HEADER PVD_AB("03", "0000")
		"05 02 0000 00000514 01 01 020000002201", "fault=framing"},
	{"pvd-name-pointer", HEADER "15 02 0000 0007 0161 c006 0000 00000000", HEAD " malformed=1"},
	{"pvd-name-loop", HEADER "15 02 0000 0007 c006 c006 00 0000000000", HEAD " malformed=1"},
	{"pvd-name-root", HEADER "15 02 0000 0007 00 000000000000000000", HEAD " malformed=1"},
	{"pvd-name-unterminated", HEADER "15 02 0000 0007 0161 0762636465666768",
	 HEAD " malformed=1"},
	{"pvd-name-label-64", HEADER "15 0a 0000 0007 40" X63("61") "61 00" X8("00"),
	 HEAD " malformed=1"},
	{"pvd-name-253", HEADER "15 21 0000 0007" NAME_253 "000000",
	 HEAD " pvd=" NAME_253_TEXT ",,0,7"},
	{"pvd-name-254", HEADER "15 21 0000 0007" NAME_254 "0000", HEAD " malformed=1"},
	{"pvd-name-slash", HEADER "15 02 0000 0007 03612f62 00 0000000000", HEAD " malformed=1"},
	{"pvd-malformed-rest-is-used", HEADER "15 02 0000 0007 03612f62 00 0000000000"
		"05 01 0000 00000514", HEAD " mtu=1300 malformed=1"},
	{"malformed-between-good", HEADER PREFIX_N("1001") "26 02 025f 0064ff9b 00000000 00000000"
		"05 01 0000 00000514" "18 01 01 00 0000012c" ROUTE_N("1002"),
	 HEAD " mtu=1300" PREFIX_N_TEXT("1001") ROUTE_N_TEXT("1002") " malformed=2"},
};

/* clang-format on */
