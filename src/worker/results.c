/* SPDX-License-Identifier: MIT */
/*
 * The results of one lookup, in the order in which they came, one item at a time: addresses; or each
 * service, and then its hints.
 */
#include "worker/results.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Freed with its last item. */
struct batch {
	struct list node;
	uint32_t next; /* item */
	uint32_t hint; /* of the service: the next one, from 1; 0: the service itself */
	struct answer answer; /* only as far as it has items */
};

void results_init(struct results *results)
{
	results->services = 0;
	list_init(&results->answers);
}

static void batch_free(struct batch *batch)
{
	list_remove(&batch->node);
	free(batch);
}

void results_deinit(struct results *results)
{
	list_for_each_safe (node, &results->answers)
		batch_free(container_of(node, struct batch, node));
}

int results_add(struct results *results, const struct answer *answer)
{
	struct batch *batch;

	if (answer->count == 0)
		return 0;
	batch = malloc(offsetof(struct batch, answer) + answer_size(answer));
	if (batch == NULL)
		return -ENOMEM;
	list_init(&batch->node);
	batch->next = batch->hint = 0;
	memcpy(&batch->answer, answer, answer_size(answer));
	list_append(&results->answers, &batch->node);
	return 0;
}

bool results_waiting(const struct results *results)
{
	return !list_empty(&results->answers);
}

static void next_address(struct batch *batch, struct name_result *result)
{
	result->address = batch->answer.items.addresses[batch->next++];
}

static void next_of_service(
	struct results *results, struct batch *batch, struct name_result *result)
{
	const struct service *service = &batch->answer.items.service[batch->next];

	if (batch->hint == 0) {
		results->services++;
		result->is_service = true;
		result->service = service->record;
	} else {
		result->address = service->hints[batch->hint - 1];
	}
	result->number = results->services;
	if (batch->hint++ < service->hint_count)
		return;
	batch->hint = 0;
	batch->next++;
}

bool results_next(struct results *results, struct name_result *result)
{
	struct batch *batch;

	if (list_empty(&results->answers))
		return false;
	batch = container_of(results->answers.next, struct batch, node);
	result->ttl = batch->answer.ttl;
	result->system = batch->answer.system;
	result->server = batch->answer.server;
	if (batch->answer.services)
		next_of_service(results, batch, result);
	else
		next_address(batch, result);
	if (batch->next == batch->answer.count)
		batch_free(batch);
	return true;
}
