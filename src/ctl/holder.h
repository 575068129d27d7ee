/* SPDX-License-Identifier: MIT */
#pragma once

#include <mif/mif.h>

#include "ctl/show.h"

/* Who it is that a HOLDER tells of: "backup (process 812, user 1000)". Its name is looked up here and
 * now, and is left out where there is none any more. Returns text. */
char *holder_text(const struct mif_message *holder, char text[SHOW_TEXT]);
