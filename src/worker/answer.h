/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "worker/dns-message.h"
#include "worker/service.h"

/* Of one answer; what follows is left out. */
#define ANSWER_ADDRESSES 64

#define ANSWER_SERVICES 8

/* A chain of aliases is followed so far. */
#define ANSWER_ALIASES 16

/* What a name service says to one question. */
struct answer {
	uint32_t status; /* enum mif_translation_status: FOUND to TIMEOUT */
	uint32_t system; /* enum mif_system: what said so */
	struct mif_address server; /* who */
	uint32_t ttl; /* seconds for which it holds, nothing found included; 0: now only */
	bool denied; /* whose name it is says that there is no such record */
	bool services; /* which of the two below */
	uint32_t count; /* FOUND: at least 1 */
	union {
		struct mif_address addresses[ANSWER_ADDRESSES];
		struct service service[ANSWER_SERVICES]; /* the best first, or one alias */
	} items;
};

/* Of an answer, as far as it has items. */
size_t answer_size(const struct answer *answer);

/* The same in memory of its own, or NULL. */
struct answer *answer_copy(const struct answer *answer);

/* The octets are those of an answer to this question, which is not checked here. Link-local addresses
 * are on ifindex. A message that breaks off within its answers has FAILED. */
void answer_read(struct answer *answer, const struct dns_question *question,
	struct dns_message *message, uint32_t ifindex);
