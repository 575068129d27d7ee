/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"
#include "source/ra-parse.h"

/* Opens the raw ICMPv6 socket that the source reads: the only step that needs CAP_NET_RAW.
 * A descriptor, or negative errno. */
int source_ra_open(void);

/* Router advertisements, from a socket of source_ra_open(). Takes fd over, also on failure.
 * 0, or -ENOMEM. */
int source_ra_new(struct source **sourcep, int fd);

/* What dispatch does with each message that it received; the commit is the caller's. */
void source_ra_hear(
	struct source *source, struct model *model, const struct ra_frame *frame, uint64_t now);
