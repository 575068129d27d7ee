/* SPDX-License-Identifier: MIT */
/*
 * Questions to the kernel over netlink. Each has a number of its own, by which its answer is known.
 */
#include "net/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct mnl_socket *netlink_open(int protocol)
{
	struct mnl_socket *socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int on = 1;

	if (socket == NULL)
		return NULL;
	setsockopt(mnl_socket_get_fd(socket), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0)
		return socket;
	mnl_socket_close(socket);
	return NULL;
}

/* What ends the answer: 1; 0: something else. */
static int message_ends(const struct nlmsghdr *message, int *error)
{
	if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE)
		return 0;
	*error = 0;
	if (mnl_nlmsg_get_payload_len(message) >= sizeof(*error))
		memcpy(error, mnl_nlmsg_get_payload(message), sizeof(*error));
	return 1;
}

int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *message, uint16_t flags,
	void (*take)(const struct nlmsghdr *answer, void *context), void *context)
{
	static _Alignas(struct nlmsghdr) char octets[32768];
	static uint32_t sequence;
	int error = -EIO;
	ssize_t got;

	message->nlmsg_flags |= (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	while ((got = mnl_socket_recvfrom(socket, octets, sizeof(octets))) > 0) {
		const struct nlmsghdr *answer = (const void *)octets;
		int left = (int)got;

		for (; mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
			if (answer->nlmsg_seq != message->nlmsg_seq)
				continue;
			if (message_ends(answer, &error))
				return error;
			if (take != NULL)
				take(answer, context);
		}
	}
	return got < 0 ? -errno : error;
}
