/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct access;
#include "route/planner.h"

struct link_policy;
struct source;

/* A source of the engine: what the parent opens for it, and how it is made of that. */
struct process_source {
	const char *name;
	int (*open)(
		void); /* with the parent's privilege; a descriptor or negative errno; optional */
	int fd; /* what open returned; -1: nothing */
	/* 1: it is there, but has nothing yet, for the reason in error. A failure may leave a sentence
	 * there, too. */
	int (*make)(struct source **sourcep, const struct process_source *row, char error[256]);
	const char *path; /* of what it reads, where that is a file */
	bool required; /* the path was named on the command line */
	uint64_t time; /* nanoseconds: what mifd.conf(5) says, where it says such a thing */
};

struct process_options {
	struct process_source *sources;
	size_t count;
	const struct access *access; /* of clients */
	bool script; /* the only source is a script (source/script.h), and tells the time */
	struct planner_options steer; /* but for the descriptor; without a protocol: not */
	const struct link_policy *links; /* that may be taken down and brought up */
	size_t link_count;
	uint64_t lifetime_notice; /* of engine_tell_lifetimes() */
	bool takeover; /* of all multipath connections */
	int path_events; /* where the kernel tells of multipath connections; -1: there are no paths */
	bool fetch; /* a fetcher can be started: the parent knows which */
	bool ask_switch; /* the host's Name Service Switch is asked: the parent knows by which program */
	bool tell; /* which system call the filter has stopped */
};

/* The engine's process, from the moment it has no privilege any more: sources, worker, server,
 * filter, loop. Returns only in failure, which it has logged. */
void process_run(const struct process_options *options, int listen_fd, int verb_fd);
