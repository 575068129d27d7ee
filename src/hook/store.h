/* SPDX-License-Identifier: MIT */
#pragma once

#include "hook/report.h"

/*
 * Where reports lie: a directory of root's, with a file for each network namespace, element and
 * interface, readable by everybody. Files rather than a socket: a client calls its script when it has
 * news, which may be long before anybody who wants to know them starts.
 */
#define STORE_DIRECTORY "/run/mif-hook"

/* "NAMESPACE-ELEMENT-INTERFACE", in hexadecimal, "dhcpv4", "h1". */
#define STORE_NAME 48

/* What tells this process' network namespace from others that share the directory; 0: this kernel does
 * not tell (before Linux 5.14). */
uint64_t store_namespace(void);

/* The beginning of the names of a namespace's files. */
void store_prefix(char prefix[STORE_NAME], uint64_t namespace);

/* In place of an earlier one, at once. Makes the directory if need be. 0, or negative errno. */
int store_put(const char *directory, uint64_t namespace, const struct report *report);

/* 0, also if there was none; or negative errno. */
int store_remove(
	const char *directory, uint64_t namespace, uint32_t element, const char *interface);
