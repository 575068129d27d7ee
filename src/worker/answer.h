/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

/* Of one answer; what follows is left out. */
#define ANSWER_ADDRESSES 64

/* What became of one query. */
struct answer {
	void *owner;
	uint32_t family; /* enum mif_family */
	uint32_t status; /* enum mif_translation_status: FOUND to TIMEOUT */
	uint32_t count; /* FOUND: at least 1 */
	struct {
		struct mif_address address;
		uint32_t ttl;
	} items[ANSWER_ADDRESSES];
};

/* status: ARES_... . family and owner are set already; link-local addresses are on ifindex. */
void answer_parse(struct answer *answer, int status, const unsigned char *octets, size_t size,
	uint32_t ifindex);
