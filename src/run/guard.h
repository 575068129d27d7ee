/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * What this library itself calls, libmif and the engine in it, is nobody's to catch: while one of its
 * functions runs in a thread, the calls of that thread go to the C library at once. So do those of a
 * signal handler that comes meanwhile.
 */
bool guard_enter(void); /* false: it runs already */
void guard_leave(void);
