/* SPDX-License-Identifier: MIT */
/*
 * Links up and down: verbs come in, rtnetlink requests go out. The list was read before there was an
 * engine, and what a request changes is one flag.
 */
#include "net/link.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "base/cleanup.h"

int links_open(struct links *links)
{
	links->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (links->socket == NULL)
		return -errno;
	return mnl_socket_bind(links->socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
}

void links_close(struct links *links)
{
	if (links->socket != NULL)
		mnl_socket_close(links->socket);
	links->socket = NULL;
}

/* Without an index there is no link of that name: then there must be a command that makes one. */
static int link_find(const struct links *links, const struct verb_link *verb, size_t index)
{
	char name[IF_NAMESIZE];

	if (verb->ifindex != 0) {
		if (if_indextoname(verb->ifindex, name) == NULL || strcmp(name, verb->name) != 0)
			return -ENODEV;
		return 0;
	}
	if (links->commands == NULL || links->commands[index].up[0] == '\0')
		return -ENODEV;
	return 0;
}

/* Octets behind the name are 0, so that a name is one way of octets. */
static int link_check(const struct links *links, const struct verb_link *verb, size_t *index)
{
	size_t length = strnlen(verb->name, sizeof(verb->name));

	if (length == 0 || length == sizeof(verb->name))
		return -EINVAL;
	for (size_t i = length; i < sizeof(verb->name); i++) {
		if (verb->name[i] != '\0')
			return -EINVAL;
	}
	for (size_t i = 0; i < links->count; i++) {
		if (strcmp(links->names[i], verb->name) != 0)
			continue;
		*index = i;
		return link_find(links, verb, i);
	}
	return -EPERM;
}

int links_command(
	const struct links *links, const struct verb_link *verb, bool up, const char **words)
{
	size_t index;
	int r = link_check(links, verb, &index);

	if (r < 0)
		return r;
	*words = NULL;
	if (links->commands != NULL)
		*words = up ? links->commands[index].up : links->commands[index].down;
	if (*words != NULL && **words == '\0')
		*words = NULL;
	return 0;
}

/* The kernel answers while it is asked. */
static int link_ask(struct links *links, struct nlmsghdr *message)
{
	_Alignas(struct nlmsghdr) char octets[1024];
	ssize_t got;

	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = ++links->sequence;
	if (mnl_socket_sendto(links->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while ((got = mnl_socket_recvfrom(links->socket, octets, sizeof(octets))) > 0) {
		const struct nlmsghdr *answer = (const void *)octets;
		const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);

		if (mnl_nlmsg_ok(answer, (int)got) && answer->nlmsg_seq == links->sequence &&
			answer->nlmsg_type == NLMSG_ERROR &&
			mnl_nlmsg_get_payload_len(answer) >= sizeof(*error))
			return error->error;
	}
	return got < 0 ? -errno : -EIO;
}

int links_set(struct links *links, const struct verb_link *verb, bool up)
{
	_Alignas(struct nlmsghdr) char octets[128] = {0};
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct ifinfomsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	size_t index;
	int r = link_check(links, verb, &index);

	if (r == 0 && verb->ifindex == 0)
		r = -ENODEV;
	if (r < 0)
		return r;
	if (links->socket == NULL)
		return -EPERM;
	message->nlmsg_type = RTM_NEWLINK;
	head->ifi_family = AF_UNSPEC;
	head->ifi_index = (int)verb->ifindex;
	head->ifi_flags = up ? IFF_UP : 0;
	head->ifi_change = IFF_UP;
	return link_ask(links, message);
}
