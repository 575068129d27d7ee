/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/filter.h"
#include "message/message.h"
#include "tap.h"

static struct mif_message parse(const char *text, uint32_t serial)
{
	struct mif_message message;
	char error[256];

	if (message_parse(&message, text, error) < 0) {
		printf("Bail out! %s\n", error);
		exit(1);
	}
	message.serial = serial;
	return message;
}

static int post(struct filter *filter, const char *text, uint32_t serial)
{
	struct mif_message request = parse(text, serial);
	uint32_t tag = request.tag;
	int r = filter_check(filter, &request);

	if (r < 0)
		return r;
	if (request.type == MIF_TRANSLATE_NAME)
		request.tag = serial;
	filter_posted(filter, &request, tag);
	return 0;
}

static bool passes(struct filter *filter, const char *text, uint32_t serial)
{
	struct mif_message report = parse(text, serial);

	return filter_pass(filter, &report);
}

/* The tag with which a report is delivered; 0xffffffff: it is not. */
static uint32_t tag_of(struct filter *filter, const char *text, uint32_t serial)
{
	struct mif_message report = parse(text, serial);

	if (!filter_pass(filter, &report))
		return UINT32_MAX;
	filter_delivered(filter, &report);
	return report.tag;
}

static void test_serials(void)
{
	ok(serial_older(1, 2) && !serial_older(2, 2) && !serial_older(3, 2),
		"M5: serial numbers are compared");
	ok(serial_older(0xfffffff0, 3) && !serial_older(3, 0xfffffff0),
		"M5: serial numbers wrap around");
	ok(serial_older(0, 0xfffffff0) && serial_older(0, 3) && !serial_older(0xfffffff0, 0) &&
			!serial_older(0, 0),
		"M5: 0, no request yet, is older than all");
}

static void test_kinds(void)
{
	static const struct {
		const char *stop, *dropped, *other;
	} cases[] = {
		{"stop_announcing_interfaces", "interface interface=1", "pvd interface=1 pvd=2"},
		{"stop_announcing_interfaces", "no_interface interface=1",
			"no_pvd interface=1 pvd=2"},
		{"stop_announcing_pvds interface=1", "pvd interface=1 pvd=2",
			"pvd interface=2 pvd=3"},
		{"stop_announcing_pvds interface=1", "no_pvd interface=1 pvd=2",
			"no_interface interface=1"},
		{"stop_announcing_elements pvd=2", "element pvd=2 element=ra",
			"element pvd=3 element=ra"},
		{"stop_announcing_elements pvd=2", "no_element pvd=2 element=ra",
			"address pvd=2 address=::1"},
		{"stop_announcing_elements", "element pvd=2 element=ra",
			"no_address pvd=2 address=::1"},
		{"stop_announcing_addresses pvd=2", "address pvd=2 address=::1",
			"address pvd=3 address=::1"},
		{"stop_announcing_addresses pvd=2", "no_address pvd=2 address=::1",
			"no_element pvd=2 element=ra"},
		{"stop_announcing_addresses", "no_address pvd=3 address=::1",
			"element pvd=2 element=ra"},
		{"stop_announcing_default_pvd", "default_pvd family=ipv4 pvd=1",
			"pvd interface=1 pvd=1"},
		{"stop_announcing_interfaces", "interface interface=1",
			"end_of_announcements request=1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter filter;

		filter_init(&filter);
		post(&filter, cases[i].stop, 5);
		ok(!passes(&filter, cases[i].dropped, 4), "M5 M9 M16 M19: %s: no \"%s\"",
			cases[i].stop, cases[i].dropped);
		ok(passes(&filter, cases[i].other, 4), "M5 M9 M16 M19: %s: \"%s\" passes",
			cases[i].stop, cases[i].other);
		ok(passes(&filter, cases[i].dropped, 5), "M5: the engine knows: \"%s\" passes",
			cases[i].dropped);
		ok(filter.stop_count == 0, "M5: the Stop is forgotten");
		filter_deinit(&filter);
	}
}

static void test_again(void)
{
	struct filter filter;

	filter_init(&filter);
	post(&filter, "stop_announcing_interfaces", 0xfffffffe);
	post(&filter, "stop_announcing_interfaces", 2);
	ok(!passes(&filter, "interface interface=1", 0xffffffff),
		"M5: of two Stops the later one counts, across the wrap");
	ok(passes(&filter, "interface interface=1", 3),
		"M4 M5: announced again after another request: delivered");
	filter_deinit(&filter);
}

static void test_below(void)
{
	struct filter filter;

	filter_init(&filter);
	post(&filter, "announce_interfaces below=addresses", 1);
	ok(post(&filter, "stop_announcing_pvds interface=1", 2) == -EBUSY &&
			post(&filter, "stop_announcing_addresses", 2) == -EBUSY &&
			post(&filter, "stop_announcing_elements", 2) == 0,
		"M9 M19: a part of what is announced with interfaces is not stopped alone");
	post(&filter, "announce_interfaces", 3);
	post(&filter, "stop_announcing_interfaces", 4);
	ok(!passes(&filter, "interface interface=1", 3) &&
			!passes(&filter, "pvd interface=1 pvd=2", 3) &&
			!passes(&filter, "no_address pvd=2 address=10.0.0.1", 3),
		"M5 M9: the end of interfaces ends what was announced with them");
	ok(passes(&filter, "pvd interface=1 pvd=2", 4), "M5: ... until the engine knows");
	ok(post(&filter, "stop_announcing_pvds interface=1", 5) == 0,
		"M9: after that there are parts again");
	filter_deinit(&filter);
}

static void test_stop_limit(void)
{
	struct filter filter;
	char text[64];
	uint32_t serial = 1;
	int r = 0;

	filter_init(&filter);
	for (int i = 1; r == 0 && i <= 2 * FILTER_STOPS_MAX; i++) {
		snprintf(text, sizeof(text), "stop_announcing_pvds interface=%d", i);
		r = post(&filter, text, serial++);
	}
	ok(r == -ENOBUFS && filter.stop_count == FILTER_STOPS_MAX,
		"M1: Stops that the engine has not answered are bounded");
	ok(post(&filter, "stop_announcing_pvds interface=7", serial) == 0,
		"M1: a Stop known already needs no room");
	ok(!passes(&filter, "pvd interface=9 pvd=1", 1) &&
			passes(&filter, "pvd interface=9 pvd=1", 9) &&
			!passes(&filter, "pvd interface=10 pvd=1", 9),
		"M5: Stops are forgotten up to the serial heard of, not beyond");
	ok(post(&filter, "stop_announcing_interfaces", serial) == 0,
		"M1: then there is room again");
	filter_deinit(&filter);
}

static void test_translations(void)
{
	struct filter filter;

	filter_init(&filter);
	ok(post(&filter, "translate_name tag=70 pvd=1 translation=7 name=a", 1) == 0 &&
			post(&filter, "translate_name tag=80 pvd=1 translation=8 name=a", 2) == 0,
		"M23: translations of two identifiers");
	ok(post(&filter, "translate_name pvd=1 translation=7 name=b", 3) == -EEXIST &&
			post(&filter, "translate_name pvd=1 translation=8 name=b", 3) == -EEXIST,
		"M23: an identifier in use is refused, the latest one, too");
	ok(tag_of(&filter, "name_translation translation=7 address=::1", 2) == 70 &&
			tag_of(&filter, "name_translation translation=8 address=::1", 2) == 80,
		"M25: each gets the tag of its request");
	ok(tag_of(&filter, "service_translation translation=7 service=1", 2) == 70,
		"M25: so does a service record");
	post(&filter, "stop_translating_name translation=7", 3);
	ok(!passes(&filter, "name_translation translation=7 address=::1", 3) &&
			!passes(&filter, "service_translation translation=7 service=2", 3) &&
			!passes(&filter, "name_translation_done translation=7", 3),
		"M24: nothing follows a Stop, whatever its serial");
	ok(post(&filter, "translate_name tag=71 pvd=1 translation=7 name=b", 4) == 0,
		"M24: the identifier can be used again");
	ok(!passes(&filter, "name_translation translation=7 address=::1", 3) &&
			!passes(&filter, "name_translation_done translation=7", 3),
		"M24: what belongs to its first use does not pass for the second");
	ok(tag_of(&filter, "name_translation_done translation=7", 4) == 71,
		"M25: the second use's own does");
	ok(post(&filter, "translate_name pvd=1 translation=7 name=b", 5) == 0,
		"M23: after Done the identifier is free");
	ok(tag_of(&filter, "error tag=2 request=10 error=95", 5) == 80,
		"M23: an Error finds its translation by the tag, and gets the caller's");
	ok(post(&filter, "translate_name pvd=1 translation=8 name=b", 6) == 0,
		"M23: after an Error the identifier is free");
	filter_deinit(&filter);
}

static void test_translation_limit(void)
{
	struct filter filter;
	char text[64];
	int r = 0, count = 0;

	filter_init(&filter);
	for (; r == 0; count++) {
		snprintf(text, sizeof(text), "translate_name translation=%d name=a", count);
		r = post(&filter, text, (uint32_t)count + 1);
	}
	ok(r == -ENOBUFS && count - 1 == FILTER_TRANSLATIONS_MAX,
		"M1: translations are bounded (%d)", count - 1);
	ok(tag_of(&filter, "name_translation_done translation=9", 999) == 0 &&
			post(&filter, "translate_name translation=9 name=a", 1000) == 0,
		"M1: one that is done makes room");
	filter_deinit(&filter);
}

int main(void)
{
	test_serials();
	test_kinds();
	test_again();
	test_below();
	test_stop_limit();
	test_translations();
	test_translation_limit();
	return tap_done();
}
