/* SPDX-License-Identifier: MIT */
/*
 * Octets as what a person, a program or a network calls a host, then NUL, then a suffix of a search
 * list: the names that servers are asked for.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "worker/dns-message.h"
#include "worker/hostname.h"

#include <mif/message.h>

#include <string.h>

#define LABEL 63

/* As servers are asked for it. */
static void check_asked(const char *name)
{
	char again[HOSTNAME_SIZE];
	struct dns_name parsed;
	size_t label = 0;
	bool absolute;

	PROMISE(name[0] != '\0' && strlen(name) < HOSTNAME_SIZE);
	for (const char *at = name; *at != '\0'; at++) {
		PROMISE((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') ||
			strchr("-_.", *at) != NULL);
		PROMISE(*at != '.' || label > 0);
		label = *at == '.' ? 0 : label + 1;
		PROMISE(label <= LABEL);
	}
	PROMISE(label > 0);
	PROMISE(hostname_from_utf8(again, &absolute, name) == 0 && strcmp(again, name) == 0);
	PROMISE(!absolute);
	PROMISE(dns_name_parse(&parsed, name) == 0);
	PROMISE(hostname_is_below(name, name));
}

/* What hosts of the link are asked for. */
static void check_shouted(const char *name)
{
	char utf8[HOSTNAME_SIZE];

	if (hostname_to_utf8(utf8, name) == 0)
		PROMISE(memchr(utf8, '\0', HOSTNAME_SIZE) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	char text[2 * MIF_TEXT_SIZE] = "", name[HOSTNAME_SIZE], joined[HOSTNAME_SIZE];
	const char *suffix;
	bool absolute;

	memcpy(text, octets, MIN(size, sizeof(text) - 2));
	/* No longer than a message holds. */
	text[MIF_TEXT_SIZE - 1] = '\0';
	suffix = text + strlen(text) + 1;
	if (hostname_from_utf8(name, &absolute, text) < 0)
		return 0;
	check_asked(name);
	check_shouted(name);
	hostname_use(name);
	if (hostname_join(joined, name, suffix) == 0) {
		check_asked(joined);
		/* IDNA may leave nothing of a suffix. */
		PROMISE(strncmp(joined, name, strlen(name)) == 0 &&
			(joined[strlen(name)] == '.' || joined[strlen(name)] == '\0'));
	}
	return 0;
}
