/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/picture.h"
#include "ctl/show.h"

/* The domain that --pvd names. 0, or negative errno after a sentence that lists those there are. */
int choose_pvd(const struct picture *picture, const char *name, uint64_t *pvd);

/* A domain for people: its name; "domain 7" if it is not in the picture, "this host" for 0. */
char *choose_name(const struct picture *picture, uint64_t pvd, char text[SHOW_TEXT]);

/* How wide the names in this picture get. */
int choose_width(const struct picture *picture);
