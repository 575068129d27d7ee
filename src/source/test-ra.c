/* SPDX-License-Identifier: MIT */
/*
 * The source without a network: advertisements in, facts in a model of the test's own out, on a
 * clock of the test's own. The socket is one on which nothing ever arrives.
 */
#include "source/ra-facts.h"
#include "source/ra-solicit.h"
#include "source/ra.h"
#include "tap.h"
#include "test-ra-model.h"
#include "test-ra-vectors.h"

#include <stdlib.h>
#include <sys/socket.h>

#define NOW (1000 * NSEC_PER_SEC)
#define AFTER(seconds) (NOW + (seconds)*NSEC_PER_SEC)
#define SERVER "190300000000012c 20010db8000000000000000000000053"
#define SERVER_0 "1903000000000000 20010db8000000000000000000000053"
#define PORTAL_A "2502 68747470733a2f2f612f00000000"
#define PORTAL_B "2502 68747470733a2f2f622f00000000"
#define MTU_1400 "0501 0000 00000578"
#define HEADER_0 "86000000 40 00 0000 00000000 00000000"

static struct source *source;

static void begin(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	close(pair[1]);
	memset(&test_model, 0, sizeof(test_model));
	if (source_ra_new(&source, pair[0]) < 0)
		abort();
}

static void end(void)
{
	source->ops->free(source);
}

static void hear_from(uint32_t ifindex, const char *router, const char *hex, uint64_t now)
{
	uint8_t octets[RA_VECTOR_MAX];
	struct ra_frame frame = {
		.octets = octets,
		.size = ra_vector_octets(hex, octets),
		.hop_limit = 255,
		.ifindex = ifindex,
	};

	mif_address_parse(&frame.source, router);
	source_ra_hear(source, &test_model, &frame, now);
}

static void hear(const char *hex, uint64_t now)
{
	hear_from(7, "fe80::1", hex, now);
}

static const char *vector(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ra_vectors); i++)
		if (strcmp(ra_vectors[i].name, name) == 0)
			return ra_vectors[i].octets;
	abort();
}

static uint64_t counter(const char *wanted)
{
	const char *name;
	uint64_t value;

	for (unsigned int i = 0; source->ops->counter(source, i, &name, &value); i++)
		if (strcmp(name, wanted) == 0)
			return value;
	printf("# no counter \"%s\"\n", wanted);
	return UINT64_MAX;
}

/* Facts but raw options. */
static unsigned int facts(void)
{
	return test_model.count - test_count("option ", NOW);
}

/* Every line is there, and nothing else but raw options. */
static bool has_only(const char *const *lines, size_t count)
{
	bool all = facts() == count;

	for (size_t i = 0; i < count; i++)
		if (!test_has(lines[i], NOW)) {
			printf("# missing: %s\n", lines[i]);
			all = false;
		}
	if (!all)
		test_print(NOW);
	return all;
}

static void test_facts(void)
{
	static const char *const alpha[] = {
		"router fe80::1%7 1  300",
		"pvd fe80::1%7 pvd.alpha.example 1 1 7 600",
		"prefix fe80::1%7 2001:db8:2a::/64 LA 300 600",
		"data fe80::1%7 5 2001:db8:2aff::/48 0  300",
		"data fe80::1%7 1 2001:db8:2a::1/0 0  300",
		"data fe80::1%7 2 -/0 0 alpha.example 300",
		"data fe80::1%7 8 64:ff9b::/96 0  600",
		"data fe80::1%7 6 -/0 1492  600",
		"data fe80::1%7 7 -/0 0 https://portal.alpha.example/api 600",
	};
	static const char *const nested[] = {
		"router fe80::1%7 -1 O 600",
		"pvd fe80::1%7 pvd.alpha.example 7 0 9 600",
		"prefix fe80::1%7 2001:db8:2ae::/64 LA 300 600",
		"data fe80::1%7 1 2001:db8:2ae::1/0 0  600",
		"data fe80::1%7 8 64:ff9b:1::/96 0  600",
	};
	bool all_ra = true;

	begin();
	hear(vector("alpha"), NOW);
	ok(has_only(alpha, ARRAY_SIZE(alpha)), "M14 M21: every option is a fact with its own end");
	for (unsigned int i = 0; i < test_model.count; i++)
		all_ra = all_ra && test_model.facts[i].element == MIF_ELEMENT_RA &&
			test_model.facts[i].ifindex == 7;
	ok(all_ra, "M14: element RA, on the link where it was heard");
	ok(test_model.heard == 1 && test_model.heard_last.scope == 7,
		"M7: the router counts as heard");
	ok(test_model.commits == 0 && source->ops->deadline(source) <= NOW, "no commit on the way");
	source->ops->dispatch(source, &test_model, NOW);
	ok(test_model.commits == 1 && source->ops->deadline(source) == TIME_FOREVER,
		"one commit in the end");
	end();

	begin();
	hear(vector("all-nested"), NOW);
	ok(has_only(nested, ARRAY_SIZE(nested)),
		"M10: all nested: the domain's own header and options");
	end();
}

static void test_lifetimes(void)
{
	begin();
	hear(HEADER PREFIX_N("1001") SERVER, NOW);
	hear(HEADER_0, AFTER(10));
	ok(test_count("router", NOW) == 0 && test_count("prefix", NOW) == 1 &&
			test_count("data", NOW) == 1,
		"M10: router lifetime 0: no router any more, its prefix and DNS server stay");
	hear(HEADER_0 SERVER_0, AFTER(10));
	ok(test_count("data", NOW) == 0, "M21: RDNSS lifetime 0: dropped");
	hear(HEADER_0 PREFIX(
		     "40", "c0", "00000000", "00000000", "20010db8100100000000000000000000"),
		AFTER(10));
	ok(test_count("prefix", NOW) == 0, "M18: prefix lifetime 0: dropped");
	hear(vector("prefix-infinity"), NOW);
	ok(test_has("prefix fe80::1%7 2001:db8:1::/64 LA forever forever", NOW),
		"M18: the lifetime 0xffffffff has no end");
	hear(HEADER PREFIX_N("1002"), NOW);
	hear(HEADER PREFIX_N("1002"), AFTER(100));
	ok(test_has("prefix fe80::1%7 2001:db8:1002::/64 LA 400 700", NOW) &&
			test_has("router fe80::1%7 0  1900", NOW),
		"M18: every advertisement starts the lifetimes anew");
	hear(HEADER, AFTER(100));
	ok(test_count("prefix fe80::1%7 2001:db8:1002::/64", NOW) == 1,
		"what an advertisement leaves out stays");
	end();
}

/* MTU, captive portal and name have no lifetime of their own. */
static void test_horizon(void)
{
	begin();
	hear(HEADER_0 PREFIX_N("1001") MTU_1400 PORTAL_A PVD_AB("02", "0000"), NOW);
	ok(test_has("data fe80::1%7 6 -/0 1400  600", NOW) &&
			test_has("data fe80::1%7 7 -/0 0 https://a/ 600", NOW) &&
			test_has("pvd fe80::1%7 a.b 0 0 7 600", NOW),
		"M21: MTU, portal and name last as long as the longest lifetime");
	hear(HEADER_0 PREFIX_N("1001"), AFTER(100));
	ok(test_has("data fe80::1%7 6 -/0 1400  600", NOW),
		"an advertisement without them neither ends nor extends them");
	hear(HEADER_0 SERVER PVD_AB("02", "0000") MTU_1400, AFTER(100));
	ok(test_has("pvd fe80::1%7 a.b 0 0 7 700", NOW) &&
			test_has("data fe80::1%7 6 -/0 1400  700", NOW),
		"M10: the name lasts as long as a prefix of an earlier advertisement");
	hear(HEADER_0 PREFIX_N("1001") PORTAL_B, AFTER(100));
	ok(test_count("data fe80::1%7 7", NOW) == 1 &&
			test_has("data fe80::1%7 7 -/0 0 https://b/ 700", NOW),
		"M21: another captive portal takes the place of the old one");
	hear_from(7, "fe80::2", HEADER_0 MTU_1400 PVD_AB("02", "0000"), NOW);
	ok(test_count("data fe80::2%7", NOW) == 0 && test_count("pvd fe80::2%7", NOW) == 0,
		"nothing but lifetimes 0: nothing stays");
	end();
}

#define RDNSS(n) "1903 0000 0000012c" SERVER_N(n)
#define PVD_CD "15 02 0000 0008 0163 0164 00 0000000000"

/* One domain of a router, called otherwise. */
static void test_names(void)
{
	begin();
	hear(HEADER PREFIX_N("1001"), NOW);
	hear(HEADER PREFIX_N("1001") PVD_AB("02", "0000"), NOW);
	ok(test_count("pvd fe80::1%7 a.b", NOW) == 1 && test_count("prefix", NOW) == 1,
		"M10: a router begins to name its domain");
	hear(HEADER PREFIX_N("1001") PREFIX_N("1002") PVD_CD, NOW);
	ok(test_count("pvd", NOW) == 1 && test_has("pvd fe80::1%7 c.d 0 0 8 1800", NOW) &&
			test_count("prefix", NOW) == 2,
		"M10: another PvD name takes the place of the old one");
	hear(HEADER SERVER, AFTER(100));
	hear(HEADER PREFIX_N("1001") PREFIX_N("1002") "15 02 0000 0007 0161 c006 0000 00000000",
		AFTER(100));
	ok(test_count("pvd", NOW) == 1 && test_count("prefix fe80::1%7", NOW) == 2,
		"M10: other things without the name, or a malformed name, are no word about it");
	hear(HEADER PREFIX_N("1001") PREFIX_N("1002"), AFTER(100));
	ok(test_count("pvd", NOW) == 0 && test_count("prefix fe80::1%7", NOW) == 2,
		"M10: a router that advertises its prefixes without the name any more has dropped "
		"it");
	hear(HEADER SERVER PVD_AB("02", "0000"), AFTER(100));
	hear(HEADER PREFIX_N("1001"), AFTER(100));
	ok(test_count("pvd fe80::1%7 a.b", NOW) == 1,
		"M10: a prefix that came without the name is no word about the name");
	end();
}

/* RFC 8801 section 3.2: explicit domains may share a router's address, and with an implicit one. */
static void test_shared(void)
{
	begin();
	for (uint64_t i = 0; i < 3; i++) {
		hear(HEADER PREFIX_N("1001") RDNSS("0001") PVD_AB("02", "0000"), AFTER(i));
		hear(HEADER PREFIX_N("1002") RDNSS("0002") PVD_CD, AFTER(i));
		hear(HEADER PREFIX_N("1003"), AFTER(i));
	}
	ok(test_has("pvd fe80::1%7 a.b 0 0 7 1802", NOW) &&
			test_has("pvd fe80::1%7#1 c.d 0 0 8 1802", NOW) &&
			test_count("pvd", NOW) == 2,
		"M10: two explicit domains of one address, however often they are advertised");
	ok(test_count("prefix fe80::1%7 2001:db8:1001:", NOW) == 1 &&
			test_count("prefix fe80::1%7#1 2001:db8:1002:", NOW) == 1 &&
			test_count("prefix fe80::1%7#2 2001:db8:1003:", NOW) == 1 &&
			test_count("prefix", NOW) == 3 && test_count("router", NOW) == 3,
		"M10: each with its prefix, and an implicit one beside them");
	ok(test_count("data fe80::1%7 1 2001:db8:1::", NOW) == 1 &&
			test_count("data fe80::1%7#1 1 2001:db8:2::", NOW) == 1,
		"M21: each with its DNS server");
	hear(HEADER PREFIX_N("1001") PREFIX_N("1002") PVD_CD, AFTER(3));
	ok(test_count("prefix fe80::1%7#1", NOW) == 2 && test_count("prefix", NOW) == 3 &&
			test_count("pvd", NOW) == 1,
		"M10: a prefix is the last one's that included it, and who has none left is over");
	hear(HEADER PREFIX_N("1001") PVD_AB("02", "0000"), AFTER(4));
	ok(test_count("prefix fe80::1%7 ", NOW) == 1 && test_count("prefix", NOW) == 3 &&
			test_count("pvd", NOW) == 2,
		"M10: until it has one again");
	end();
}

/* A router with more names than anybody has domains. */
static void test_many_names(void)
{
	char text[RA_VECTOR_MAX];
	unsigned int taken;

	begin();
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text),
			HEADER "15 02 0000 0007 04%02x%02x%02x%02x 00 00000000", 'a' + i / 676,
			'a' + i / 26 % 26, 'a' + i % 26, 'x');
		hear(text, NOW);
	}
	taken = test_count("pvd", NOW);
	ok(taken == RA_DOMAINS_OF_ROUTER && counter("ra dropped: too many routers") == 1000 - taken,
		"M1: of 1000 names of one router 8 are taken, the others counted");
	hear_from(7, "fe80::2", HEADER, NOW);
	ok(test_count("router fe80::2%7", NOW) == 1, "M1: and others have their place");
	end();
}

#define PREFIX_OPTION(n) "40c0000002580000012c0000000020010db8" n "00000000000000000000"

static void test_options(void)
{
	begin();
	hear(HEADER PREFIX_N("1001") PREFIX_N("1002") "c601 0102 03040506", NOW);
	ok(test_has("option fe80::1%7 3.0 " PREFIX_OPTION("1001") " 1800", NOW) &&
			test_has("option fe80::1%7 3.1 " PREFIX_OPTION("1002") " 1800", NOW) &&
			test_has("option fe80::1%7 198.0 010203040506 1800", NOW) &&
			test_count("option ", NOW) == 3,
		"M21: every option as it came, in order, also what nobody understands");
	hear(HEADER PREFIX_N("1003"), NOW);
	ok(test_has("option fe80::1%7 3.0 " PREFIX_OPTION("1003") " 1800", NOW) &&
			test_count("option fe80::1%7 3.", NOW) == 1 &&
			test_has("option fe80::1%7 198.0 010203040506 1800", NOW),
		"M21: of a code that comes again the old ones go; others stay");
	hear(HEADER "c620 " X63("aaaa") X63("bbbb") "cccc", NOW);
	ok(test_count("option fe80::1%7 198.", NOW) == 3 &&
			test_has("option fe80::1%7 198.2  1800", NOW),
		"M21: 254 octets are two pieces, and an empty one to end with");
	hear(HEADER "c601 000000000000", NOW);
	ok(test_count("option fe80::1%7 198.", NOW) == 1, "M21: which go with their option");
	hear(HEADER X32("c701 000000000000") X32("c801 000000000000"), NOW);
	ok(test_count("option fe80::1%7 199.", NOW) == 32 &&
			test_count("option fe80::1%7 200.", NOW) == 16 &&
			counter("ra raw option left out") == 16,
		"M21: 48 pieces of an advertisement; what is left out is counted");
	hear(HEADER "9006 0001 00000258 0007 03646e73016500 0010" SERVER_N(
		     "0001") "0008 "
			     "0001000403646f74 000000",
		NOW);
	ok(test_has("data fe80::1%7 13 2001:db8:1::53/0 1 dns.e alpn=dot 600", NOW),
		"M21: an encrypted resolver");
	end();
}

static void test_routers(void)
{
	begin();
	hear(HEADER PREFIX_N("1001"), NOW);
	hear_from(7, "fe80::2", HEADER PREFIX_N("1001"), NOW);
	hear_from(8, "fe80::1", HEADER PREFIX_N("1001"), NOW);
	ok(test_has("prefix fe80::1%7 2001:db8:1001::/64 LA 300 600", NOW) &&
			test_has("prefix fe80::2%7 2001:db8:1001::/64 LA 300 600", NOW) &&
			test_has("prefix fe80::1%8 2001:db8:1001::/64 LA 300 600", NOW),
		"M10: two routers on a link, and the same address on two links, are three "
		"providers");
	hear(vector("servers-link-local"), NOW);
	ok(test_has("data fe80::1%7 1 fe80::53%7/0 0  300", NOW),
		"M21: a link-local DNS server has its link as scope");
	end();
}

/* Routers that nobody has heard of, in a flood. */
static void test_limits(void)
{
	char router[64];

	begin();
	hear_from(7, "fe80::1", HEADER PREFIX_N("1001"), NOW);
	for (unsigned int i = 2; i <= 20000; i++) {
		snprintf(router, sizeof(router), "fe80::%x", i);
		hear_from(7, router, HEADER PREFIX_N("1001"), NOW);
	}
	ok(test_count("router", NOW) == RA_ROUTERS_OF_LINK,
		"20000 routers on a link: 16 are taken");
	ok(counter("ra dropped: too many routers") == 20000 - RA_ROUTERS_OF_LINK,
		"the others are counted");
	hear_from(7, "fe80::1", HEADER PREFIX_N("1002"), AFTER(1));
	ok(test_count("prefix fe80::1%7", NOW) == 2, "who was there before is still heard");
	hear_from(8, "fe80::99", HEADER, NOW);
	ok(test_count("router fe80::99%8", NOW) == 1, "so is another link's");
	hear_from(7, "fe80::ffff", HEADER, AFTER(1801));
	ok(test_count("router fe80::ffff%7", NOW) == 1, "a place is free when its time is over");
	for (uint32_t link = 9; link < 60; link++)
		for (unsigned int i = 1; i <= RA_ROUTERS_OF_LINK; i++) {
			snprintf(router, sizeof(router), "fe80::%x", i);
			hear_from(link, router, HEADER, AFTER(1801));
		}
	ok(test_count("router", NOW) < 16 + 2 + RA_ROUTERS, "all links together: 256 at a time");
	hear(vector("prefix-17"), NOW);
	ok(counter("ra item skipped: over the limit") == 1, "an item over its limit is counted");
	test_model.is_full = true;
	hear(HEADER PREFIX_N("2001") PREFIX_N("2002"), NOW);
	ok(counter("ra fact refused by the model") == 2,
		"facts that the model refuses are counted");
	end();
}

static void test_silence(void)
{
	begin();
	for (unsigned int i = 1; i <= RA_ROUTERS_OF_LINK; i++) {
		char router[64];

		snprintf(router, sizeof(router), "fe80::%x", i);
		hear_from(7, router, vector("prefix-infinity"), NOW);
	}
	hear_from(7, "fe80::ff", HEADER, AFTER(8999));
	ok(test_count("router fe80::ff", NOW) == 0,
		"a prefix without end holds its router's place");
	hear_from(7, "fe80::ff", HEADER, AFTER(9001));
	ok(test_count("router fe80::ff", NOW) == 1, "but not after 9000 s of silence");
	end();
}

static void hear_bad(const char *router, int hop_limit, const char *name)
{
	uint8_t octets[RA_VECTOR_MAX];
	struct ra_frame frame = {.octets = octets, .hop_limit = hop_limit, .ifindex = 7};

	frame.size = ra_vector_octets(vector(name), octets);
	mif_address_parse(&frame.source, router);
	source_ra_hear(source, &test_model, &frame, NOW);
}

static void test_dropped(void)
{
	begin();
	hear_bad("fe80::1", 254, "alpha");
	hear_bad("2001:db8::1", 255, "alpha");
	hear_bad("fe80::1", 255, "option-zero-length");
	hear_bad("fe80::1", 255, "option-beyond-end");
	hear_bad("fe80::1", 255, "pvd-nested-zero-length");
	hear_bad("fe80::1", 255, "header-15-octets");
	hear_bad("fe80::1", 255, "header-type-133");
	hear_bad("fe80::1", 255, "header-code-1");
	ok(test_model.count == 0 && test_model.heard == 0 &&
			source->ops->deadline(source) == TIME_FOREVER,
		"what is dropped leaves no fact and no commit");
	ok(counter("ra received") == 8 && counter("ra dropped: hop limit not 255") == 1 &&
			counter("ra dropped: source not link-local") == 1 &&
			counter("ra dropped: option of length zero") == 2 &&
			counter("ra dropped: option beyond the end") == 1 &&
			counter("ra dropped: shorter than its header") == 1 &&
			counter("ra dropped: not a router advertisement") == 1 &&
			counter("ra dropped: code not 0") == 1,
		"and is counted by its reason");
	hear_bad("fe80::1", 255, "pvd-in-pvd");
	hear_bad("fe80::1", 255, "pvd-second");
	hear_bad("fe80::1", 255, "search-pointer-loop");
	hear_bad("fe80::1", 255, "option-unknown");
	ok(counter("ra option skipped: pvd option within pvd option") == 1 &&
			counter("ra option skipped: second pvd option") == 1 &&
			counter("ra option skipped: malformed") == 1 &&
			counter("ra option skipped: unknown") == 1,
		"so are the options that are skipped");
	end();
}

static void test_counter_names(void)
{
	const char *name;
	uint64_t value;
	unsigned int count = 0, bad = 0;

	begin();
	for (; source->ops->counter(source, count, &name, &value); count++)
		bad += name == NULL || strncmp(name, "ra ", 3) != 0 || value != 0;
	ok(count == 24 && bad == 0, "every counter has a name and begins at 0");
	end();
}

static void test_commit_without_memory(void)
{
	begin();
	hear(HEADER, NOW);
	test_model.has_no_memory = true;
	ok(source->ops->dispatch(source, &test_model, NOW) == 0 &&
			source->ops->deadline(source) == NOW + 100 * NSEC_PER_MSEC,
		"no memory for a commit: tried again in 100 ms");
	test_model.has_no_memory = false;
	source->ops->dispatch(source, &test_model, source->ops->deadline(source));
	ok(test_model.commits == 1 && source->ops->deadline(source) == TIME_FOREVER,
		"and then done");
	end();
}

static void test_solicit(void)
{
	struct ra_solicit solicit;
	uint32_t left;

	ra_solicit_init(&solicit);
	ok(ra_solicit_deadline(&solicit) == TIME_FOREVER && ra_solicit_due(&solicit, NOW) == 0,
		"nobody asked: nothing to send");
	ra_solicit_ask(&solicit, 7, NOW, &left);
	ok(ra_solicit_due(&solicit, NOW) == 7, "M7: the first solicitation at once");
	ra_solicit_done(&solicit, 7, true, NOW);
	ok(ra_solicit_deadline(&solicit) == AFTER(4), "the next after 4 seconds");
	ra_solicit_done(&solicit, 7, true, AFTER(4));
	ra_solicit_done(&solicit, 7, true, AFTER(8));
	ok(ra_solicit_deadline(&solicit) == TIME_FOREVER, "3 in all");
	ra_solicit_ask(&solicit, 7, AFTER(8), &left);
	ok(ra_solicit_deadline(&solicit) == AFTER(9),
		"asked again: not before a second has passed");
	ra_solicit_heard(&solicit, 8);
	ok(ra_solicit_deadline(&solicit) == AFTER(9), "another link's router does not end it");
	ra_solicit_heard(&solicit, 7);
	ok(ra_solicit_deadline(&solicit) == TIME_FOREVER, "the link's own router does");
	ra_solicit_ask(&solicit, 7, AFTER(100), &left);
	ra_solicit_done(&solicit, 7, false, AFTER(100));
	ok(ra_solicit_deadline(&solicit) == AFTER(100) + 500 * NSEC_PER_MSEC,
		"not sent: again in 500 ms");
	for (int i = 0; i < 11; i++)
		ra_solicit_done(&solicit, 7, false, AFTER(100));
	ok(ra_solicit_deadline(&solicit) == TIME_FOREVER, "12 times in all");
}

static void test_solicit_limit(void)
{
	struct ra_solicit solicit;
	uint32_t left;
	int refused;

	ra_solicit_init(&solicit);
	for (uint32_t i = 1; i <= RA_SOLICIT_LINKS; i++)
		ra_solicit_ask(&solicit, i, NOW, &left);
	refused = ra_solicit_ask(&solicit, 1000, NOW, &left);
	ok(refused == -ENOSPC, "64 links are asked at the same time, another is refused");
	ra_solicit_heard(&solicit, 5);
	ok(ra_solicit_ask(&solicit, 1000, NOW, &left) == 0 && left == 5,
		"a link that was heard makes room");
}

static void test_solicit_ends(void)
{
	begin();
	source->ops->solicit(source, 7, NOW);
	source->ops->dispatch(source, &test_model, NOW);
	ok(counter("ra solicitation not sent") == 1 && counter("ra solicitation sent") == 0 &&
			source->ops->deadline(source) == NOW + 500 * NSEC_PER_MSEC,
		"a solicitation that fails is counted, and tried again");
	hear(HEADER, NOW);
	source->ops->dispatch(source, &test_model, NOW);
	ok(source->ops->deadline(source) == TIME_FOREVER, "until a router is heard");
	end();
}

/* A host of thousands of links has clients that wait for it. */
static void test_solicit_turns(void)
{
	begin();
	for (uint32_t link = 1; link <= RA_SOLICIT_LINKS; link++)
		source->ops->solicit(source, link, NOW);
	source->ops->dispatch(source, &test_model, NOW);
	ok(counter("ra solicitation not sent") == 4 && source->ops->deadline(source) <= NOW,
		"four solicitations in a turn, the others are due");
	for (int i = 1; i < RA_SOLICIT_LINKS / 4; i++)
		source->ops->dispatch(source, &test_model, NOW);
	ok(counter("ra solicitation not sent") == RA_SOLICIT_LINKS &&
			source->ops->deadline(source) > NOW,
		"and leave in the next turns");
	end();
}

int main(void)
{
	test_solicit_turns();
	test_facts();
	test_lifetimes();
	test_horizon();
	test_names();
	test_shared();
	test_many_names();
	test_options();
	test_routers();
	test_limits();
	test_silence();
	test_dropped();
	test_counter_names();
	test_commit_without_memory();
	test_solicit();
	test_solicit_limit();
	test_solicit_ends();
	return tap_done();
}
