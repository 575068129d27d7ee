/* SPDX-License-Identifier: MIT */
/* Options as they came, cut into pieces that fit into facts. */
#include "source/option-raw.h"

#include <string.h>

#include "base/cleanup.h"

#define PIECE ((MIF_TEXT_SIZE - 1) / 2)

/* Which part of its code the next piece is. */
static uint32_t *parts_of(struct option_raw *raw, uint32_t code)
{
	unsigned int i = 0;

	while (i < raw->code_count && raw->codes[i].code != code)
		i++;
	if (i == raw->code_count) {
		raw->codes[i].code = code;
		raw->codes[i].parts = 0;
		raw->code_count++;
	}
	return &raw->codes[i].parts;
}

unsigned int option_raw_begin(struct option_raw *raw, uint32_t code, size_t size)
{
	size_t pieces = size / PIECE + 1;

	/* Each has a piece at least, so there is room for its code, too. */
	if (pieces > OPTION_RAW_MAX - raw->count) {
		raw->left_out++;
		return 0;
	}
	raw->count += (unsigned int)pieces;
	raw->fact.kind = FACT_DATA;
	raw->fact.as.data.information = MIF_INFORMATION_OPTION;
	raw->fact.as.data.option = code;
	return (unsigned int)pieces;
}

void option_raw_piece(
	struct option_raw *raw, const uint8_t *octets, size_t size, unsigned int piece)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = (size_t)piece * PIECE, count = MIN(size - at, PIECE);
	char *text = raw->fact.as.data.text;

	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[octets[at + i] >> 4];
		text[2 * i + 1] = digits[octets[at + i] & 0xf];
	}
	text[2 * count] = '\0';
	raw->fact.as.data.part = (*parts_of(raw, raw->fact.as.data.option))++;
}
