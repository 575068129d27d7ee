/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/* Links that are looked at: a host has a handful. */
#define WIFI_DEVICES 64

/* How often the signal is looked at while somebody wants to know. */
#define WIFI_INTERVAL (2 * NSEC_PER_SEC)

/* Which links are Wi-Fi: rtnetlink does not say; and how strong the signal of the network is that they belong to.
 * Needs no privilege. */
int source_wifi_new(struct source **sourcep);
