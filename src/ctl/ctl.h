/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <mif/mif.h>

/* How the program ends. */
enum ctl_status {
	CTL_DONE = 0,
	CTL_NOT = 1, /* not found, not connected, not complete */
	CTL_USAGE = 2, /* the command line is wrong */
	CTL_NO_ENGINE = 3, /* neither a daemon nor an engine, or it broke off */
	CTL_NOT_STARTED = 126, /* run: the program cannot be started, or not covered */
	CTL_NO_PROGRAM = 127, /* run: there is none of that name */
};

#define CTL_INTERFACES 8

/* What the command line says; each command knows which of it concerns it. */
struct options {
	unsigned int host; /* MIF_OPEN_DAEMON, MIF_OPEN_ENGINE; 0: whichever there is */
	bool json, verbose, timeline, probe, fastest, no_zones, attempt, multipath, strict;
	uint32_t family; /* enum mif_family */
	const char *pvd; /* a domain's name or number; NULL: all */
	const char *interface; /* its name; NULL: any */
	const char *interfaces[CTL_INTERFACES]; /* all that were named: for run */
	size_t interface_count;
	const char *svg; /* a file for the picture; NULL: none */
	uint32_t metered; /* enum mif_dial_metered */
	char scheme[MIF_TEXT_SIZE]; /* of the service asked for; empty: addresses */
	uint32_t port; /* of that; 0: the scheme's own */
	uint32_t deadline; /* milliseconds; 0: the usual one */
	uint32_t id; /* of an address in a connection; 0: any */
	bool at_once;
	uint64_t timeout; /* nanoseconds; 0: the command's own */
};

/* The commands: arguments are as many as the table in main.c says, then NULL. */
int status_run(const struct options *options, char **arguments);
int monitor_run(const struct options *options, char **arguments);
int resolve_run(const struct options *options, char **arguments);
int connect_run(const struct options *options, char **arguments);
int explain_run(const struct options *options, char **arguments);
int link_run(const struct options *options, char **arguments);
int paths_run(const struct options *options, char **arguments);
int launch_run(const struct options *options, char **arguments);

/* "mif: ..." on stderr, with an end of line. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);
