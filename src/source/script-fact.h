/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/fact.h"

/* "link ifindex=2 name=h1 ...": changes text. 0, or -EINVAL with a sentence in error. */
int script_fact_parse(struct fact *fact, char *text, uint64_t now, char error[256]);

/* A value of values.def, or several with commas between. 0, or -EINVAL. */
int values_parse(const char *name, const char *text, uint32_t *number);
