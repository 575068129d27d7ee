/* SPDX-License-Identifier: MIT */
/* What nl80211 says of links, crafted; a real kernel's radios are in test/vm/job/links. */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include "source/wifi.h"
#include "tap.h"
#include "test-model.h"

static _Alignas(struct nlmsghdr) char octets[512];
static struct nlmsghdr *message;

static void start(void)
{
	message = mnl_nlmsg_put_header(octets);
	mnl_nlmsg_put_extra_header(message, sizeof(struct genlmsghdr));
}

static void test_family(void)
{
	uint16_t family = 0;

	start();
	mnl_attr_put_u16(message, CTRL_ATTR_FAMILY_ID, 30);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, "mptcp_pm");
	ok(wifi_parse_family(message, &family) == 0 && family == 0, "another family says nothing");
	start();
	mnl_attr_put_u16(message, CTRL_ATTR_FAMILY_ID, 31);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, "nl80211");
	ok(wifi_parse_family(message, &family) == 0 && family == 31, "that of Wi-Fi has a number");
	start();
	mnl_attr_put(message, CTRL_ATTR_FAMILY_NAME, 3, "abc");
	ok(wifi_parse_family(message, &family) == -EBADMSG && family == 31,
		"a name that does not end makes a message bad");
	message->nlmsg_len = NLMSG_HDRLEN;
	ok(wifi_parse_family(message, &family) == -EBADMSG, "and so does a head that is missing");
}

static void test_interface(void)
{
	char name[IFNAMSIZ];

	start();
	mnl_attr_put_u32(message, NL80211_ATTR_IFINDEX, 3);
	mnl_attr_put_strz(message, NL80211_ATTR_IFNAME, "wlan0");
	ok(wifi_parse_interface(message, name) == 0 && strcmp(name, "wlan0") == 0,
		"M6: a radio's link has a name");
	start();
	mnl_attr_put_u64(message, NL80211_ATTR_WDEV, 3);
	ok(wifi_parse_interface(message, name) == 0 && name[0] == '\0',
		"M6: a device without a link has none");
	start();
	mnl_attr_put_strz(message, NL80211_ATTR_IFNAME, "a-name-that-is-too-long");
	ok(wifi_parse_interface(message, name) == -EBADMSG, "M6: a name that is too long is none");
}

int main(void)
{
	test_family();
	test_interface();
	return tap_done();
}
