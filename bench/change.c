/* SPDX-License-Identifier: MIT */
#include "change.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "measure.h"

static uint32_t address_of(const struct nlmsghdr *message)
{
	const struct nlattr *attribute =
		mnl_nlmsg_get_payload_offset(message, sizeof(struct ifaddrmsg));
	const char *end = mnl_nlmsg_get_payload_tail(message);

	while (mnl_attr_ok(attribute, (int)(end - (const char *)attribute))) {
		if (mnl_attr_get_type(attribute) == IFA_LOCAL)
			return ntohl(mnl_attr_get_u32(attribute));
		attribute = mnl_attr_next(attribute);
	}
	return 0;
}

int change_reader(void)
{
	struct sockaddr_nl local = {
		.nl_family = AF_NETLINK, .nl_groups = 1U << (RTNLGRP_IPV4_IFADDR - 1)};
	int fd = measure_call(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");

	measure_call(bind(fd, (const struct sockaddr *)&local, sizeof(local)), "bind");
	return fd;
}

void change_next(int fd, struct receipt *receipt)
{
	_Alignas(struct nlmsghdr) char octets[8192];
	const struct nlmsghdr *message = (const struct nlmsghdr *)octets;

	for (;;) {
		ssize_t size = recv(fd, octets, sizeof(octets), 0);

		if (size < 0)
			measure_fail(errno, "recv");
		if (!mnl_nlmsg_ok(message, (int)size) ||
			(message->nlmsg_type != RTM_NEWADDR && message->nlmsg_type != RTM_DELADDR))
			continue;
		receipt->address = address_of(message);
		receipt->added = message->nlmsg_type == RTM_NEWADDR;
		receipt->when = measure_now();
		return;
	}
}

void change_make(int fd, bool add, unsigned int ifindex, uint32_t address)
{
	_Alignas(struct nlmsghdr) char octets[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(octets);
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	message->nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR;
	message->nlmsg_flags = NLM_F_REQUEST | (add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	head->ifa_family = AF_INET;
	head->ifa_prefixlen = 24;
	head->ifa_index = ifindex;
	mnl_attr_put_u32(message, IFA_LOCAL, htonl(address));
	mnl_attr_put_u32(message, IFA_ADDRESS, htonl(address));
	if (send(fd, message, message->nlmsg_len, 0) < 0)
		measure_fail(errno, "send");
}

struct receipt change_wait(int from)
{
	struct pollfd poll_fd = {.fd = from, .events = POLLIN};
	struct receipt receipt;

	if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
		measure_fail(ETIMEDOUT, "nothing came from the subscriber");
	if (read(from, &receipt, sizeof(receipt)) != sizeof(receipt))
		measure_fail(EPIPE, "the subscriber");
	return receipt;
}

uint32_t change_address(const struct mif_address *address)
{
	uint32_t number;

	memcpy(&number, address->octets, sizeof(number));
	return ntohl(number);
}

void change_begin(struct change_side *side, const char *name, const char *namespace,
	const char *device, size_t count,
	void (*subscribe)(const char *name, const char *argument, int to), const char *argument)
{
	int where = measure_call(open(namespace, O_RDONLY | O_CLOEXEC), namespace);
	int pipes[2];

	measure_call(setns(where, CLONE_NEWNET), namespace);
	close(where);
	measure_call(pipe2(pipes, O_CLOEXEC), "pipe");
	if (measure_fork() == 0)
		subscribe(name, argument, pipes[1]);
	close(pipes[1]);
	side->from = pipes[0];
	side->netlink =
		measure_call(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
	side->ifindex = if_nametoindex(device);
	series_init(&side->added, name, "event", count);
	series_init(&side->removed, name, "remove", count);
	change_wait(side->from);
}
