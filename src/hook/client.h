/* SPDX-License-Identifier: MIT */
#pragma once

#include "hook/environment.h"
#include "hook/report.h"

/*
 * The dialects of DHCP clients: what the variables of one of them say, as reports. Nothing here knows
 * where the variables come from: the environment of a script, or a socket.
 */

enum client {
	CLIENT_DHCLIENT, /* and its script's exit hooks */
	CLIENT_DHCPCD, /* its hooks, and its socket */
	CLIENT_UDHCPC, /* as its script */
	CLIENT_ODHCP6C, /* as its script */
};

/* What an event means for an element. */
enum client_say {
	CLIENT_NOTHING, /* it says nothing of it */
	CLIENT_HOLDS, /* what the variables say holds */
	CLIENT_ENDS, /* nothing of it holds any more */
};

struct client_event {
	enum client client;
	char interface[IFNAMSIZ];
	enum client_say say[MIF_ELEMENT_DHCPV4 + 1]; /* by enum mif_element */
};

/* The clocks at the moment of the event, ns: CLOCK_BOOTTIME, CLOCK_REALTIME. */
struct client_clock {
	uint64_t now, realtime;
};

/* arguments: those behind the program's name. 0; -ENOENT: no client calls so, or no event that is
 * known; -EINVAL: an interface is not named, or by what cannot be a name. */
int client_event_read(struct client_event *event, struct environment *environment,
	size_t argument_count, char *const *arguments);

/* What holds of the element, which has CLIENT_HOLDS. The report's link is ifindex. An empty report
 * means that nothing does. */
void client_report(const struct client_event *event, uint32_t element, uint32_t ifindex,
	struct environment *environment, const struct client_clock *clock, struct report *report);
