/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/access.h"
#include "engine/model.h"
#include "net/command.h"
#include "net/listener.h"
#include "net/steer.h"
#include "source/config.h"

#define CONFIG_USER 64
#define CONFIG_PATH_SIZE 256
#define CONFIG_SERVICES 128
#define CONFIG_SOCKET 108 /* of struct sockaddr_un */

/* Seconds; logind itself allows less, unless it is told otherwise. */
#define CONFIG_SLEEP_DELAY_MAX 600
#define CONFIG_LIFETIME_NOTICE_MAX 600

/* Whose paths of multipath connections are the daemon's. */
enum config_paths {
	CONFIG_PATHS_ADOPT, /* those that ask for it */
	CONFIG_PATHS_TAKEOVER, /* all new ones */
	CONFIG_PATHS_OFF, /* none */
};

/* The sections [mifd], [clients] and [names] of mifd.conf(5); interfaces are the config source's. */
struct config {
	char socket[CONFIG_SOCKET];
	struct listener_access socket_access;
	char user[CONFIG_USER]; /* "": not told */
	int log; /* level */
	bool steer;
	bool main_first; /* routes of the main table, but for default ones, before a domain's default */
	struct steer_mark mark;
	enum config_paths paths;
	uint64_t lifetime_notice; /* nanoseconds before what is not renewed ends; 0: not told */
	uint64_t sleep_delay; /* nanoseconds that a sleep or shutdown waits for programs, at most */
	char fetcher[CONFIG_PATH_SIZE]; /* "": none */
	char authorities[CONFIG_PATH_SIZE]; /* "": the system's only */
	char services
		[CONFIG_SERVICES]; /* of the Name Service Switch, blanks between them; "": none */
	char nss[CONFIG_PATH_SIZE]; /* the program that asks them */
	struct access access;
	struct link_policy links[CONFIG_INTERFACES]; /* those that may be touched */
	struct link_command commands[CONFIG_INTERFACES]; /* of the same */
	size_t link_count;
};

/* Fills *config with the defaults, then with what the file says; what it says of interfaces is looked
 * at, too. A missing file is no error unless it is required. complain, if there is one, is told of
 * everything that is wrong; without it, only of the first thing there is a sentence in error. 0, or
 * negative errno. */
int config_load(struct config *config, const char *path, bool required,
	void (*complain)(const char *error), char error[256]);
