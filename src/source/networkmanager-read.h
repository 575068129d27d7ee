/* SPDX-License-Identifier: MIT */
#pragma once

#include <net/if.h>

#include <systemd/sd-bus.h>

#include <mif/message.h>

#include "engine/model.h"

/*
 * NetworkManager's objects, as one reply of GetManagedObjects() tells them. A value; what is over its
 * limits is left out.
 */
#define NM_DEVICES 64
#define NM_ITEMS 8
#define NM_PATH 96

/* Of one family. */
struct nm_config {
	char path[NM_PATH];
	size_t address_count, server_count, search_count, zone_count;
	struct mif_address addresses[NM_ITEMS], servers[NM_ITEMS];
	char searches[NM_ITEMS][MIF_TEXT_SIZE];
	char zones[NM_ITEMS][MIF_TEXT_SIZE];
};

/* What a DHCP server gave: lists of texts, with blanks between. */
struct nm_lease {
	char path[NM_PATH];
	char server[MIF_ADDRESS_TEXT];
	char address[MIF_ADDRESS_TEXT];
	char expiry[24]; /* seconds since 1970 */
	char servers[MIF_TEXT_SIZE], searches[MIF_TEXT_SIZE], domain[MIF_TEXT_SIZE];
};

struct nm_device {
	char path[NM_PATH];
	char name[IFNAMSIZ];
	uint8_t hardware[6];
	size_t hardware_size;
	uint32_t metered, state;
	char config4[NM_PATH], config6[NM_PATH], lease4[NM_PATH], lease6[NM_PATH];
};

/* An active VPN: its configuration is not that of the device that it goes through. */
struct nm_vpn {
	char config4[NM_PATH], config6[NM_PATH];
};

struct nm {
	size_t device_count, config_count, lease_count, vpn_count;
	struct nm_device devices[NM_DEVICES];
	struct nm_config configs[2 * NM_DEVICES];
	struct nm_lease leases[2 * NM_DEVICES];
	struct nm_vpn vpns[NM_DEVICES];
	uint64_t omitted;
};

/* NMDeviceState, as far as it is told apart here. */
enum nm_state {
	NM_STATE_DISCONNECTED = 30,
	NM_STATE_PREPARE = 40,
	NM_STATE_IP_CONFIG = 70,
	NM_STATE_ACTIVATED = 100,
	NM_STATE_DEACTIVATING = 110,
};

/* 0; -EBADMSG: it is no such reply. */
int nm_read(struct nm *nm, sd_bus_message *message);

/* The same moment by CLOCK_BOOTTIME, in ns, and in seconds since 1970. */
struct nm_clock {
	uint64_t now, realtime;
};

/* Puts what follows; ifindex_of: 0 for a link that is not ours. Returns how many facts the model refused;
 * -ENOMEM. */
int nm_put(const struct nm *nm, uint32_t (*ifindex_of)(const struct nm_device *device),
	const struct nm_clock *clock, struct model *model, uint32_t owner);

/* The kinds of facts that nm_put() puts. */
#define NM_FACTS (1U << FACT_DATA | 1U << FACT_LINK | 1U << FACT_LEASE)
