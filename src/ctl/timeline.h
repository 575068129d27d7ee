/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "ctl/picture.h"
#include "ctl/show.h"

/* What became of the attempts of a dial. */
#define TIMELINE_ATTEMPTS 64

struct timeline_attempt {
	struct mif_message_attempt last; /* the latest report of it */
	uint64_t started, ended; /* since the dial began, ns; ended 0: not yet */
};

struct timeline {
	struct timeline_attempt attempts[TIMELINE_ATTEMPTS];
	size_t count; /* the highest attempt seen */
	uint64_t end; /* of the dial, since it began, ns */
};

/* Takes an ATTEMPT in. */
void timeline_add(struct timeline *timeline, const struct mif_message_attempt *attempt);

/* How wide a text may be on this file: as its terminal, else 132. */
int timeline_width(FILE *file);

/* What became of an attempt, in a word or two. */
const char *timeline_outcome(const struct timeline_attempt *row, char text[SHOW_TEXT]);

/* The same as a picture, below a heading. */
void timeline_svg(const struct timeline *timeline, const struct picture *picture,
	const char *heading, FILE *file);

/* Draws it: one row an attempt, time from left to right, as many columns as fit in width. */
void timeline_print(
	const struct timeline *timeline, const struct picture *picture, int width, FILE *file);
