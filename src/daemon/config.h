/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "net/steer.h"

#define CONFIG_USER 64
#define CONFIG_PATH_SIZE 256
#define CONFIG_SOCKET 108 /* of struct sockaddr_un */

/* The section [mifd] of mifd.conf(5); interfaces are the config source's. */
struct config {
	char socket[CONFIG_SOCKET];
	char user[CONFIG_USER]; /* "": not told */
	int log; /* level */
	bool steer;
	bool main_first; /* routes of the main table, but for default ones, before a domain's default */
	struct steer_mark mark;
	char fetcher[CONFIG_PATH_SIZE]; /* "": none */
	char authorities[CONFIG_PATH_SIZE]; /* "": the system's only */
};

/* Fills *config with the defaults, then with what the file says. A missing file is no error unless
 * it is required. 0; negative errno, with a sentence in error. */
int config_load(struct config *config, const char *path, bool required, char error[256]);
