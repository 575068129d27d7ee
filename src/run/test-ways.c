/* SPDX-License-Identifier: MIT */
/*
 * Ways and what is learned of them.
 */
#include "run/learned.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "run/settings.h"
#include "tap.h"

static struct mif_address address(const char *text)
{
	struct mif_address address;

	if (mif_address_parse(&address, text) < 0)
		abort();
	return address;
}

static struct way way_of(uint32_t ifindex, const char *source, const char *destination)
{
	return (struct way){ifindex, address(source), address(destination)};
}

/* Two links; the first destination by both, the second by one. */
static struct ways three(void)
{
	struct ways ways = {.count = 0};
	const struct way all[] = {
		way_of(1, "10.1.0.1", "192.0.2.1"),
		way_of(2, "10.2.0.1", "192.0.2.1"),
		way_of(2, "10.2.0.1", "192.0.2.2"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		ways_add(&ways, &all[i]);
	return ways;
}

static void test_ways(void)
{
	struct ways ways = three();
	struct way way = ways.at[1];
	struct mif_address one = address("192.0.2.1");

	ways_add(&ways, &way);
	ok(ways.count == 3, "M30: a way is there once");
	ways_prefer(&ways, &way);
	ok(ways.count == 3 && way_equal(&ways.at[0], &way) && ways.at[1].ifindex == 1,
		"M30: the preferred one is first, the others stay in order");
	ways_only(&ways, &one);
	ok(ways.count == 2 && ways.at[0].ifindex == 2, "M30: those to one destination");
	ways_only_through(&ways, 1);
	ok(ways.count == 1 && ways.at[0].ifindex == 1, "M30: those through one interface");
	for (uint32_t i = 0; i < 2 * WAYS_MAX; i++) {
		way.ifindex = i;
		ways_add(&ways, &way);
	}
	ok(ways.count == WAYS_MAX && ways.at[0].ifindex == 1,
		"M30: no more than there is room for");
}

static void test_private(void)
{
	static const char *const ours[] = {
		"10.0.0.1", "172.31.0.1", "192.168.0.1", "100.64.0.1", "fd00::1"};
	static const char *const everybodys[] = {
		"11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2001:db8::1"};
	bool right = true;

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		struct mif_address own = address(ours[i]), other = address(everybodys[i]);

		right &= address_is_private(&own) && !address_is_private(&other);
	}
	ok(right, "M30: which addresses are another host's in another network");
}

static void test_learned(void)
{
	struct ways ways = three(), found;
	struct mif_address first = address("192.0.2.1"), other = address("192.0.2.9");

	ok(!learned_find_name(&first, &found, 0), "M30: at first nothing is known");
	learned_name(&ways, 0);
	ok(learned_find_name(&first, &found, 1) && found.count == 3 &&
			!learned_find_name(&other, &found, 1) &&
			!learned_find_plan(&first, &found, 1),
		"M30: an address that a name had leads to all ways of the name");
	ok(!learned_find_name(&first, &found, LEARNED_NAME_LASTS), "M30: ... for a while");
	ways.count = 1;
	learned_name(&ways, 5);
	ok(learned_find_name(&first, &found, 6) && found.count == 1, "M30: the last name counts");
	learned_plan(&other, &ways, 0);
	ok(learned_find_plan(&other, &found, LEARNED_PLAN_LASTS - 1) &&
			!learned_find_plan(&other, &found, LEARNED_PLAN_LASTS) &&
			!learned_find_name(&other, &found, 1),
		"M30: an address that had no name, for a moment");
	for (size_t i = 0; i < LEARNED_RECORDS; i++)
		learned_name(&ways, 10);
	ok(!learned_find_plan(&other, &found, 1), "M30: the oldest is forgotten");
}

static void test_doubts(void)
{
	struct ways ways = three();

	learned_silent(&ways.at[0], 0);
	learned_sort(&ways, 1);
	ok(ways.at[0].ifindex == 2 && ways.at[1].ifindex == 2 && ways.at[2].ifindex == 1,
		"M30: who was silent comes last");
	ways = three();
	learned_sort(&ways, LEARNED_DOUBT_LASTS);
	ok(ways.at[0].ifindex == 1, "M30: ... for a while");
	learned_connected(&ways.at[0]);
	learned_sort(&ways, 1);
	ok(ways.at[0].ifindex == 1, "M30: ... or until it answers");
}

static void test_settings(void)
{
	struct settings settings;

	settings_read(&settings);
	ok(!settings_pin(&settings) && settings.wait == NSEC_PER_SEC && settings.host == 0 &&
			!settings.multipath,
		"M30: settings: nothing said");
	setenv("MIF_RUN_PVD", "pvd.example", 1);
	setenv("MIF_RUN_INTERFACES", "a,,b,averyverylongname", 1);
	setenv("MIF_RUN_WAIT", "250", 1);
	setenv("MIF_RUN_MULTIPATH", "1", 1);
	setenv("MIF_RUN_HOST", "daemon", 1);
	settings_read(&settings);
	ok(settings_pin(&settings) && strcmp(settings.pvd, "pvd.example") == 0 &&
			settings.interface_count == 2 && strcmp(settings.interfaces[1], "b") == 0 &&
			settings.wait == 250 * NSEC_PER_MSEC && settings.host != 0 &&
			settings.multipath,
		"M30: settings: all said");
	setenv("MIF_RUN_WAIT", "-1", 1);
	settings_read(&settings);
	ok(settings.wait == NSEC_PER_SEC, "M30: settings: no time");
}

int main(void)
{
	test_ways();
	test_private();
	test_learned();
	test_doubts();
	test_settings();
	return tap_done();
}
