/* SPDX-License-Identifier: MIT */
/* A source is told of the domains that have additional information, and has names asked in them. */
#include <errno.h>
#include <stdio.h>

#include "engine/test-errand.h"
#include "tap.h"

/* ---- a source that is told ---- */

static struct {
	struct source source;
	unsigned int calls;
	size_t count;
	struct source_domain domains[SOURCE_DOMAINS];
	char names[SOURCE_DOMAINS][MIF_TEXT_SIZE];
	bool asks;
	struct source_question question;
	unsigned int answers, ends;
	struct name_result last;
} errant;

static int errant_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static int errant_dispatch(struct source *source, struct model *model, uint64_t now)
{
	(void)source, (void)model, (void)now;
	return 0;
}

static void errant_domains(struct source *source, struct model *model,
	const struct source_domain *domains, size_t count, uint64_t now)
{
	(void)source, (void)model, (void)now;
	errant.calls++;
	errant.count = count;
	memcpy(errant.domains, domains, count * sizeof(*domains));
	for (size_t i = 0; i < count; i++)
		strcpy(errant.names[i], domains[i].name);
}

static bool errant_ask(struct source *source, struct source_question *question)
{
	bool asks = errant.asks;

	(void)source;
	errant.asks = false;
	*question = errant.question;
	return asks;
}

static void errant_answer(struct source *source, const struct name_result *result, uint64_t now)
{
	(void)source, (void)now;
	errant.answers++;
	errant.ends += result->done;
	errant.last = *result;
}

static void errant_free(struct source *source)
{
	(void)source;
}

static const struct source_ops errant_ops = {
	.name = "errant",
	.fd = errant_fd,
	.dispatch = errant_dispatch,
	.domains = errant_domains,
	.ask = errant_ask,
	.answer = errant_answer,
	.free = errant_free,
};

static struct engine *begin(void)
{
	memset(&errant, 0, sizeof(errant));
	errant.source.ops = &errant_ops;
	return test_engine(&errant.source);
}

static struct engine *begin_domain(void)
{
	struct engine *engine = begin();

	put_domain(engine);
	return engine;
}

/* ---- tests ---- */

static void test_told(void)
{
	struct engine *engine = begin();
	const struct source_domain *told = &errant.domains[0];
	struct fact dns = fact_of(FACT_DATA, "fe80::a");

	put_link(engine);
	put_prefix(engine, "fe80::a", "2001:db8:2a::/64");
	put_pvd(engine, "fe80::a", FACT_PVD_H, 7);
	commit(engine);
	ok(errant.calls == 0, "M10: a domain without an address is none, and nobody is told");
	put_address(engine, "2001:db8:2a::10", 0);
	commit(engine);
	ok(errant.calls == 1 && errant.count == 1 && told->pvd == 2 && told->ifindex == 2 &&
			strcmp(errant.names[0], "pvd.two.example") == 0 && told->sequence == 7 &&
			told->delay == 3 && told->router.octets[15] == 0xa &&
			told->router.scope == 2,
		"a domain with additional information is told of");
	ok(told->prefix_count == 1 && told->prefixes[0].length == 64 &&
			told->source6.octets[15] == 0x10 && told->source4.family == AF_UNSPEC &&
			!told->has_servers,
		"with its prefixes, its address, and that there is nobody to ask");
	commit(engine);
	ok(errant.calls == 1, "once");
	dns.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	dns.as.data.address = address_of("2001:db8:2a::53");
	put(engine, &dns);
	commit(engine);
	ok(errant.calls == 2 && told->has_servers, "again when there is somebody to ask");
	put_address(engine, "2001:db8:2a::20", FACT_ADDRESS_TEMPORARY);
	put_address(engine, "2001:db8:2a::30", FACT_ADDRESS_TEMPORARY);
	commit(engine);
	ok(told->source6.octets[15] == 0x20, "the first temporary address is asked from");
	put_prefix(engine, "fe80::a", "2001:db8:2b::/64");
	commit(engine);
	ok(told->prefix_count == 2, "another prefix");
	put_pvd(engine, "fe80::a", FACT_PVD_H, 8);
	commit(engine);
	ok(told->sequence == 8, "another sequence number");
	put_pvd(engine, "fe80::a", 0, 8);
	commit(engine);
	ok(errant.count == 0, "no flag, no domain with additional information");
	engine_free(engine);
}

/* A domain that takes in what the link has of DHCPv4. */
static void test_source4(void)
{
	struct engine *engine = begin_domain();
	struct fact route = fact_of(FACT_ROUTE, NULL);

	put_pvd(engine, "fe80::a", FACT_PVD_H | FACT_PVD_L, 9);
	put_leased(engine, "10.8.0.50");
	put_leased(engine, "10.11.0.60");
	commit(engine);
	ok(errant.domains[0].source4.octets[3] == 50, "of IPv4 the first address is asked from");
	route.as.route.family = AF_INET;
	route.as.route.gateway = address_of("10.11.0.1");
	put(engine, &route);
	commit(engine);
	ok(errant.domains[0].source4.octets[3] == 60,
		"or the one that the router is a neighbour of");
	engine_free(engine);
}

static void test_routers(void)
{
	struct engine *engine = begin_domain();
	struct fact old = pvd_of("fe80::a", 0, 0);

	put_prefix(engine, "fe80::b", "2001:db8:2a::/64");
	put_pvd(engine, "fe80::b", FACT_PVD_H, 9);
	commit(engine);
	ok(errant.count == 1 && errant.domains[0].sequence == 9 && errant.domains[0].pvd == 2,
		"M10: of two routers of a domain the newer word counts");
	put_pvd(engine, "fe80::a", FACT_PVD_H, 40000);
	commit(engine);
	ok(errant.domains[0].sequence == 9, "M10: sequence numbers wrap");
	model_drop(engine->model, OWNER, &old);
	commit(engine);
	ok(errant.count == 1 && errant.domains[0].router.octets[15] == 0xb,
		"M10: one router goes, the domain stays, and is spoken for by the other");
	old = fact_of(FACT_LINK, NULL);
	model_drop(engine->model, OWNER, &old);
	commit(engine);
	ok(errant.count == 0, "M12: a domain that is gone is not told of any more");
	engine_free(engine);
}

static void test_many(void)
{
	struct engine *engine = begin_domain();
	char text[64];

	for (int i = 0; i < SOURCE_DOMAIN_PREFIXES; i++) {
		snprintf(text, sizeof(text), "2001:db8:%x::/64", 0x100 + i);
		put_prefix(engine, "fe80::a", text);
	}
	commit(engine);
	ok(errant.domains[0].prefix_count == SIZE_MAX, "too many prefixes are told as too many");
	engine_free(engine);
}

static void ask(struct engine *engine, uint64_t pvd)
{
	errant.question =
		(struct source_question){.number = 77, .pvd = pvd, .name = "pvd.two.example"};
	errant.asks = true;
	engine_dispatch(engine, test_now);
}

static void test_questions(void)
{
	struct engine *engine = begin_domain();
	struct fact link = fact_of(FACT_LINK, NULL);

	ask(engine, 2);
	ok(oracle.started == 1 && strcmp(oracle.name, "pvd.two.example") == 0 &&
			oracle.scope.pvd == 2 && oracle.scope.ifindex == 2 &&
			oracle.scope.source6.octets[15] == 0x10 && errant.answers == 0,
		"M23: a source's question is asked in its domain");
	oracle_say(engine, "2001:db8:ffff::1", 0);
	ok(errant.answers == 1 && errant.last.id == 77 && !errant.last.done &&
			errant.last.address.octets[15] == 1,
		"M25: an address comes back under the source's number");
	oracle_say(engine, NULL, MIF_TRANSLATION_FOUND);
	ok(errant.ends == 1 && list_empty(&engine->errands), "and the end");
	ask(engine, 99);
	ok(errant.ends == 2 && errant.last.status == MIF_TRANSLATION_PVD_GONE &&
			oracle.started == 1,
		"a domain that is not there cannot be asked");
	oracle.refuse = -ENOBUFS;
	ask(engine, 2);
	ok(errant.ends == 3 && errant.last.status == MIF_TRANSLATION_FAILED &&
			list_empty(&engine->errands),
		"a worker that is busy says no");
	oracle.refuse = 0;
	ask(engine, 2);
	model_drop(engine->model, OWNER, &link);
	commit(engine);
	ok(oracle.stopped == 1 && errant.ends == 4 && errant.last.id == 77 &&
			errant.last.status == MIF_TRANSLATION_PVD_GONE,
		"M12: a question ends with its domain");
	oracle_say(engine, "2001:db8:ffff::1", 0);
	ok(errant.answers == 5, "and nothing follows");
	engine_free(engine);
}

int main(void)
{
	test_told();
	test_source4();
	test_routers();
	test_many();
	test_questions();
	return tap_done();
}
