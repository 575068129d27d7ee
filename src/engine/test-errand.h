/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * For tests of what sources have done in domains: a real engine whose names worker answers when it is
 * told to, and a domain made of a few facts.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "engine/session.h"

#define OWNER 7 /* of the facts below */

static uint64_t test_now = 1000 * NSEC_PER_SEC;

/* ---- a worker that answers when it is told to ---- */

static struct {
	struct worker worker;
	int fds[2];
	unsigned int started, stopped;
	uint64_t id; /* of the last one */
	uint64_t ids[32]; /* of all */
	char name[MIF_TEXT_SIZE];
	struct name_scope scope;
	int refuse;
	size_t result_count;
	struct name_result results[4];
} oracle;

static int oracle_fd(const struct worker *worker)
{
	(void)worker;
	return oracle.fds[0];
}

static void oracle_dispatch(struct worker *worker, uint64_t now)
{
	char octet;

	(void)worker, (void)now;
	if (read(oracle.fds[0], &octet, 1) != 1)
		abort();
}

static int oracle_start(struct worker *worker, const struct name_request *request, uint64_t now)
{
	(void)worker, (void)now;
	oracle.ids[oracle.started++ % 32] = request->id;
	oracle.id = request->id;
	oracle.scope = *request->scope;
	strcpy(oracle.name, request->name);
	return oracle.refuse;
}

static void oracle_stop(struct worker *worker, uint64_t id)
{
	(void)worker;
	oracle.stopped += id == oracle.id;
}

static void oracle_forget(struct worker *worker, uint64_t pvd)
{
	(void)worker, (void)pvd;
}

static int oracle_result(struct worker *worker, struct name_result *result)
{
	(void)worker;
	if (oracle.result_count == 0)
		return 0;
	*result = oracle.results[0];
	memmove(oracle.results, oracle.results + 1, sizeof(oracle.results) - sizeof(*result));
	oracle.result_count--;
	return 1;
}

static void oracle_free(struct worker *worker)
{
	(void)worker;
	close(oracle.fds[0]);
	close(oracle.fds[1]);
}

static const struct worker_ops oracle_ops = {
	.name = "oracle",
	.fd = oracle_fd,
	.dispatch = oracle_dispatch,
	.start = oracle_start,
	.stop = oracle_stop,
	.forget = oracle_forget,
	.result = oracle_result,
	.free = oracle_free,
};

__attribute__((unused)) static void oracle_say(
	struct engine *engine, const char *address, uint32_t status)
{
	struct name_result *result = &oracle.results[oracle.result_count++];

	*result = (struct name_result){.id = oracle.id, .done = address == NULL, .status = status};
	if (address != NULL && mif_address_parse(&result->address, address) < 0)
		abort();
	if (write(oracle.fds[1], "", 1) != 1)
		abort();
	engine_dispatch(engine, test_now);
}

/* ---- a domain ---- */

__attribute__((unused)) static void commit(struct engine *engine)
{
	model_commit(engine->model, test_now);
	engine_dispatch(engine, test_now);
}

static struct mif_address address_of(const char *text)
{
	struct mif_address address;

	if (mif_address_parse(&address, text) < 0)
		abort();
	if (address_is_link_local(&address))
		address.scope = 2;
	return address;
}

__attribute__((unused)) static struct fact fact_of(enum fact_kind kind, const char *router)
{
	struct fact fact = {.kind = kind,
		.ifindex = 2,
		.valid_until = TIME_FOREVER,
		.preferred_until = TIME_FOREVER};

	if (router != NULL) {
		fact.provider = address_of(router);
		fact.element = MIF_ELEMENT_RA;
	}
	return fact;
}

__attribute__((unused)) static void put(struct engine *engine, const struct fact *fact)
{
	if (model_put(engine->model, OWNER, fact) < 0)
		abort();
}

__attribute__((unused)) static void put_link(struct engine *engine)
{
	struct fact link = fact_of(FACT_LINK, NULL);

	strcpy(link.as.link.name, "h1");
	link.as.link.kind = MIF_KIND_ETHERNET;
	link.as.link.flags = MIF_INTERFACE_UP | MIF_INTERFACE_RUNNING;
	put(engine, &link);
}

__attribute__((unused)) static void put_address(
	struct engine *engine, const char *text, uint32_t flags)
{
	struct fact fact = fact_of(FACT_ADDRESS, NULL);

	fact.as.address.address = address_of(text);
	fact.as.address.prefix_length = 64;
	fact.as.address.flags = flags;
	put(engine, &fact);
}

/* As DHCP gives it. */
__attribute__((unused)) static void put_leased(struct engine *engine, const char *text)
{
	struct fact fact = fact_of(FACT_ADDRESS, NULL);

	fact.element = MIF_ELEMENT_DHCPV4;
	fact.as.address.address = address_of(text);
	fact.as.address.prefix_length = 24;
	put(engine, &fact);
}

__attribute__((unused)) static void put_prefix(
	struct engine *engine, const char *router, const char *text)
{
	struct fact fact = fact_of(FACT_PREFIX, router);
	unsigned int length;

	if (prefix_parse(&fact.as.prefix.prefix, &length, text) < 0)
		abort();
	fact.as.prefix.length = length;
	put(engine, &fact);
}

__attribute__((unused)) static struct fact pvd_of(
	const char *router, uint32_t flags, uint16_t sequence)
{
	struct fact fact = fact_of(FACT_PVD, router);

	fact.as.pvd.flags = flags;
	fact.as.pvd.sequence = sequence;
	fact.as.pvd.delay = 3;
	strcpy(fact.as.pvd.name, "pvd.two.example");
	return fact;
}

__attribute__((unused)) static void put_pvd(
	struct engine *engine, const char *router, uint32_t flags, uint16_t sequence)
{
	struct fact fact = pvd_of(router, flags, sequence);

	put(engine, &fact);
}

/* An engine with this source and that worker. */
static struct engine *test_engine(struct source *source)
{
	struct engine *engine;

	memset(&oracle, 0, sizeof(oracle));
	oracle.worker.ops = &oracle_ops;
	if (pipe(oracle.fds) < 0 || engine_new(&engine, ENGINE_FAKE_CLOCK) < 0 ||
		engine_add_source(engine, source) < 0 ||
		engine_set_names(engine, &oracle.worker) < 0)
		abort();
	return engine;
}

/* The domain pvd.two.example of router fe80::a on link 2, with one address. */
static void put_domain(struct engine *engine)
{
	put_link(engine);
	put_prefix(engine, "fe80::a", "2001:db8:2a::/64");
	put_pvd(engine, "fe80::a", FACT_PVD_H, 7);
	put_address(engine, "2001:db8:2a::10", 0);
	commit(engine);
}
