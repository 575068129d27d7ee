/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include <mif/address.h>

/* A non-blocking socket (SOCK_DGRAM, SOCK_STREAM) that sends through this interface and no other, from
 * this source (AF_UNSPEC: the kernel's choice). The descriptor, or negative errno. */
int link_socket(int type, uint16_t family, uint32_t ifindex, const struct mif_address *source);

/* 0, or negative errno; a stream is connected later. */
int link_socket_connect(int fd, const struct mif_address *address, uint32_t ifindex, uint16_t port);

/* Whether what bind(2) or send(2) said is this host's trouble for now, and says nothing of who was asked. */
bool link_socket_passes(int error);
