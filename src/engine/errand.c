/* SPDX-License-Identifier: MIT */
/*
 * What a source wants done in a domain. A source may not read the model, and what a domain is, when it
 * has an address and whom to ask in it, is known here alone; so a source that fetches something in a
 * domain (RFC 8801 section 4) is told of the domains that have it, all of them at once as in a snapshot,
 * and has its names asked by the same worker as any subscriber. It is never called in the midst of
 * a commit: changes are noted, and told when the model is at rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/session.h"

/* Questions of all sources that run at the same time. */
#define ERRANDS 64

/* What sources do when they are told may change a domain, of which they are told again. */
#define ROUNDS 4

struct errand {
	struct list node;
	struct source *source;
	uint64_t id; /* the engine's, as a translation's */
	uint64_t number; /* the source's */
	uint64_t pvd;
	bool ended; /* the domain is gone, and the source has not been told yet */
};

static void errand_free(struct engine *engine, struct errand *errand)
{
	list_remove(&errand->node);
	engine->errand_count--;
	free(errand);
}

void errands_free(struct engine *engine)
{
	list_for_each_safe (node, &engine->errands)
		errand_free(engine, container_of(node, struct errand, node));
}

/* ---- domains ---- */

void errands_note(struct engine *engine, const struct object *object, enum change change)
{
	const struct object *pvd = object->kind == OBJECT_PVD ? object : object->parent;

	if (change != CHANGE_REFRESHED && pvd != NULL && pvd->kind == OBJECT_PVD &&
		pvd->key.name != NULL)
		engine->domains_stale = true;
}

/* RFC 8801 section 4.1: what is fetched shall not be linked with what users do, so a temporary address
 * comes before others; of IPv4 one that the router is a neighbour of. */
static void domain_add_sources(struct source_domain *domain, const struct object *pvd)
{
	bool best[2] = {false, false};

	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);
		const struct address_state *as = &child->address;
		bool ipv4 = as->address.family == AF_INET;
		struct mif_address *source = ipv4 ? &domain->source4 : &domain->source6;

		if (child->kind != OBJECT_ADDRESS || (child->flags & MIF_ADDRESS_DEPRECATED) != 0 ||
			address_is_link_local(&as->address) || best[ipv4])
			continue;
		best[ipv4] = (child->flags & (MIF_ADDRESS_TEMPORARY | MIF_ADDRESS_ROUTED)) != 0;
		if (best[ipv4] || source->family == AF_UNSPEC)
			*source = as->address;
	}
}

static void domain_add_prefix(struct source_domain *domain, const struct fact *fact)
{
	/* The kernel and the router's own words say the same. */
	for (size_t i = 0; i < MIN(domain->prefix_count, (size_t)SOURCE_DOMAIN_PREFIXES); i++) {
		if (domain->prefixes[i].length == fact->as.prefix.length &&
			address_equal(&domain->prefixes[i].address, &fact->as.prefix.prefix))
			return;
	}
	if (domain->prefix_count >= SOURCE_DOMAIN_PREFIXES) {
		domain->prefix_count = SIZE_MAX;
		return;
	}
	domain->prefixes[domain->prefix_count].address = fact->as.prefix.prefix;
	domain->prefixes[domain->prefix_count++].length = fact->as.prefix.length;
}

/* Of several routers' words the newest: sequence numbers wrap (RFC 8801 section 4.2). */
static void domain_add_pvd(struct source_domain *domain, const struct fact *fact, bool *found)
{
	if ((fact->as.pvd.flags & FACT_PVD_H) == 0 ||
		(*found && (int16_t)(fact->as.pvd.sequence - domain->sequence) <= 0))
		return;
	domain->router = fact->provider;
	domain->sequence = fact->as.pvd.sequence;
	domain->delay = fact->as.pvd.delay;
	*found = true;
}

/* False: it has no additional information. */
static bool domain_describe(
	struct source_domain *domain, const struct model *model, const struct object *pvd)
{
	struct data_item items[DATA_ITEMS];
	bool found = false;

	memset(domain, 0, sizeof(*domain));
	domain->pvd = object_id(pvd);
	domain->ifindex = object_link(pvd)->ifindex;
	domain->name = pvd->key.name;
	list_for_each (node, &object_link(pvd)->facts) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (!domain_has_fact(object_link(pvd), &pvd->key, fact))
			continue;
		if (fact->kind == FACT_PVD)
			domain_add_pvd(domain, fact, &found);
		else if (fact->kind == FACT_PREFIX)
			domain_add_prefix(domain, fact);
	}
	domain_add_sources(domain, pvd);
	domain->has_servers =
		data_find(model, pvd, MIF_ELEMENT_ANY, MIF_INFORMATION_DNS_SERVERS, 0, items) > 0;
	return found;
}

static size_t domains_describe(const struct model *model, struct source_domain *domains)
{
	size_t count = 0;

	list_for_each (interface_node, &model->interfaces) {
		struct object *interface = container_of(interface_node, struct object, siblings);

		list_for_each (node, &interface->children) {
			const struct object *pvd = container_of(node, struct object, siblings);

			if (pvd->key.name != NULL && count < SOURCE_DOMAINS &&
				domain_describe(&domains[count], model, pvd))
				count++;
		}
	}
	return count;
}

static bool is_interested(const struct engine *engine)
{
	for (size_t i = 0; i < engine->source_count; i++) {
		if (engine->sources[i]->ops->domains != NULL)
			return true;
	}
	return false;
}

static void domains_tell(struct engine *engine, uint64_t now)
{
	_cleanup_(freep) struct source_domain *domains = NULL;
	size_t count;

	if (is_interested(engine)) {
		domains = calloc(SOURCE_DOMAINS, sizeof(*domains));
		/* Still stale, and so tried again. */
		if (domains == NULL)
			return;
	}
	engine->domains_stale = false;
	if (domains == NULL)
		return;
	count = domains_describe(engine->model, domains);
	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if (source->ops->domains == NULL)
			continue;
		source->ops->domains(source, engine->model, domains, count, now);
		engine_called(engine, source);
	}
}

/* ---- questions ---- */

static void source_answer(struct engine *engine, struct source *source, struct name_result result,
	uint64_t number, uint64_t now)
{
	result.id = number;
	source->ops->answer(source, &result, now);
	engine_called(engine, source);
}

static void source_refuse(struct engine *engine, struct source *source,
	const struct source_question *question, uint32_t status, uint64_t now)
{
	source_answer(engine, source, (struct name_result){.done = true, .status = status},
		question->number, now);
}

static int errand_start(struct engine *engine, struct source *source,
	const struct source_question *question, const struct object *pvd, uint64_t now)
{
	struct errand *errand = calloc(1, sizeof(*errand));
	struct name_request request = {
		.name = question->name, .family = MIF_FAMILY_ANY, .domain_only = true};
	struct name_scope scope;
	int r;

	if (errand == NULL)
		return -ENOMEM;
	name_scope_of(engine->model, pvd, &scope);
	errand->source = source;
	errand->id = request.id = engine->next_translation++;
	errand->number = question->number;
	errand->pvd = question->pvd;
	request.scope = &scope;
	r = engine->names->ops->start(engine->names, &request, now);
	engine_called_names(engine);
	if (r < 0) {
		free(errand);
		return r;
	}
	list_append(&engine->errands, &errand->node);
	engine->errand_count++;
	return 0;
}

static void question_take(struct engine *engine, struct source *source,
	const struct source_question *question, uint64_t now)
{
	const struct object *pvd = model_pvd(engine->model, question->pvd);

	if (pvd == NULL)
		source_refuse(engine, source, question, MIF_TRANSLATION_PVD_GONE, now);
	else if (engine->names == NULL || engine->errand_count == ERRANDS ||
		errand_start(engine, source, question, pvd, now) < 0)
		source_refuse(engine, source, question, MIF_TRANSLATION_FAILED, now);
}

/* Only who has been called can have another one. */
static void questions_take(struct engine *engine, uint64_t now)
{
	struct source_question question;

	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if ((engine->called & 1U << i) == 0)
			continue;
		while (source->ops->ask != NULL && source->ops->ask(source, &question))
			question_take(engine, source, &question, now);
	}
}

void errands_end(struct engine *engine, uint64_t pvd)
{
	list_for_each (node, &engine->errands) {
		struct errand *errand = container_of(node, struct errand, node);

		if (errand->pvd != pvd || errand->ended)
			continue;
		engine->names->ops->stop(engine->names, errand->id);
		engine_called_names(engine);
		errand->ended = true;
		engine->domains_stale = true;
	}
}

static void errands_bury(struct engine *engine, uint64_t now)
{
	list_for_each_safe (node, &engine->errands) {
		struct errand *errand = container_of(node, struct errand, node);
		const struct source_question question = {.number = errand->number};

		if (!errand->ended)
			continue;
		source_refuse(engine, errand->source, &question, MIF_TRANSLATION_PVD_GONE, now);
		errand_free(engine, errand);
	}
}

void errand_answer(struct engine *engine, const struct name_result *result, uint64_t now)
{
	list_for_each_safe (node, &engine->errands) {
		struct errand *errand = container_of(node, struct errand, node);

		if (errand->id != result->id)
			continue;
		source_answer(engine, errand->source, *result, errand->number, now);
		if (result->done)
			errand_free(engine, errand);
		return;
	}
}

void errands_run(struct engine *engine, uint64_t now)
{
	errands_bury(engine, now);
	for (int i = 0; i < ROUNDS && engine->domains_stale; i++)
		domains_tell(engine, now);
	questions_take(engine, now);
}
