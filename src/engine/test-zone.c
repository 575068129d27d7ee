/* SPDX-License-Identifier: MIT */
/*
 * Split DNS by the numbered rules of mif(3), "Names that belong to one domain".
 */
#include <string.h>

#include "engine/zone.h"
#include "tap.h"

#define HAND false
#define CLAIM true

static struct zone_judgement judgement;

/* The name would be asked for in domain 1. */
static void judge(const char *name)
{
	zone_judge(&judgement, name, 1);
}

static bool asked(void)
{
	return zone_admits(&judgement, false);
}

static bool asked_in_own_network(void)
{
	return zone_admits(&judgement, true);
}

/* The name against a single zone of domain 2, written by hand. */
static bool is_below(const char *name, const char *zone)
{
	judge(name);
	zone_weigh(&judgement, 2, zone, HAND);
	return !asked();
}

static void test_below(void)
{
	judge("www.example");
	ok(asked(), "M23: without zones a name is asked for everywhere");
	ok(is_below("www.corp.example", "corp.example") &&
			is_below("corp.example", "corp.example") &&
			is_below("a.b.corp.example", "corp.example"),
		"M23: zones, rule 2: below a zone, and the zone itself");
	ok(!is_below("notcorp.example", "corp.example") && !is_below("example", "corp.example") &&
			!is_below("corp.example.org", "corp.example"),
		"M23: zones, rule 2: label by label, from the end");
	ok(is_below("www.corp.example", "Corp.EXAMPLE"), "M23: zones, rule 2: in either case");
	ok(is_below("www.example", ".") && is_below("printer", "."),
		"M23: zones, rule 2: the root has all names");
	ok(is_below("www.example", "example") && !is_below("www.example", ""),
		"M23: zones, rule 3: by hand a zone may be a top-level domain");
}

static void test_claims(void)
{
	judge("www.example");
	zone_weigh(&judgement, 2, "example", CLAIM);
	zone_weigh(&judgement, 2, ".", CLAIM);
	ok(asked(), "M23: zones, rule 3: no network may claim a top-level domain, or all names");
	zone_weigh(&judgement, 1, "org", CLAIM);
	ok(asked_in_own_network(), "M23: zones, rule 3: nor is its domain one with zones for that");
	judge("www.corp.example");
	zone_weigh(&judgement, 2, "corp.example", CLAIM);
	ok(!asked() && judgement.best_pvd == 2 && strcmp(judgement.best, "corp.example") == 0,
		"M23: zones, rule 3: two labels it may; and the judgement says whose the name is");
	zone_weigh(&judgement, 1, ".", HAND);
	ok(asked(), "M23: zones, rule 4: what is written by hand goes before what is claimed");
	zone_weigh(&judgement, 2, "www.corp.example", CLAIM);
	ok(asked(), "M23: zones, rule 4: however long that is");
	zone_weigh(&judgement, 3, "example", HAND);
	ok(!asked() && judgement.best_pvd == 3,
		"M23: zones, rule 4: and only what is longer by hand");
}

static void test_longest(void)
{
	judge("x.dev.corp.example");
	zone_weigh(&judgement, 2, "dev.corp.example", HAND);
	zone_weigh(&judgement, 1, "corp.example", HAND);
	ok(!asked() && judgement.best_pvd == 2, "M23: zones, rule 4: the longest counts");
	zone_weigh(&judgement, 1, "dev.corp.example", HAND);
	ok(asked(), "M23: zones, rule 4: several domains may have it");
	judge("x.dev.corp.example");
	zone_weigh(&judgement, 1, "dev.corp.example", HAND);
	zone_weigh(&judgement, 2, "dev.corp.example", HAND);
	zone_weigh(&judgement, 3, "corp.example", HAND);
	ok(asked(), "M23: zones, rule 4: in whatever order they are told");
}

static void test_own_network(void)
{
	judge("www.example");
	ok(asked_in_own_network(),
		"M23: zones, rule 5: a domain that tells no zones is asked as ever");
	zone_weigh(&judgement, 2, "corp.example", HAND);
	ok(asked_in_own_network() && asked(), "M23: zones, rule 5: others' zones change nothing");
	zone_weigh(&judgement, 1, "lab.example", CLAIM);
	ok(asked(), "M23: zones, rule 5: zones alone exclude nothing");
	ok(!asked_in_own_network() && judgement.weight == 0,
		"M23: zones, rule 5: one that leads to its own network only is asked for its own "
		"names");
	judge("www.lab.example");
	zone_weigh(&judgement, 1, "lab.example", CLAIM);
	ok(asked_in_own_network(), "M23: zones, rule 5: and for these it is");
}

int main(void)
{
	test_below();
	test_claims();
	test_longest();
	test_own_network();
	return tap_done();
}
