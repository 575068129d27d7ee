/* SPDX-License-Identifier: MIT */
/*
 * Sockets as sock_diag(7) tells of them, as far as they are of Multipath TCP.
 */
#include "kernel/diag.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/mptcp.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/mptcp.h"
#include "kernel/attribute.h"

/* All but those that are no connections any more, or not yet: TIME_WAIT, LISTEN, NEW_SYN_RECV. */
#define STATES (~(1U << 6 | 1U << 10 | 1U << 12) & 0xfffU)

struct nlmsghdr *kernel_diag_message(void *octets, unsigned int family, bool subflows)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->sdiag_family = (uint8_t)family;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_ext = 1U << (INET_DIAG_INFO - 1);
	request->idiag_states = STATES;
	/* Its number has more bits than there is room for. */
	if (!subflows)
		mnl_attr_put_u32(message, INET_DIAG_REQ_PROTOCOL, IPPROTO_MPTCP);
	return message;
}

/* Where others have a cookie, these have the token. */
struct nlmsghdr *kernel_diag_connection_message(void *octets, uint32_t token)
{
	struct nlmsghdr *message = kernel_diag_message(octets, AF_INET6, false);
	struct inet_diag_req_v2 *request = mnl_nlmsg_get_payload(message);

	request->id.idiag_cookie[0] = token;
	request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return message;
}

static bool end_parse(struct mif_endpoint *end, const struct inet_diag_msg *head,
	const void *address, const void *port)
{
	uint8_t octets[2];

	memcpy(octets, port, sizeof(octets));
	if (head->idiag_family == AF_INET)
		end->address = address_ipv4(address);
	else if (head->idiag_family == AF_INET6)
		end->address = address_ipv6(address, 0);
	else
		return false;
	end->port = (uint16_t)(octets[0] << 8 | octets[1]);
	return true;
}

static void subflow_parse(const struct nlattr *nest, struct kernel_diag *diag, bool *bad)
{
	const struct nlattr *table[MPTCP_SUBFLOW_ATTR_MAX + 1];
	uint32_t flags = 0;

	if (attributes_index(table, ARRAY_SIZE(table), mnl_attr_get_payload(nest),
		    mnl_attr_get_payload_len(nest)) < 0) {
		*bad = true;
		return;
	}
	attribute_copy(table[MPTCP_SUBFLOW_ATTR_TOKEN_LOC], &diag->token, sizeof(diag->token), bad);
	attribute_copy(table[MPTCP_SUBFLOW_ATTR_ID_LOC], &diag->local_id, 1, bad);
	attribute_copy(table[MPTCP_SUBFLOW_ATTR_ID_REM], &diag->remote_id, 1, bad);
	attribute_copy(table[MPTCP_SUBFLOW_ATTR_FLAGS], &flags, sizeof(flags), bad);
	diag->backup = (flags & (MPTCP_SUBFLOW_FLAG_BKUP_LOC | MPTCP_SUBFLOW_FLAG_BKUP_REM)) != 0;
}

static void class_parse(const struct nlattr *nest, struct kernel_diag *diag, bool *bad)
{
	const struct nlattr *table[INET_ULP_INFO_MAX + 1];

	if (attributes_index(table, ARRAY_SIZE(table), mnl_attr_get_payload(nest),
		    mnl_attr_get_payload_len(nest)) < 0)
		*bad = true;
	else if (table[INET_ULP_INFO_MPTCP] != NULL)
		subflow_parse(table[INET_ULP_INFO_MPTCP], diag, bad);
}

/* As much of a struct as the kernel tells, which may have an older one. */
static void info_copy(const struct nlattr *attribute, void *info, size_t size)
{
	if (attribute != NULL)
		memcpy(info, mnl_attr_get_payload(attribute),
			MIN(size, (size_t)mnl_attr_get_payload_len(attribute)));
}

static void tcp_parse(const struct nlattr *attribute, struct kernel_diag *diag)
{
	struct tcp_info info = {0};

	info_copy(attribute, &info, sizeof(info));
	diag->rtt = info.tcpi_rtt;
	diag->acked = info.tcpi_bytes_acked;
	diag->received = info.tcpi_bytes_received;
}

int kernel_diag_parse(const struct nlmsghdr *message, bool subflows, struct kernel_diag *diag)
{
	const struct nlattr *table[INET_DIAG_ULP_INFO + 1];
	const struct inet_diag_msg *head = mnl_nlmsg_get_payload(message);
	struct mptcp_info info = {0};
	bool bad = false;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0;
	if (message_index(table, ARRAY_SIZE(table), message, sizeof(*head)) < 0)
		return -EBADMSG;
	*diag = (struct kernel_diag){.subflow = subflows,
		.uid = head->idiag_uid,
		.cookie = (uint64_t)head->id.idiag_cookie[1] << 32 | head->id.idiag_cookie[0],
		.state = head->idiag_state,
		.queued = head->idiag_wqueue};
	if (!end_parse(&diag->local, head, head->id.idiag_src, &head->id.idiag_sport) ||
		!end_parse(&diag->remote, head, head->id.idiag_dst, &head->id.idiag_dport))
		return 0;
	if (!subflows) {
		info_copy(table[INET_DIAG_INFO], &info, sizeof(info));
		diag->token = info.mptcpi_token;
		diag->subflows = 1U + info.mptcpi_subflows;
		diag->fallback = (info.mptcpi_flags & MPTCP_INFO_FLAG_FALLBACK) != 0;
	} else if (table[INET_DIAG_ULP_INFO] != NULL) {
		class_parse(table[INET_DIAG_ULP_INFO], diag, &bad);
		tcp_parse(table[INET_DIAG_INFO], diag);
	}
	return bad ? -EBADMSG : diag->token != 0;
}
