/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* RFC 1035 section 2.3.4: 253 octets as text without the final dot, and NUL. */
#define HOSTNAME_SIZE 254

/* What RFC 6761 and its followers want done with a name. */
enum hostname_use {
	HOSTNAME_ASK, /* nothing special: DNS knows */
	HOSTNAME_LOOPBACK, /* this host, whatever DNS says */
	HOSTNAME_LINK, /* everybody on the link is asked: multicast DNS */
	HOSTNAME_NONE, /* no such name in DNS, and not to be asked for there */
	HOSTNAME_REFUSED, /* asking would tell the network what it must not know */
};

/* The name as DNS has it: A-labels, lower case, no final dot. *absolute: there was one. 0, or
 * -EINVAL: UTF-8 or IDNA forbid it, or it is no host name. */
int hostname_from_utf8(char hostname[HOSTNAME_SIZE], bool *absolute, const char *name);

/* "name.suffix", by the same rules. 0, or -EINVAL. */
int hostname_join(char hostname[HOSTNAME_SIZE], const char *name, const char *suffix);

/* The reverse: U-labels, as LLMNR and multicast DNS want them. 0, or -EINVAL. */
int hostname_to_utf8(char utf8[HOSTNAME_SIZE], const char *hostname);

/* Whether it ends in the other one, which may be it. */
bool hostname_is_below(const char *hostname, const char *domain);

/* hostname: as hostname_from_utf8() made it. */
enum hostname_use hostname_use(const char *hostname);
