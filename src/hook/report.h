/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#include <mif/message.h>

#include "base/ini.h"

/*
 * What a manager of the network says of one link in one protocol, all of it: what an older report
 * said and this one does not is no longer so. A value: nothing in it is to be freed.
 */
#define REPORT_ITEMS 64

/* Of a report as text, whatever it holds. */
#define REPORT_TEXT 49152

enum report_kind {
	REPORT_DATA, /* one item of configuration information */
	REPORT_LEASE, /* an address that a DHCP server has given */
	REPORT_ROUTER, /* a router that advertises itself as a default router: the provider */
	REPORT_PREFIX, /* a prefix that a router advertises */
};

struct report_item {
	enum report_kind kind;
	struct mif_address provider; /* router (scope: ifindex), server; unspecified: not told */
	struct mif_address address; /* of data, leases, prefixes */
	uint32_t prefix_length;
	uint64_t valid_until; /* CLOCK_BOOTTIME, ns */
	uint64_t preferred_until; /* prefixes */
	uint64_t renew_at, rebind_at; /* leases; 0: not told */
	int32_t preference; /* routers: -1, 0, 1 */
	bool managed, other; /* routers */
	bool on_link, autonomous; /* prefixes */
	uint32_t information; /* data: enum mif_information */
	uint64_t number;
	char text[MIF_TEXT_SIZE];
};

struct report {
	char interface[IFNAMSIZ];
	uint32_t ifindex;
	uint32_t element; /* enum mif_element: RA, DHCPV6 or DHCPV4 */
	size_t count;
	struct report_item items[REPORT_ITEMS];
};

/* A new item, valid for ever and of nobody yet; NULL: there is no room. */
struct report_item *report_add(struct report *report, enum report_kind kind);

/* "dhcpv4": how the element is called here; NULL: there are no reports of it. */
const char *report_element_name(uint32_t element);

/* Whether it can be an interface's name, and a part of a file's. */
bool report_interface_is_sane(const char *name);

/* Whether text is printable, without blanks, and not too long for an item. */
bool report_text_is_sane(const char *text);

/* The length of the text, without its NUL. */
size_t report_write(const struct report *report, char text[REPORT_TEXT]);

/* Reads a file whose first section is a report, to its end. 0, or -EINVAL with a sentence in
 * ini->error. */
int report_read(struct report *report, struct ini *ini);
