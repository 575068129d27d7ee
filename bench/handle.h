/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include <mif/mif.h>

/* side: "daemon" or "engine". */
struct mif *handle_open(const char *side);

void handle_post(struct mif *mif, const struct mif_message *request);

/* CHECK, then GET: what a program without other descriptors does. */
const struct mif_message *handle_next(struct mif *mif);

/* A device, of which there is news from now on. */
uint64_t handle_interface(struct mif *mif, const char *device);

/* Its IPv4 domain. */
uint64_t handle_pvd(struct mif *mif, const char *device);

/* Gets all that was known when the request was made. */
void handle_settle(struct mif *mif);
