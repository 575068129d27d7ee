/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "multipath/connection.h"

/* A path manager may add remote addresses to this connection. */
bool manager_adds(const struct connection *connection);

/* Or paths between addresses of whatever side. */
bool manager_acts(const struct connection *connection);
