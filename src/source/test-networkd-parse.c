/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include "source/networkd-parse.h"

static struct networkd_link parsed;
static struct model model;

/* Quotes are a burden in C: ' stands for ". The facts of the text are in the model then. */
static int parse(const char *text)
{
	static char json[65536];
	size_t length = strlen(text);
	int r;

	for (size_t i = 0; i <= length; i++)
		json[i] = text[i] == '\'' ? '"' : text[i];
	r = networkd_parse(&parsed, json, length);
	memset(&model, 0, sizeof(model));
	for (size_t i = 0; r == 0 && i < parsed.count; i++)
		model_put(&model, 0, &parsed.facts[i]);
	return r;
}

#define HEAD "{'Index':3,'Name':'h2','HardwareAddress':[2,0,0,0,34,16],"
#define V4(a, b, c, d) "[" #a "," #b "," #c "," #d "]"
#define V6(a, b) "[32,1,13,184,0," #a ",0,0,0,0,0,0,0,0,0," #b "]"
#define LL(a) "[254,128,0,0,0,0,0,0,0,0,0,0,0,34,0," #a "]"
#define BY_RA "'ConfigSource':'NDisc','ConfigProvider':" LL(10)
#define BY_DHCPV6 "'ConfigSource':'DHCPv6','ConfigProvider':" LL(11)
#define BY_DHCPV4 "'ConfigSource':'DHCPv4','ConfigProvider':" V4(10, 22, 0, 1)
#define BY_HAND "'ConfigSource':'static'"

/* As version 252 tells it of a link with two routers; times are 1000 s and more after the boot. */
static const char whole[] = HEAD
	"'AdministrativeState':'configured','DNS':["
	"{'Family':2,'Address':" V4(192, 0, 2,
		53) "," BY_HAND "},"
		    "{'Family':2,'Address':" V4(10, 22, 0,
			    1) "," BY_DHCPV4 "},"
			       "{'Family':10,'Address':" V6(43,
				       1) "," BY_DHCPV6 "},"
					  "{'Family':10,'Address':" V6(42,
						  1) "," BY_RA "}],"
						     "'NTP':[{'Server':'NTP.example.','"
						     "ConfigSource':'runtime'},"
						     "{'Family':2,'Address':" V4(10, 22, 0,
							     1) "," BY_DHCPV4 "}],"
								"'SearchDomains':[{'Domain':'hand."
								"example'," BY_HAND
								"},{'Domain':'two.example'," BY_RA
								"}],"
								"'RouteDomains':[{'Domain':'corp."
								"example'," BY_HAND "}],"
								"'Addresses':["
								"{'Family':2,'Address':" V4(10, 22,
									0,
									143) ",'PrefixLength':24,"
									     "'PreferredLifetimeUse"
									     "c':1600000000,'"
									     "ValidLifetimeUsec':"
									     "1600000000," BY_DHCPV4
									     "},"
									     "{'Family':10,'"
									     "Address':" V6(42,
										     5) ",'"
											"PrefixLeng"
											"th':64,"
											"'Preferred"
											"LifetimeUs"
											"ec':"
											"2000000000"
											",'"
											"ValidLifet"
											"imeUsec':"
											"3000000000"
											"," BY_RA
											"},"
											"{'Family':"
											"10,'"
											"Address'"
											":" V6(43,
												7) ",'PrefixLength':128,"
												   "'ValidLifetimeUsec':1500000000," BY_DHCPV6
												   "},"
												   "{'Family':10,'Address':" LL(
													   16) ",'PrefixLength':64,'ConfigSource':'foreign'}],"
													       "'Routes':["
													       "{'Destination':[0,0,0,0],'DestinationPrefixLength':0,'Gateway':" V4(
														       10,
														       22,
														       0,
														       1) ",'Table':254," BY_DHCPV4
															  "},"
															  "{'Destination':" V4(
																  172,
																  16,
																  0,
																  0) ",'DestinationPrefixLength':16,'Gateway':" V4(10,
																  22,
																  0,
																  1) ",'Table':254," BY_DHCPV4
																     "},"
																     "{'Destination':[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],'DestinationPrefixLength':0,"
																     "'Gateway':" LL(
																	     10) ",'Table':254,'MTU':1492,'LifetimeUSec':2800000000," BY_RA
																		 "},"
																		 "{'Destination':" V6(
																			 42,
																			 0) ",'DestinationPrefixLength':64,'Table':254,"
																			    "'LifetimeUSec':3000000000," BY_RA
																			    "}]}";

static void test_whole(void)
{
	test_now = 1000 * NSEC_PER_SEC;
	ok(parse(whole) == 0 && parsed.ifindex == 3 && strcmp(parsed.name, "h2") == 0 &&
			strcmp(parsed.state, "configured") == 0 && parsed.hardware_size == 6 &&
			parsed.hardware[5] == 16,
		"which link it is");
	ok(model_has(&model, "data 3 1 10.22.0.1/0  element=3 valid=600 provider=10.22.0.1") &&
			model_has(&model,
				"data 3 1 2001:db8:2b::1/0  element=2 valid=500 "
				"provider=fe80::22:b%3") &&
			model_has(&model,
				"data 3 1 2001:db8:2a::1/0  element=1 valid=2000 "
				"provider=fe80::22:a%3"),
		"M21: every DNS server with its router or server; it lives as long as anything "
		"else "
		"of theirs");
	ok(model_has(&model, "data 3 1 192.0.2.53/0  element=4 valid=-") &&
			model_has(&model, "data 3 2 -/0 hand.example element=4 valid=-") &&
			model_has(&model, "data 3 17 -/0 corp.example element=4 valid=-") &&
			model_has(&model, "data 3 9 -/0 ntp.example element=4 valid=-"),
		"M21: what was written by hand is of nobody, element STATIC");
	ok(model_has(
		   &model, "data 3 2 -/0 two.example element=1 valid=2000 provider=fe80::22:a%3") &&
			model_has(&model,
				"data 3 9 10.22.0.1/0  element=3 valid=600 provider=10.22.0.1"),
		"M21: search domains and time servers of networks");
	ok(model_has(&model,
		   "prefix 3 2001:db8:2a::/64 on-link=1 autonomous=1 preferred=1000 element=1 "
		   "valid=2000 provider=fe80::22:a%3"),
		"M10: whose prefix an address is of: told by the address and by the route, once");
	ok(model_has(&model,
		   "data 3 5 172.16.0.0/16 10.22.0.1 element=3 valid=600 provider=10.22.0.1") &&
			model_has(
				&model, "data 3 6 -/0  element=1 valid=1800 provider=fe80::22:a%3"),
		"M21: routes, and the MTU of a router's");
	ok(parsed.count == model.count && parsed.omitted == 0, "and nothing twice");
	ok(model.entries[0].fact.trust == FACT_TRUST_MANAGER, "trusted as a manager");
}

static void test_leases(void)
{
	const struct fact *four = NULL, *six = NULL;

	parse(whole);
	for (size_t i = 0; i < parsed.count; i++) {
		const struct fact *fact = &parsed.facts[i];

		if (fact->kind == FACT_LEASE && fact->element == MIF_ELEMENT_DHCPV4)
			four = fact;
		if (fact->kind == FACT_LEASE && fact->element == MIF_ELEMENT_DHCPV6)
			six = fact;
	}
	ok(four != NULL && four->valid_until == 1600 * NSEC_PER_SEC &&
			four->provider.octets[1] == 22 && four->as.lease.address.octets[3] == 143,
		"M18: an IPv4 lease, its server and its end");
	ok(six != NULL && six->valid_until == 1500 * NSEC_PER_SEC &&
			six->provider.octets[15] == 11 && six->as.lease.address.octets[15] == 7,
		"M18: an IPv6 one");
}

static void test_left_out(void)
{
	static const char *const items[] = {
		"'DNS':[{'Address':" V4(192, 0, 2, 1) ",'Port':853," BY_HAND "}]",
		"'DNS':[{'Address':" V4(127, 0, 0, 53) "," BY_HAND "}]",
		"'DNS':[{'Address':" V4(0, 0, 0, 0) "," BY_HAND "}]",
		"'DNS':[{'Address':" V4(224, 0, 0, 1) "," BY_HAND "}]",
		"'DNS':[{'Address':[1,2,3]," BY_HAND "}]",
		"'DNS':[{'Address':[1,2,3,256]," BY_HAND "}]",
		"'DNS':[{'Address':[1,2,3,-1]," BY_HAND "}]",
		"'DNS':[{'Address':[1,2,3,'4']," BY_HAND "}]",
		"'DNS':[{'Address':'1.2.3.4'," BY_HAND "}]",
		"'DNS':[{'Address':" V4(192, 0, 2, 1) "}]",
		"'DNS':[{'Address':" V4(192, 0, 2, 1) ",'ConfigSource':'foreign'}]",
		"'DNS':[{'Address':" V4(192, 0, 2, 1) ",'ConfigSource':7}]",
		"'DNS':[{'Address':" V6(42, 1) ",'ConfigSource':'NDisc'}]",
		"'DNS':[{'Address':" V6(42, 1) ",'ConfigSource':'NDisc','ConfigProvider':" V4(
			1, 2, 3, 4) "}]",
		"'DNS':[[1],'x',null,7]",
		"'DNS':{'Address':" V4(192, 0, 2, 1) "," BY_HAND "}",
		"'DNS':'all of them'",
		"'SearchDomains':[{'Domain':'a..b'," BY_HAND "},{'Domain':''," BY_HAND
		"},{'Domain':'.'," BY_HAND "},{'Domain':'x\\u0000y'," BY_HAND "}]",
		"'NTP':[{'Server':'not a name'," BY_HAND "}]",
		"'Addresses':[{'Address':" V4(10, 22, 0, 1) ",'PrefixLength':24," BY_HAND "}]",
		"'Addresses':[{'Address':" V6(42, 1) ",'PrefixLength':129," BY_RA "}]",
		"'Addresses':[{'Address':" V4(10, 22, 0, 1) ",'PrefixLength':24," BY_DHCPV6 "}]",
		"'Routes':[{'Destination':" V6(
			42, 0) ",'DestinationPrefixLength':64,'Table':7," BY_RA "}]",
		"'Routes':[{'Destination':" V4(
			10, 0, 0, 0) ",'DestinationPrefixLength':64,"
				     "'Gateway':" V4(10, 22, 0, 1) ",'Table':254," BY_DHCPV4 "}]",
	};
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		char text[2048];

		snprintf(text, sizeof(text), HEAD "%s}", items[i]);
		if (parse(text) == 0 && parsed.count == 0)
			continue;
		wrong++;
		printf("# %s: %zu facts\n", text, parsed.count);
	}
	ok(wrong == 0, "M21: %zu items that are odd, or cannot be used, are left out",
		ARRAY_SIZE(items));
}

static void test_bad(void)
{
	static const char *const texts[] = {"", "null", "7", "[]", "{}", "{'Index':3}",
		"{'Index':0,'Name':'h'}", "{'Index':-3,'Name':'h'}", "{'Index':'3','Name':'h'}",
		"{'Index':3,'Name':'sixteen-letters-'}", "{'Index':4294967299,'Name':'h'}",
		"{'Index':3,'Name':'h2'", "{'Index':3,'Name':'h2'}}", "{'Index':3,'Name':'h2'} x",
		"{'Index':3,'Name':'h2','DNS':[[[[[[[[[[]]]]]]]]]]}"};
	size_t wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (parse(texts[i]) == -EBADMSG)
			continue;
		wrong++;
		printf("# taken: %s\n", texts[i]);
	}
	ok(wrong == 0, "M1: what is no description of a link is refused");
	ok(networkd_parse(&parsed, whole, (size_t)NETWORKD_TEXT + 1) == -EBADMSG,
		"nor is one read that is longer than a megabyte");
}

static void test_limits(void)
{
	static char text[65536];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD "'DNS':[");

	for (int i = 0; i < 200; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s{'Address':[192,0,2,%d]," BY_HAND "}", i > 0 ? "," : "", i);
	snprintf(text + used, sizeof(text) - used, "]}");
	ok(parse(text) == 0 && parsed.count == NETWORKD_FACTS &&
			parsed.omitted == 200 - NETWORKD_FACTS,
		"what is more than can be held is counted");
	parse(HEAD "'Addresses':[{'Address':" V6(
		42, 5) ",'PrefixLength':64,'ValidLifetimeUsec':18446744073709551615," BY_RA "}]}");
	ok(parsed.count == 1 && parsed.facts[0].valid_until == TIME_FOREVER,
		"M18: infinity is for ever");
	parse(HEAD "'Addresses':[{'Address':" V6(
		42, 5) ",'PrefixLength':64,'ValidLifetimeUsec':18446744073709550," BY_RA "}]}");
	ok(parsed.count == 1 && parsed.facts[0].valid_until == UINT64_C(18446744073709550000),
		"M18: a long lifetime does not overflow");
}

int main(void)
{
	test_whole();
	test_leases();
	test_left_out();
	test_bad();
	test_limits();
	return tap_done();
}
