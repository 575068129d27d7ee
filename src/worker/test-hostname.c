/* SPDX-License-Identifier: MIT */
#include "tap.h"
#include "worker/hostname.h"

#include <errno.h>
#include <string.h>

static void check(const char *name, const char *expected, bool expected_absolute)
{
	char hostname[HOSTNAME_SIZE] = "";
	bool absolute = !expected_absolute;
	int r = hostname_from_utf8(hostname, &absolute, name);

	ok(r == 0 && strcmp(hostname, expected) == 0 && absolute == expected_absolute,
		"M23: \"%s\" is %s to DNS", name, expected);
}

static void check_refused(const char *name, const char *why)
{
	char hostname[HOSTNAME_SIZE];
	bool absolute;

	ok(hostname_from_utf8(hostname, &absolute, name) == -EINVAL, "M23: refused: %s", why);
}

/* count labels of length octets each. */
static const char *labels(unsigned int count, unsigned int length)
{
	static char name[1024];
	char *at = name;

	for (unsigned int i = 0; i < count; i++) {
		memset(at, 'a', length);
		at += length;
		*at++ = '.';
	}
	at[-1] = '\0';
	return name;
}

static void test_spelling(void)
{
	check("www.example.com", "www.example.com", false);
	check("WWW.Example.COM.", "www.example.com", true);
	check("_dns.resolver_1.example", "_dns.resolver_1.example", false);
	check("4.example", "4.example", false);
	check("bücher.example", "xn--bcher-kva.example", false);
	check("BÜCHER.example", "xn--bcher-kva.example", false);
	check("faß.example", "xn--fa-hia.example", false);
	check("例え。テスト。", "xn--r8jz45g.xn--zckzah", true);

	check_refused("", "the empty name");
	check_refused(".", "the root");
	check_refused("a..b", "an empty label");
	check_refused(".a", "a leading dot");
	check_refused("a..", "two final dots");
	check_refused("a b", "a space");
	check_refused("-a.example", "a leading hyphen");
	check_refused("a\\.b", "a backslash");
	check_refused("fe80::1%nosuch", "an address with an unknown scope");
	check_refused("300.1.1.1", "an address gone wrong");
	check_refused("\xff\xfe.example", "what is not UTF-8");
	check_refused("b\xc3.example", "UTF-8 cut short");
	check_refused("\xe2\x98\xba\xe2\x80\x8d.example", "what IDNA2008 does not allow");
}

static void test_lengths(void)
{
	char hostname[HOSTNAME_SIZE];
	bool absolute;

	ok(hostname_from_utf8(hostname, &absolute, labels(1, 63)) == 0,
		"M23: a label of 63 octets is one");
	check_refused(labels(1, 64), "a label of 64 octets");
	ok(hostname_from_utf8(hostname, &absolute, labels(127, 1)) == 0 && strlen(hostname) == 253,
		"M23: a name of 253 octets is one");
	check_refused(labels(4, 63), "a name of 255 octets");
	ok(hostname_join(hostname, labels(3, 63), labels(1, 61)) == -EINVAL ||
			strlen(hostname) <= 253,
		"M23: a suffix never makes a name too long");
	check_refused(labels(100, 9), "a name far too long");
}

static void test_search(void)
{
	char hostname[HOSTNAME_SIZE];

	ok(hostname_join(hostname, "printer", "Lab.Example") == 0 &&
			strcmp(hostname, "printer.lab.example") == 0,
		"M23: a suffix of the search list");
	ok(hostname_join(hostname, "printer", "") == -EINVAL || strcmp(hostname, "printer") == 0,
		"M23: an empty suffix adds nothing");
	ok(hostname_join(hostname, "printer", "a b") == -EINVAL, "M23: a malformed suffix");
	ok(hostname_join(hostname, "printer", "bücher.example") == 0 &&
			strcmp(hostname, "printer.xn--bcher-kva.example") == 0,
		"M23: a suffix in UTF-8");
}

static void test_use(void)
{
	char utf8[HOSTNAME_SIZE];

	ok(hostname_use("localhost") == HOSTNAME_LOOPBACK, "M23: localhost");
	ok(hostname_use("a.b.localhost") == HOSTNAME_LOOPBACK, "M23: names below localhost");
	ok(hostname_use("notlocalhost") == HOSTNAME_ASK, "M23: notlocalhost");
	ok(hostname_use("localhost.example") == HOSTNAME_ASK, "M23: localhost.example");
	ok(hostname_use("printer.local") == HOSTNAME_LINK, "M23: .local is not for DNS");
	ok(hostname_use("1.2.254.169.in-addr.arpa") == HOSTNAME_LINK &&
			hostname_use("0.b.e.f.ip6.arpa") == HOSTNAME_LINK &&
			hostname_use("0.c.e.f.ip6.arpa") == HOSTNAME_ASK,
		"M23: nor are the names of link-local addresses");
	ok(hostname_to_utf8(utf8, "xn--bcher-kva.local") == 0 &&
			strcmp(utf8,
				"b\xc3\xbc"
				"cher.local") == 0,
		"M23: multicast DNS and LLMNR want UTF-8");
	ok(hostname_to_utf8(utf8, "printer.local") == 0 && strcmp(utf8, "printer.local") == 0,
		"M23: which most names are anyhow");
	ok(hostname_use("x.invalid") == HOSTNAME_NONE, "M23: .invalid does not exist");
	ok(hostname_use("abc.onion") == HOSTNAME_REFUSED, "M23: .onion is refused");
}

int main(void)
{
	test_spelling();
	test_lengths();
	test_search();
	test_use();
	return tap_done();
}
