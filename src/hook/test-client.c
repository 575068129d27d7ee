/* SPDX-License-Identifier: MIT */
#include "test-client.h"

#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hook/client.h"

#define S "000000000"

static const struct client_clock clock_now = {
	.now = 1000 * NSEC_PER_SEC, .realtime = UINT64_C(1795654290) * NSEC_PER_SEC};

static struct environment environment;
static struct client_event event;
static struct report report;
static char text[REPORT_TEXT];

static int event_of(char *const *strings, size_t count, char *const *arguments)
{
	environment_init(&environment, strings);
	return client_event_read(&event, &environment, count, arguments);
}

/* The report as text. */
static const char *told(uint32_t element)
{
	client_report(&event, element, 3, &environment, &clock_now, &report);
	report_write(&report, text);
	return text;
}

static void is_text(const char *got, const char *expected, const char *description)
{
	if (ok(strcmp(got, expected) == 0, "%s", description))
		return;
	printf("# got:\n");
	for (const char *at = got; *at != '\0'; at += strcspn(at, "\n") + 1)
		printf("#   %.*s\n", (int)strcspn(at, "\n"), at);
}

#define LEASE4                                                                      \
	"provider = 10.11.0.1\n"                                                    \
	"lease = 10.11.0.126/24 renew 1060" S " rebind 1105" S " until 1120" S "\n" \
	"dns-servers = 10.11.0.1 until 1120" S "\n"                                 \
	"search-domains = one.example until 1120" S "\n"                            \
	"search-domains = corp.one.example until 1120" S "\n"                       \
	"domain = one.example until 1120" S "\n"
#define ROUTES4                                 \
	"routers = 10.11.0.1 until 1120" S "\n" \
	"routes = 172.16.11.0/24 via 10.11.0.1 until 1120" S "\n"
#define PORTAL4 "captive-portal = https://portal.one.example/api until 1120" S "\n"
#define TIME4                                       \
	"ntp-servers = 10.11.0.1 until 1120" S "\n" \
	"mtu = 1480 until 1120" S "\n"

static void test_dhcpv4(void)
{
	char *const bound[] = {"bound"};

	ok(event_of(dhclient_bound, 0, NULL) == 0 && event.client == CLIENT_DHCLIENT &&
			event.say[MIF_ELEMENT_DHCPV4] == CLIENT_HOLDS &&
			event.say[MIF_ELEMENT_DHCPV6] == CLIENT_NOTHING,
		"dhclient: a lease");
	is_text(told(MIF_ELEMENT_DHCPV4),
		"[dhcpv4 h1]\nifindex = 3\n" LEASE4 "hostname = vm until 1120" S
		"\n" TIME4 PORTAL4 ROUTES4,
		"M21: dhclient: everything that the server gave, until the lease ends");
	ok(event_of(dhcpcd_bound, 0, NULL) == 0 && event.client == CLIENT_DHCPCD,
		"dhcpcd: a lease");
	is_text(told(MIF_ELEMENT_DHCPV4), "[dhcpv4 h1]\nifindex = 3\n" LEASE4 TIME4 ROUTES4,
		"M21: dhcpcd: the same");
	ok(event_of(udhcpc_bound, 1, bound) == 0 && event.client == CLIENT_UDHCPC,
		"udhcpc: a lease");
	is_text(told(MIF_ELEMENT_DHCPV4), "[dhcpv4 h1]\nifindex = 3\n" LEASE4 TIME4 PORTAL4 ROUTES4,
		"M21: udhcpc: the same");
	ok(environment.complaint_count == 0, "and nothing is wrong with any of it");
}

static void test_dhcpv6(void)
{
	event_of(dhclient_bound6, 0, NULL);
	is_text(told(MIF_ELEMENT_DHCPV6),
		"[dhcpv6 h1]\nifindex = 3\nprovider = ::\n"
		"lease = 2001:db8:11::196b/128 renew 1120" S " rebind 1229" S " until 1270" S "\n"
		"dns-servers = 2001:db8:11::1 until 1270" S "\n"
		"search-domains = v6.one.example until 1270" S "\n",
		"M21: dhclient -6: a lease that began 30 seconds ago");
	event_of(dhclient_informed6, 0, NULL);
	is_text(told(MIF_ELEMENT_DHCPV6),
		"[dhcpv6 h1]\nifindex = 3\nprovider = ::\ndns-servers = 2001:db8:11::1\n"
		"search-domains = v6.one.example\n",
		"M21: dhclient -6 -S: information without a lease has no end");
	event_of(dhcpcd_bound6, 0, NULL);
	is_text(told(MIF_ELEMENT_DHCPV6),
		"[dhcpv6 h1]\nifindex = 3\nprovider = ::\n"
		"lease = 2001:db8:11::1e52/128 renew 1150" S " rebind 1259" S " until 1300" S "\n"
		"dns-servers = 2001:db8:11::1 until 1300" S "\n"
		"search-domains = v6.one.example until 1300" S "\n",
		"M21: dhcpcd: DHCPv6");
}

static void test_advertisements(void)
{
	char *const updated[] = {"h1", "ra-updated"};

	event_of(dhcpcd_advertised, 0, NULL);
	ok(event.say[MIF_ELEMENT_RA] == CLIENT_HOLDS, "dhcpcd: advertisements");
	is_text(told(MIF_ELEMENT_RA),
		"[ra h1]\nifindex = 3\nprovider = fe80::ff:fe00:1101\n"
		"router = medium managed other until 1290" S "\n"
		"prefix = 2001:db8:11::/64 on-link autonomous preferred 1290" S " until 1590" S "\n"
		"dns-servers = 2001:db8:11::1 until 1290" S "\n"
		"dns-servers = fe80::1 until 1290" S "\n"
		"search-domains = v6.one.example until 1290" S "\n"
		"mtu = 1480 until 1590" S "\n"
		"provider = fe80::22:b\ndns-servers = 2001:db8:2b::1\n",
		"M21: dhcpcd: each router's own, with what is left of its lifetimes");
	ok(event_of(odhcp6c_updated, 2, updated) == 0 && event.client == CLIENT_ODHCP6C &&
			event.say[MIF_ELEMENT_RA] == CLIENT_HOLDS &&
			event.say[MIF_ELEMENT_DHCPV6] == CLIENT_HOLDS &&
			strcmp(event.interface, "h1") == 0,
		"odhcp6c: DHCPv6 and advertisements at once");
	is_text(told(MIF_ELEMENT_DHCPV6),
		"[dhcpv6 h1]\nifindex = 3\nprovider = fe80::11:1\n"
		"lease = 2001:db8:11::1e52/128 renew 1150" S " rebind 1259" S " until 1300" S "\n"
		"dns-servers = 2001:db8:11::1 until 1300" S "\n"
		"search-domains = v6.one.example until 1300" S "\n"
		"ntp-servers = 2001:db8:11::1 until 1300" S "\n"
		"ntp-servers = ntp.one.example until 1300" S "\n"
		"captive-portal = https://portal.one.example/api6 until 1300" S "\n",
		"M21: odhcp6c: DHCPv6, with its server's address on the link");
	is_text(told(MIF_ELEMENT_RA),
		"[ra h1]\nifindex = 3\nprovider = fe80::11:1\nrouter = medium until 1300" S "\n"
		"prefix = 2001:db8:11::/64 on-link autonomous preferred 1300" S " until 1600" S "\n"
		"dns-servers = 2001:db8:11::2\nsearch-domains = ra.one.example\nmtu = 1480\n",
		"M21: odhcp6c: the only router's advertisement");
	ok(environment.complaint_count == 0, "and nothing is wrong with any of it");
}

/* The environment of odhcp6c with these routes. */
static size_t items_with_routes(char *routes)
{
	char *const strings[] = {routes, "RA_DNS=2001:db8:11::2", NULL};
	char *const updated[] = {"h1", "updated"};

	event_of(strings, 2, updated);
	told(MIF_ELEMENT_RA);
	return report.count;
}

static void test_unknown_router(void)
{
	ok(items_with_routes("RA_ROUTES=::/0,fe80::1,300,512") == 2, "one router: his");
	ok(items_with_routes("RA_ROUTES=::/0,fe80::1,300,512 ::/0,fe80::2,300,512") == 0,
		"M10: two routers, merged: nobody's");
	ok(items_with_routes("RA_ROUTES=2001:db8::/64,,300,256") == 0, "no router: nobody's");
}

static uint32_t said(char *reason, uint32_t element)
{
	char *const strings[] = {"interface=h1", reason, NULL};

	return event_of(strings, 0, NULL) == 0 ? event.say[element] : UINT32_MAX;
}

static void test_ends(void)
{
	char *const strings[] = {"interface=h1", NULL};
	char *const deconfig[] = {"deconfig"};
	char *const stopped[] = {"h1", "stopped"};

	ok(said("reason=EXPIRE", MIF_ELEMENT_DHCPV4) == CLIENT_ENDS &&
			said("reason=FAIL", MIF_ELEMENT_DHCPV4) == CLIENT_ENDS &&
			said("reason=RELEASE", MIF_ELEMENT_DHCPV4) == CLIENT_ENDS &&
			said("reason=STOP", MIF_ELEMENT_DHCPV4) == CLIENT_ENDS,
		"M15: what ends a DHCPv4 lease");
	ok(said("reason=EXPIRE6", MIF_ELEMENT_DHCPV6) == CLIENT_ENDS &&
			said("reason=RELEASE6", MIF_ELEMENT_DHCPV6) == CLIENT_ENDS &&
			said("reason=EXPIRE6", MIF_ELEMENT_DHCPV4) == CLIENT_NOTHING,
		"M15: what ends a DHCPv6 lease, and that alone");
	ok(said("reason=STOPPED", MIF_ELEMENT_RA) == CLIENT_ENDS &&
			said("reason=STOPPED", MIF_ELEMENT_DHCPV4) == CLIENT_ENDS,
		"M15: a dhcpcd that leaves the interface ends all");
	ok(event_of(strings, 1, deconfig) == 0 && event.say[MIF_ELEMENT_DHCPV4] == CLIENT_ENDS,
		"M15: udhcpc: deconfig");
	ok(event_of(strings, 2, stopped) == 0 && event.say[MIF_ELEMENT_DHCPV6] == CLIENT_ENDS &&
			event.say[MIF_ELEMENT_RA] == CLIENT_ENDS,
		"M15: odhcp6c: stopped");
	ok(said("reason=PREINIT", MIF_ELEMENT_DHCPV4) == CLIENT_NOTHING &&
			said("reason=CARRIER", MIF_ELEMENT_DHCPV4) == CLIENT_NOTHING,
		"the beginning of a client says nothing");
	ok(said("reason=BOUNDED", MIF_ELEMENT_DHCPV4) == UINT32_MAX, "nor does an unknown reason");
	ok(event_of(strings, 0, NULL) == -ENOENT, "and without a reason nobody calls");
}

static void complains(char *variable, const char *complaint)
{
	char *const strings[] = {"interface=h1", "reason=BOUND", "new_ip_address=192.0.2.7",
		"new_domain_name_servers=192.0.2.53", variable, NULL};

	event_of(strings, 0, NULL);
	told(MIF_ELEMENT_DHCPV4);
	if (!ok(environment.complaint_count == 1 &&
			    strcmp(environment.complaints[0], complaint) == 0 && report.count >= 1,
		    "complaint: %s", complaint))
		printf("# %zu: %s\n", environment.complaint_count, environment.complaints[0]);
}

static void test_garbage(void)
{
	static char huge[100000] = "new_domain_name=";
	char *const slash[] = {"interface=../../etc/passwd", "reason=BOUND", NULL};
	char *const nothing[] = {"reason=BOUND", NULL};

	complains("new_routers=one", "new_routers: \"one\" is not the address of a host");
	complains("new_routers=2001:db8::1",
		"new_routers: \"2001:db8::1\" is not the address of a host");
	complains(
		"new_routers=224.0.0.1", "new_routers: \"224.0.0.1\" is not the address of a host");
	complains("new_domain_search=a..b", "new_domain_search: \"a..b\" is not a domain name");
	complains("new_domain_name=\x1b[2J;reboot",
		"new_domain_name: \"?[2J;reboot\" is not a domain name");
	complains("new_dhcp_lease_time=-1",
		"new_dhcp_lease_time: \"-1\" is not a number, or too large");
	complains("new_dhcp_lease_time=4294967296",
		"new_dhcp_lease_time: \"4294967296\" is not a number, or too large");
	complains("new_interface_mtu=67", "new_interface_mtu: \"67\" is not an MTU");
	complains("new_interface_mtu=70000", "new_interface_mtu: \"70000\" is not an MTU");
	complains(
		"new_subnet_mask=255.0.255.0", "new_subnet_mask: \"255.0.255.0\" is not a netmask");
	complains("new_captive_portal=https://a b",
		"new_captive_portal: \"https://a b\" is not a URI, or too long");
	complains("new_rfc3442_classless_static_routes=24 10 256",
		"new_rfc3442_classless_static_routes: \"256\" is not an octet of a route");
	complains("new_rfc3442_classless_static_routes=33 1 2 3 4 5 6 7 8 9",
		"new_rfc3442_classless_static_routes: \"33 1 2 3 4 5 6 7 8 9\" is not a list of "
		"routes");
	complains("new_classless_static_routes=10.0.0.0/8",
		"new_classless_static_routes: \"10.0.0.0/8\" is a route without a gateway");
	complains("new_classless_static_routes=10.0.0.0/33 10.0.0.1",
		"new_classless_static_routes: \"10.0.0.0/33\" is not a prefix");
	memset(huge + strlen(huge), 'a', sizeof(huge) - strlen(huge) - 1);
	complains(huge,
		"new_domain_name: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" and so on is "
		"too "
		"long");
	ok(event_of(slash, 0, NULL) == -EINVAL &&
			strcmp(environment.complaints[0],
				"interface: \"../../etc/passwd\" cannot be an interface's name") ==
				0,
		"an interface whose name leads elsewhere is refused");
	ok(event_of(nothing, 0, NULL) == -EINVAL, "so is an event of no interface");
}

static void test_limits(void)
{
	static char servers[4096] = "new_domain_name_servers=";
	static char *many[ENVIRONMENT_VARIABLES + 2];
	char *const strings[] = {"interface=h1", "reason=BOUND", servers, NULL};

	for (int i = 1; i <= 200; i++)
		sprintf(servers + strlen(servers), "10.0.0.%d ", i);
	event_of(strings, 0, NULL);
	told(MIF_ELEMENT_DHCPV4);
	ok(report.count == REPORT_ITEMS &&
			strstr(environment.complaints[0], "beyond the limit of 64 items") != NULL,
		"a report has at most 64 items");
	memset(servers + strlen("new_domain_name_servers="), ' ', 1000);
	for (int i = 0; i < 1000; i += 2)
		servers[strlen("new_domain_name_servers=") + (size_t)i] = 'x';
	event_of(strings, 0, NULL);
	told(MIF_ELEMENT_DHCPV4);
	ok(environment.complaint_count > ENVIRONMENT_COMPLAINTS,
		"no more than 8 complaints are kept");
	for (size_t i = 0; i <= ENVIRONMENT_VARIABLES; i++)
		many[i] = i == 0 ? "interface=h1" : "x=y";
	many[ENVIRONMENT_VARIABLES] = "reason=BOUND";
	ok(event_of(many, 0, NULL) == -ENOENT, "nor more than 4096 variables looked at");
}

static void test_old_lease(void)
{
	char *const strings[] = {"interface=h1", "reason=TIMEOUT", "new_ip_address=192.0.2.7",
		"new_expiry=1795654390", "new_dhcp_lease_time=3600", "new_dhcp_renewal_time=1800",
		"new_subnet_cidr=24", NULL};

	event_of(strings, 0, NULL);
	is_text(told(MIF_ELEMENT_DHCPV4),
		"[dhcpv4 h1]\nifindex = 3\nprovider = 0.0.0.0\nlease = 192.0.2.7/24 until 1100" S
		"\n",
		"M18: an old lease, with no server there, ends when it would have ended");
}

int main(void)
{
	test_dhcpv4();
	test_dhcpv6();
	test_advertisements();
	test_unknown_router();
	test_ends();
	test_garbage();
	test_limits();
	test_old_lease();
	return tap_done();
}
