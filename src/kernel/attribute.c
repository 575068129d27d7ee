/* SPDX-License-Identifier: MIT */
/*
 * Netlink attributes. Holds nothing: what it finds are pointers into the message.
 */
#include "kernel/attribute.h"

#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"

int attributes_index(const struct nlattr **table, size_t count, const void *octets, size_t size)
{
	const uint8_t *at = octets;

	memset(table, 0, count * sizeof(*table));
	while (size > 0) {
		const struct nlattr *attribute = (const void *)at;
		size_t step;

		/* As mnl_attr_ok(3) and mnl_attr_get_type(3), which are calls of another library, for each of
		 * the sixty attributes of each of perhaps thousands of links. */
		if (size < sizeof(*attribute) || attribute->nla_len < sizeof(*attribute) ||
			attribute->nla_len > size)
			return -EBADMSG;
		if ((attribute->nla_type & NLA_TYPE_MASK) < count)
			table[attribute->nla_type & NLA_TYPE_MASK] = attribute;
		step = MIN(attribute_aligned(attribute->nla_len), size);
		at += step;
		size -= step;
	}
	return 0;
}

int message_index(
	const struct nlattr **table, size_t count, const struct nlmsghdr *message, size_t head)
{
	const uint8_t *payload = mnl_nlmsg_get_payload(message);
	size_t size = mnl_nlmsg_get_payload_len(message);

	if (size < head)
		return -EBADMSG;
	head = MIN(attribute_aligned(head), size);
	return attributes_index(table, count, payload + head, size - head);
}

bool message_is_loss(const struct nlmsghdr *message)
{
	return message->nlmsg_type == RTM_DELLINK || message->nlmsg_type == RTM_DELADDR ||
		message->nlmsg_type == RTM_DELROUTE || message->nlmsg_type == RTM_DELRULE;
}

bool attribute_copy(const struct nlattr *attribute, void *value, size_t size, bool *bad)
{
	if (attribute == NULL)
		return false;
	if (mnl_attr_get_payload_len(attribute) < size) {
		*bad = true;
		return false;
	}
	memcpy(value, mnl_attr_get_payload(attribute), size);
	return true;
}

bool attribute_address(const struct nlattr *attribute, unsigned int family, uint32_t ifindex,
	struct mif_address *address, bool *bad)
{
	uint8_t octets[16];

	if (!attribute_copy(attribute, octets, family == AF_INET ? 4 : 16, bad))
		return false;
	*address = family == AF_INET ? address_ipv4(octets) : address_ipv6(octets, ifindex);
	return true;
}

bool attribute_text(const struct nlattr *attribute, char *text, size_t size, bool *bad)
{
	const char *from;
	size_t length;

	if (attribute == NULL)
		return false;
	from = mnl_attr_get_payload(attribute);
	length = strnlen(from, mnl_attr_get_payload_len(attribute));
	if (length == mnl_attr_get_payload_len(attribute) || length >= size) {
		*bad = true;
		return false;
	}
	memcpy(text, from, length + 1);
	return true;
}
