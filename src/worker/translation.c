/* SPDX-License-Identifier: MIT */
/*
 * One Name Translation as a state machine without I/O: which names are asked for, what the answers
 * together mean, and the results in the order in which they came.
 */
#include "worker/translation.h"

#include "base/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A domain whose configuration changes faster than its servers answer. */
#define RESTARTS_MAX 3

/* The addresses of one answer. */
struct batch {
	struct list node;
	uint32_t system;
	uint32_t count, next;
	struct {
		struct mif_address address;
		uint32_t ttl;
	} items[];
};

int translation_new(struct translation **translationp, const struct name_request *request)
{
	struct translation *translation = calloc(1, sizeof(*translation));

	if (translation == NULL)
		return -ENOMEM;
	list_init(&translation->by_id);
	list_init(&translation->ready);
	list_init(&translation->running);
	list_init(&translation->batches);
	translation->id = request->id;
	translation->family = request->family;
	translation->ifindex = request->scope->ifindex;
	*translationp = translation;
	return 0;
}

static void drop_queries(struct translation *translation)
{
	for (unsigned int i = 0; i < TRANSLATION_QUESTIONS; i++) {
		channel_drop(translation->questions[i].query);
		translation->questions[i].query = NULL;
	}
}

void translation_free(struct translation *translation)
{
	if (translation == NULL)
		return;
	drop_queries(translation);
	list_for_each_safe (node, &translation->batches)
		free(container_of(node, struct batch, node));
	list_remove(&translation->by_id);
	list_remove(&translation->ready);
	list_remove(&translation->running);
	free(translation);
}

static bool wants(const struct translation *translation, uint32_t family)
{
	return translation->family == MIF_FAMILY_ANY || translation->family == family;
}

/* ---- which names are asked for ---- */

/* The candidates: a name with a dot as it is, then with each suffix of the domain's search list. A
 * single label only with the suffixes: as it is it would be a top-level domain (RFC 7085). */
static bool choose(struct translation *translation, const struct name_scope *scope)
{
	uint32_t suffixes = translation->absolute ? 0 : scope->search_count;

	if (suffixes > NAME_SCOPE_SEARCH)
		suffixes = NAME_SCOPE_SEARCH;
	while (translation->candidate <= suffixes) {
		uint32_t candidate = translation->candidate++;

		if (candidate == 0) {
			if (!translation->absolute && strchr(translation->name, '.') == NULL)
				continue;
			memcpy(translation->asked, translation->name, sizeof(translation->asked));
		} else if (hostname_join(translation->asked, translation->name,
				   scope->search[candidate - 1]) < 0) {
			continue;
		}
		if (hostname_use(translation->asked) == HOSTNAME_ASK)
			return true;
	}
	return false;
}

bool translation_next(struct translation *translation, const struct name_scope *scope)
{
	if (!choose(translation, scope)) {
		translation_finish(translation,
			translation->exists ? MIF_TRANSLATION_NO_ADDRESS : MIF_TRANSLATION_NO_NAME);
		return false;
	}
	for (unsigned int i = 0; i < TRANSLATION_QUESTIONS; i++)
		translation->questions[i].open = wants(translation, translation_family(i));
	return true;
}

bool translation_restart(struct translation *translation)
{
	drop_queries(translation);
	if (++translation->restarts > RESTARTS_MAX) {
		translation_finish(translation,
			translation->found ? MIF_TRANSLATION_FOUND : MIF_TRANSLATION_FAILED);
		return false;
	}
	/* With an address told, only the other family of the same name is missing. */
	if (!translation->found) {
		translation->candidate = 0;
		translation->exists = false;
		for (unsigned int i = 0; i < TRANSLATION_QUESTIONS; i++)
			translation->questions[i].open = false;
	}
	return true;
}

/* ---- what the answers mean ---- */

bool translation_open(const struct translation *translation)
{
	return translation->questions[TRANSLATION_AAAA].open ||
		translation->questions[TRANSLATION_A].open;
}

static bool any(const struct translation *translation, uint32_t status)
{
	for (unsigned int i = 0; i < TRANSLATION_QUESTIONS; i++) {
		if (wants(translation, translation_family(i)) &&
			translation->questions[i].status == status)
			return true;
	}
	return false;
}

/* Both families of one name are answered. Who cannot say that the name has no address does not let
 * the next suffix of the search list answer in its place. NXDOMAIN holds for all types (RFC 8020),
 * and yet some servers say so for AAAA alone (RFC 4074 section 4.2), hence found comes first. */
static void conclude(struct translation *translation)
{
	if (translation->found)
		translation_finish(translation, MIF_TRANSLATION_FOUND);
	else if (any(translation, MIF_TRANSLATION_NO_NAME))
		return;
	else if (any(translation, MIF_TRANSLATION_FAILED))
		translation_finish(translation, MIF_TRANSLATION_FAILED);
	else if (any(translation, MIF_TRANSLATION_TIMEOUT))
		translation_finish(translation, MIF_TRANSLATION_TIMEOUT);
	else
		translation->exists = true;
}

static struct batch *batch_new(struct translation *translation, uint32_t count, uint32_t system)
{
	struct batch *batch = malloc(sizeof(*batch) + count * sizeof(batch->items[0]));

	if (batch == NULL)
		return NULL;
	batch->system = system;
	batch->count = batch->next = 0;
	list_append(&translation->batches, &batch->node);
	return batch;
}

static uint32_t keep(struct translation *translation, const struct answer *answer)
{
	struct batch *batch;

	if (answer->status != MIF_TRANSLATION_FOUND)
		return answer->status;
	batch = batch_new(translation, answer->count, MIF_SYSTEM_DNS);
	if (batch == NULL)
		return MIF_TRANSLATION_FAILED;
	for (uint32_t i = 0; i < answer->count; i++) {
		batch->items[i].address = answer->items[i].address;
		batch->items[i].ttl = answer->items[i].ttl;
	}
	batch->count = answer->count;
	translation->found = true;
	return MIF_TRANSLATION_FOUND;
}

void translation_answer(struct translation *translation, const struct answer *answer)
{
	for (unsigned int i = 0; i < TRANSLATION_QUESTIONS; i++) {
		if (translation_family(i) != answer->family)
			continue;
		translation->questions[i].open = false;
		translation->questions[i].query = NULL;
		translation->questions[i].status = keep(translation, answer);
	}
	if (!translation_open(translation))
		conclude(translation);
}

int translation_offer(struct translation *translation, const struct mif_address *addresses,
	uint32_t count, uint32_t system)
{
	struct batch *batch = batch_new(translation, count, system);

	if (batch == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct mif_address address = addresses[i];
		bool local = address.family == AF_INET6 && address_is_link_local(&address);

		if (local && address.scope == 0)
			address.scope = translation->ifindex;
		if (!wants(translation, address_mif_family(&address)) ||
			(local && address.scope != translation->ifindex))
			continue;
		batch->items[batch->count].address = address;
		batch->items[batch->count++].ttl = 0;
		translation->found = true;
	}
	return 0;
}

void translation_finish(struct translation *translation, uint32_t status)
{
	if (status == MIF_TRANSLATION_FOUND && !translation->found)
		status = MIF_TRANSLATION_NO_ADDRESS;
	drop_queries(translation);
	translation->done = true;
	translation->status = status;
}

/* ---- results ---- */

static struct batch *next_batch(const struct translation *translation)
{
	list_for_each (node, &translation->batches) {
		struct batch *batch = container_of(node, struct batch, node);

		if (batch->next < batch->count)
			return batch;
	}
	return NULL;
}

bool translation_ready(const struct translation *translation)
{
	return translation->done || next_batch(translation) != NULL;
}

int translation_result(struct translation *translation, struct name_result *result)
{
	struct batch *batch = next_batch(translation);

	*result = (struct name_result){.id = translation->id};
	if (batch != NULL) {
		result->address = batch->items[batch->next].address;
		result->ttl = batch->items[batch->next].ttl;
		result->system = batch->system;
		batch->next++;
		return 1;
	}
	if (!translation->done)
		return 0;
	result->done = true;
	result->status = translation->status;
	return 1;
}
