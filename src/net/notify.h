/* SPDX-License-Identifier: MIT */
#pragma once

/* Tells the service manager that NOTIFY_SOCKET names, if there is one: "READY=1" and the like,
 * sd_notify(3). */
void notify(const char *text);
