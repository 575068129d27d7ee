/* SPDX-License-Identifier: MIT */
/*
 * Split DNS (see zone.h). The zones of a domain are looked up when a name is asked for, like
 * everything that is no part of the picture; links of which nobody has told any cost nothing.
 */
#include "engine/zone.h"

#include <string.h>
#include <strings.h>

#include "engine/state.h"

/* What is written by hand counts before what networks claim, however long that is. */
#define BY_HAND 1024

/* The zone's octets with the dot before it; 0: the name is not below it. The root is below nothing. */
static uint32_t below(const char *name, const char *zone)
{
	size_t length = strlen(name), own = strlen(zone);

	if (strcmp(zone, ".") == 0)
		return 1;
	if (own == 0 || own > length || strcasecmp(name + length - own, zone) != 0 ||
		(own < length && name[length - own - 1] != '.'))
		return 0;
	return (uint32_t)own + 1;
}

void zone_judge(struct zone_judgement *judgement, const char *name, uint64_t pvd)
{
	*judgement = (struct zone_judgement){.name = name, .pvd = pvd};
}

void zone_weigh(struct zone_judgement *judgement, uint64_t pvd, const char *zone, bool claimed)
{
	uint32_t weight = below(judgement->name, zone);

	/* No network has a whole top-level domain to give away. */
	if (claimed && strchr(zone, '.') == NULL)
		return;
	if (claimed && strcmp(zone, ".") == 0)
		return;
	judgement->has_zones |= pvd == judgement->pvd;
	if (weight == 0)
		return;
	weight += claimed ? 0 : BY_HAND;
	if (weight < judgement->weight)
		return;
	if (weight > judgement->weight) {
		judgement->weight = weight;
		judgement->best_pvd = pvd;
		judgement->best = zone;
		judgement->own = false;
	}
	judgement->own |= pvd == judgement->pvd;
}

bool zone_admits(const struct zone_judgement *judgement, bool own_network)
{
	if (judgement->weight > 0)
		return judgement->own;
	return !own_network || !judgement->has_zones;
}

/* ---- the model's zones ---- */

static void weigh_domain(
	const struct model *model, const struct object *pvd, struct zone_judgement *judgement)
{
	struct data_item items[DATA_ITEMS];
	size_t count = data_find(model, pvd, MIF_ELEMENT_ANY, MIF_INFORMATION_DNS_ZONES, 0, items);

	for (size_t i = 0; i < count; i++)
		zone_weigh(judgement, object_id(pvd), items[i].text,
			items[i].origin != MIF_ELEMENT_STATIC);
}

static bool is_zone(const struct fact *fact)
{
	return fact->kind == FACT_DATA && fact->as.data.information == MIF_INFORMATION_DNS_ZONES;
}

/* Whether somebody has told zones of the link: by its index, or by its name. */
static bool link_has_zones(const struct model *model, const struct model_link *link)
{
	if (link->zone_count > 0)
		return true;
	if (model->named_zone_count == 0)
		return false;
	list_for_each (node, &model->named) {
		const struct fact *fact = &container_of(node, struct fact_entry, node)->fact;

		if (is_zone(fact) && fact_names_link(fact, link))
			return true;
	}
	return false;
}

bool zone_admits_in(const struct model *model, const struct object *pvd, const char *name,
	struct zone_judgement *judgement)
{
	struct data_item items[DATA_ITEMS];
	bool own_network = false;

	zone_judge(judgement, name, object_id(pvd));
	list_for_each (node, &model->interfaces) {
		const struct object *interface = container_of(node, struct object, siblings);

		if (!link_has_zones(model, interface->link))
			continue;
		list_for_each (child, &interface->children)
			weigh_domain(
				model, container_of(child, struct object, siblings), judgement);
	}
	if (judgement->weight == 0 && judgement->has_zones)
		own_network = data_find(model, pvd, MIF_ELEMENT_ANY, MIF_INFORMATION_NO_INTERNET, 0,
				      items) > 0;
	return zone_admits(judgement, own_network);
}
