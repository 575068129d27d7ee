/* SPDX-License-Identifier: MIT */
/*
 * Octets as messages of nl80211, and of the controller that says which family that is. What is bad leaves no
 * trace, and a signal is one that a radio could have.
 *
 * An input: which parser (one octet), then a message as the kernel would send it.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "source/wifi-parse.h"

static void check_family(const struct nlmsghdr *message)
{
	uint16_t family = 7;

	PROMISE(wifi_parse_family(message, &family) == 0 || family == 7);
}

static void check_device(const struct nlmsghdr *message)
{
	struct wifi_device device = {.ifindex = 7};
	int r = wifi_parse_device(message, &device);

	PROMISE(r == 0 || (r == -EBADMSG && device.ifindex == 7));
	PROMISE(memchr(device.name, '\0', sizeof(device.name)) != NULL);
}

static void check_station(const struct nlmsghdr *message)
{
	int32_t dbm = 7;
	int r = wifi_parse_station(message, &dbm);

	PROMISE(r == 0 ? dbm <= 0 && dbm >= -128 : r == -EBADMSG && dbm == 7);
	PROMISE(r < 0 || (wifi_quality(dbm) <= 100 && (wifi_quality(dbm) == 0) == (dbm == 0)));
}

/* Messages of the kernel are aligned, and nothing may be read behind them. */
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	static void (*const checks[])(const struct nlmsghdr *message) = {
		check_family, check_device, check_station};
	struct nlmsghdr head;
	uint8_t *copy;

	if (size < 1 + sizeof(struct nlmsghdr))
		return 0;
	copy = malloc(size - 1);
	PROMISE(copy != NULL);
	memcpy(copy, octets + 1, size - 1);
	memcpy(&head, copy, sizeof(head));
	/* How long it is the kernel itself says. */
	if (head.nlmsg_len >= sizeof(head) && head.nlmsg_len <= size - 1)
		checks[octets[0] % 3]((const struct nlmsghdr *)(const void *)copy);
	free(copy);
	return 0;
}
