/* SPDX-License-Identifier: MIT */
/* What nl80211 says of links, crafted; a real kernel's radios are in test/vm/job/links. */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include "source/wifi-parse.h"
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

static void test_device(void)
{
	struct wifi_device device;

	start();
	mnl_attr_put_u32(message, NL80211_ATTR_IFINDEX, 3);
	mnl_attr_put_strz(message, NL80211_ATTR_IFNAME, "wlan0");
	mnl_attr_put_u32(message, NL80211_ATTR_IFTYPE, NL80211_IFTYPE_STATION);
	ok(wifi_parse_device(message, &device) == 0 && strcmp(device.name, "wlan0") == 0 &&
			device.ifindex == 3 && device.client,
		"M6: a radio's link has a name");
	start();
	mnl_attr_put_u64(message, NL80211_ATTR_WDEV, 3);
	ok(wifi_parse_device(message, &device) == 0 && device.name[0] == '\0' &&
			device.ifindex == 0,
		"M6: a device without a link has none");
	start();
	mnl_attr_put_u32(message, NL80211_ATTR_IFINDEX, 3);
	mnl_attr_put_strz(message, NL80211_ATTR_IFNAME, "wlan0");
	mnl_attr_put_u32(message, NL80211_ATTR_IFTYPE, NL80211_IFTYPE_AP);
	ok(wifi_parse_device(message, &device) == 0 && !device.client,
		"M34: an access point has no network above it whose signal could fade");
	start();
	mnl_attr_put_strz(message, NL80211_ATTR_IFNAME, "a-name-that-is-too-long");
	ok(wifi_parse_device(message, &device) == -EBADMSG && device.ifindex == 3,
		"M6: a name that is too long is none");
	start();
	mnl_attr_put_u16(message, NL80211_ATTR_IFTYPE, NL80211_IFTYPE_AP);
	ok(wifi_parse_device(message, &device) == -EBADMSG, "nor is half a number a kind");
}

/* Octets 0: that attribute is not there. */
static int station(int8_t last, int8_t average, uint32_t flags, int32_t *dbm)
{
	const struct nl80211_sta_flag_update update = {.mask = flags, .set = flags};
	struct nlattr *nest;

	start();
	mnl_attr_put_u32(message, NL80211_ATTR_IFINDEX, 3);
	nest = mnl_attr_nest_start(message, NL80211_ATTR_STA_INFO);
	mnl_attr_put_u32(message, NL80211_STA_INFO_INACTIVE_TIME, 7);
	if (last != 0)
		mnl_attr_put_u8(message, NL80211_STA_INFO_SIGNAL, (uint8_t)last);
	if (average != 0)
		mnl_attr_put_u8(message, NL80211_STA_INFO_SIGNAL_AVG, (uint8_t)average);
	if (flags != 0)
		mnl_attr_put(message, NL80211_STA_INFO_STA_FLAGS, sizeof(update), &update);
	mnl_attr_nest_end(message, nest);
	return wifi_parse_station(message, dbm);
}

static void test_station(void)
{
	int32_t dbm = 1;

	ok(station(-60, -63, 0, &dbm) == 0 && dbm == -63, "M34: a signal, as it is on the average");
	ok(station(-60, 0, 1U << NL80211_STA_FLAG_WME, &dbm) == 0 && dbm == -60,
		"M34: or as it was last");
	ok(station(0, 0, 0, &dbm) == 0 && dbm == 0, "M34: or not known");
	ok(station(-30, -30, 1U << NL80211_STA_FLAG_TDLS_PEER, &dbm) == 0 && dbm == 0,
		"M34: a neighbour's is not the network's");
	ok(station(5, 0, 0, &dbm) == 0 && dbm == 0, "M34: none is stronger than 0 dBm");
	start();
	ok(wifi_parse_station(message, &dbm) == 0 && dbm == 0, "M34: a station without a word");
	start();
	mnl_attr_put(message, NL80211_ATTR_STA_INFO, 3, "abc");
	dbm = 1;
	ok(wifi_parse_station(message, &dbm) == -EBADMSG && dbm == 1,
		"a nest that holds none is bad");
	start();
	mnl_attr_nest_end(message, mnl_attr_nest_start(message, NL80211_ATTR_STA_INFO));
	mnl_attr_put(message, NL80211_ATTR_STA_INFO, 8, "\x14\0\x07\0\xc4\0\0\0");
	ok(wifi_parse_station(message, &dbm) == -EBADMSG, "so is what claims more than there is");
	start();
	mnl_attr_put(message, NL80211_ATTR_STA_INFO, 4, "\x04\0\x07\0");
	ok(wifi_parse_station(message, &dbm) == -EBADMSG, "and a signal without a number");
	message->nlmsg_len = NLMSG_HDRLEN;
	ok(wifi_parse_station(message, &dbm) == -EBADMSG, "and a message without a head");
	ok(wifi_quality(0) == 0 && wifi_quality(-128) == 1 && wifi_quality(-75) == 50 &&
			wifi_quality(-20) == 100,
		"M6: as a strength, it is 1 to 100, or not known");
}

int main(void)
{
	test_family();
	test_device();
	test_station();
	return tap_done();
}
