/* SPDX-License-Identifier: MIT */
#pragma once

/* Numbers of Multipath TCP that headers of the C library older than the kernel may not have. */
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#ifndef MPTCP_INFO
#define MPTCP_INFO 1
#endif
