/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

/* A name server that has an address of every name and says so at once: a process in another network
 * namespace, which answers when this returns, and ends with its parent. */
pid_t answerer_start(const char *namespace);

/* From now on it says so after that time, one after the other: as if it were on a wire. */
void answerer_delay(unsigned int microseconds);
