/* SPDX-License-Identifier: MIT */
#pragma once

#include <errno.h>

/* The name of an errno that a test expects, with any C library; "E?" of others. */
__attribute__((unused)) static inline const char *error_name(int error)
{
	switch (error) {
#define NAMED(error) \
	case error:  \
		return #error
		NAMED(EACCES);
		NAMED(EADDRNOTAVAIL);
		NAMED(EAGAIN);
		NAMED(ECANCELED);
		NAMED(ECONNREFUSED);
		NAMED(EDESTADDRREQ);
		NAMED(EHOSTUNREACH);
		NAMED(EINVAL);
		NAMED(ENETDOWN);
		NAMED(ENETUNREACH);
		NAMED(ENODATA);
		NAMED(ENOENT);
		NAMED(EPIPE);
		NAMED(EREMOTEIO);
		NAMED(ETIMEDOUT);
#undef NAMED
	default:
		return "E?";
	}
}
