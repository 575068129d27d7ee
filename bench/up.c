/* SPDX-License-Identifier: MIT */
/*
 * Tells what comes when, one event a line: an advertisement on the wire, an address that the kernel has
 * past duplicate address detection, and what a subscriber of mifd hears of both. All on the clock that
 * stamps packets, CLOCK_REALTIME; an advertisement's time is that of its reception by the kernel.
 *
 * usage: bench-up                       NANOSECONDS ra ROUTER | address ADDRESS | element DOMAIN ELEMENT |
 *                                       known DOMAIN: with an address and its DNS servers
 *        bench-up LINK ROUTER COUNT     round trips to a router: NANOSECONDS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>

#include "handle.h"
#include "measure.h"

#define DOMAINS 64

static struct domain {
	uint64_t pvd;
	char name[MIF_TEXT_SIZE];
	bool address, servers, told;
} domains[DOMAINS];

static uint64_t real_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- the wire ---- */

static int packet_open(void)
{
	int fd = measure_call(
		socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IPV6)), "AF_PACKET");
	int on = 1;

	measure_call(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), "SO_TIMESTAMPNS");
	return fd;
}

static uint64_t packet_time(struct msghdr *header)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
		part = CMSG_NXTHDR(header, part)) {
		struct timespec time;

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&time, CMSG_DATA(part), sizeof(time));
		return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	}
	return real_now();
}

static void packet_take(int fd)
{
	_Alignas(struct cmsghdr) char control[256];
	struct {
		struct ip6_hdr head;
		struct icmp6_hdr icmp;
		uint8_t rest[2048];
	} octets;
	struct iovec vector = {&octets, sizeof(octets)};
	struct msghdr header = {.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(fd, &header, 0);
	char text[INET6_ADDRSTRLEN];

	if (size < (ssize_t)(sizeof(octets.head) + sizeof(octets.icmp)) ||
		octets.head.ip6_nxt != IPPROTO_ICMPV6 || octets.icmp.icmp6_type != ND_ROUTER_ADVERT)
		return;
	printf("%" PRIu64 " ra %s\n", packet_time(&header),
		inet_ntop(AF_INET6, &octets.head.ip6_src, text, sizeof(text)));
}

/* ---- the kernel ---- */

static int address_attribute(const struct nlattr *attribute, void *context)
{
	const struct ifaddrmsg *head = context;
	char text[INET6_ADDRSTRLEN];

	if (mnl_attr_get_type(attribute) == IFA_ADDRESS)
		printf("%" PRIu64 " address %s\n", real_now(),
			inet_ntop(head->ifa_family, mnl_attr_get_payload(attribute), text,
				sizeof(text)));
	return MNL_CB_OK;
}

static int address_event(const struct nlmsghdr *message, void *context)
{
	struct ifaddrmsg *head = mnl_nlmsg_get_payload(message);

	(void)context;
	if (message->nlmsg_type != RTM_NEWADDR || head->ifa_scope != RT_SCOPE_UNIVERSE ||
		(head->ifa_flags & IFA_F_TENTATIVE) != 0)
		return MNL_CB_OK;
	return mnl_attr_parse(message, sizeof(*head), address_attribute, head);
}

static struct mnl_socket *address_open(void)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);

	if (socket == NULL)
		measure_fail(errno, "netlink");
	measure_call(mnl_socket_bind(
			     socket, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, MNL_SOCKET_AUTOPID),
		"bind");
	return socket;
}

static void address_take(struct mnl_socket *socket)
{
	static _Alignas(struct nlmsghdr) char octets[65536];
	ssize_t size = mnl_socket_recvfrom(socket, octets, sizeof(octets));

	if (size > 0)
		mnl_cb_run(octets, (size_t)size, 0, 0, address_event, NULL);
}

/* ---- the subscriber ---- */

static struct domain *domain_of(uint64_t pvd)
{
	size_t i = 0;

	while (i < DOMAINS - 1 && domains[i].pvd != 0 && domains[i].pvd != pvd)
		i++;
	domains[i].pvd = pvd;
	return &domains[i];
}

static void hear(struct mif *mif, const struct mif_message *message)
{
	struct mif_message ask = {.type = MIF_GET_CONFIGURATION_DATA};
	struct domain *domain = NULL;

	switch (message->type) {
	case MIF_PVD:
		domain = domain_of(message->as.pvd.pvd);
		memcpy(domain->name, message->as.pvd.name, sizeof(domain->name));
		break;
	case MIF_ELEMENT:
		domain = domain_of(message->as.element.pvd);
		printf("%" PRIu64 " element %s %" PRIu32 "\n", real_now(), domain->name,
			message->as.element.element);
		ask.as.get_configuration_data.pvd = domain->pvd;
		ask.as.get_configuration_data.information = MIF_INFORMATION_DNS_SERVERS;
		handle_post(mif, &ask);
		break;
	case MIF_ADDRESS:
		domain = domain_of(message->as.address.pvd);
		domain->address = true;
		break;
	case MIF_CONFIGURATION_DATA:
		domain = domain_of(message->as.configuration_data.pvd);
		domain->servers = true;
		break;
	default:
		return;
	}
	if (domain->address && domain->servers && !domain->told) {
		domain->told = true;
		printf("%" PRIu64 " known %s\n", real_now(), domain->name);
	}
}

static void follow(void)
{
	const struct mif_message request = {
		.type = MIF_ANNOUNCE_INTERFACES,
		.as.announce_interfaces.below =
			MIF_BELOW_PVDS | MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES,
	};
	struct mnl_socket *addresses = address_open();
	int packets = packet_open();
	struct mif *mif = handle_open("daemon");
	const struct mif_message *message;

	handle_post(mif, &request);
	for (;;) {
		struct pollfd fds[] = {{.fd = packets, .events = POLLIN},
			{.fd = mnl_socket_get_fd(addresses), .events = POLLIN}};

		measure_check(mif_check(mif, fds, 2, -1), "mif_check");
		while (measure_check(mif_get(mif, &message), "mif_get") == 1)
			hear(mif, message);
		if (fds[0].revents != 0)
			packet_take(packets);
		if (fds[1].revents != 0)
			address_take(addresses);
		fflush(stdout);
	}
}

/* ---- round trips ---- */

static void round_trips(const char *link, const char *router, size_t count)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex(link)};
	int fd = measure_call(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6), "raw");
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	measure_call(
		setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)), "filter");
	if (inet_pton(AF_INET6, router, &to.sin6_addr) != 1)
		measure_fail(EINVAL, router);
	/* The first one finds out the router's link-layer address. */
	for (size_t i = 0; i <= count; i++) {
		struct icmp6_hdr echo = {
			.icmp6_type = ICMP6_ECHO_REQUEST, .icmp6_seq = (uint16_t)i};
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		uint64_t started = measure_now();

		measure_call(
			(int)sendto(fd, &echo, sizeof(echo), 0, (struct sockaddr *)&to, sizeof(to)),
			router);
		if (measure_call(poll(&ready, 1, PATIENCE_MS), "poll") == 0)
			measure_fail(ETIMEDOUT, router);
		measure_call((int)recv(fd, &echo, sizeof(echo), 0), router);
		if (i > 0)
			printf("%" PRIu64 "\n", measure_now() - started);
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	if (argc == 4)
		round_trips(argv[1], argv[2], measure_number(argv[3]));
	else if (argc == 1)
		follow();
	else
		fprintf(stderr, "usage: bench-up [LINK ROUTER COUNT]\n");
	return argc == 4 ? 0 : 2;
}
