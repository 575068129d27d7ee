/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/show.h"
#include "message/message.h"

/* A field of a message by its name, which the table must have. */
const struct field_info *field_find(uint32_t type, const char *name);

/* Its value as the table prints it: "ethernet", "up,running"; and for people: "up, running". */
const char *field_text(const struct mif_message *message, const char *name, char text[SHOW_TEXT]);
const char *field_list(const struct mif_message *message, const char *name, char text[SHOW_TEXT]);

/* What the table says of its value, if that is a named one: "wired Ethernet, or ..."; else NULL. */
const char *field_meaning(const struct mif_message *message, const char *name);
