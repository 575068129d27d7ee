/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include <json-c/json.h>

#include "ctl/picture.h"

/* What "mif status" prints of a picture: for people, or as one JSON document. host: where the
 * engine is, as handle.h says it. now: CLOCK_BOOTTIME, ns. */
void status_print(const struct picture *picture, const char *host, uint64_t now, FILE *file);
struct json_object *status_json(const struct picture *picture, const char *host, uint64_t now);
