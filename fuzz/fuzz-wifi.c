/* SPDX-License-Identifier: MIT */
/*
 * Octets as messages of nl80211, and of the controller that says which family that is. What is bad leaves no
 * trace, and a signal is one that a radio could have.
 *
 * An input: which parser (one octet), then a message as the kernel would send it.
 */
#include "kernel-message.h"

#include <errno.h>
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

static void check(uint8_t parser, const struct nlmsghdr *message)
{
	static void (*const checks[])(const struct nlmsghdr *message) = {
		check_family, check_device, check_station};

	checks[parser % 3](message);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	kernel_message_check(octets, size, check);
	return 0;
}
