/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* Whether a signal ends a call that waits. poll(2) and epoll_wait(2) always end with one; the calls
 * that they stand for only if some handler was installed without SA_RESTART. */
bool signals_interrupt(void);
