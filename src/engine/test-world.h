/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/session.h"

/*
 * A random world for the engine: facts about few links, routers and addresses, so that they meet
 * again and again, and what the model made of them as lines of text.
 */
#define WORLD_BEGIN (1000 * NSEC_PER_SEC)
#define WORLD_LIFETIME 200 /* seconds, at most, of what has a lifetime */

enum {
	OWNER_KERNEL,
	OWNER_ROUTERS,
	OWNER_FILE
};

struct world {
	uint64_t random;
	struct engine *engine;
	uint64_t now;
	bool verbose;
};

/* xorshift64*: the same everywhere, for one seed. */
static uint32_t world_random(struct world *world, uint32_t below)
{
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (uint32_t)((world->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static const char *world_pick(struct world *world, const char *const *texts, uint32_t count)
{
	return texts[world_random(world, count)];
}

#define PICK(world, ...)                                      \
	world_pick(world, (const char *const[]){__VA_ARGS__}, \
		(uint32_t)ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

static struct mif_address world_address(const char *text, uint32_t ifindex)
{
	struct mif_address address;

	if (mif_address_parse(&address, text) < 0)
		abort();
	if (address.family == AF_INET6 && address_is_link_local(&address))
		address.scope = ifindex;
	return address;
}

static uint64_t world_until(struct world *world)
{
	if (world_random(world, 3) == 0)
		return TIME_FOREVER;
	return world->now + world_random(world, WORLD_LIFETIME + 1) * NSEC_PER_SEC;
}

static void world_fact_link(struct world *world, struct fact *fact)
{
	static const uint32_t flags[] = {3, 3, 3, 3, 3, 1, 1, 0};

	strcpy(fact->as.link.name, PICK(world, "h1", "h2", "a-long-name"));
	fact->as.link.kind = fact->ifindex == 1 ? MIF_KIND_LOOPBACK : MIF_KIND_ETHERNET;
	fact->as.link.flags = flags[world_random(world, ARRAY_SIZE(flags))];
	fact->as.link.mtu = 1400 + 100 * world_random(world, 2);
}

static void world_fact_address(struct world *world, struct fact *fact)
{
	const char *text = PICK(world, "10.0.1.1", "10.0.1.2", "10.200.100.3", "169.254.0.1",
		"2001:db8:1::1", "2001:db8:1::2", "2001:db8:2::1", "2001:db8:2::2", "2001:db8:3::1",
		"2001:db8:9::1", "fe80::11", "fe80::12", "::1");

	fact->as.address.address = world_address(text, fact->ifindex);
	fact->as.address.prefix_length = strchr(text, '.') != NULL ? 24 : 64;
	fact->as.address.flags =
		world_random(world, 2) == 0 ? 0 : (1U << world_random(world, 4)) & 7;
	fact->valid_until = world_until(world);
	fact->preferred_until = MIN(fact->valid_until, world_until(world));
	fact->element = world_random(world, 2) * world_random(world, 3);
}

static void world_fact_route(struct world *world, struct fact *fact)
{
	const char *text = PICK(world, "10.0.1.254", "10.0.1.253", "fe80::1", "fe80::2", "fe80::3",
		"2001:db8:1::ff", "", "");

	fact->as.route.family = world_random(world, 2) == 0 ? AF_INET : AF_INET6;
	if (text[0] != '\0') {
		fact->as.route.gateway = world_address(text, fact->ifindex);
		fact->as.route.family = fact->as.route.gateway.family;
	}
	fact->as.route.metric = 100 * world_random(world, 3);
	fact->as.route.advertised = world_random(world, 2) == 0;
	if (world_random(world, 2) == 0)
		fact->valid_until = world_until(world);
}

static void world_fact_data(struct world *world, struct fact *fact)
{
	fact->as.data.information = 1 + world_random(world, 3);
	if (fact->as.data.information == MIF_INFORMATION_SEARCH_DOMAINS)
		strcpy(fact->as.data.text, PICK(world, "one.example", "two.example"));
	else
		fact->as.data.address = world_address(
			PICK(world, "10.0.1.53", "2001:db8:1::53", "fe80::53"), fact->ifindex);
	fact->as.data.number = world_random(world, 2);
	fact->element = 1 + world_random(world, 5);
	fact->valid_until = world_until(world);
}

static void world_fact_advertised(struct world *world, struct fact *fact)
{
	fact->provider = world_address(PICK(world, "fe80::1", "fe80::2", "fe80::3"), fact->ifindex);
	fact->element = MIF_ELEMENT_RA;
	fact->valid_until = world_until(world);
	switch (fact->kind) {
	case FACT_PVD:
		strcpy(fact->as.pvd.name,
			PICK(world, "a.example", "b.example", "a-longer-name.example"));
		fact->as.pvd.flags = world_random(world, 8);
		break;
	case FACT_PREFIX:
		fact->as.prefix.prefix =
			world_address(PICK(world, "2001:db8:1::", "2001:db8:2::"), fact->ifindex);
		fact->as.prefix.length = world_random(world, 3) == 0 ? 32 : 64;
		fact->as.prefix.prefix =
			address_network(&fact->as.prefix.prefix, fact->as.prefix.length);
		fact->as.prefix.on_link = true;
		break;
	case FACT_DATA:
		world_fact_data(world, fact);
		break;
	default:
		fact->as.router.preference = (int32_t)world_random(world, 3) - 1;
		fact->as.router.other = world_random(world, 3) == 0;
	}
}

static void world_fact_lease(struct world *world, struct fact *fact)
{
	fact->as.lease.address = world_address(PICK(world, "10.0.1.1", "10.0.1.2"), 0);
	fact->element = MIF_ELEMENT_DHCPV4;
	fact->valid_until = world_until(world);
}

/* A random fact; returns whose. */
static inline uint32_t world_fact(struct world *world, struct fact *fact)
{
	static const enum fact_kind kernel[] = {
		FACT_LINK, FACT_ADDRESS, FACT_ADDRESS, FACT_ADDRESS, FACT_ROUTE};
	static const enum fact_kind routers[] = {
		FACT_ROUTER, FACT_PREFIX, FACT_PREFIX, FACT_PVD, FACT_DATA};

	memset(fact, 0, sizeof(*fact));
	fact->ifindex = 1 + world_random(world, 4) % 3;
	fact->valid_until = fact->preferred_until = TIME_FOREVER;
	switch (world_random(world, 8)) {
	case 0: /* by the name of a link */
		fact->ifindex = 0;
		strcpy(fact->ifname, PICK(world, "h1", "h2"));
		fact->kind = world_random(world, 2) == 0 ? FACT_LINK : FACT_DATA;
		if (fact->kind == FACT_DATA)
			world_fact_data(world, fact);
		else
			fact->as.link.metered = 1 + world_random(world, 2);
		return OWNER_FILE;
	case 1: /* of a server, or of nobody */
		fact->kind = world_random(world, 3) == 0 ? FACT_LEASE : FACT_DATA;
		if (world_random(world, 3) > 0)
			fact->provider = world_address(
				PICK(world, "10.0.1.254", "fe80::1", "fe80::77"), fact->ifindex);
		if (fact->kind == FACT_DATA)
			world_fact_data(world, fact);
		else
			world_fact_lease(world, fact);
		fact->trust = (int32_t)world_random(world, 4) - 2;
		return OWNER_ROUTERS;
	case 2:
	case 3:
	case 4:
		fact->kind = routers[world_random(world, ARRAY_SIZE(routers))];
		world_fact_advertised(world, fact);
		return OWNER_ROUTERS;
	default:
		fact->kind = kernel[world_random(world, ARRAY_SIZE(kernel))];
		if (fact->kind == FACT_LINK)
			world_fact_link(world, fact);
		else if (fact->kind == FACT_ADDRESS)
			world_fact_address(world, fact);
		else
			world_fact_route(world, fact);
		return OWNER_KERNEL;
	}
}
