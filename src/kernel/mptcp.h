/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include <mif/address.h>

/* The path manager of Multipath TCP, from and to the octets of generic netlink. */
#define KERNEL_MPTCP_MESSAGE 256

/* struct genlmsghdr. */
#define KERNEL_MPTCP_HEAD 4

/* The numbers that the kernel has given to it. */
struct kernel_mptcp_family {
	uint16_t id;
	uint32_t events; /* the multicast group */
};

/* One end of a subflow, or an address. */
struct kernel_mptcp_end {
	struct mif_endpoint endpoint; /* the port 0: not told */
	int id; /* -1: not told */
	uint32_t ifindex; /* 0: not told */
	uint32_t flags; /* MPTCP_PM_ADDR_FLAG_... */
};

/* What a command says; NULL, or an id of -1: not told. */
struct kernel_mptcp_command {
	uint8_t command; /* MPTCP_PM_CMD_... */
	uint32_t token;
	int id;
	const struct kernel_mptcp_end *local, *remote;
};

/* Asks which numbers they are. */
struct nlmsghdr *kernel_mptcp_family_message(void *octets);

/* 1: *family holds them; 0: another message; -EBADMSG: malformed. */
int kernel_mptcp_family_parse(const struct nlmsghdr *message, struct kernel_mptcp_family *family);

/* In octets of KERNEL_MPTCP_MESSAGE; flags and number of the request are the caller's. */
struct nlmsghdr *kernel_mptcp_message(
	void *octets, uint16_t family, const struct kernel_mptcp_command *command);

/* An address of the answer to MPTCP_PM_CMD_GET_ADDR. 1: *address and *id hold it; 0: another message;
 * -EBADMSG: malformed. */
int kernel_mptcp_address_parse(
	const struct nlmsghdr *message, uint16_t family, struct mif_address *address, uint8_t *id);

struct kernel_mptcp_event {
	uint8_t event; /* MPTCP_EVENT_... */
	uint32_t token;
	uint8_t local_id, remote_id;
	bool backup, server;
	uint8_t error; /* errno */
	uint32_t ifindex;
	/* As the kernel has them: IPv4 may be mapped to IPv6, and must be told so to close a subflow. */
	struct mif_endpoint local, remote;
};

/* 1: *event holds it; 0: another message, or nothing of a connection; -EBADMSG: malformed. */
int kernel_mptcp_event_parse(
	const struct nlmsghdr *message, uint16_t family, struct kernel_mptcp_event *event);
