/* SPDX-License-Identifier: MIT */
#pragma once

#include "client/link.h"
#include "engine/engine.h"

/*
 * The engine as a link inside the process. It takes the engine over and frees it with its last link
 * (link_ops.another). clock: where the engine's time comes from.
 */
int link_local_new(struct link **linkp, struct engine *engine, uint64_t (*clock)(void *context),
	void *context, uint32_t flags);

/* flags: enum mif_hello_flags. */
void link_local_set_flags(struct link *link, uint32_t flags);
