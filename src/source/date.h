/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* "2026-05-23T06:00:00Z" (RFC 3339 section 5.6) in seconds since 1970. 0, or -EINVAL. */
int date_parse(uint64_t *seconds, const char *text);
