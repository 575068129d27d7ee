/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of sets share. */
#include "tap.h"

#include <errno.h>
#include <string.h>

#include <mif/multipath.h>

/* Parses a set that is known to be sound. */
__attribute__((unused)) static struct sockaddr_mp_storage set_of(const char *text)
{
	struct sockaddr_mp_storage set;

	if (multipath_parse(&set, text) < 0) {
		printf("# cannot parse %s\n", text);
		multipath_clear(&set);
	}
	return set;
}

__attribute__((unused)) static const char *text_of(const struct sockaddr_mp *set)
{
	static char text[SMP_MAX_TEXT];

	return multipath_format(set, text, sizeof(text)) >= 0 ? text : "(not a set)";
}

__attribute__((unused)) static bool says(const void *set, const char *text)
{
	const char *got = text_of(set);

	if (strcmp(got, text) == 0)
		return true;
	printf("# %s, not %s\n", got, text);
	return false;
}
