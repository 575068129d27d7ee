/* SPDX-License-Identifier: MIT */
#pragma once

#include "hook/client.h"
#include "hook/take.h"

/* One client's variables about one element, each in a file of its own; client.c chooses. */
void dhcpv4_take(struct take *take, const struct client_clock *clock, bool renewed);
void dhcpv6_take(struct take *take, const struct client_clock *clock);
void advertisement_take(struct take *take);
void udhcpc_take(struct take *take);
void odhcp6c_take_dhcpv6(struct take *take);
void odhcp6c_take_advertisement(struct take *take);
