/* SPDX-License-Identifier: MIT */
/*
 * Names in a domain that translates to IPv4: AAAA made of A, where there is no other (RFC 6147).
 */
#include "test-names-lab.h"
#include "worker/names.h"

static struct worker *worker;

static struct name_scope translating(uint64_t pvd)
{
	struct name_scope scope = lab_scope(pvd);

	scope.pref64 = lab_address("2001:db8:64::");
	scope.pref64_length = 96;
	return scope;
}

static bool is(const struct outcome *outcome, const char *text, uint32_t system)
{
	char last[MIF_ADDRESS_TEXT];

	mif_address_format(&outcome->last, last);
	if (strcmp(last, text) == 0 && outcome->system == system)
		return true;
	printf("# %s, system %u\n", last, outcome->system);
	return false;
}

static void check(const char *what, const char *name, uint32_t family, uint32_t status,
	uint32_t ipv4, uint32_t ipv6)
{
	struct name_scope scope = translating(1);

	uint64_t id = lab_start(worker, &scope, name, family);

	lab_run(worker, id, id, 60000);
	ok(ended(&outcomes[next_id], status, ipv4, ipv6), "M23 M25: %s", what);
}

static void test_names(void)
{
	check("no AAAA: one is made", "aaaa-empty.example", 0, MIF_TRANSLATION_FOUND, 1, 1);
	ok(is(&outcomes[next_id], "2001:db8:64::c000:201", MIF_SYSTEM_DNS64),
		"M25: of the A record, and says so");
	check("for who wants IPv6 alone", "aaaa-empty.b.example", MIF_FAMILY_IPV6,
		MIF_TRANSLATION_FOUND, 0, 1);
	check("there is an AAAA: none is made", "www.example", 0, MIF_TRANSLATION_FOUND, 1, 1);
	ok(outcomes[next_id].system != MIF_SYSTEM_DNS64, "M25: but the name's own is told");
	check("and IPv6 alone", "www.example", MIF_FAMILY_IPV6, MIF_TRANSLATION_FOUND, 0, 1);
	check("IPv4 alone", "aaaa-empty.c.example", MIF_FAMILY_IPV4, MIF_TRANSLATION_FOUND, 1, 0);
	check("SERVFAIL for AAAA", "aaaa-servfail.example", MIF_FAMILY_IPV6, MIF_TRANSLATION_FOUND,
		0, 1);
	check("no answer for AAAA", "aaaa-drop.example", MIF_FAMILY_IPV6, MIF_TRANSLATION_FOUND, 0,
		1);
	check("neither", "any-empty.example", 0, MIF_TRANSLATION_NO_ADDRESS, 0, 0);
	check("no such name", "any-nx.example", 0, MIF_TRANSLATION_NO_NAME, 0, 0);
	check("an A record that is not translated", "aaaa-empty.a-link-local.example",
		MIF_FAMILY_IPV6, MIF_TRANSLATION_NO_ADDRESS, 0, 0);
	check("several", "aaaa-empty.a-count-3.example", MIF_FAMILY_IPV6, MIF_TRANSLATION_FOUND, 0,
		3);
	check("an AAAA that is IPv4 in disguise", "aaaa-mapped.example", MIF_FAMILY_IPV6,
		MIF_TRANSLATION_FOUND, 0, 1);
	ok(is(&outcomes[next_id], "2001:db8:64::c000:201", MIF_SYSTEM_DNS64),
		"M25: is none (RFC 6147)");
	check("the TTL", "aaaa-empty.aaaa-soa-20.a-ttl-100.example", MIF_FAMILY_IPV6,
		MIF_TRANSLATION_FOUND, 0, 1);
	ok(outcomes[next_id].ttl == 20, "M25: as long as both hold");
	check("without SOA", "aaaa-empty.aaaa-no-soa.a-ttl-1000.example", MIF_FAMILY_IPV6,
		MIF_TRANSLATION_FOUND, 0, 1);
	ok(outcomes[next_id].ttl == 600, "M25: ten minutes at most");
}

static void test_literals(void)
{
	struct name_scope scope = translating(1);

	check("a literal, for who wants IPv6", "198.51.100.7", MIF_FAMILY_IPV6,
		MIF_TRANSLATION_FOUND, 0, 1);
	ok(is(&outcomes[next_id], "2001:db8:64::c633:6407", MIF_SYSTEM_DNS64),
		"M25: goes through the translator");
	check("for all", "198.51.100.7", 0, MIF_TRANSLATION_FOUND, 1, 1);
	check("this host", "127.0.0.1", 0, MIF_TRANSLATION_FOUND, 1, 0);
	scope.pref64.family = AF_UNSPEC;
	scope.pvd = 2;
	ok(ended(lab_ask(worker, &scope, "aaaa-empty.example", 0), MIF_TRANSLATION_FOUND, 1, 0) &&
			ended(lab_ask(worker, &scope, "198.51.100.7", MIF_FAMILY_IPV6),
				MIF_TRANSLATION_NO_ADDRESS, 0, 0),
		"M23: in a domain without translator nothing is made");
}

int main(void)
{
	if (!lab_enter()) {
		tap_skip("M23 M25: translated names", "no network namespace, or no python3");
		return tap_done();
	}
	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	test_names();
	test_literals();
	worker->ops->free(worker);
	lab_leave();
	return tap_done();
}
