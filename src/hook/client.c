/* SPDX-License-Identifier: MIT */
/*
 * Which client calls, what has happened, and who reads its variables.
 */
#include "hook/client.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "hook/dialect.h"

#define V4 (1U << MIF_ELEMENT_DHCPV4)
#define V6 (1U << MIF_ELEMENT_DHCPV6)
#define RA (1U << MIF_ELEMENT_RA)

struct event_row {
	const char *name;
	uint32_t holds, ends; /* elements, by bit */
};

/* The reasons of dhclient-script(8) and dhcpcd-run-hooks(8), which mean the same by the same name.
 * Those of addresses set by hand or made up, and of delegated prefixes, bring nothing. */
static const struct event_row reasons[] = {
	{"BOUND", V4, 0},
	{"RENEW", V4, 0},
	{"REBIND", V4, 0},
	{"REBOOT", V4, 0},
	{"TIMEOUT", V4, 0}, /* no server answered, and an old lease is used */
	{"INFORM", V4, 0},
	{"EXPIRE", 0, V4},
	{"FAIL", 0, V4},
	{"NAK", 0, V4},
	{"RELEASE", 0, V4},
	{"STOP", 0, V4},
	{"BOUND6", V6, 0},
	{"RENEW6", V6, 0},
	{"REBIND6", V6, 0},
	{"REBOOT6", V6, 0},
	{"INFORM6", V6, 0},
	{"EXPIRE6", 0, V6},
	{"RELEASE6", 0, V6},
	{"STOP6", 0, V6},
	{"ROUTERADVERT", RA, 0},
	{"STOPPED", 0, V4 | V6 | RA},
	{"DEPARTED", 0, V4 | V6 | RA},
	{"PREINIT", 0, 0},
	{"PREINIT6", 0, 0},
	{"CARRIER", 0, 0},
	{"NOCARRIER", 0, 0},
	{"NOCARRIER_ROAMING", 0, 0},
	{"UNKNOWN", 0, 0},
	{"MEDIUM", 0, 0},
	{"ARPCHECK", 0, 0},
	{"ARPSEND", 0, 0},
	{"NBI", 0, 0},
	{"STATIC", 0, 0},
	{"STATIC6", 0, 0},
	{"IPV4LL", 0, 0},
	{"3RDPARTY", 0, 0},
	{"DELEGATED6", 0, 0},
	{"DEPREF6", 0, 0},
	{"RECONFIGURE", 0, 0},
	{"TEST", 0, 0},
	{"DUMP", 0, 0},
	{"DUMP6", 0, 0},
	{NULL, 0, 0},
};

static const struct event_row udhcpc_events[] = {
	{"bound", V4, 0},
	{"renew", V4, 0},
	{"deconfig", 0, V4},
	{"leasefail", 0, 0}, /* and "deconfig" follows where something was lost */
	{"nak", 0, 0},
	{NULL, 0, 0},
};

static const struct event_row odhcp6c_events[] = {
	{"bound", V6 | RA, 0},
	{"informed", V6 | RA, 0},
	{"updated", V6 | RA, 0},
	{"rebound", V6 | RA, 0},
	{"ra-updated", V6 | RA, 0},
	{"started", 0, 0},
	{"timeout", 0, 0},
	{"unbound", RA, V6},
	{"stopped", 0, V6 | RA},
	{NULL, 0, 0},
};

/* ---- events ---- */

static int event_find(struct client_event *event, const struct event_row *rows, const char *name)
{
	while (rows->name != NULL && strcmp(rows->name, name) != 0)
		rows++;
	if (rows->name == NULL)
		return -ENOENT;
	for (uint32_t i = 0; i < ARRAY_SIZE(event->say); i++) {
		if ((rows->holds & 1U << i) != 0)
			event->say[i] = CLIENT_HOLDS;
		else if ((rows->ends & 1U << i) != 0)
			event->say[i] = CLIENT_ENDS;
	}
	return 0;
}

static int interface_take(
	struct client_event *event, struct environment *environment, const char *name)
{
	if (name == NULL)
		return -EINVAL;
	if (!report_interface_is_sane(name)) {
		environment_complain(environment, name, "cannot be an interface's name");
		return -EINVAL;
	}
	strcpy(event->interface, name);
	return 0;
}

/* dhcpcd tells the state of the interface besides. */
static enum client client_by_reason(struct environment *environment)
{
	return environment_get(environment, "if_up") != NULL ? CLIENT_DHCPCD : CLIENT_DHCLIENT;
}

int client_event_read(struct client_event *event, struct environment *environment,
	size_t argument_count, char *const *arguments)
{
	const char *reason = environment_get(environment, "reason");
	int r;

	*event = (struct client_event){0};
	if (reason != NULL) {
		event->client = client_by_reason(environment);
		r = event_find(event, reasons, reason);
	} else if (argument_count == 2) {
		event->client = CLIENT_ODHCP6C;
		r = event_find(event, odhcp6c_events, arguments[1]);
		strcpy(environment->name, "the first argument");
		return r < 0 ? r : interface_take(event, environment, arguments[0]);
	} else if (argument_count == 1) {
		event->client = CLIENT_UDHCPC;
		r = event_find(event, udhcpc_events, arguments[0]);
	} else {
		r = -ENOENT;
	}
	return r < 0
		? r
		: interface_take(event, environment, environment_get(environment, "interface"));
}

/* ---- reports ---- */

/* dhclient uses an old lease of its file then, with what is left of it. */
static bool lease_is_fresh(struct environment *environment)
{
	const char *reason = environment_get(environment, "reason");

	return reason == NULL || strcmp(reason, "TIMEOUT") != 0;
}

void client_report(const struct client_event *event, uint32_t element, uint32_t ifindex,
	struct environment *environment, const struct client_clock *clock, struct report *report)
{
	struct take take = {
		.environment = environment,
		.report = report,
		.now = clock->now,
		.until = TIME_FOREVER,
		.family = element == MIF_ELEMENT_DHCPV4 ? AF_INET : AF_INET6,
	};

	/* The server or router is not known yet, but that there is one. */
	take.provider.family = (uint16_t)take.family;
	memset(report, 0, sizeof(*report));
	strcpy(report->interface, event->interface);
	report->ifindex = ifindex;
	report->element = element;
	if (event->client == CLIENT_UDHCPC)
		udhcpc_take(&take);
	else if (event->client == CLIENT_ODHCP6C && element == MIF_ELEMENT_DHCPV6)
		odhcp6c_take_dhcpv6(&take);
	else if (event->client == CLIENT_ODHCP6C)
		odhcp6c_take_advertisement(&take);
	else if (element == MIF_ELEMENT_DHCPV4)
		dhcpv4_take(&take, clock, lease_is_fresh(environment));
	else if (element == MIF_ELEMENT_DHCPV6)
		dhcpv6_take(&take, clock);
	else
		advertisement_take(&take);
}
