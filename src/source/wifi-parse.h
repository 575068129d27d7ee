/* SPDX-License-Identifier: MIT */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

/* A radio's device. */
struct wifi_device {
	uint32_t ifindex; /* 0: it has no link (P2P) */
	char name[IFNAMSIZ]; /* the link's, or empty */
	bool client; /* of an access point: it has one other station, the network's */
};

/* The kernel's answers, without the privilege to ask for anything else. 0; -EBADMSG: then the output says
 * nothing. */

/* To CTRL_CMD_GETFAMILY: *family is set if it is that of nl80211. */
int wifi_parse_family(const struct nlmsghdr *message, uint16_t *family);

/* To NL80211_CMD_GET_INTERFACE. */
int wifi_parse_device(const struct nlmsghdr *message, struct wifi_device *device);

/* To NL80211_CMD_GET_STATION: how strong its signal is here, in dBm, below 0; 0: that is not known. */
int wifi_parse_station(const struct nlmsghdr *message, int32_t *dbm);

/* As the signal's strength from 1 to 100, in which 100 is what nothing is gained beyond. */
uint32_t wifi_quality(int32_t dbm);
