/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A model that only remembers, for the tests of sources: what was put, whether a snapshot is under
 * way, how often it was committed. Facts are compared as text, one line each, with lifetimes in
 * seconds from test_now, rounded up to a multiple of test_unit:
 * "address 3 192.0.2.1/24 flags=0 preferred=- element=0 valid=300".
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/model.h"

#define TEST_FACTS 16384
#define TEST_TEXT 512

struct model {
	struct {
		struct fact fact;
		bool stale;
	} entries[TEST_FACTS];
	size_t count;
	unsigned int commits, begins, heard;
	struct mif_address heard_last;
	int put_error, commit_error;
	char future[256]; /* what was said of links: "away 2 manager 5000, up 2, " */
};

static uint64_t test_now, test_unit = 1;

static bool fact_same_key(const struct fact *a, const struct fact *b)
{
	if (a->kind != b->kind || a->ifindex != b->ifindex || a->trust != b->trust ||
		strcmp(a->ifname, b->ifname) != 0 || !address_equal(&a->provider, &b->provider) ||
		a->provider.reserved != b->provider.reserved)
		return false;
	switch (a->kind) {
	case FACT_ADDRESS:
		return address_equal(&a->as.address.address, &b->as.address.address);
	case FACT_ROUTE:
		return address_equal(&a->as.route.gateway, &b->as.route.gateway) &&
			a->as.route.family == b->as.route.family &&
			a->as.route.metric == b->as.route.metric;
	case FACT_PREFIX:
		return address_equal(&a->as.prefix.prefix, &b->as.prefix.prefix) &&
			a->as.prefix.length == b->as.prefix.length;
	case FACT_DATA:
		return a->element == b->element &&
			a->as.data.information == b->as.data.information &&
			address_equal(&a->as.data.address, &b->as.data.address) &&
			a->as.data.prefix_length == b->as.data.prefix_length &&
			a->as.data.option == b->as.data.option &&
			a->as.data.part == b->as.data.part &&
			(information_in_parts(a->as.data.information) ||
				strcmp(a->as.data.text, b->as.data.text) == 0);
	case FACT_LEASE:
		return address_equal(&a->as.lease.address, &b->as.lease.address);
	case FACT_STEER:
		return address_equal(&a->as.steer.prefix, &b->as.steer.prefix) &&
			a->as.steer.length == b->as.steer.length;
	default:
		return true;
	}
}

static size_t model_find_key(const struct model *model, const struct fact *fact)
{
	size_t i = 0;

	while (i < model->count && !fact_same_key(&model->entries[i].fact, fact))
		i++;
	return i;
}

static void model_remove(struct model *model, size_t index)
{
	memmove(&model->entries[index], &model->entries[index + 1],
		(model->count - index - 1) * sizeof(model->entries[0]));
	model->count--;
}

void model_begin(struct model *model, uint32_t owner, uint32_t kinds)
{
	(void)owner;
	model->begins++;
	for (size_t i = 0; i < model->count; i++) {
		if ((kinds & 1U << model->entries[i].fact.kind) != 0)
			model->entries[i].stale = true;
	}
}

int model_put(struct model *model, uint32_t owner, const struct fact *fact)
{
	size_t i = model_find_key(model, fact);

	(void)owner;
	if (model->put_error != 0)
		return model->put_error;
	if (i == TEST_FACTS)
		return -ENOSPC;
	if (i == model->count)
		model->count++;
	model->entries[i].fact = *fact;
	model->entries[i].stale = false;
	return 0;
}

void model_drop(struct model *model, uint32_t owner, const struct fact *fact)
{
	size_t i = model_find_key(model, fact);

	(void)owner;
	if (i < model->count)
		model_remove(model, i);
}

void model_drop_link(struct model *model, uint32_t owner, uint32_t ifindex)
{
	(void)owner;
	for (size_t i = model->count; i-- > 0;) {
		if (model->entries[i].fact.ifindex == ifindex)
			model_remove(model, i);
	}
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
	model->commits++;
	if (model->commit_error != 0)
		return model->commit_error;
	for (size_t i = model->count; i-- > 0;) {
		if (model->entries[i].stale)
			model_remove(model, i);
	}
	return 0;
}

/* ---- what will become of links ---- */

__attribute__((format(printf, 2, 3))) static void model_say(
	struct model *model, const char *format, ...)
{
	size_t used = strlen(model->future);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(model->future + used, sizeof(model->future) - used, format, arguments);
	va_end(arguments);
}

void model_going_away(struct model *model, uint32_t owner, uint32_t ifindex, uint32_t why,
	uint64_t deadline, uint64_t now)
{
	(void)owner;
	model_say(model, "away %u cause %u in %u ms, ", ifindex, why,
		(unsigned int)((deadline - now) / NSEC_PER_MSEC));
}

void model_going_up(struct model *model, uint32_t owner, uint32_t ifindex)
{
	(void)owner;
	model_say(model, "up %u, ", ifindex);
}

void model_forecast(struct model *model, const struct forecast_policy *policies, size_t count)
{
	for (size_t i = 0; i < count; i++)
		model_say(model, "%s %d+%u %u s, %u in %u s, ", policies[i].name,
			(int)policies[i].signal, policies[i].hysteresis,
			(unsigned int)(policies[i].signal_time / NSEC_PER_SEC), policies[i].losses,
			(unsigned int)(policies[i].carrier_time / NSEC_PER_SEC));
}

void model_signal(struct model *model, uint32_t ifindex, int32_t dbm, uint64_t now)
{
	(void)now;
	model_say(model, "signal %u %d, ", ifindex, (int)dbm);
}

void model_staying(struct model *model, uint32_t owner, uint32_t ifindex)
{
	(void)owner;
	model_say(model, "stays %u, ", ifindex);
}

void model_has_gone(struct model *model, uint32_t owner, uint32_t ifindex, uint64_t now)
{
	(void)owner;
	(void)now;
	model_say(model, "gone %u, ", ifindex);
}

/* ---- facts as text ---- */

static char *lifetime_format(uint64_t until, char text[32])
{
	if (until == TIME_FOREVER)
		return strcpy(text, "-");

	uint64_t left = until > test_now ? until - test_now : 0, unit = test_unit * NSEC_PER_SEC;

	snprintf(text, 32, "%llu", (unsigned long long)((left + unit - 1) / unit * test_unit));
	return text;
}

static void value_format(const struct fact *fact, char *text, size_t size)
{
	char address[PREFIX_TEXT], gateway[MIF_ADDRESS_TEXT], preferred[32], rebind[32];

	lifetime_format(fact->preferred_until, preferred);
	switch (fact->kind) {
	case FACT_LINK:
		snprintf(text, size, "name=%s kind=%u flags=%u mtu=%u metered=%u%s",
			fact->as.link.name, fact->as.link.kind, fact->as.link.flags,
			fact->as.link.mtu, fact->as.link.metered,
			fact->as.link.strict ? " strict" : "");
		break;
	case FACT_ADDRESS:
		prefix_format(&fact->as.address.address, fact->as.address.prefix_length, address);
		snprintf(text, size, "%s flags=%u preferred=%s", address, fact->as.address.flags,
			preferred);
		break;
	case FACT_ROUTE:
		snprintf(text, size, "via=%s family=%u metric=%u advertised=%d",
			mif_address_format(&fact->as.route.gateway, address),
			fact->as.route.family == AF_INET ? 4 : 6, fact->as.route.metric,
			fact->as.route.advertised);
		if (fact->as.route.source.family != AF_UNSPEC)
			snprintf(text + strlen(text), size - strlen(text), " source=%s",
				mif_address_format(&fact->as.route.source, address));
		break;
	case FACT_PREFIX:
		prefix_format(&fact->as.prefix.prefix, fact->as.prefix.length, address);
		snprintf(text, size, "%s on-link=%d autonomous=%d preferred=%s", address,
			fact->as.prefix.on_link, fact->as.prefix.autonomous, preferred);
		break;
	case FACT_DATA:
		prefix_format(&fact->as.data.address, fact->as.data.prefix_length, address);
		snprintf(text, size, "%u %s %s", fact->as.data.information, address,
			fact->as.data.text);
		if (fact->as.data.information == MIF_INFORMATION_OPTION)
			snprintf(text, size, "option %u.%u %s", fact->as.data.option,
				fact->as.data.part, fact->as.data.text);
		break;
	case FACT_LEASE:
		snprintf(text, size, "%s renew=%s rebind=%s",
			mif_address_format(&fact->as.lease.address, address),
			lifetime_format(fact->as.lease.renew_at, preferred),
			lifetime_format(fact->as.lease.rebind_at, rebind));
		break;
	case FACT_STEER:
		prefix_format(&fact->as.steer.prefix, fact->as.steer.length, address);
		snprintf(text, size, "%s via=%s first=%d", address,
			mif_address_format(&fact->as.steer.gateway, gateway), fact->as.steer.first);
		break;
	default:
		snprintf(text, size, "kind %d", (int)fact->kind);
		break;
	}
}

/* "KIND LINK VALUE element=N valid=SECONDS [provider=ADDRESS]" */
__attribute__((unused)) static char *fact_format(const struct fact *fact, char text[TEST_TEXT])
{
	static const char *const kinds[] = {
		"link", "address", "route", "router", "pvd", "prefix", "data", "lease", "steer"};
	char value[TEST_TEXT - 170], valid[32], provider[MIF_ADDRESS_TEXT], link[IFNAMSIZ + 1];

	if (fact->ifindex != 0)
		snprintf(link, sizeof(link), "%u", fact->ifindex);
	else
		snprintf(link, sizeof(link), "%s", fact->ifname);
	value_format(fact, value, sizeof(value));
	snprintf(text, TEST_TEXT, "%s %s %s element=%u%s valid=%s%s%s", kinds[fact->kind], link,
		value, fact->element, fact->trust == FACT_TRUST_PROBE ? " probed" : "",
		lifetime_format(fact->valid_until, valid),
		fact->provider.family != AF_UNSPEC ? " provider=" : "",
		fact->provider.family != AF_UNSPEC ? mif_address_format(&fact->provider, provider)
						   : "");
	return text;
}

/* Whether the model holds a fact whose text is this one; else says what it holds. */
__attribute__((unused)) static bool model_has(const struct model *model, const char *text)
{
	char line[TEST_TEXT];

	for (size_t i = 0; i < model->count; i++) {
		if (strcmp(fact_format(&model->entries[i].fact, line), text) == 0)
			return true;
	}
	printf("# missing: %s\n", text);
	for (size_t i = 0; i < model->count && i < 40; i++)
		printf("# there is: %s\n", fact_format(&model->entries[i].fact, line));
	return false;
}
