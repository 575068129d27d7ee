/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/ways.h"

/* From which address the kernel would send there by itself. False: nowhere. */
bool find_source(const struct mif_address *destination, struct mif_address *source);

/* The ways that libmif sees to an address. source: of find_source(); of no family: there is none. 0, or
 * negative errno. */
int find_plan(
	const struct mif_address *destination, const struct mif_address *source, struct ways *ways);

/* The ways to an address that no name was asked for: the kernel's own comes first. The same. */
int find_literal(
	const struct mif_address *destination, const struct mif_address *source, struct ways *ways);

/* For an address that a name service gave: the domains that did not. */
void find_more(struct ways *ways, const struct mif_address *destination);
