/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "engine/fact.h"

/* Pieces of raw options that are told of one message. */
#define OPTION_RAW_MAX 48

/*
 * The raw options of one message as facts (MIF_INFORMATION_OPTION): a piece of 127 octets each, in
 * hexadecimal, counted by code. The last piece of an option is shorter than that, be it empty, so
 * options of one code that come several times can be told apart. An option for which there is no
 * room is left out whole.
 */
struct option_raw {
	struct fact fact; /* what all of them have in common, then the piece at hand */
	unsigned int count; /* pieces */
	unsigned int left_out; /* options */
	unsigned int code_count;
	struct {
		uint32_t code, parts;
	} codes[OPTION_RAW_MAX];
};

/* How many pieces the option has; 0: there is no room for them. */
unsigned int option_raw_begin(struct option_raw *raw, uint32_t code, size_t size);

/* Makes raw->fact the next piece of the option that was begun last: called as often as there are
 * pieces, from 0. */
void option_raw_piece(
	struct option_raw *raw, const uint8_t *octets, size_t size, unsigned int piece);
