/* SPDX-License-Identifier: MIT */
/*
 * Octets as dhclient.leases(5): every lease that is found can be told, and what is told of it is sane.
 */
#include "fuzz.h"

#include "base/clock.h"
#include "hook/lease.h"

#include <string.h>

static void check_lease(struct lease *lease)
{
	static const struct client_clock clock = {
		.now = NSEC_PER_SEC, .realtime = UINT64_C(1795701600) * NSEC_PER_SEC};
	static struct report report;
	static struct environment environment;

	PROMISE(report_interface_is_sane(lease->interface));
	PROMISE(lease->address_count <= LEASE_ADDRESSES);
	PROMISE(lease->count <= LEASE_VARIABLES && lease->used <= LEASE_TEXT);
	for (size_t i = 0; i < lease->count; i++) {
		PROMISE(strncmp(lease->variables[i], "new_", 4) == 0);
		PROMISE(memchr(lease->variables[i], '=', LEASE_TEXT) != NULL);
	}
	lease_report(lease, 7, &environment, &clock, &report);
	PROMISE(report.element == lease->element && report.count <= REPORT_ITEMS);
	for (size_t i = 0; i < report.count; i++) {
		PROMISE(report.items[i].valid_until >= clock.now);
		PROMISE(memchr(report.items[i].text, '\0', MIF_TEXT_SIZE) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct lease_reader reader = {(const char *)octets, (const char *)octets + size};
	static struct lease lease;
	const char *at = reader.at;

	while (lease_next(&reader, &lease)) {
		PROMISE(reader.at > at && reader.at <= reader.end);
		at = reader.at;
		check_lease(&lease);
	}
	PROMISE(reader.at == reader.end);
	return 0;
}
