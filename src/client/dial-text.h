/* SPDX-License-Identifier: MIT */
#pragma once

#include "client/race.h"

/* A sentence for a dial that failed: what was tried and what came of it. why: instead, if nothing
 * was tried. Returns text. What does not fit is left out, and "..." says so. */
char *dial_text(
	char text[MIF_TEXT_SIZE], const char *host, const struct race *race, const char *why);
