/* SPDX-License-Identifier: MIT */
/*
 * From one router advertisement to facts. An advertisement is not a snapshot: a router may leave
 * options out (RFC 4861 section 6.2.3), so nothing is dropped because it is missing; every item has
 * the end that was advertised with it, and lifetime 0 drops it.
 *
 * The name of the domain, the MTU and the captive portal have no lifetime of their own. They end
 * with the last of all that their router has advertised, its horizon: an advertisement without them
 * neither ends nor extends them, and the name lasts as long as what it names, unless that is
 * advertised without it. This file owns the
 * table of routers that keeps the horizons.
 */
#include "source/ra-facts.h"

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "source/option-raw.h"

#include <string.h>

/* The longest lifetime of a router in RFC 4861 section 6.2.1. Who was silent for longer may lose his
 * place in the table, though not his facts; a router that follows RFC 8319 comes back as a newcomer. */
#define SILENCE_MAX (9000 * NSEC_PER_SEC)

static bool router_is_free(const struct ra_router *router, uint64_t now)
{
	return router->address.family == AF_UNSPEC || router->horizon <= now ||
		now - router->heard > SILENCE_MAX;
}

/* FNV-1a. Only the router itself could make two of its prefixes look the same. */
static uint64_t prefix_digest(const struct ra_prefix *prefix)
{
	uint64_t digest = (UINT64_C(0xcbf29ce484222325) ^ prefix->length) * UINT64_C(0x100000001b3);

	for (size_t i = 0; i < sizeof(prefix->prefix.octets); i++)
		digest = (digest ^ prefix->prefix.octets[i]) * UINT64_C(0x100000001b3);
	return digest;
}

/* Its index, or RA_PREFIX_MAX. */
static uint32_t prefix_find(const struct ra_router *router, const struct ra_prefix *prefix)
{
	uint64_t digest = prefix_digest(prefix);
	uint32_t i = 0;

	while (i < router->prefix_count && router->prefixes[i] != digest)
		i++;
	return i < router->prefix_count ? i : RA_PREFIX_MAX;
}

/* Whether all prefixes known of the domain are there again. */
static bool prefixes_are_there(const struct ra_router *router, const struct ra *ra)
{
	uint32_t found = 0; /* by bit */

	for (uint32_t i = 0; i < ra->prefix_count; i++) {
		uint32_t index = prefix_find(router, &ra->prefixes[i]);

		if (index < RA_PREFIX_MAX)
			found |= 1U << index;
	}
	return router->prefix_count > 0 && found == (1U << router->prefix_count) - 1;
}

/* How well an advertisement fits what is known of one of its router's domains; 0: it is about another one.
 * RFC 8801 section 3.2: explicit domains may share an address with others, explicit or not. What tells them
 * apart is the name; a router that has begun to name its domain, names it otherwise or no longer, is known by
 * its prefixes, all of them. */
static unsigned int fit(const struct ra_router *router, const struct ra *ra)
{
	bool named = ra->pvd.name[0] != '\0';

	if (named ? strcmp(router->name, ra->pvd.name) == 0
		  : router->name[0] == '\0' && !ra->pvd.present)
		return 4;
	if (prefixes_are_there(router, ra))
		return 3;
	if (router->name[0] == '\0')
		return router->prefix_count == 0 || ra->prefix_count == 0 ? 2 : 0;
	/* Only of other things, or of a domain that has brought nothing else yet. */
	return !named && (ra->prefix_count == 0 || ra->pvd.present || router->prefix_count == 0)
		? 1
		: 0;
}

struct ra_router *ra_routers_get(struct ra_routers *table, struct ra *ra, uint64_t now)
{
	struct ra_router *place = NULL, *best = NULL;
	unsigned int of_link = 0, best_fit = 0;
	uint32_t numbers = 0; /* by bit */

	for (size_t i = 0; i < ARRAY_SIZE(table->routers); i++) {
		struct ra_router *router = &table->routers[i];
		unsigned int fits;

		if (address_equal(&router->address, &ra->router)) {
			fits = fit(router, ra);
			numbers |= 1U << router->address.reserved;
			best = fits > best_fit ? router : best;
			best_fit = MAX(fits, best_fit);
		}
		if (!router_is_free(router, now))
			of_link += router->address.scope == ra->router.scope;
		else if (place == NULL)
			place = router;
	}
	if (best == NULL && place != NULL && of_link < RA_ROUTERS_OF_LINK &&
		numbers < (1U << RA_DOMAINS_OF_ROUTER) - 1) {
		best = place;
		*best = (struct ra_router){.address = ra->router};
		while ((numbers & 1U << best->address.reserved) != 0)
			best->address.reserved++;
	}
	if (best != NULL)
		ra->router = best->address;
	return best;
}

/* What the facts of one advertisement have in common. */
struct put {
	const struct ra *ra;
	struct model *model;
	uint32_t owner;
	uint64_t now;
	unsigned int refused;
};

static struct fact fact_of(const struct put *put, enum fact_kind kind)
{
	return (struct fact){
		.kind = kind,
		.ifindex = put->ra->ifindex,
		.provider = put->ra->router,
		.element = MIF_ELEMENT_RA,
	};
}

static void put_until(struct put *put, struct fact *fact, uint64_t valid_until)
{
	fact->valid_until = valid_until;
	if (valid_until <= put->now)
		model_drop(put->model, put->owner, fact);
	else if (model_put(put->model, put->owner, fact) < 0)
		put->refused++;
}

/* A router of lifetime 0 is none to send packets to, but still provides its prefixes and the rest
 * (RFC 4861 section 4.2). */
static void router_put(struct put *put)
{
	const struct ra_header *header = &put->ra->header;
	struct fact fact = fact_of(put, FACT_ROUTER);

	fact.as.router.preference = header->preference;
	fact.as.router.managed = header->managed;
	fact.as.router.other = header->other;
	/* 65535 is a number here: only 32-bit lifetimes know infinity. */
	put_until(put, &fact, clock_after(put->now, header->lifetime));
}

static void prefixes_note(const struct ra *ra, struct ra_router *router)
{
	for (uint32_t i = 0; i < ra->prefix_count; i++) {
		if (prefix_find(router, &ra->prefixes[i]) < RA_PREFIX_MAX)
			continue;
		/* Of more than there may be in one advertisement the first ones are enough. */
		if (router->prefix_count < RA_PREFIX_MAX)
			router->prefixes[router->prefix_count++] = prefix_digest(&ra->prefixes[i]);
	}
}

/* RFC 8801 section 3.4: an address belongs to the domain of the last advertisement that included its
 * prefix. So without the option the name is over, if it was a prefix's; an advertisement that is only
 * of other things says nothing about it, and a malformed option is no word either. */
static bool pvd_is_over(const struct ra *ra, const struct ra_router *router)
{
	return !ra->pvd.present && router->name[0] != '\0' && prefixes_are_there(router, ra);
}

static void pvd_put(struct put *put, struct ra_router *router)
{
	const struct ra_pvd *pvd = &put->ra->pvd;
	struct fact fact = fact_of(put, FACT_PVD);

	if (pvd_is_over(put->ra, router)) {
		router->prefix_count = 0;
		router->name[0] = '\0';
		model_drop(put->model, put->owner, &fact);
	}
	if (pvd->name[0] != '\0' && strcmp(router->name, pvd->name) != 0) {
		router->prefix_count = 0;
		strcpy(router->name, pvd->name);
	}
	if (router->name[0] == '\0' || pvd->name[0] != '\0')
		prefixes_note(put->ra, router);
	if (pvd->name[0] == '\0')
		return;
	fact.as.pvd.flags = (pvd->h ? FACT_PVD_H : 0U) | (pvd->l ? FACT_PVD_L : 0U) |
		(pvd->r ? FACT_PVD_R : 0U);
	fact.as.pvd.sequence = pvd->sequence;
	fact.as.pvd.delay = pvd->delay;
	memcpy(fact.as.pvd.name, pvd->name, sizeof(fact.as.pvd.name));
	put_until(put, &fact, router->horizon);
}

/* What this one has has no other one any more; the name of one that has nothing left is over. */
static void prefixes_lose(
	struct ra_router *other, const struct ra *ra, struct model *model, uint32_t owner)
{
	struct fact prefix = {.kind = FACT_PREFIX, .element = MIF_ELEMENT_RA};
	struct fact pvd = {.kind = FACT_PVD, .element = MIF_ELEMENT_RA};
	bool had = other->prefix_count > 0;

	prefix.ifindex = pvd.ifindex = ra->ifindex;
	prefix.provider = pvd.provider = other->address;
	for (uint32_t i = 0; i < ra->prefix_count; i++) {
		uint32_t index = prefix_find(other, &ra->prefixes[i]);

		if (index < RA_PREFIX_MAX)
			other->prefixes[index] = other->prefixes[--other->prefix_count];
		prefix.as.prefix.prefix = ra->prefixes[i].prefix;
		prefix.as.prefix.length = ra->prefixes[i].length;
		model_drop(model, owner, &prefix);
	}
	if (had && other->prefix_count == 0)
		model_drop(model, owner, &pvd);
}

void ra_routers_move(
	struct ra_routers *table, const struct ra *ra, struct model *model, uint32_t owner)
{
	for (size_t i = 0; i < ARRAY_SIZE(table->routers); i++) {
		struct ra_router *other = &table->routers[i];

		if (address_equal(&other->address, &ra->router) &&
			other->address.reserved != ra->router.reserved)
			prefixes_lose(other, ra, model, owner);
	}
}

static void prefixes_put(struct put *put)
{
	for (uint32_t i = 0; i < put->ra->prefix_count; i++) {
		const struct ra_prefix *prefix = &put->ra->prefixes[i];
		struct fact fact = fact_of(put, FACT_PREFIX);

		fact.preferred_until = clock_after(put->now, prefix->preferred);
		fact.as.prefix.prefix = prefix->prefix;
		fact.as.prefix.length = prefix->length;
		fact.as.prefix.on_link = prefix->on_link;
		fact.as.prefix.autonomous = prefix->autonomous;
		put_until(put, &fact, clock_after(put->now, prefix->valid));
	}
}

static void items_put(
	struct put *put, uint32_t information, const struct ra_item *items, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct fact fact = fact_of(put, FACT_DATA);

		fact.as.data.information = information;
		fact.as.data.address = items[i].address;
		fact.as.data.prefix_length = items[i].length;
		put_until(put, &fact, clock_after(put->now, items[i].lifetime));
	}
}

static void text_put(struct put *put, uint32_t information, const char *text, uint64_t until)
{
	struct fact fact = fact_of(put, FACT_DATA);

	fact.as.data.information = information;
	strcpy(fact.as.data.text, text);
	put_until(put, &fact, until);
}

static void search_put(struct put *put)
{
	for (uint32_t i = 0; i < put->ra->search_count; i++) {
		const struct ra_search *search = &put->ra->search[i];

		text_put(put, MIF_INFORMATION_SEARCH_DOMAINS, search->name,
			clock_after(put->now, search->lifetime));
	}
}

static void mtu_put(struct put *put, uint64_t until)
{
	struct fact fact = fact_of(put, FACT_DATA);

	if (put->ra->mtu == 0)
		return;
	fact.as.data.information = MIF_INFORMATION_MTU;
	fact.as.data.number = put->ra->mtu;
	put_until(put, &fact, until);
}

/* A router has one portal, but its text is the fact's key: the old one would stay beside it. */
static void captive_portal_put(struct put *put, struct ra_router *router)
{
	const char *uri = put->ra->captive_portal;

	if (uri[0] == '\0')
		return;
	if (router->captive_portal[0] != '\0' && strcmp(router->captive_portal, uri) != 0)
		text_put(put, MIF_INFORMATION_CAPTIVE_PORTAL, router->captive_portal, 0);
	strcpy(router->captive_portal, uri);
	text_put(put, MIF_INFORMATION_CAPTIVE_PORTAL, uri, router->horizon);
}

static void resolvers_put(struct put *put)
{
	for (uint32_t i = 0; i < put->ra->resolver_count; i++) {
		const struct ra_resolver *resolver = &put->ra->resolvers[i];
		struct fact fact = fact_of(put, FACT_DATA);

		fact.as.data.information = MIF_INFORMATION_ENCRYPTED_DNS;
		fact.as.data.address = resolver->address;
		fact.as.data.number = resolver->priority;
		strcpy(fact.as.data.text, resolver->text);
		put_until(put, &fact, clock_after(put->now, resolver->lifetime));
	}
}

unsigned int ra_facts_put(const struct ra *ra, struct ra_router *router, struct model *model,
	uint32_t owner, uint64_t now)
{
	struct put put = {.ra = ra, .model = model, .owner = owner, .now = now};
	uint64_t end = clock_after(now, ra_longest_lifetime(ra));

	router->heard = now;
	router->horizon = MAX(router->horizon, end);

	router_put(&put);
	pvd_put(&put, router);
	prefixes_put(&put);
	items_put(&put, MIF_INFORMATION_ROUTES, ra->routes, ra->route_count);
	items_put(&put, MIF_INFORMATION_DNS_SERVERS, ra->servers, ra->server_count);
	items_put(&put, MIF_INFORMATION_PREF64, ra->pref64, ra->pref64_count);
	search_put(&put);
	resolvers_put(&put);
	mtu_put(&put, router->horizon);
	captive_portal_put(&put, router);
	model_heard(model, ra->ifindex, &ra->router);
	return put.refused;
}

/* ---- as they came ---- */

/* Of a code that is there again, what is left of the last time goes. */
static void options_drop_rest(
	struct put *put, const struct option_raw *raw, struct ra_router *router)
{
	uint32_t parts = router->option_parts;

	for (unsigned int i = 0; i < raw->code_count; i++) {
		struct fact fact = raw->fact;

		fact.as.data.option = raw->codes[i].code;
		for (uint32_t part = raw->codes[i].parts; part < parts; part++) {
			fact.as.data.part = part;
			model_drop(put->model, put->owner, &fact);
		}
		router->option_parts = MAX(router->option_parts, raw->codes[i].parts);
	}
}

/* They have no lifetimes of their own, as far as anybody knows here. */
unsigned int ra_options_put(const struct ra_frame *frame, const struct ra *ra,
	struct ra_router *router, struct model *model, uint32_t owner, uint64_t now)
{
	struct put put = {.ra = ra, .model = model, .owner = owner, .now = now};
	struct option_raw raw = {.fact = fact_of(&put, FACT_DATA)};
	struct reader options = reader_of(frame->octets, frame->size);

	reader_take(&options, RA_HEADER_SIZE);
	while (reader_left(&options) > 0) {
		uint8_t code = reader_u8(&options), units = reader_u8(&options);
		size_t size = units > 0 ? (size_t)units * 8 - 2 : 0;
		const uint8_t *octets = reader_take(&options, size);
		unsigned int pieces = octets != NULL ? option_raw_begin(&raw, code, size) : 0;

		for (unsigned int piece = 0; piece < pieces; piece++) {
			option_raw_piece(&raw, octets, size, piece);
			put_until(&put, &raw.fact, router->horizon);
		}
	}
	options_drop_rest(&put, &raw, router);
	return put.refused + raw.left_out;
}
