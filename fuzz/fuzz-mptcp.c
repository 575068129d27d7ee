/* SPDX-License-Identifier: MIT */
/*
 * Octets as messages of generic netlink and of sock_diag about Multipath TCP. Addresses, ports and
 * identifiers in them are the peer's own.
 *
 * An input: which parser (one octet), then a message as the kernel would send it.
 */
#include "kernel-message.h"

#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/diag.h"
#include "kernel/mptcp.h"

static bool is_address(const struct mif_address *address)
{
	static const uint8_t none[16];
	size_t size = address_size(address);

	return address->reserved == 0 &&
		memcmp(address->octets + size, none, sizeof(none) - size) == 0;
}

static void check_event(const struct nlmsghdr *message)
{
	struct kernel_mptcp_event event;

	if (kernel_mptcp_event_parse(message, message->nlmsg_type, &event) == 1)
		PROMISE(is_address(&event.local.address) && is_address(&event.remote.address));
}

static void check_address(const struct nlmsghdr *message)
{
	struct mif_address address = {0};
	uint8_t id = 0;

	if (kernel_mptcp_address_parse(message, message->nlmsg_type, &address, &id) == 1)
		PROMISE(is_address(&address) && address_size(&address) > 0);
}

static void check_family(const struct nlmsghdr *message)
{
	struct kernel_mptcp_family family;

	if (kernel_mptcp_family_parse(message, &family) == 1)
		PROMISE(family.id != 0);
}

static void check_diag(const struct nlmsghdr *message, bool subflows)
{
	struct kernel_diag diag;

	if (kernel_diag_parse(message, subflows, &diag) != 1)
		return;
	PROMISE(diag.token != 0 && diag.subflow == subflows);
	PROMISE(is_address(&diag.local.address) && address_size(&diag.local.address) > 0);
	PROMISE(is_address(&diag.remote.address) && address_size(&diag.remote.address) > 0);
}

static void check(uint8_t parser, const struct nlmsghdr *message)
{
	switch (parser % 5) {
	case 0:
		check_event(message);
		break;
	case 1:
		check_address(message);
		break;
	case 2:
		check_family(message);
		break;
	default:
		check_diag(message, parser % 5 == 4);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	kernel_message_check(octets, size, check);
	return 0;
}
