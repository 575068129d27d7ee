/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* The longest domain name as text (RFC 1035 section 3.1: 255 octets on the wire). */
#define NAME_TEXT_MAX 253

/* Whether it is a name of RFC 1035 section 2.3.1, underscores (RFC 8552) allowed; if so it is now in
 * lower case, and without a final dot. */
bool name_normalise(char *name);
