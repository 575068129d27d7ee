/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <string.h>

#include "base/clock.h"
#include "hook/lease.h"

#define S "000000000"

/* 2026-11-26 14:00:00 UTC */
#define NOON UINT64_C(1795701600)

static const struct client_clock clock_now = {
	.now = 1000 * NSEC_PER_SEC, .realtime = NOON * NSEC_PER_SEC};

static struct lease lease;
static struct environment environment;
static struct report report;
static char text[REPORT_TEXT];

static size_t count_of(const char *octets, struct lease *last)
{
	struct lease_reader reader = {octets, octets + strlen(octets)};
	static struct lease next;
	size_t count = 0;

	while (lease_next(&reader, &next)) {
		*last = next;
		count++;
	}
	return count;
}

/* The only lease in the text, as a report. */
static const char *told(const char *octets)
{
	struct lease_reader reader = {octets, octets + strlen(octets)};

	text[0] = '\0';
	if (!lease_next(&reader, &lease))
		return text;
	lease_report(&lease, 3, &environment, &clock_now, &report);
	report_write(&report, text);
	return text;
}

static void is_text(const char *got, const char *expected, const char *description)
{
	if (!ok(strcmp(got, expected) == 0, "%s", description))
		printf("# got: %s\n", got);
}

/* As dhclient 4.4.3 has written it. */
#define WRITTEN                                                                              \
	"default-duid \"\\000\\001\\000\\0012\\232>\\346\\002\\000\\000\\000\\021\\001\";\n" \
	"lease {\n"                                                                          \
	"  interface \"h1\";\n"                                                              \
	"  fixed-address 10.11.0.126;\n"                                                     \
	"  server-name \"lease { fixed-address 192.0.2.1; }\";\n"                            \
	"  option subnet-mask 255.255.255.0;\n"                                              \
	"  option routers 10.11.0.1;\n"                                                      \
	"  option dhcp-lease-time 600;\n"                                                    \
	"  option dhcp-message-type 5;\n"                                                    \
	"  option domain-name-servers 10.11.0.1,10.11.0.2;\n"                                \
	"  option dhcp-server-identifier 10.11.0.1;\n"                                       \
	"  option domain-search \"one.example.\", \"corp.one.example.\";\n"                  \
	"  option ntp-servers 10.11.0.1;\n"                                                  \
	"  option rfc3442-classless-static-routes 0,10,11,0,1,24,172,16,11,10,11,0,1;\n"     \
	"  option domain-name \"one.example\";\n"                                            \
	"  renew 4 2026/11/26 14:02:00;\n"                                                   \
	"  rebind 4 2026/11/26 14:05:00;\n"                                                  \
	"  expire 4 2026/11/26 14:08:20;\n"                                                  \
	"}\n"

static void test_written(void)
{
	is_text(told(WRITTEN),
		"[dhcpv4 h1]\nifindex = 3\nprovider = 10.11.0.1\n"
		"lease = 10.11.0.126/24 renew 1120" S " rebind 1300" S " until 1500" S "\n"
		"dns-servers = 10.11.0.1 until 1500" S "\ndns-servers = 10.11.0.2 until 1500" S "\n"
		"search-domains = one.example until 1500" S "\n"
		"search-domains = corp.one.example until 1500" S "\n"
		"domain = one.example until 1500" S "\nntp-servers = 10.11.0.1 until 1500" S "\n"
		"routers = 10.11.0.1 until 1500" S "\n"
		"routes = 172.16.11.0/24 via 10.11.0.1 until 1500" S "\n",
		"M21: a lease as dhclient keeps it, with what is left of its time");
	ok(environment.complaint_count == 0, "nothing in it is complained of");
}

#define LEASE(address, expire)                             \
	"lease { interface \"h1\"; fixed-address " address \
	"; option dhcp-lease-time 600; expire " expire "; }"

static void test_times(void)
{
	told(LEASE("10.0.0.1", "epoch 1795701787; # Thu Nov 26 14:03:07 2026\n"));
	ok(report.count == 1 && report.items[0].valid_until == 1187 * NSEC_PER_SEC,
		"M18: seconds of the wall clock, and a comment behind");
	told(LEASE("10.0.0.1", "never"));
	ok(report.count == 1 && lease.expire == UINT64_MAX, "a lease without an end");
	told(LEASE("10.0.0.1", "4 2026/11/26 13:59:59"));
	ok(report.count == 0, "M18: what has ended is no lease any more");
	told(LEASE("10.0.0.1", "4 2026/13/26 14:09:59"));
	ok(lease.expire == 0 && report.count == 0,
		"nor what does not tell when it ends: here by a day that is none");
}

static void test_several(void)
{
	struct lease last;

	ok(count_of(LEASE("10.0.0.1", "never") LEASE("10.0.0.2", "never"), &last) == 2 &&
			last.addresses[0].address.octets[3] == 2,
		"a file holds old leases as well, the last one at its end");
	ok(count_of(LEASE("10.0.0.1", "never") "lease { interface \"h1\"; fixed-address 10.0.0.2;",
		   &last) == 1 &&
			last.addresses[0].address.octets[3] == 1,
		"one that is being written is none yet");
	ok(count_of("lease7 { interface \"h1\"; ia-na 00:00 { iaaddr 2001:db8::1 { max-life 3; } } "
		    "} ; } " LEASE("10.0.0.3", "never"),
		   &last) == 1 &&
			last.addresses[0].address.octets[3] == 3,
		"what is no lease, and what is nothing, is passed over");
}

static void test_bad(void)
{
	struct lease last;
	char big[40000] =
		"lease { interface \"h1\"; fixed-address 10.0.0.1; expire never; option a \"";
	size_t length = strlen(big);

	ok(count_of("lease { interface \"../h1\"; fixed-address 10.0.0.1; }", &last) == 0 &&
			count_of("lease { interface \"h1\"; fixed-address 2001:db8::1; }", &last) ==
				0 &&
			count_of("lease { fixed-address 10.0.0.1; }", &last) == 0,
		"neither without an interface that can be one, nor without an address");
	memset(big + length, 'x', 30000);
	strcpy(big + length + 30000, "\"; option domain-name \"a.example\"; }");
	told(big);
	ok(report.count == 2 && strcmp(report.items[1].text, "a.example") == 0,
		"M1: a value that is too long is cut, and the others are read");
	strcpy(big, "lease { interface \"h1\"; fixed-address 10.0.0.1; expire never; ");
	for (int i = 0; i < 100; i++)
		strcat(big, "option domain-name-servers 10.0.0.9; ");
	strcat(big, "}");
	told(big);
	ok(lease.count == LEASE_VARIABLES && report.count == 2,
		"M1: of options there are only so many");
	told("lease { interface \"h1\"; fixed-address 10.0.0.1; expire never; option domain-name "
	     "\"a\\000b\\n\"; "
	     "option domain-name-servers 300.1.1.1; }");
	ok(report.count == 1 && environment.complaint_count == 2,
		"M1: what is no value is not used");
}

/* As dhclient 4.4.3 has written it, with another address and a prefix. */
#define WRITTEN6                                                                \
	"default-duid \"\\000\\001\\000\\0012\\233\\016\\021\";\n"              \
	"lease6 {\n"                                                            \
	"  interface \"h2\";\n"                                                 \
	"  ia-na 00:00:22:10 {\n"                                               \
	"    starts 1795701540;\n"                                              \
	"    renew 300;\n"                                                      \
	"    rebind 525;\n"                                                     \
	"    iaaddr 2001:db8:2b::10ba {\n"                                      \
	"      starts 1795701540;\n"                                            \
	"      preferred-life 600;\n"                                           \
	"      max-life 600;\n"                                                 \
	"    }\n"                                                               \
	"    iaaddr 2001:db8:2b::10bb {\n"                                      \
	"      starts 1795701500;\n"                                            \
	"      preferred-life 200;\n"                                           \
	"      max-life 300;\n"                                                 \
	"    }\n"                                                               \
	"  }\n"                                                                 \
	"  ia-pd 00:00:22:10 {\n"                                               \
	"    starts 1795701540;\n"                                              \
	"    iaprefix 2001:db8:2b:8000::/56 {\n"                                \
	"      starts 1795701540;\n"                                            \
	"      preferred-life 9000;\n"                                          \
	"      max-life 9000;\n"                                                \
	"    }\n"                                                               \
	"  }\n"                                                                 \
	"  option fqdn.encoded true;\n"                                         \
	"  option dhcp6.client-id 0:1:0:1:32:9b:e:11;\n"                        \
	"  option dhcp6.server-id 0:1:0:1:32:9b:e:f;\n"                         \
	"  option dhcp6.name-servers 2001:db8:2b::1,2001:db8:2b::2;\n"          \
	"  option dhcp6.domain-search \"bravo.example.\", \"corp.example.\";\n" \
	"}\n"

static void test_ipv6(void)
{
	is_text(told(WRITTEN6),
		"[dhcpv6 h2]\nifindex = 3\nprovider = ::\n"
		"dns-servers = 2001:db8:2b::1 until 1540" S "\n"
		"dns-servers = 2001:db8:2b::2 until 1540" S "\n"
		"search-domains = bravo.example until 1540" S "\n"
		"search-domains = corp.example until 1540" S "\n"
		"lease = 2001:db8:2b::10ba/128 renew 1240" S " rebind 1465" S " until 1540" S "\n"
		"lease = 2001:db8:2b::10bb/128 renew 1240" S " rebind 1465" S " until 1200" S "\n",
		"M21: a lease for IPv6 as dhclient keeps it: each address with what is left of its "
		"time");
	ok(environment.complaint_count == 0, "nothing in it is complained of");
}

#define LEASE6(inside) "lease6 { interface \"h1\"; " inside "}"
#define ADDRESS6(address, times) \
	"ia-na \"name\" { starts 1795701500; iaaddr " address " { " times "} }"

static void test_ipv6_times(void)
{
	told(LEASE6(ADDRESS6("2001:db8::1", "starts 1795701500; max-life 4294967295; ")));
	ok(report.count == 1 && report.items[0].valid_until == TIME_FOREVER,
		"M18: an address for ever");
	told(LEASE6(ADDRESS6("2001:db8::1", "starts 1795701500; max-life 100; ")
			ADDRESS6("2001:db8::2", "starts 1795701500; max-life 101; ")));
	ok(report.count == 1 && report.items[0].address.octets[15] == 2 &&
			report.items[0].valid_until == 1001 * NSEC_PER_SEC,
		"M18: of two addresses one has ended");
	told(LEASE6(ADDRESS6("2001:db8::1", "max-life 1000; ")));
	ok(report.count == 0, "M18: nor does one hold that does not tell when it began");
	told(LEASE6(ADDRESS6("2001:db8::1", "starts 1795701500; max-life 1000; ") " released; "));
	ok(lease.address_count == 0 && report.count == 0, "M20: what is released does not hold");
	told(LEASE6("option dhcp6.name-servers 2001:db8::53; "));
	ok(lease.address_count == 0 && report.count == 0,
		"information alone does not tell when it ends");
}

static void test_ipv6_bad(void)
{
	char big[8000] = "lease6 { interface \"h1\"; ia-na 1 { starts 1795701500; ";

	ok(count_of(LEASE6("ia-na 1 { iaaddr 2001:db8::1 { max-life 9; ") " }", &lease) == 0,
		"one that is cut short is none");
	ok(count_of(LEASE6("ia-na { starts; iaaddr; iaaddr { } iaaddr 10.0.0.1 { } iaaddr ff02::1 "
			   "{ } "
			   "iaaddr fe80::1 { starts -3; } renew 1 2; rebind x; } "),
		   &lease) == 1 &&
			lease.address_count == 0,
		"M1: what is no address of a host is none");
	for (int i = 0; i < 40; i++)
		sprintf(big + strlen(big),
			"iaaddr 2001:db8::%x { starts 1795701500; max-life 500; } ", i + 1);
	strcat(big, "} option dhcp6.name-servers 2001:db8::53");
	for (int i = 0; i < 80; i++)
		sprintf(big + strlen(big), ",2001:db8::%x", i + 0x100);
	strcat(big, "; }");
	told(big);
	ok(lease.address_count == LEASE_ADDRESSES && report.count == REPORT_ITEMS &&
			report.items[REPORT_ITEMS - 1].kind == REPORT_LEASE,
		"M1: of addresses there are only so many, and they come before what else there is");
}

int main(void)
{
	test_written();
	test_times();
	test_several();
	test_bad();
	test_ipv6();
	test_ipv6_times();
	test_ipv6_bad();
	return tap_done();
}
