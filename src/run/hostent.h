/* SPDX-License-Identifier: MIT */
#pragma once

#include <netdb.h>
#include <stddef.h>

/* Not every C library has them. */
#ifndef NETDB_INTERNAL
#define NETDB_INTERNAL (-1)
#endif
#ifndef NETDB_SUCCESS
#define NETDB_SUCCESS 0
#endif

/* As gethostbyname2_r(3), by run_getaddrinfo(): 0, or ERANGE. -1: the name is no network's, and the C
 * library is to say what it is. */
int run_gethostbyname(const char *name, int family, struct hostent *entry, char *buffer,
	size_t size, struct hostent **resultp, int *errorp);
