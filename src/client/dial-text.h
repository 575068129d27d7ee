/* SPDX-License-Identifier: MIT */
#pragma once

#include "client/race.h"

/* Whose a name is, where it was not asked for in all domains. */
struct dial_zone {
	char zone[MIF_TEXT_SIZE]; /* empty: it was */
	char domain[MIF_TEXT_SIZE]; /* that has it: its name */
};

/* A sentence for a dial that failed: what was tried and what came of it. why: instead, if nothing
 * was tried. zone may be NULL. Returns text. What does not fit is left out, and "..." says so. */
char *dial_text(char text[MIF_TEXT_SIZE], const char *host, const struct race *race,
	const struct dial_zone *zone, const char *why);
