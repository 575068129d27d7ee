/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/model.h"

/* "NAME KEY=NUMBER...", as script.h says. 0; -EINVAL: error holds a sentence. */
int script_forecast_parse(struct forecast_policy *policy, char *text, char error[256]);
