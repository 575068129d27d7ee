/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"
#include "source/dhcp-message.h"

/* From whom a message came, and how long what it says is true. */
struct dhcp_facts {
	uint32_t owner;
	uint32_t ifindex;
	struct mif_address provider;
	int32_t trust; /* enum fact_trust */
	uint64_t since; /* when it came */
	uint64_t until; /* until when its data are good */
	bool leases; /* whether the addresses in it are the host's */
};

/* How much was not told. */
struct dhcp_facts_left {
	unsigned int refused; /* facts, by the model */
	unsigned int options; /* raw ones, for which there was no room */
};

/* Puts what the message says, or drops what it said; without a commit. */
void dhcp_facts_put(const struct dhcp_facts *facts, const struct dhcp_message *message,
	struct model *model, struct dhcp_facts_left *left);
void dhcp_facts_drop(
	const struct dhcp_facts *facts, const struct dhcp_message *message, struct model *model);
