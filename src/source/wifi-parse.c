/* SPDX-License-Identifier: MIT */
/*
 * What nl80211 says, from octets.
 */
#include "source/wifi-parse.h"

#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/nl80211.h>

#include "base/cleanup.h"
#include "kernel/attribute.h"

/* dBm of the best and of the worst signal that means anything. */
#define BEST (-50)
#define WORST (-100)

int wifi_parse_family(const struct nlmsghdr *message, uint16_t *family)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	char name[GENL_NAMSIZ] = "";
	uint16_t number = 0;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	attribute_text(table[CTRL_ATTR_FAMILY_NAME], name, sizeof(name), &bad);
	attribute_copy(table[CTRL_ATTR_FAMILY_ID], &number, sizeof(number), &bad);
	if (bad)
		return -EBADMSG;
	if (strcmp(name, NL80211_GENL_NAME) == 0)
		*family = number;
	return 0;
}

int wifi_parse_device(const struct nlmsghdr *message, struct wifi_device *device)
{
	const struct nlattr *table[NL80211_ATTR_IFTYPE + 1];
	struct wifi_device found = {0};
	uint32_t type = NL80211_IFTYPE_UNSPECIFIED;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	/* Devices without a link (P2P) have neither. */
	attribute_text(table[NL80211_ATTR_IFNAME], found.name, IFNAMSIZ, &bad);
	attribute_copy(table[NL80211_ATTR_IFINDEX], &found.ifindex, sizeof(found.ifindex), &bad);
	attribute_copy(table[NL80211_ATTR_IFTYPE], &type, sizeof(type), &bad);
	if (bad)
		return -EBADMSG;
	found.client = type == NL80211_IFTYPE_STATION || type == NL80211_IFTYPE_P2P_CLIENT;
	*device = found;
	return 0;
}

int wifi_parse_station(const struct nlmsghdr *message, int32_t *dbm)
{
	const struct nlattr *table[NL80211_ATTR_STA_INFO + 1];
	const struct nlattr *about[NL80211_STA_INFO_STA_FLAGS + 1];
	const struct nlattr *nest;
	struct nl80211_sta_flag_update flags = {0};
	int8_t octet = 0;
	bool bad = false;

	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	nest = table[NL80211_ATTR_STA_INFO];
	if (nest == NULL) {
		*dbm = 0;
		return 0;
	}
	if (attributes_index(about, ARRAY_SIZE(about), mnl_attr_get_payload(nest),
		    mnl_attr_get_payload_len(nest)) < 0)
		return -EBADMSG;
	/* One frame says little. Drivers that know no dBm have neither. */
	if (!attribute_copy(about[NL80211_STA_INFO_SIGNAL_AVG], &octet, sizeof(octet), &bad))
		attribute_copy(about[NL80211_STA_INFO_SIGNAL], &octet, sizeof(octet), &bad);
	/* A neighbour to whom this host speaks directly is not the network. */
	attribute_copy(about[NL80211_STA_INFO_STA_FLAGS], &flags, sizeof(flags), &bad);
	if (bad)
		return -EBADMSG;
	*dbm = (flags.set & 1U << NL80211_STA_FLAG_TDLS_PEER) != 0 ? 0 : MIN(octet, 0);
	return 0;
}

uint32_t wifi_quality(int32_t dbm)
{
	int32_t within = MIN(MAX(dbm, WORST), BEST) - WORST;

	return dbm == 0 ? 0 : (uint32_t)MAX(100 * within / (BEST - WORST), 1);
}
