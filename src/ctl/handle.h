/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/cleanup.h"
#include "ctl/ctl.h"

DEFINE_FREEP(mif, mif_close)

/* 0, or negative errno after a sentence. */
int handle_open(struct mif **mifp, const struct options *options);

/* The next report: 1; 0: the deadline has passed; negative errno. */
int handle_get(struct mif *mif, uint64_t deadline, const struct mif_message **reportp);

/* What to say when the engine breaks off. Returns CTL_NO_ENGINE. */
int handle_broken(int error);

/* "daemon" or "engine", and as part of a sentence. */
const char *handle_host(const struct mif *mif);
const char *handle_host_text(const struct mif *mif);
