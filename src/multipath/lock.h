/* SPDX-License-Identifier: MIT */
#pragma once

/* The lock of everything that this room knows of the process's sockets: socket calls come from any
 * thread. Never held while something waits. */
void lock_take(void);
void lock_release(void);
