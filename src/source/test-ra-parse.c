/* SPDX-License-Identifier: MIT */
/*
 * Octets to struct ra: every vector of test-ra-vectors.h is parsed and told in one line of text,
 * which must be the expected one; then cut at every octet. "test-ra-parse --write DIRECTORY" writes
 * them as the seeds of the fuzz target instead.
 */
#include "base/address.h"
#include "base/cleanup.h"
#include "source/ra-parse.h"
#include "tap.h"
#include "test-ra-vectors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define IFINDEX 7

/* ---- text ---- */

struct text {
	char text[4096];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->length += (size_t)vsnprintf(
		text->text + text->length, sizeof(text->text) - text->length, format, arguments);
	va_end(arguments);
}

static const char *seconds(uint32_t lifetime, char text[16])
{
	if (lifetime == UINT32_MAX)
		return "forever";
	snprintf(text, 16, "%" PRIu32, lifetime);
	return text;
}

static void say_items(
	struct text *text, const char *what, const struct ra_item *items, uint32_t count)
{
	char address[PREFIX_TEXT], lifetime[16];

	for (uint32_t i = 0; i < count; i++) {
		const struct ra_item *item = &items[i];

		if (strcmp(what, "dns") == 0)
			mif_address_format(&item->address, address);
		else
			prefix_format(&item->address, item->length, address);
		say(text, " %s=%s", what, address);
		if (strcmp(what, "route") == 0)
			say(text, ",%d", item->preference);
		say(text, ",%s", seconds(item->lifetime, lifetime));
	}
}

static void say_resolvers(struct text *text, const struct ra *ra)
{
	char address[MIF_ADDRESS_TEXT], lifetime[16];

	for (uint32_t i = 0; i < ra->resolver_count; i++) {
		const struct ra_resolver *resolver = &ra->resolvers[i];

		say(text, " resolver=%u,%s,%s,%s", resolver->priority,
			mif_address_format(&resolver->address, address), resolver->text,
			seconds(resolver->lifetime, lifetime));
	}
}

static void say_header(struct text *text, const struct ra *ra)
{
	static const uint8_t none[6];

	say(text, "life=%u", ra->header.lifetime);
	if (ra->header.managed || ra->header.other)
		say(text, " flags=%s%s", ra->header.managed ? "M" : "",
			ra->header.other ? "O" : "");
	if (ra->header.preference != 0)
		say(text, " pref=%d", ra->header.preference);
	if (memcmp(ra->link_layer, none, sizeof(none)) != 0) {
		say(text, " lladdr=");
		for (size_t i = 0; i < sizeof(ra->link_layer); i++)
			say(text, "%02x", ra->link_layer[i]);
	}
	if (ra->mtu != 0)
		say(text, " mtu=%" PRIu32, ra->mtu);
}

static void say_prefixes(struct text *text, const struct ra *ra)
{
	char address[PREFIX_TEXT], valid[16], preferred[16];

	for (uint32_t i = 0; i < ra->prefix_count; i++) {
		const struct ra_prefix *prefix = &ra->prefixes[i];

		say(text, " prefix=%s,%s%s,%s,%s",
			prefix_format(&prefix->prefix, prefix->length, address),
			prefix->on_link ? "L" : "", prefix->autonomous ? "A" : "",
			seconds(prefix->valid, valid), seconds(prefix->preferred, preferred));
	}
}

static const char *tell(const struct ra *ra, int fault)
{
	static const char *const faults[RA_FAULTS] = {"none", "hop-limit", "source", "interface",
		"short", "type", "code", "zero-option", "framing"};
	static const char *const skips[RA_SKIPS] = {
		"malformed", "limit", "nested", "repeated", "unknown"};
	static struct text text;
	char lifetime[16];

	text.length = 0;
	if (fault != RA_VALID) {
		say(&text, "fault=%s", faults[fault]);
		return text.text;
	}
	say_header(&text, ra);
	say_prefixes(&text, ra);
	say_items(&text, "route", ra->routes, ra->route_count);
	say_items(&text, "dns", ra->servers, ra->server_count);
	for (uint32_t i = 0; i < ra->search_count; i++)
		say(&text, " search=%s,%s", ra->search[i].name,
			seconds(ra->search[i].lifetime, lifetime));
	if (ra->captive_portal[0] != '\0')
		say(&text, " portal=%s", ra->captive_portal);
	say_items(&text, "pref64", ra->pref64, ra->pref64_count);
	say_resolvers(&text, ra);
	if (ra->pvd.name[0] != '\0')
		say(&text, " pvd=%s,%s%s%s,%u,%u", ra->pvd.name, ra->pvd.h ? "H" : "",
			ra->pvd.l ? "L" : "", ra->pvd.r ? "R" : "", ra->pvd.delay,
			ra->pvd.sequence);
	for (size_t i = 0; i < RA_SKIPS; i++)
		if (ra->skipped[i] != 0)
			say(&text, " %s=%" PRIu32, skips[i], ra->skipped[i]);
	return text.text;
}

/* ---- cases ---- */

static struct ra_frame frame_of(const uint8_t *octets, size_t size)
{
	struct ra_frame frame = {
		.octets = octets, .size = size, .hop_limit = 255, .ifindex = IFINDEX};

	mif_address_parse(&frame.source, "fe80::1");
	return frame;
}

/* From memory of exactly that size, so that the sanitizer sees every octet read beyond. */
static int parse(struct ra *ra, const uint8_t *octets, size_t size)
{
	_cleanup_(freep) uint8_t *copy = malloc(size > 0 ? size : 1);
	struct ra_frame frame;

	if (copy == NULL)
		abort();
	memcpy(copy, octets, size);
	frame = frame_of(copy, size);
	return ra_parse(ra, &frame);
}

static void test_vectors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ra_vectors); i++) {
		const struct ra_vector *vector = &ra_vectors[i];
		uint8_t octets[RA_VECTOR_MAX];
		struct ra ra;
		int fault = parse(&ra, octets, ra_vector_octets(vector->octets, octets));
		const char *said = tell(&ra, fault);

		if (!ok(strcmp(said, vector->expected) == 0, "M14 M21: ra %s", vector->name))
			printf("# got  %s\n# want %s\n", said, vector->expected);
	}
}

/* A shorter one is never more than a fault, or what stands before the cut. */
static void test_truncation(void)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ra_vectors); i++) {
		uint8_t octets[RA_VECTOR_MAX];
		size_t size = ra_vector_octets(ra_vectors[i].octets, octets);
		struct ra ra;

		for (size_t cut = 0; cut < size; cut++) {
			int fault = parse(&ra, octets, cut);

			wrong += cut < 16 && fault != RA_SHORT;
			wrong += cut % 8 != 0 && cut > 16 && fault == RA_VALID;
		}
	}
	ok(wrong == 0, "every vector cut at every octet: a fault, or a sound beginning");
}

static void test_frame(void)
{
	uint8_t octets[RA_VECTOR_MAX];
	size_t size = ra_vector_octets(HEADER, octets);
	struct ra_frame frame = frame_of(octets, size);
	struct ra ra;

	ok(ra_parse(&ra, &frame) == RA_VALID && ra.router.scope == IFINDEX && ra.ifindex == IFINDEX,
		"the router's address has its link as scope");
	frame.hop_limit = 254;
	ok(ra_parse(&ra, &frame) == RA_HOP_LIMIT, "hop limit not 255: dropped");
	frame.hop_limit = -1;
	ok(ra_parse(&ra, &frame) == RA_HOP_LIMIT, "hop limit not known: dropped");
	frame = frame_of(octets, size);
	mif_address_parse(&frame.source, "2001:db8::1");
	ok(ra_parse(&ra, &frame) == RA_SOURCE, "source not link-local: dropped");
	mif_address_parse(&frame.source, "::");
	ok(ra_parse(&ra, &frame) == RA_SOURCE, "source unspecified: dropped");
	mif_address_parse(&frame.source, "-");
	ok(ra_parse(&ra, &frame) == RA_SOURCE, "source not known: dropped");
	frame = frame_of(octets, size);
	frame.ifindex = 0;
	ok(ra_parse(&ra, &frame) == RA_INTERFACE, "link not known: dropped");
}

static void test_longest(void)
{
	uint8_t octets[RA_VECTOR_MAX];
	struct ra ra;

	parse(&ra, octets, ra_vector_octets(ra_vectors[0].octets, octets));
	ok(ra_longest_lifetime(&ra) == 600, "the longest lifetime of all items");
	parse(&ra, octets, ra_vector_octets(HEADER, octets));
	ok(ra_longest_lifetime(&ra) == 1800, "or of the router");
}

static int seeds_write(const char *directory)
{
	for (size_t i = 0; i < ARRAY_SIZE(ra_vectors); i++) {
		uint8_t octets[RA_VECTOR_MAX];
		size_t size = ra_vector_octets(ra_vectors[i].octets, octets);
		char path[4096];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", directory, ra_vectors[i].name);
		file = fopen(path, "wb");
		if (file == NULL)
			return 1;
		fwrite(octets, 1, size, file);
		if (fclose(file) != 0)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return seeds_write(argv[2]);
	test_vectors();
	test_truncation();
	test_frame();
	test_longest();
	return tap_done();
}
