/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/source.h"

/*
 * That the host goes to sleep or is shut down, from systemd-logind over the system's bus. Every interface
 * goes away then, and the host waits for those who hold one, as long as logind allows: by a delay
 * inhibitor lock, which is a descriptor and given back as soon as nobody holds any.
 *
 * address: of the bus, which must outlive the source; NULL: the system's. longest: nanoseconds for which
 * the host is delayed at most; 0: it is not, and programs are only told. 0, or negative errno.
 */
int source_logind_new(struct source **sourcep, const char *address, uint64_t longest);
