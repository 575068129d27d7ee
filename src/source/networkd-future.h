/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"

/*
 * What systemd-networkd is about to do with a link, from its administrative state.
 */
enum networkd_state {
	NETWORKD_UNKNOWN, /* or another one than these */
	NETWORKD_LEFT, /* pending, initialized, unmanaged, failed, linger: it does nothing for it */
	NETWORKD_CONFIGURING,
	NETWORKD_CONFIGURED,
};

enum networkd_state networkd_state_parse(const char *text);

/* The link had the one state, and has the other. */
void networkd_future_tell(struct model *model, uint32_t owner, uint32_t ifindex,
	enum networkd_state before, enum networkd_state after, uint64_t now);
