/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

#include "base/mptcp.h"

/*
 * What the kernel calls things, where the C library's headers may be older than the kernel that the
 * program runs on: Debian 12 has those of Linux 6.1, without MPTCP_FULL_INFO.
 */
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

enum {
	KERNEL_MPTCP_INFO = 1,
	KERNEL_MPTCP_TCPINFO = 2,
	KERNEL_MPTCP_SUBFLOW_ADDRS = 3,
	KERNEL_MPTCP_FULL_INFO = 4,
};

/* enum of tcpi_state. */
enum {
	KERNEL_TCP_ESTABLISHED = 1,
	KERNEL_TCP_SYN_SENT = 2,
	KERNEL_TCP_FIN_WAIT1 = 4,
	KERNEL_TCP_FIN_WAIT2 = 5,
	KERNEL_TCP_CLOSE = 7,
	KERNEL_TCP_CLOSE_WAIT = 8,
};

/* struct mptcp_info; the kernel fills in as much as it has room for. */
struct kernel_mptcp_info {
	uint8_t subflows; /* beside the first */
	uint8_t add_addr_signal;
	uint8_t add_addr_accepted;
	uint8_t subflows_max;
	uint8_t add_addr_signal_max;
	uint8_t add_addr_accepted_max;
	uint32_t flags;
	uint32_t token;
	uint64_t write_seq;
	uint64_t snd_una;
	uint64_t rcv_nxt;
	uint8_t local_addr_used;
	uint8_t local_addr_max;
	uint8_t csum_enabled;
};

/* struct mptcp_subflow_data, before an array. */
struct kernel_subflow_data {
	uint32_t size_subflow_data;
	uint32_t num_subflows;
	uint32_t size_kernel;
	uint32_t size_user;
};

/* struct mptcp_subflow_addrs. */
struct kernel_subflow_addrs {
	struct sockaddr_storage local, remote;
};

/* struct mptcp_subflow_info. */
struct kernel_subflow_info {
	uint32_t id;
	_Alignas(8) struct kernel_subflow_addrs addrs;
};

/* struct mptcp_full_info. */
struct kernel_full_info {
	uint32_t size_tcpinfo_kernel;
	uint32_t size_tcpinfo_user;
	uint32_t size_sfinfo_kernel;
	uint32_t size_sfinfo_user;
	uint32_t num_subflows;
	uint32_t size_arrays_user;
	_Alignas(8) uint64_t subflow_info;
	uint64_t tcp_info;
	struct kernel_mptcp_info mptcp_info;
};
