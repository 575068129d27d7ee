/* SPDX-License-Identifier: MIT */
/* The default domains: those of the default routes that the kernel prefers. */
#include <sys/socket.h>

#include "base/cleanup.h"
#include "engine/picture.h"

/* The default route that the kernel prefers, and its link; or NULL. */
static const struct fact *default_route(
	const struct model *model, uint32_t family, struct model_link **linkp)
{
	const struct fact *best = NULL;

	list_for_each (link_node, &model->links) {
		struct model_link *link = container_of(link_node, struct model_link, node);

		if (!link->running)
			continue;
		list_for_each (node, &link->facts) {
			const struct fact *fact =
				&container_of(node, struct fact_entry, node)->fact;

			if (fact->kind == FACT_ROUTE && fact->as.route.family == family &&
				(best == NULL || fact->as.route.metric < best->as.route.metric)) {
				best = fact;
				*linkp = link;
			}
		}
	}
	return best;
}

/* The gateway's own domain comes before one that no router claims and that uses it as well. */
static uint64_t default_pvd(const struct model *model, uint32_t family)
{
	struct model_link *link = NULL;
	const struct fact *route = default_route(model, family, &link);
	uint64_t found = 0;

	if (route == NULL || link->interface == NULL)
		return 0;
	list_for_each (node, &link->interface->children) {
		const struct object *pvd = container_of(node, struct object, siblings);

		if (!domain_has_fact(link, &pvd->key, route))
			continue;
		if (pvd->key.router.family != AF_UNSPEC)
			return object_id(pvd);
		found = object_id(pvd);
	}
	return found;
}

/* By the strict filter, it counts whether the best default route is one's own. */
static void first_link_update(struct model *model)
{
	struct model_link *link = NULL;
	uint32_t before = model->first_link;

	default_route(model, AF_INET, &link);
	model->first_link = link != NULL ? link->ifindex : 0;
	if (model->first_link == before)
		return;
	model_touch(model, before);
	model_touch(model, model->first_link);
}

void picture_update_defaults(struct model *model)
{
	static const uint32_t families[2] = {AF_INET, AF_INET6};

	model->defaults_dirty = false;
	first_link_update(model);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		uint64_t pvd = default_pvd(model, families[i]);

		if (pvd == model->default_pvd[i])
			continue;
		model->default_pvd[i] = pvd;
		if (model->default_changed != NULL)
			model->default_changed(
				model->context, i == 0 ? MIF_FAMILY_IPV4 : MIF_FAMILY_IPV6, pvd);
	}
}
