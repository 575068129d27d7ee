/* SPDX-License-Identifier: MIT */
/*
 * Commands for the path manager of Multipath TCP and its events, from and to the octets of generic
 * netlink.
 */
#include "kernel/mptcp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/mptcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/attribute.h"

/* A number that Debian 12's header does not have yet is not needed: the table is as long as this. */
#define EVENT_ATTRIBUTES (MPTCP_ATTR_SERVER_SIDE + 1)

static struct nlmsghdr *message_begin(void *octets, uint16_t type, uint8_t command, uint8_t version)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct genlmsghdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = type;
	head->cmd = command;
	head->version = version;
	return message;
}

/* ---- which numbers they are ---- */

struct nlmsghdr *kernel_mptcp_family_message(void *octets)
{
	struct nlmsghdr *message = message_begin(octets, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, MPTCP_PM_NAME);
	return message;
}

static void group_parse(const struct nlattr *group, struct kernel_mptcp_family *family, bool *bad)
{
	const struct nlattr *table[CTRL_ATTR_MCAST_GRP_MAX + 1];
	char name[32] = "";
	uint32_t id = 0;

	if (attributes_index(table, ARRAY_SIZE(table), mnl_attr_get_payload(group),
		    mnl_attr_get_payload_len(group)) < 0) {
		*bad = true;
		return;
	}
	if (attribute_text(table[CTRL_ATTR_MCAST_GRP_NAME], name, sizeof(name), bad) &&
		attribute_copy(table[CTRL_ATTR_MCAST_GRP_ID], &id, sizeof(id), bad) &&
		strcmp(name, MPTCP_PM_EV_GRP_NAME) == 0)
		family->events = id;
}

static void groups_parse(const struct nlattr *groups, struct kernel_mptcp_family *family, bool *bad)
{
	const uint8_t *at = mnl_attr_get_payload(groups);
	size_t size = mnl_attr_get_payload_len(groups);

	while (size > 0) {
		const struct nlattr *group = (const void *)at;
		size_t step;

		if (!mnl_attr_ok(group, (int)size)) {
			*bad = true;
			return;
		}
		group_parse(group, family, bad);
		step = MIN(attribute_aligned(group->nla_len), size);
		at += step;
		size -= step;
	}
}

int kernel_mptcp_family_parse(const struct nlmsghdr *message, struct kernel_mptcp_family *family)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	bool bad = false;

	if (message->nlmsg_type != GENL_ID_CTRL)
		return 0;
	if (message_index(table, ARRAY_SIZE(table), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	*family = (struct kernel_mptcp_family){0};
	attribute_copy(table[CTRL_ATTR_FAMILY_ID], &family->id, sizeof(family->id), &bad);
	if (table[CTRL_ATTR_MCAST_GROUPS] != NULL)
		groups_parse(table[CTRL_ATTR_MCAST_GROUPS], family, &bad);
	return bad || family->id == 0 ? -EBADMSG : 1;
}

/* ---- commands ---- */

static void end_put(struct nlmsghdr *message, uint16_t type, const struct kernel_mptcp_end *end)
{
	const struct mif_address *address = &end->endpoint.address;
	bool ipv4 = address->family == AF_INET;
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put_u16(message, MPTCP_PM_ADDR_ATTR_FAMILY, address->family);
	if (end->id >= 0)
		mnl_attr_put_u8(message, MPTCP_PM_ADDR_ATTR_ID, (uint8_t)end->id);
	mnl_attr_put(message, ipv4 ? MPTCP_PM_ADDR_ATTR_ADDR4 : MPTCP_PM_ADDR_ATTR_ADDR6,
		address_size(address), address->octets);
	if (end->endpoint.port != 0)
		mnl_attr_put_u16(message, MPTCP_PM_ADDR_ATTR_PORT, end->endpoint.port);
	if (end->flags != 0)
		mnl_attr_put_u32(message, MPTCP_PM_ADDR_ATTR_FLAGS, end->flags);
	if (end->ifindex != 0)
		mnl_attr_put_u32(message, MPTCP_PM_ADDR_ATTR_IF_IDX, end->ifindex);
	mnl_attr_nest_end(message, nest);
}

struct nlmsghdr *kernel_mptcp_message(
	void *octets, uint16_t family, const struct kernel_mptcp_command *command)
{
	struct nlmsghdr *message = message_begin(octets, family, command->command, MPTCP_PM_VER);

	mnl_attr_put_u32(message, MPTCP_PM_ATTR_TOKEN, command->token);
	if (command->id >= 0)
		mnl_attr_put_u8(message, MPTCP_PM_ATTR_LOC_ID, (uint8_t)command->id);
	if (command->local != NULL)
		end_put(message, MPTCP_PM_ATTR_ADDR, command->local);
	if (command->remote != NULL)
		end_put(message, MPTCP_PM_ATTR_ADDR_REMOTE, command->remote);
	return message;
}

/* ---- addresses ---- */

int kernel_mptcp_address_parse(
	const struct nlmsghdr *message, uint16_t family, struct mif_address *address, uint8_t *id)
{
	const struct nlattr *outer[MPTCP_PM_ATTR_ADDR + 1], *table[MPTCP_PM_ADDR_ATTR_MAX + 1];
	const struct nlattr *nest;
	uint16_t kind = AF_UNSPEC;
	bool bad = false;

	if (message->nlmsg_type != family)
		return 0;
	if (message_index(outer, ARRAY_SIZE(outer), message, sizeof(struct genlmsghdr)) < 0)
		return -EBADMSG;
	nest = outer[MPTCP_PM_ATTR_ADDR];
	if (nest == NULL)
		return 0;
	if (attributes_index(table, ARRAY_SIZE(table), mnl_attr_get_payload(nest),
		    mnl_attr_get_payload_len(nest)) < 0 ||
		!attribute_copy(table[MPTCP_PM_ADDR_ATTR_FAMILY], &kind, sizeof(kind), &bad) ||
		(kind != AF_INET && kind != AF_INET6) ||
		!attribute_copy(table[MPTCP_PM_ADDR_ATTR_ID], id, 1, &bad) ||
		!attribute_address(table[kind == AF_INET ? MPTCP_PM_ADDR_ATTR_ADDR4
							 : MPTCP_PM_ADDR_ATTR_ADDR6],
			kind, 0, address, &bad))
		return -EBADMSG;
	return 1;
}

/* ---- events ---- */

static void ends_parse(
	const struct nlattr *const *table, struct kernel_mptcp_event *event, bool *bad)
{
	uint16_t family = AF_UNSPEC;
	uint8_t port[2];

	/* Of an address that the peer has announced nothing else tells. */
	if (!attribute_copy(table[MPTCP_ATTR_FAMILY], &family, sizeof(family), bad))
		family = table[MPTCP_ATTR_DADDR4] != NULL  ? AF_INET
			: table[MPTCP_ATTR_DADDR6] != NULL ? AF_INET6
							   : AF_UNSPEC;
	if (family == AF_UNSPEC)
		return;
	if (family != AF_INET && family != AF_INET6) {
		*bad = true;
		return;
	}
	attribute_address(table[family == AF_INET ? MPTCP_ATTR_SADDR4 : MPTCP_ATTR_SADDR6], family,
		0, &event->local.address, bad);
	attribute_address(table[family == AF_INET ? MPTCP_ATTR_DADDR4 : MPTCP_ATTR_DADDR6], family,
		0, &event->remote.address, bad);
	if (attribute_copy(table[MPTCP_ATTR_SPORT], port, sizeof(port), bad))
		event->local.port = (uint16_t)(port[0] << 8 | port[1]);
	if (attribute_copy(table[MPTCP_ATTR_DPORT], port, sizeof(port), bad))
		event->remote.port = (uint16_t)(port[0] << 8 | port[1]);
}

int kernel_mptcp_event_parse(
	const struct nlmsghdr *message, uint16_t family, struct kernel_mptcp_event *event)
{
	const struct nlattr *table[EVENT_ATTRIBUTES];
	const struct genlmsghdr *head = mnl_nlmsg_get_payload(message);
	uint8_t flag = 0;
	bool bad = false;

	if (message->nlmsg_type != family)
		return 0;
	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	*event = (struct kernel_mptcp_event){.event = head->cmd};
	if (!attribute_copy(table[MPTCP_ATTR_TOKEN], &event->token, sizeof(event->token), &bad))
		return bad ? -EBADMSG : 0;
	attribute_copy(table[MPTCP_ATTR_LOC_ID], &event->local_id, 1, &bad);
	attribute_copy(table[MPTCP_ATTR_REM_ID], &event->remote_id, 1, &bad);
	attribute_copy(table[MPTCP_ATTR_ERROR], &event->error, 1, &bad);
	attribute_copy(table[MPTCP_ATTR_IF_IDX], &event->ifindex, sizeof(event->ifindex), &bad);
	event->backup = attribute_copy(table[MPTCP_ATTR_BACKUP], &flag, 1, &bad) && flag != 0;
	flag = 0;
	event->server = attribute_copy(table[MPTCP_ATTR_SERVER_SIDE], &flag, 1, &bad) && flag != 0;
	ends_parse(table, event, &bad);
	return bad ? -EBADMSG : 1;
}
