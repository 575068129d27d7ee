/* SPDX-License-Identifier: MIT */
/*
 * Addresses behind a translator: the examples of RFC 6052, and what is never translated.
 */
#include "base/address.h"
#include "tap.h"
#include "worker/pref64.h"

#include <string.h>

static bool made(const char *prefix, const char *ipv4, const char *expected)
{
	struct mif_address address, network, ipv6;
	char text[MIF_ADDRESS_TEXT] = "-";
	unsigned int length;

	if (prefix_parse(&network, &length, prefix) < 0 || mif_address_parse(&address, ipv4) < 0)
		return false;
	if (pref64_make(&ipv6, &address, &network, length))
		mif_address_format(&ipv6, text);
	if (strcmp(text, expected) == 0)
		return true;
	printf("# %s with %s: %s, not %s\n", ipv4, prefix, text, expected);
	return false;
}

int main(void)
{
	ok(made("2001:db8::/32", "192.0.2.33", "2001:db8:c000:221::") &&
			made("2001:db8:100::/40", "192.0.2.33", "2001:db8:1c0:2:21::") &&
			made("2001:db8:122::/48", "192.0.2.33", "2001:db8:122:c000:2:2100::") &&
			made("2001:db8:122:300::/56", "192.0.2.33", "2001:db8:122:3c0:0:221::") &&
			made("2001:db8:122:344::/64", "192.0.2.33",
				"2001:db8:122:344:c0:2:2100:0") &&
			made("2001:db8:122:344::/96", "192.0.2.33", "2001:db8:122:344::c000:221"),
		"M25: the table of RFC 6052 section 2.4");
	ok(made("64:ff9b::/96", "8.8.8.8", "64:ff9b::808:808"), "M25: the well-known prefix");
	ok(made("64:ff9b::/96", "10.1.2.3", "-") && made("64:ff9b::/96", "192.168.1.1", "-") &&
			made("64:ff9b::/96", "100.64.0.1", "-") &&
			made("64:ff9b::/96", "192.0.2.33", "-"),
		"M25: which is not for addresses that mean another host elsewhere");
	ok(made("2001:db8::/96", "10.1.2.3", "2001:db8::a01:203"), "M25: a network's own is");
	ok(made("2001:db8::/96", "127.0.0.1", "-") && made("2001:db8::/96", "0.0.0.0", "-") &&
			made("2001:db8::/96", "169.254.1.1", "-") &&
			made("2001:db8::/96", "224.0.0.1", "-") &&
			made("2001:db8::/96", "255.255.255.255", "-"),
		"M25: nothing that means this host or link");
	ok(made("2001:db8::/95", "192.0.2.33", "-") && made("2001:db8::/128", "192.0.2.33", "-") &&
			made("10.0.0.0/8", "192.0.2.33", "-") &&
			made("2001:db8::/96", "2001:db8::1", "-"),
		"M25: nor with what is no such prefix");
	return tap_done();
}
