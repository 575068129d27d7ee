/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A model for the tests of this source: it keeps the facts that were put and not dropped, by the
 * rule of keys in engine/fact.h, and tells each in one line of text. It expires nothing.
 */
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEST_FACTS 4096

struct model {
	struct fact facts[TEST_FACTS];
	unsigned int count, commits, heard;
	bool is_full, has_no_memory;
	struct mif_address heard_last;
};

static struct model test_model;

static bool test_key_equal(const struct fact *a, const struct fact *b)
{
	if (a->kind != b->kind || a->ifindex != b->ifindex || a->trust != b->trust ||
		!address_equal(&a->provider, &b->provider) ||
		a->provider.reserved != b->provider.reserved)
		return false;
	if (a->kind == FACT_PREFIX)
		return address_equal(&a->as.prefix.prefix, &b->as.prefix.prefix) &&
			a->as.prefix.length == b->as.prefix.length;
	if (a->kind == FACT_DATA)
		return a->as.data.information == b->as.data.information &&
			address_equal(&a->as.data.address, &b->as.data.address) &&
			a->as.data.prefix_length == b->as.data.prefix_length &&
			a->as.data.option == b->as.data.option &&
			a->as.data.part == b->as.data.part &&
			(information_in_parts(a->as.data.information) ||
				strcmp(a->as.data.text, b->as.data.text) == 0);
	return true;
}

static struct fact *test_find(const struct fact *fact)
{
	for (unsigned int i = 0; i < test_model.count; i++)
		if (test_key_equal(&test_model.facts[i], fact))
			return &test_model.facts[i];
	return NULL;
}

void model_begin(struct model *model, uint32_t owner, uint32_t kinds)
{
	(void)model, (void)owner, (void)kinds;
}

int model_put(struct model *model, uint32_t owner, const struct fact *fact)
{
	struct fact *place = test_find(fact);

	(void)owner;
	if (place == NULL && (model->is_full || model->count == TEST_FACTS))
		return -ENOSPC;
	if (place == NULL)
		place = &model->facts[model->count++];
	*place = *fact;
	return 0;
}

void model_drop(struct model *model, uint32_t owner, const struct fact *fact)
{
	struct fact *place = test_find(fact);

	(void)owner;
	if (place != NULL)
		*place = model->facts[--model->count];
}

void model_heard(struct model *model, uint32_t ifindex, const struct mif_address *provider)
{
	(void)ifindex;
	model->heard++;
	model->heard_last = *provider;
}

int model_commit(struct model *model, uint64_t now)
{
	(void)now;
	if (model->has_no_memory)
		return -ENOMEM;
	model->commits++;
	return 0;
}

/* Seconds left, "forever". */
static const char *test_left(uint64_t until, uint64_t now, char text[24])
{
	if (until == TIME_FOREVER)
		return "forever";
	snprintf(text, 24, "%" PRIu64, until < now ? 0 : (until - now) / NSEC_PER_SEC);
	return text;
}

/* "prefix fe80::1%7 2001:db8::/64 LA 300 600": the last number is what is left of its life. "fe80::1%7#1": another
 * domain of the same router. */
static const char *test_fact_text(const struct fact *fact, uint64_t now)
{
	static char text[1024];
	char from[MIF_ADDRESS_TEXT], address[PREFIX_TEXT], left[24], preferred[24], what[600] = "";

	mif_address_format(&fact->provider, from);
	if (fact->provider.reserved > 0)
		sprintf(from + strlen(from), "#%u", fact->provider.reserved);
	test_left(fact->valid_until, now, left);
	switch (fact->kind) {
	case FACT_ROUTER:
		snprintf(what, sizeof(what), "router %s %d %s%s", from, fact->as.router.preference,
			fact->as.router.managed ? "M" : "", fact->as.router.other ? "O" : "");
		break;
	case FACT_PVD:
		snprintf(what, sizeof(what), "pvd %s %s %u %u %u", from, fact->as.pvd.name,
			fact->as.pvd.flags, fact->as.pvd.delay, fact->as.pvd.sequence);
		break;
	case FACT_PREFIX:
		snprintf(what, sizeof(what), "prefix %s %s %s%s %s", from,
			prefix_format(&fact->as.prefix.prefix, fact->as.prefix.length, address),
			fact->as.prefix.on_link ? "L" : "", fact->as.prefix.autonomous ? "A" : "",
			test_left(fact->preferred_until, now, preferred));
		break;
	case FACT_DATA:
		mif_address_format(&fact->as.data.address, address);
		snprintf(what, sizeof(what), "data %s %u %s/%u %" PRIu64 " %s", from,
			fact->as.data.information, address, fact->as.data.prefix_length,
			fact->as.data.number, fact->as.data.text);
		if (fact->as.data.information == MIF_INFORMATION_OPTION)
			snprintf(what, sizeof(what), "option %s %u.%u %s", from,
				fact->as.data.option, fact->as.data.part, fact->as.data.text);
		break;
	default:
		break;
	}
	snprintf(text, sizeof(text), "%s %s", what,
		fact->valid_until == TIME_FOREVER ? "forever" : left);
	return text;
}

/* Whether there is a fact that reads so. */
__attribute__((unused)) static bool test_has(const char *line, uint64_t now)
{
	for (unsigned int i = 0; i < test_model.count; i++)
		if (strcmp(test_fact_text(&test_model.facts[i], now), line) == 0)
			return true;
	return false;
}

/* How many facts begin so. */
__attribute__((unused)) static unsigned int test_count(const char *beginning, uint64_t now)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < test_model.count; i++)
		count += strncmp(test_fact_text(&test_model.facts[i], now), beginning,
				 strlen(beginning)) == 0;
	return count;
}

__attribute__((unused)) static void test_print(uint64_t now)
{
	for (unsigned int i = 0; i < test_model.count; i++)
		printf("# %s\n", test_fact_text(&test_model.facts[i], now));
}
