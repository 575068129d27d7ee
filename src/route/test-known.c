/* SPDX-License-Identifier: MIT */
/* What the engine tells of a host, as it comes in: so much in a turn, and all of it in the end. */
#include "route/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tap.h"

#define NOW NSEC_PER_SEC
#define LINKS 4000

/* ---- a source of many links ---- */

struct crowd {
	struct source source;
	bool without; /* addresses */
};

static struct crowd crowd;

static int crowd_fd(const struct source *source)
{
	(void)source;
	return -1;
}

static void link_put(struct model *model, uint32_t owner, uint32_t ifindex)
{
	struct fact link = {.kind = FACT_LINK,
		.ifindex = ifindex,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER};
	struct fact address = link;
	char text[64];

	snprintf(link.as.link.name, sizeof(link.as.link.name), "l%u", ifindex);
	link.as.link.kind = MIF_KIND_ETHERNET;
	link.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
	model_put(model, owner, &link);
	address.kind = FACT_ADDRESS;
	memset(&address.as, 0, sizeof(address.as));
	snprintf(text, sizeof(text), "10.%u.%u.1", ifindex >> 8, ifindex & 255);
	mif_address_parse(&address.as.address.address, text);
	address.as.address.prefix_length = 24;
	if (!crowd.without)
		model_put(model, owner, &address);
}

static int crowd_dispatch(struct source *source, struct model *model, uint64_t now)
{
	model_begin(model, source->owner, 1U << FACT_LINK | 1U << FACT_ADDRESS);
	for (uint32_t i = 0; i < LINKS; i++)
		link_put(model, source->owner, 2 + i);
	return model_commit(model, now);
}

static uint64_t crowd_deadline(const struct source *source)
{
	(void)source;
	return 0;
}

static void crowd_free(struct source *source)
{
	(void)source;
}

static const struct source_ops crowd_ops = {
	.name = "crowd",
	.fd = crowd_fd,
	.dispatch = crowd_dispatch,
	.deadline = crowd_deadline,
	.free = crowd_free,
};

/* ---- tests ---- */

static struct known known;

/* How many turns it takes until all is heard; 0: something failed, or it never ends. */
static int turns(void)
{
	int count = 0;

	while (known_waits(&known)) {
		if (known_hear(&known, NOW) < 0 || ++count == 1000)
			return 0;
	}
	return count;
}

/* Plans all that is to be planned; returns how many have an address. */
static size_t plan(void)
{
	struct known_domain *domain;
	size_t count = 0;

	while ((domain = known_next(&known, NOW)) != NULL) {
		count += known.plan.address_count == 1;
		if (domain->gone)
			known_forget(&known, domain);
	}
	return count;
}

static size_t domains(void)
{
	size_t count = 0;

	list_for_each (node, &known.domains)
		count++;
	return count;
}

int main(void)
{
	struct engine *engine;
	int count;

	if (engine_new(&engine, ENGINE_FAKE_CLOCK) < 0)
		abort();
	crowd.source.ops = &crowd_ops;
	if (engine_add_source(engine, &crowd.source) < 0 || known_init(&known, engine) < 0)
		abort();
	engine_dispatch(engine, NOW);
	count = turns();
	ok(count > 0 && domains() == LINKS,
		"4000 links: more questions than a session takes that also tells when it is done");
	ok(count > 4 * LINKS / 512, "not all of them in one turn: %d turns", count);
	ok(plan() == LINKS, "each domain's address is known");
	crowd.without = true;
	engine_dispatch(engine, NOW);
	ok(turns() > 0 && plan() == 0 && domains() == 0, "and all of them can go again");
	known_deinit(&known);
	engine_free(engine);
	return tap_done();
}
