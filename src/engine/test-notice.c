/* SPDX-License-Identifier: MIT */
/* What one source puts of links and addresses, others are told; and facts of different trust stand
 * beside each other. */
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "engine/state.h"
#include "tap.h"

#define NOW (1000 * NSEC_PER_SEC)

/* Puts or drops one fact at its next dispatch, and remembers what it was told. */
struct teller {
	struct source source;
	struct fact fact;
	bool put, drop;
	unsigned int told_there, told_gone, solicited;
	struct fact told;
	uint64_t told_at;
};

static struct teller tellers[2];

static struct teller *teller_of(struct source *source)
{
	return (struct teller *)source;
}

static int teller_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static int teller_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct teller *teller = teller_of(source);

	if (teller->put)
		model_put(model, source->owner, &teller->fact);
	if (teller->drop)
		model_drop(model, source->owner, &teller->fact);
	teller->put = teller->drop = false;
	return model_commit(model, now);
}

static uint64_t teller_deadline(const struct source *source)
{
	const struct teller *teller = (const struct teller *)source;

	return teller->put || teller->drop ? 0 : TIME_FOREVER;
}

static void teller_solicit(struct source *source, uint32_t ifindex, uint64_t now)
{
	(void)ifindex, (void)now;
	teller_of(source)->solicited++;
}

static void teller_notice(struct source *source, const struct fact *fact, bool there, uint64_t now)
{
	struct teller *teller = teller_of(source);

	teller->told_at = now;
	*(there ? &teller->told_there : &teller->told_gone) += 1;
	memset(&teller->told, 0, sizeof(teller->told));
	teller->told.kind = fact->kind;
	teller->told.ifindex = fact->ifindex;
	if (fact->kind == FACT_ADDRESS)
		teller->told.as.address = fact->as.address;
}

static void teller_free(struct source *source)
{
	(void)source;
}

static const struct source_ops teller_ops = {
	.name = "teller",
	.fd = teller_fd,
	.dispatch = teller_dispatch,
	.deadline = teller_deadline,
	.solicit = teller_solicit,
	.notice = teller_notice,
	.free = teller_free,
};

static struct engine *begin(void)
{
	struct engine *engine;

	memset(tellers, 0, sizeof(tellers));
	if (engine_new(&engine, ENGINE_FAKE_CLOCK) < 0)
		abort();
	for (size_t i = 0; i < 2; i++) {
		tellers[i].source.ops = &teller_ops;
		if (engine_add_source(engine, &tellers[i].source) < 0)
			abort();
	}
	return engine;
}

static void put(struct engine *engine, const struct fact *fact)
{
	tellers[0].fact = *fact;
	tellers[0].put = true;
	engine_dispatch(engine, NOW);
}

static void drop(struct engine *engine, const struct fact *fact)
{
	tellers[0].fact = *fact;
	tellers[0].drop = true;
	engine_dispatch(engine, NOW);
}

static struct fact fact_of(enum fact_kind kind, uint32_t ifindex)
{
	return (struct fact){.kind = kind,
		.ifindex = ifindex,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER};
}

static struct fact link_of(uint32_t ifindex)
{
	struct fact fact = fact_of(FACT_LINK, ifindex);

	strcpy(fact.as.link.name, "h1");
	fact.as.link.kind = MIF_KIND_ETHERNET;
	fact.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
	return fact;
}

static void test_notice(void)
{
	struct engine *engine = begin();
	struct fact link = link_of(2), address = fact_of(FACT_ADDRESS, 2);
	struct fact data = fact_of(FACT_DATA, 2), named = fact_of(FACT_LINK, 0);

	mif_address_parse(&address.as.address.address, "192.0.2.1");
	address.as.address.prefix_length = 24;
	put(engine, &link);
	ok(tellers[1].told_there == 1 && tellers[1].told.kind == FACT_LINK &&
			tellers[1].told.ifindex == 2,
		"a source is told of a link that another one puts");
	ok(tellers[1].told_at == NOW, "and when it is");
	ok(tellers[1].solicited == 1, "M7: and asked to solicit, as the link is up");
	put(engine, &address);
	ok(tellers[1].told_there == 2 &&
			address_equal(
				&tellers[1].told.as.address.address, &address.as.address.address),
		"of an address");
	put(engine, &address);
	ok(tellers[1].told_there == 2, "not of what has not changed");
	address.as.address.flags = FACT_ADDRESS_DEPRECATED;
	put(engine, &address);
	ok(tellers[1].told_there == 3 &&
			tellers[1].told.as.address.flags == FACT_ADDRESS_DEPRECATED,
		"of its change");
	data.as.data.information = MIF_INFORMATION_MTU;
	put(engine, &data);
	strcpy(named.ifname, "h1");
	named.as.link.metered = MIF_METERED_YES;
	put(engine, &named);
	ok(tellers[1].told_there == 3, "of nothing else");
	address.valid_until = NOW;
	put(engine, &address);
	ok(tellers[1].told_gone == 1 && tellers[1].told.kind == FACT_ADDRESS,
		"of an address whose life has ended");
	address.valid_until = TIME_FOREVER;
	put(engine, &address);
	drop(engine, &link);
	ok(tellers[1].told_gone == 3, "and when a link goes, of the link and of its addresses");
	engine_free(engine);
}

static size_t facts_count(const struct model *model)
{
	size_t count = 0;

	list_for_each (link, &model->links)
		list_for_each (fact, &container_of(link, struct model_link, node)->facts)
			count++;
	return count;
}

static void test_trust(void)
{
	struct fact seen = fact_of(FACT_DATA, 2), probed;
	struct model *model;

	if (model_new(&model) < 0)
		abort();
	seen.as.data.information = MIF_INFORMATION_DNS_SERVERS;
	mif_address_parse(&seen.as.data.address, "192.0.2.53");
	probed = seen;
	probed.trust = FACT_TRUST_PROBE;
	model_put(model, 1, &seen);
	model_put(model, 1, &probed);
	ok(facts_count(model) == 2, "M21: what a source saw does not give way to an answer it got");
	model_drop(model, 1, &probed);
	ok(facts_count(model) == 1, "M21: nor does it go with that");
	model_free(model);
}

int main(void)
{
	test_notice();
	test_trust();
	return tap_done();
}
