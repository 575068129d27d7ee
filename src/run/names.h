/* SPDX-License-Identifier: MIT */
#pragma once

#include <netdb.h>
#include <stdbool.h>

/* As getaddrinfo(3) and freeaddrinfo(3). Names are asked for in the domains of the host, and what the
 * answers were is remembered for connect(). */
int run_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **resultp);
void run_freeaddrinfo(struct addrinfo *list);

/* Whether a network may know the name: it is no address, not this host, and of a family of theirs. */
bool run_is_networks_name(const char *name, int family);
