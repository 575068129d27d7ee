/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <mif/mif.h>

/* What was announced, one report for each thing. Zeroed is empty. */
struct picture {
	struct picture_entry *entries;
	size_t count, room;
};

void picture_deinit(struct picture *picture);

/* Remembers a report that announces or withdraws something; others are ignored. 0, or -ENOMEM. */
int picture_add(struct picture *picture, const struct mif_message *report);

/* After the last report: keeps of each thing what was said last, and of those withdrawn nothing.
 * Only then it may be looked at. */
void picture_settle(struct picture *picture);

/* The reports of this type below this parent (a domain, a holder: its interface; an element, an address, an
 * item of data: its domain; else 0), one after the other: NULL before the first, NULL after the
 * last. Addresses are in order, data in the order of information and index. */
const struct mif_message *picture_next(const struct picture *picture, uint32_t type,
	uint64_t parent, const struct mif_message *previous);

/* Every domain, whatever its interface. */
const struct mif_message_pvd *picture_next_pvd(
	const struct picture *picture, const struct mif_message_pvd *previous);

/* NULL if it is not there. */
const struct mif_message_pvd *picture_pvd(const struct picture *picture, uint64_t pvd);

/* The domain of this name or number. 0; -ENOENT; -ENOTUNIQ: several bear this name. */
int picture_find_pvd(const struct picture *picture, const char *text, uint64_t *pvd);
