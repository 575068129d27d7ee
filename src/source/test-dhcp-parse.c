/* SPDX-License-Identifier: MIT */
/*
 * Octets to struct dhcp_message: every vector is parsed and told in one line of text, which must be
 * the expected one; then cut at every octet. "test-dhcp-parse --write DIRECTORY" writes packets with
 * them as the seeds of the fuzz targets (DIRECTORY/dhcp4, DIRECTORY/dhcp6) instead.
 */
#include "source/test-dhcp.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "tap.h"

static struct dhcp_message message;

/* ---- text ---- */

struct text {
	char text[8192];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->length += (size_t)vsnprintf(
		text->text + text->length, sizeof(text->text) - text->length, format, arguments);
	va_end(arguments);
}

static void say_item(struct text *text, const struct dhcp_item *item)
{
	static const char *const names[] = {
		[MIF_INFORMATION_DNS_SERVERS] = "dns",
		[MIF_INFORMATION_SEARCH_DOMAINS] = "search",
		[MIF_INFORMATION_ROUTERS] = "router",
		[MIF_INFORMATION_ROUTES] = "route",
		[MIF_INFORMATION_MTU] = "mtu",
		[MIF_INFORMATION_CAPTIVE_PORTAL] = "portal",
		[MIF_INFORMATION_NTP_SERVERS] = "ntp",
		[MIF_INFORMATION_DOMAIN] = "domain",
		[MIF_INFORMATION_HOSTNAME] = "hostname",
		[MIF_INFORMATION_ENCRYPTED_DNS] = "resolver",
		[MIF_INFORMATION_PROXY] = "proxy",
	};
	char address[PREFIX_TEXT];

	say(text, " %s=", names[item->information]);
	if (item->information == MIF_INFORMATION_MTU ||
		item->information == MIF_INFORMATION_ENCRYPTED_DNS)
		say(text, "%" PRIu64, item->number);
	if (item->information == MIF_INFORMATION_ENCRYPTED_DNS)
		say(text, ",");
	if (item->information == MIF_INFORMATION_ROUTES)
		say(text, "%s,", prefix_format(&item->address, item->prefix_length, address));
	else if (item->address.family != AF_UNSPEC)
		say(text, "%s", mif_address_format(&item->address, address));
	if (item->information == MIF_INFORMATION_ENCRYPTED_DNS)
		say(text, ",");
	say(text, "%s", item->text);
}

static const char *message_text(void)
{
	static const char *const kinds[] = {
		[DHCP_OTHER] = "other",
		[DHCP_ASKS_LEASE] = "asks-lease",
		[DHCP_ASKS_DATA] = "asks-data",
		[DHCP_ASKS_CONFIRMATION] = "asks-confirmation",
		[DHCP_GIVES_BACK] = "gives-back",
		[DHCP_ANSWERS] = "answers",
		[DHCP_REFUSES] = "refuses",
	};
	static struct text text;
	char address[MIF_ADDRESS_TEXT];

	text.length = 0;
	say(&text, "%s", kinds[message.kind]);
	if (message.relayed)
		say(&text, " relayed");
	if (message.client.family != AF_UNSPEC)
		say(&text, " client=%s", mif_address_format(&message.client, address));
	if (message.server.family != AF_UNSPEC)
		say(&text, " server=%s", mif_address_format(&message.server, address));
	for (uint32_t i = 0; i < message.lease_count; i++)
		say(&text, " lease=%s,%" PRIu32 ",%" PRIu32 ",%" PRIu32,
			mif_address_format(&message.leases[i].address, address),
			message.leases[i].renew, message.leases[i].rebind, message.leases[i].valid);
	if (message.lifetime != 0)
		say(&text, " lifetime=%" PRIu32, message.lifetime);
	if (message.refresh != 0)
		say(&text, " refresh=%" PRIu32, message.refresh);
	for (uint32_t i = 0; i < message.item_count; i++)
		say_item(&text, &message.items[i]);
	if (message.skipped[DHCP_SKIP_MALFORMED] != 0)
		say(&text, " malformed=%" PRIu32, message.skipped[DHCP_SKIP_MALFORMED]);
	if (message.skipped[DHCP_SKIP_LIMIT] != 0)
		say(&text, " limit=%" PRIu32, message.skipped[DHCP_SKIP_LIMIT]);
	return text.text;
}

/* ---- vectors ---- */

#define ACK "350105 36040a0b0001 "
#define X4(x) x x x x
#define X8(x) X4(x) X4(x)
#define X16(x) X8(x) X8(x)
#define X32(x) X16(x) X16(x)
#define X64(x) X32(x) X32(x)

/* clang-format off */

static const struct {
	const char *name;
	struct test_dhcp4 message;
	const char *expected; /* NULL: dropped with this fault */
	int fault;
} vectors4[] = {
	{"golden-ack", {.given = "10.11.0.126", .options = GOLDEN_ACK},
	 "answers client=10.11.0.126 server=10.11.0.1 lease=10.11.0.126,300,525,600 lifetime=600"
	 " portal=https://portal.one.example/api router=10.11.0.1 route=172.16.11.0/24,10.11.0.1"
	 " ntp=10.11.0.1 search=one.example search=corp.one.example domain=one.example dns=10.11.0.1", 0},
	{"golden-request", {.request = true, .options = GOLDEN_REQUEST},
	 "asks-lease client=10.11.0.126 server=10.11.0.1", 0},
	{"ack-plain", {.given = "10.0.0.5", .options = ACK "330400000e10 ff"},
	 "answers client=10.0.0.5 server=10.11.0.1 lease=10.0.0.5,1800,3150,3600 lifetime=3600", 0},
	{"ack-infinite", {.given = "10.0.0.5", .options = ACK "3304ffffffff ff"},
	 "answers client=10.0.0.5 server=10.11.0.1 lease=10.0.0.5,4294967295,4294967295,4294967295"
	 " lifetime=4294967295", 0},
	{"ack-lease-0", {.given = "10.0.0.5", .options = ACK "330400000000 ff"},
	 "answers client=10.0.0.5 server=10.11.0.1", 0},
	{"ack-lease-short", {.given = "10.0.0.5", .options = ACK "3303000e10 ff"},
	 "answers client=10.0.0.5 server=10.11.0.1", 0},
	{"ack-of-inform", {.client = "10.0.0.5", .options = ACK "330400000e10 06040a0b0001 ff"},
	 "answers client=10.0.0.5 server=10.11.0.1 dns=10.11.0.1", 0},
	{"ack-without-end", {.given = "10.0.0.5", .options = ACK "06040a0b0001"},
	 "answers client=10.0.0.5 server=10.11.0.1 dns=10.11.0.1", 0},
	{"ack-pads", {.given = "10.0.0.5", .options = "00" ACK "0000 06040a0b0001 00 ff 0f01"},
	 "answers client=10.0.0.5 server=10.11.0.1 dns=10.11.0.1", 0},
	{"discover", {.request = true, .options = "350101 ff"}, "asks-lease", 0},
	{"inform", {.request = true, .client = "10.0.0.5", .options = "350108 ff"},
	 "asks-data client=10.0.0.5", 0},
	{"release", {.request = true, .client = "10.0.0.5", .options = "350107 36040a0b0001 ff"},
	 "gives-back client=10.0.0.5 server=10.11.0.1", 0},
	{"decline", {.request = true, .options = "350104 32040a000005 ff"},
	 "gives-back client=10.0.0.5", 0},
	{"offer", {.given = "10.0.0.5", .options = "350102 36040a0b0001 06040a0b0001 ff"},
	 "other client=10.0.0.5 server=10.11.0.1", 0},
	{"nak", {.options = "350106 36040a0b0001 ff"}, "refuses server=10.11.0.1", 0},
	{"relayed", {.request = true, .relay = "10.0.0.1", .options = "350101 ff"},
	 "asks-lease relayed", 0},
	{"ack-from-client", {.request = true, .options = "350105 ff"}, "other", 0},
	{"discover-from-server", {.options = "350101 ff"}, "other", 0},
	{"type-unknown", {.options = "3501c8 ff"}, "other", 0},
	{"bootp", {.options = "06040a0b0001 ff"}, NULL, DHCP_FOREIGN},
	{"type-twice", {.options = "350105 350105 ff"}, NULL, DHCP_FOREIGN},
	{"type-long", {.options = "35020505 ff"}, NULL, DHCP_FOREIGN},
	{"beyond-end", {.options = ACK "0608 0a0b0001"}, NULL, DHCP_FRAMING},
	{"beyond-end-code", {.options = ACK "06"}, NULL, DHCP_FRAMING},
	{"beyond-end-file", {.options = ACK "340101 ff", .file = "06ff"}, NULL, DHCP_FRAMING},

	/* RFC 3396: pieces, also across fields. */
	{"pieces", {.options = ACK "06020a0b 06020001 ff"},
	 "answers server=10.11.0.1 dns=10.11.0.1", 0},
	{"pieces-name", {.options = ACK "7704036f6e65 7709076578616d706c6500 ff"},
	 "answers server=10.11.0.1 search=one.example", 0},
	{"pieces-apart", {.options = ACK "7704036f6e65 0f0161 7709076578616d706c6500 ff"},
	 "answers server=10.11.0.1 search=one.example domain=a", 0},
	{"overload-file", {.options = ACK "340101 06020a0b ff", .file = "06020001 ff"},
	 "answers server=10.11.0.1 dns=10.11.0.1", 0},
	{"overload-server-name", {.options = ACK "340102 ff", .server_name = "06040a0b0001 ff",
	 .file = "06ff"}, "answers server=10.11.0.1 dns=10.11.0.1", 0},
	{"overload-both", {.options = ACK "340103 06010a ff", .file = "06020b00 ff",
	 .server_name = "060101 ff"}, "answers server=10.11.0.1 dns=10.11.0.1", 0},
	{"overload-none", {.options = ACK "ff", .file = "06040a0b0001 ff"},
	 "answers server=10.11.0.1", 0},
	{"overload-within", {.options = ACK "340101 ff", .file = "340102 ff",
	 .server_name = "06040a0b0001 ff"}, "answers server=10.11.0.1", 0},

	/* Single options. */
	{"dns-3", {.options = ACK "0603 0a0b00 ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"dns-0", {.options = ACK "0600 ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"dns-bad-among-good", {.options = ACK "0608 0a0b0001 7f000001 ff"},
	 "answers server=10.11.0.1 malformed=1", 0},
	{"dns-same-twice", {.options = ACK "0608 0a0b0001 0a0b0001 ff"},
	 "answers server=10.11.0.1 dns=10.11.0.1", 0},
	{"dns-9", {.options = ACK "0624 0a000001 0a000002 0a000003 0a000004 0a000005 0a000006 0a000007"
	 "0a000008 0a000009 ff"},
	 "answers server=10.11.0.1 dns=10.0.0.1 dns=10.0.0.2 dns=10.0.0.3 dns=10.0.0.4 dns=10.0.0.5"
	 " dns=10.0.0.6 dns=10.0.0.7 dns=10.0.0.8 limit=1", 0},
	{"mtu", {.options = ACK "1a0205dc ff"}, "answers server=10.11.0.1 mtu=1500", 0},
	{"mtu-67", {.options = ACK "1a020043 ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"mtu-68", {.options = ACK "1a020044 ff"}, "answers server=10.11.0.1 mtu=68", 0},
	{"mtu-4", {.options = ACK "1a04000005dc ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"hostname", {.options = ACK "0c06484f53542d31 ff"}, "answers server=10.11.0.1 hostname=host-1", 0},
	{"hostname-command", {.options = ACK "0c09243b7265626f6f7428 ff"},
	 "answers server=10.11.0.1 malformed=1", 0},
	{"domain-is-searched", {.options = ACK "0f0b6f6e652e6578616d706c65 ff"},
	 "answers server=10.11.0.1 domain=one.example search=one.example", 0},
	{"domain-two", {.options = ACK "0f0361 20 62 ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"search-loop", {.options = ACK "7704 0161c000 ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"search-forward", {.options = ACK "7708 0161c004 016200 00 ff"},
	 "answers server=10.11.0.1 malformed=1", 0},
	{"search-17", {.options = ACK "7733" "016100 016200 016300 016400 016500 016600 016700 016800"
	 "016900 016a00 016b00 016c00 016d00 016e00 016f00 017000 017100 ff"},
	 "answers server=10.11.0.1 search=a search=b search=c search=d search=e search=f search=g"
	 " search=h search=i search=j search=k search=l search=m search=n search=o search=p limit=1", 0},
	{"routers-superseded", {.options = ACK "03040a0b0001 790818ac100b0a0b0002 ff"},
	 "answers server=10.11.0.1 route=172.16.11.0/24,10.11.0.2", 0},
	{"routes-old", {.options = ACK "03040a0b0001 f90818ac100b0a0b0002 ff"},
	 "answers server=10.11.0.1 route=172.16.11.0/24,10.11.0.2", 0},
	{"routes-old-superseded", {.options = ACK "f90818ac100b0a0b0002 7905 00 0a0b0003 ff"},
	 "answers server=10.11.0.1 router=10.11.0.3", 0},
	{"routes-widths", {.options = ACK "7923 080a 0a0b0001 0cac10 0a0b0001 11ac1080 0a0b0001"
	 "20c0000201 0a0b0001 00 0a0b0001 ff"},
	 "answers server=10.11.0.1 route=10.0.0.0/8,10.11.0.1 route=172.16.0.0/12,10.11.0.1"
	 " route=172.16.128.0/17,10.11.0.1 route=192.0.2.1/32,10.11.0.1 router=10.11.0.1", 0},
	{"routes-on-link", {.options = ACK "790818ac100b00000000 ff"},
	 "answers server=10.11.0.1 route=172.16.11.0/24,", 0},
	{"routes-host-bits", {.options = ACK "7907 0cac1f 0a0b0001 ff"},
	 "answers server=10.11.0.1 route=172.16.0.0/12,10.11.0.1", 0},
	{"routes-33", {.options = ACK "790921c00002010a0b0001 ff"},
	 "answers server=10.11.0.1 malformed=1", 0},
	{"routes-short", {.options = ACK "790718ac100b0a0b00 ff"},
	 "answers server=10.11.0.1 malformed=1", 0},
	{"routes-by-multicast", {.options = ACK "790818ac100be0000001 ff"},
	 "answers server=10.11.0.1 malformed=1", 0},
	{"portal-escape", {.options = ACK "72041b5b324a ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"portal-256", {.options = ACK "72ff" X64("61") X64("61") X64("61") X32("61") X16("61") X8("61")
	 X4("61") "616161 720161 ff"}, "answers server=10.11.0.1 limit=1", 0},
	{"proxy-line-feed", {.options = ACK "fc0c687474703a2f2f702f61700a ff"},
	 "answers server=10.11.0.1 proxy=http://p/ap", 0},
	{"resolver-7-octets", {.options = ACK "a21d 001b 0001 07 03646e73016500 07 c0000201 c0000202"
	 "0001000403646f74 ff"}, "answers server=10.11.0.1 malformed=1", 0},
	{"resolver", {.options = ACK "a21d 001b 0001 07 03646e73016500 08 c0000201 c0000202"
	 "0001000403646f74 ff"},
	 "answers server=10.11.0.1 resolver=1,192.0.2.1,dns.e alpn=dot"
	 " resolver=1,192.0.2.2,dns.e alpn=dot", 0},
	{"resolver-name-only", {.options = ACK "a20c 000a 0000 07 03646e73016500 ff"},
	 "answers server=10.11.0.1 resolver=0,,dns.e", 0},
	{"resolver-good-then-bad", {.options = ACK "a213 000a 0000 07 03646e73016500 0005 0001020100 ff"},
	 "answers server=10.11.0.1 resolver=0,,dns.e malformed=1", 0},
	{"resolver-beyond", {.options = ACK "a203 000a00 ff"}, "answers server=10.11.0.1 malformed=1", 0},
};

#define REPLY "07000001 "
#define IA_ADDRESS(n) "00050018 20010db80000000000000000000000" n "0000012c 00000258"
#define IA_ADDRESSES_8 \
	IA_ADDRESS("01") IA_ADDRESS("02") IA_ADDRESS("03") IA_ADDRESS("04") IA_ADDRESS("05") \
	IA_ADDRESS("06") IA_ADDRESS("07") IA_ADDRESS("08")
#define LEASES_8                                                                                  \
	" lease=2001:db8::1,100,200,600 lease=2001:db8::2,100,200,600"                           \
	" lease=2001:db8::3,100,200,600 lease=2001:db8::4,100,200,600"                           \
	" lease=2001:db8::5,100,200,600 lease=2001:db8::6,100,200,600"                           \
	" lease=2001:db8::7,100,200,600 lease=2001:db8::8,100,200,600 lifetime=600"

static const struct {
	const char *name, *octets;
	const char *expected;
	int fault;
} vectors6[] = {
	{"golden-reply", GOLDEN_REPLY6,
	 "answers lease=2001:db8:2b::1b72,300,525,600 lifetime=600 search=three.example"
	 " dns=2001:db8:2b::1", 0},
	{"golden-request", GOLDEN_REQUEST6, "asks-lease", 0},
	{"golden-information", GOLDEN_INFORMATION6,
	 "answers refresh=86400 search=v6.one.example dns=2001:db8:11::1", 0},
	{"golden-release", GOLDEN_RELEASE6,
	 "gives-back lease=2001:db8:2b::1b72,0,0,0", 0},
	{"solicit", "01000001", "asks-lease", 0},
	{"advertise", "02000001", "other", 0},
	{"confirm", "04000001", "asks-confirmation", 0},
	{"renew", "05000001", "asks-lease", 0},
	{"rebind", "06000001", "asks-lease", 0},
	{"reply-empty", REPLY, "answers", 0},
	{"decline", "09000001", "gives-back", 0},
	{"reconfigure", "0a000001", "other", 0},
	{"information-request", "0b000001", "asks-data", 0},
	{"relay-forward", "0c000000", NULL, DHCP_FOREIGN},
	{"type-0", "00000001", NULL, DHCP_FOREIGN},
	{"short", "070000", NULL, DHCP_SHORT},
	{"beyond-end", REPLY "00170010 2001", NULL, DHCP_FRAMING},
	{"beyond-end-code", REPLY "0017", NULL, DHCP_FRAMING},

	/* Status codes. */
	{"success", REPLY "000d00020000", "answers", 0},
	{"unspecified", REPLY "000d00020001", "other", 0},
	{"no-binding", REPLY "000d00020003", "refuses", 0},
	{"not-on-link", REPLY "000d00060004 62616421", "refuses", 0},
	{"use-multicast", REPLY "000d00020005", "other", 0},
	{"status-short", REPLY "000d000100", "answers", 0},

	/* Identity associations. */
	{"two-addresses", REPLY "0003 0044 00000001 00000064 000000c8"
	 "00050018 20010db8000000000000000000000001 0000012c 00000258"
	 "00050018 20010db8000000000000000000000002 0000012c 00000384",
	 "answers lease=2001:db8::1,100,200,600 lease=2001:db8::2,100,200,900 lifetime=900", 0},
	{"leases-8", REPLY "0003 00ec 00000001 00000064 000000c8" IA_ADDRESSES_8, "answers" LEASES_8, 0},
	{"leases-9", REPLY "0003 0108 00000001 00000064 000000c8" IA_ADDRESSES_8 IA_ADDRESS("09"),
	 "answers" LEASES_8 " limit=1", 0},
	{"options-64", REPLY X64("00630000"), "answers", 0},
	{"options-65", REPLY X64("00630000") "00630000", "answers limit=1", 0},
	{"temporary", REPLY "0004 0020 00000001 00050018 20010db8000000000000000000000001 0000012c 00000258",
	 "answers lease=2001:db8::1,0,0,600 lifetime=600", 0},
	{"delegated", REPLY "0019 0029 00000001 00000064 000000c8"
	 "001a0019 0000012c 00000258 38 20010db8000100000000000000000000", "answers lifetime=600", 0},
	{"association-no-binding", REPLY "0003 0012 00000001 00000000 00000000 000d00020003",
	 "answers", 0},
	{"association-refused", REPLY "0003 002e 00000001 00000000 00000000 000d00020004"
	 "00050018 20010db8000000000000000000000001 0000012c 00000258", "answers", 0},
	{"association-address-status", REPLY "0003 002e 00000001 00000000 00000000"
	 "0005001e 20010db8000000000000000000000001 0000012c 00000258 000d00020004",
	 "answers", 0},
	{"valid-0", REPLY "0003 0028 00000001 00000000 00000000"
	 "00050018 20010db8000000000000000000000001 00000000 00000000", "answers", 0},
	{"association-short", REPLY "0003 000b 00000001 00000000 000000", "answers malformed=1", 0},
	{"association-frame", REPLY "0003 0010 00000001 00000000 00000000 00050018", "answers malformed=1", 0},
	{"address-short", REPLY "0003 0027 00000001 00000000 00000000"
	 "00050017 20010db8000000000000000000000001 0000012c 000002", "answers malformed=1", 0},
	{"address-link-local", REPLY "0003 0028 00000001 00000000 00000000"
	 "00050018 fe800000000000000000000000000001 0000012c 00000258", "answers malformed=1", 0},
	{"prefix-in-ia-na", REPLY "0003 0029 00000001 00000064 000000c8"
	 "001a0019 0000012c 00000258 38 20010db8000100000000000000000000", "answers", 0},

	/* Single options. */
	{"dns-two", REPLY "00170020 20010db8000000000000000000000001 fe800000000000000000000000000001",
	 "answers dns=2001:db8::1 dns=fe80::1", 0},
	{"dns-15", REPLY "0017000f 20010db80000000000000000000000", "answers malformed=1", 0},
	{"dns-multicast", REPLY "00170010 ff020000000000000000000000000001", "answers malformed=1", 0},
	{"search-compressed", REPLY "00180007 016100 0162c000", "answers malformed=1", 0},
	{"search-two", REPLY "00180006 016100 016200", "answers search=a search=b", 0},
	{"search-empty", REPLY "00180000", "answers malformed=1", 0},
	{"sntp-and-ntp", REPLY "001f0010 20010db8000000000000000000000001"
	 "00380019 00010010 20010db8000000000000000000000002 0003 0001 00",
	 "answers ntp=2001:db8::1 ntp=2001:db8::2 malformed=1", 0},
	{"ntp-name", REPLY "0038000b 0003 0007 036e7470 0165 00", "answers ntp=ntp.e", 0},
	{"ntp-multicast", REPLY "00380014 0002 0010 ff020000000000000000000000000101", "answers", 0},
	{"ntp-frame", REPLY "00380004 0001 0010", "answers malformed=1", 0},
	{"ntp-address-twice", REPLY "00380024 0001 0020 20010db8000000000000000000000001"
	 "20010db8000000000000000000000002", "answers malformed=1", 0},
	{"refresh-minimum", REPLY "00200004 00000001", "answers refresh=600", 0},
	{"refresh-short", REPLY "00200003 000001", "answers malformed=1", 0},
	{"portal", REPLY "00670009 687474703a2f2f702f", "answers portal=http://p/", 0},
	{"resolver-params-beyond", REPLY "0090002b 0001 0007 03646e73016500"
	 "0010 20010db8000000000000000000000001 0001000403646f74 000300030355", "answers malformed=1", 0},
	{"resolver", REPLY "0090002b 0001 0007 03646e73016500 0010 20010db8000000000000000000000001"
	 "0001000403646f74 00030002 0355", "answers resolver=1,2001:db8::1,dns.e alpn=dot port=853", 0},
	{"resolver-name-only", REPLY "0090000b 0001 0007 03646e73016500", "answers resolver=1,,dns.e", 0},
	{"resolver-name-short", REPLY "0090000b 0001 0008 03646e73016500", "answers malformed=1", 0},
};

/* clang-format on */

/* ---- tests ---- */

/* From memory of exactly this size, so that the sanitizer sees what is read beyond. */
static int parse(uint32_t family, const uint8_t *octets, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	int fault;

	if (copy == NULL)
		abort();
	memcpy(copy, octets, size);
	fault = family == AF_INET ? dhcp4_parse(&message, reader_of(copy, size))
				  : dhcp6_parse(&message, reader_of(copy, size));
	free(copy);
	return fault;
}

static void check(uint32_t family, const char *name, const uint8_t *octets, size_t size,
	const char *expected, int fault)
{
	int got = parse(family, octets, size);
	bool right = expected == NULL ? got == fault
				      : got == DHCP_VALID && strcmp(message_text(), expected) == 0;

	if (!ok(right, "M21: DHCPv%d: %s", family == AF_INET ? 4 : 6, name))
		printf("# got %d, %s\n# expected %d, %s\n", got,
			got == DHCP_VALID ? message_text() : "", fault,
			expected != NULL ? expected : "");
	for (size_t cut = 0; cut < size; cut++)
		parse(family, octets, cut);
}

static void test_vectors(void)
{
	uint8_t octets[TEST_PACKET_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(vectors4); i++)
		check(AF_INET, vectors4[i].name, octets,
			test_dhcp4_write(&vectors4[i].message, octets), vectors4[i].expected,
			vectors4[i].fault);
	for (size_t i = 0; i < ARRAY_SIZE(vectors6); i++) {
		struct writer writer = writer_of(octets, sizeof(octets));

		test_hex(&writer, vectors6[i].octets);
		check(AF_INET6, vectors6[i].name, octets, (size_t)(writer.at - octets),
			vectors6[i].expected, vectors6[i].fault);
	}
}

static void test_header(void)
{
	const struct test_dhcp4 ack = {
		.transaction = 0x12345678, .given = "10.0.0.5", .options = "350105 ff"};
	uint8_t octets[TEST_PACKET_MAX] = {0};
	size_t size = test_dhcp4_write(&ack, octets);

	ok(parse(AF_INET, octets, 239) == DHCP_SHORT, "M21: DHCPv4: 239 octets are too short");
	parse(AF_INET, octets, size);
	ok(message.transaction == 0x12345678 &&
			memcmp(message.hardware, "\2\0\0\0\x11\x10", 6) == 0,
		"M21: DHCPv4: transaction and hardware address");
	octets[2] = 16;
	parse(AF_INET, octets, size);
	ok(memcmp(message.hardware, "\0\0\0\0\0\0", 6) == 0,
		"M21: DHCPv4: another size of hardware address is none");
	octets[0] = 3;
	ok(parse(AF_INET, octets, size) == DHCP_FOREIGN, "M21: DHCPv4: operation 3");
	octets[0] = 2;
	octets[236] ^= 1;
	ok(parse(AF_INET, octets, size) == DHCP_FOREIGN, "M21: DHCPv4: another cookie");
	octets[236] ^= 1;
	ok(parse(AF_INET, octets, DHCP_MESSAGE_MAX) == DHCP_VALID &&
			parse(AF_INET, octets, DHCP_MESSAGE_MAX + 1) == DHCP_LONG,
		"M21: DHCPv4: 4096 octets, and no more");
	memset(octets, 0, sizeof(octets));
	octets[0] = 7;
	ok(parse(AF_INET6, octets, DHCP_MESSAGE_MAX) == DHCP_VALID &&
			parse(AF_INET6, octets, DHCP_MESSAGE_MAX + 1) == DHCP_LONG,
		"M21: DHCPv6: 4096 octets, and no more");
	ok(message.skipped[DHCP_SKIP_LIMIT] == 0 || message.option_count == DHCP_OPTION_MAX,
		"M21: DHCPv6: options beyond the limit are counted");
}

/* ---- seeds ---- */

static int seed_write(const char *directory, const char *name, const char *from, const char *to,
	bool to_server, const uint8_t *payload, size_t size)
{
	uint8_t octets[TEST_PACKET_MAX];
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (file == NULL)
		return 1;
	size = test_packet(octets, from, to, to_server, payload, size);
	size -= fwrite(octets, 1, size, file);
	return fclose(file) != 0 || size != 0;
}

static int seeds_write(const char *directory)
{
	char path[2048];
	uint8_t octets[TEST_PACKET_MAX];
	int failed = 0;

	snprintf(path, sizeof(path), "%s/dhcp4", directory);
	for (size_t i = 0; i < ARRAY_SIZE(vectors4); i++)
		failed |= seed_write(path, vectors4[i].name, "10.11.0.1", "10.11.0.126",
			vectors4[i].message.request, octets,
			test_dhcp4_write(&vectors4[i].message, octets));
	snprintf(path, sizeof(path), "%s/dhcp6", directory);
	for (size_t i = 0; i < ARRAY_SIZE(vectors6); i++) {
		struct writer writer = writer_of(octets, sizeof(octets));

		test_hex(&writer, vectors6[i].octets);
		failed |= seed_write(path, vectors6[i].name, "fe80::22:b", "fe80::1",
			octets[0] != 7 && octets[0] != 2, octets, (size_t)(writer.at - octets));
	}
	return failed;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return seeds_write(argv[2]);
	test_vectors();
	test_header();
	return tap_done();
}
