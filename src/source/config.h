/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "engine/source.h"

/* Newcomers beyond these are errors of the file. */
#define CONFIG_INTERFACES 64
#define CONFIG_COMMAND 240 /* octets of a command, with its arguments */
#define CONFIG_COMMAND_WORDS 16
#define CONFIG_IDLE_TIME 60 /* seconds, when nothing is said */
#define CONFIG_IDLE_TIME_MAX 86400
#define CONFIG_HOLD_LIMIT_MAX 600000 /* milliseconds: engine/departure.h */
#define CONFIG_SIGNAL_MIN (-120) /* dBm */
#define CONFIG_HYSTERESIS 5 /* dB */
#define CONFIG_HYSTERESIS_MAX 50
#define CONFIG_SIGNAL_TIME 5 /* seconds */
#define CONFIG_CARRIER_TIME 60
#define CONFIG_FORECAST_TIME_MAX 3600
#define CONFIG_SERVERS 8
#define CONFIG_SEARCH 8
#define CONFIG_ZONES 16

/* What an administrator knows of interfaces: mifd.conf(5). Reads the file, and again whenever it
 * has changed; one that has become bad changes nothing. A missing file is no error unless it is
 * required. 0; 1: it is bad, as a sentence in error says, and waited for a better one; negative errno,
 * with a sentence in error. */
int source_config_new(struct source **sourcep, const char *path, bool required, char error[256]);
