/* SPDX-License-Identifier: MIT */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#define SETTINGS_INTERFACES 8

/* What mif run was told, as it passes it on: variables of the environment. */
struct settings {
	unsigned int host; /* for mif_open() */
	char pvd[MIF_TEXT_SIZE]; /* only through domains of this name; empty: all */
	char interfaces[SETTINGS_INTERFACES][IF_NAMESIZE]; /* only through these */
	size_t interface_count; /* 0: all */
	uint64_t wait; /* how long a non-blocking connect may take, in nanoseconds */
	bool multipath, verbose;
};

/* Those of this process, read once. */
const struct settings *settings_get(void);

/* As they are in the environment now. Of a set-uid program's nothing is believed. */
void settings_read(struct settings *settings);

/* The program was told where to go: what cannot go there must not go elsewhere. */
static inline bool settings_pin(const struct settings *settings)
{
	return settings->pvd[0] != '\0' || settings->interface_count > 0;
}

/* "mif run: ..." on standard error, for who has asked for it. */
__attribute__((format(printf, 1, 2))) void settings_say(const char *format, ...);
