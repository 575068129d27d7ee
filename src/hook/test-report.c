/* SPDX-License-Identifier: MIT */
#include "hook/report.h"

#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"

static struct report report;
static char error[INI_ERROR];

/* Reads the text as a file. The error without the file's name. */
static int report_of(const char *text)
{
	_cleanup_(closep) int fd = memfd_create("report", MFD_CLOEXEC);
	char path[64];
	struct ini ini;
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
		ini_open(&ini, path) < 0)
		abort();
	r = report_read(&report, &ini);
	snprintf(error, sizeof(error), "%s", r < 0 ? ini.error + strlen(path) : "");
	ini_close(&ini);
	return r;
}

static void there_and_back(const char *text, const char *description)
{
	static char again[REPORT_TEXT];
	int r = report_of(text);

	report_write(&report, again);
	if (!ok(r == 0 && strcmp(text, again) == 0, "%s", description))
		printf("# %s\n# %s\n", error, again);
}

static void test_texts(void)
{
	there_and_back("[dhcpv4 h1]\nifindex = 3\n", "a report of nothing");
	there_and_back(
		"[dhcpv4 h1]\nifindex = 3\nprovider = 10.0.0.1\n"
		"lease = 10.0.0.7/24 renew 1 rebind 2 until 3\nrouters = 10.0.0.1\n"
		"routes = 172.16.0.0/12 until 3\n"
		"routes = 172.31.0.0/16 via 10.0.0.2 until 3\nmtu = 1480 until 3\nhostname = vm\n"
		"captive-portal = https://a.example/b?c=d until 3\n"
		"ntp-servers = 10.0.0.1\nntp-servers = ntp.example\n"
		"proxy = http://wpad.example/wpad.dat\n",
		"one of DHCPv4");
	there_and_back("[ra h.1]\nifindex = 2147483647\nprovider = fe80::1\n"
		       "router = high managed other until 18446744073709551614\n"
		       "prefix = 2001:db8::/64 on-link autonomous preferred 1 until 2\n"
		       "dns-servers = fe80::1\nprovider = fe80::2\nrouter = low\n",
		"one of two routers");
	ok(report.items[2].address.scope == INT32_MAX &&
			report.items[2].provider.scope == INT32_MAX,
		"whose link-local addresses are the link's");
}

static void fails(const char *text, const char *expected)
{
	int r = report_of(text);

	if (!ok(r == -EINVAL && strcmp(error, expected) == 0, "error%s", expected))
		printf("# got: %d %s\n", r, error);
}

static void test_errors(void)
{
	fails("[dhcpv4 h1]\nifindex = 3\nroutes = 172.16.0.0/12 via there\n",
		":3: routes: \"172.16.0.0/12 via there\" is not a value of it");
	fails("[dhcpv4 h1]\nifindex = 3\ndns-servers = 10.0.0.1 via 10.0.0.2\n",
		":3: dns-servers: \"10.0.0.1 via 10.0.0.2\" is not a value of it");
	fails("", ": no report");
	fails("[dhcpv4 h1]\n", ":1: no report");
	fails("ifindex = 3\n", ":1: ifindex: before the first section");
	fails("[static h1]\n", ":1: there is no section \"static\"");
	fails("[dhcpv4 h/1]\n", ":1: \"h/1\" cannot be an interface's name");
	fails("[dhcpv4]\n", ":1: \"\" cannot be an interface's name");
	fails("[dhcpv4 h1]\nprovider = ::1\n",
		":2: provider: the index of the interface is missing");
	fails("[dhcpv4 h1]\nifindex = 0\n", ":2: ifindex: the index of the interface is missing");
	fails("[dhcpv4 h1]\nifindex = 4294967296\n",
		":2: ifindex: the index of the interface is missing");
	fails("[dhcpv4 h1]\nifindex = 3\n[dhcpv6 h1]\n", ":3: a second section");
	fails("[dhcpv4 h1]\nifindex = 3\nifindex = 3\n", ":3: ifindex: a report has no such key");
	fails("[dhcpv4 h1]\nifindex = 3\nprovider = one\n",
		":3: provider: \"one\" is not an address");
	fails("[dhcpv4 h1]\nifindex = 3\nprovider = fe80::1%1\n",
		":3: provider: \"fe80::1%1\" is not an address");
	fails("[dhcpv4 h1]\nifindex = 3\nlease = 10.0.0.1/33\n",
		":3: lease: \"10.0.0.1/33\" is not a value of it");
	fails("[dhcpv4 h1]\nifindex = 3\nmtu = 1480 until\n",
		":3: mtu: \"1480 until\" is not a value of it");
	fails("[dhcpv4 h1]\nifindex = 3\nmtu = 1480 until 18446744073709551616\n",
		":3: mtu: \"1480 until 18446744073709551616\" is not a value of it");
	fails("[dhcpv4 h1]\nifindex = 3\nmtu = 1480 then 3\n",
		":3: mtu: \"1480 then 3\" is not a value of it");
	fails("[dhcpv4 h1]\nifindex = 3\nsearch-domains = a..b\n",
		":3: search-domains: \"a..b\" is not a value of it");
	fails("[ra h1]\nifindex = 3\nrouter = best\n", ":3: router: \"best\" is not a value of it");
}

/* The longest lines there can be, as many as there can be. */
static void test_limits(void)
{
	static char text[REPORT_TEXT];
	static struct report full;
	struct report_item *item;
	size_t length;

	memset(&full, 0, sizeof(full));
	strcpy(full.interface, "h23456789012345");
	full.element = MIF_ELEMENT_DHCPV6;
	full.ifindex = 1;
	while ((item = report_add(&full, REPORT_DATA)) != NULL) {
		item->information = MIF_INFORMATION_CAPTIVE_PORTAL;
		memset(item->text, 'a', sizeof(item->text) - 1);
		item->valid_until--;
		mif_address_parse(&item->provider,
			full.count % 2 == 0 ? "fe80:1111:1111:1111:1111:1111:1111:1111"
					    : "fe80:1111:1111:1111:1111:1111:1111:1112");
	}
	length = report_write(&full, text);
	ok(full.count == REPORT_ITEMS && length < REPORT_TEXT && length < INI_FILE_MAX &&
			report_of(text) == 0 && report.count == REPORT_ITEMS &&
			strcmp(report.items[63].text, full.items[63].text) == 0,
		"the longest report fits, and is read whole");
	strcpy(text + length, "mtu = 1480\n");
	ok(report_of(text) == -EINVAL && strstr(error, "more than 64 items") != NULL,
		"one item more is refused");
}

int main(void)
{
	test_texts();
	test_errors();
	test_limits();
	return tap_done();
}
