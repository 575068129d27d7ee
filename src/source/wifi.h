/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/* Which links are Wi-Fi: rtnetlink does not say. Needs no privilege. */
int source_wifi_new(struct source **sourcep);

/* For tests: the numbers of the kernel's answers. 0; -EBADMSG. */
struct nlmsghdr;

/* An answer to CTRL_CMD_GETFAMILY: *family is set if it is that of nl80211. */
int wifi_parse_family(const struct nlmsghdr *message, uint16_t *family);

/* An answer to NL80211_CMD_GET_INTERFACE: name has the link's, or is empty. */
int wifi_parse_interface(const struct nlmsghdr *message, char name[IFNAMSIZ]);
