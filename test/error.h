/* SPDX-License-Identifier: MIT */
#pragma once

#include <errno.h>
#include <stddef.h>

/* The name of an errno that a test expects, with any C library; "E?" of others. */
__attribute__((unused)) static inline const char *error_name(int error)
{
#define NAMED(error) {error, #error}
	static const struct {
		int error;
		const char *name;
	} names[] = {NAMED(EACCES), NAMED(EADDRNOTAVAIL), NAMED(EAGAIN), NAMED(ECANCELED),
		NAMED(ECONNREFUSED), NAMED(EDESTADDRREQ), NAMED(EHOSTUNREACH), NAMED(EINVAL),
		NAMED(ENETDOWN), NAMED(ENETUNREACH), NAMED(ENODATA), NAMED(ENOENT), NAMED(EPIPE),
		NAMED(EREMOTEIO), NAMED(ETIMEDOUT)};
#undef NAMED

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error)
			return names[i].name;
	}
	return "E?";
}
