/* SPDX-License-Identifier: MIT */
/*
 * Whose a rumour is: a DNS server or a search domain that the host uses, and nobody says for which
 * network (resolv.conf). It counts for a domain where that follows from what else is known, and
 * for none where it does not; so it is looked at only when somebody asks, when all else is known.
 *
 * A server belongs to the domain on whose link it is, if there is just one such. A server that is on
 * no link is behind a router: it belongs to the only domain that has one. Search domains belong to the
 * link on which all the servers are.
 */
#include "base/address.h"
#include "engine/state.h"

/* How a domain stands to an address. */
enum relation {
	STRANGE,
	BEHIND_ROUTER, /* it could be reached by the domain's default router */
	ON_LINK,
	OWN, /* it is the host's */
};

static enum relation pvd_relation(const struct object *pvd, const struct mif_address *address)
{
	enum relation relation = STRANGE;

	if (pvd->key.family != address->family)
		return STRANGE;
	if ((pvd->pvd.flags & MIF_PVD_DEFAULT_ROUTE) != 0)
		relation = BEHIND_ROUTER;
	list_for_each (node, &pvd->children) {
		const struct object *child = container_of(node, struct object, siblings);
		const struct address_state *own = &child->address;

		if (child->kind != OBJECT_ADDRESS)
			continue;
		if (address_equal(&own->address, address))
			return OWN;
		if (child->prefix_length > 0 &&
			address_in_prefix(address, &own->address, child->prefix_length))
			relation = ON_LINK;
	}
	return relation;
}

/* The only domain of the host that the address belongs to, or NULL. */
static const struct object *address_pvd(
	const struct model *model, const struct mif_address *address)
{
	const struct object *found = NULL;
	enum relation best = STRANGE;
	bool only = false;

	list_for_each (interface_node, &model->interfaces) {
		const struct object *interface =
			container_of(interface_node, struct object, siblings);

		list_for_each (node, &interface->children) {
			const struct object *pvd = container_of(node, struct object, siblings);
			enum relation relation = pvd_relation(pvd, address);

			if (relation == STRANGE || relation < best)
				continue;
			only = relation > best;
			best = relation;
			found = pvd;
		}
	}
	return only && best != OWN ? found : NULL;
}

static bool is_rumoured_server(const struct fact *fact)
{
	return fact->kind == FACT_DATA && fact->trust == FACT_TRUST_RUMOUR &&
		fact->as.data.information == MIF_INFORMATION_DNS_SERVERS;
}

/* A link-local address says by its scope which link it is on, but of two routers' domains there, it
 * is that of the router itself. */
static bool scoped_is_of(const struct fact *fact, const struct object *pvd)
{
	const struct object *interface = pvd->parent;
	struct mif_address router = pvd->key.router;
	size_t count = 0;

	if (!fact_names_link(fact, object_link(pvd)) || pvd->key.family != AF_INET6)
		return false;
	list_for_each (node, &interface->children)
		count += container_of(node, struct object, siblings)->key.family == AF_INET6;
	router.scope = fact->as.data.address.scope;
	return count == 1 || address_equal(&router, &fact->as.data.address);
}

static bool server_is_of(
	const struct model *model, const struct fact *fact, const struct object *pvd)
{
	if (fact->ifname[0] != '\0')
		return scoped_is_of(fact, pvd);
	return address_pvd(model, &fact->as.data.address) == pvd;
}

static bool server_is_on(
	const struct model *model, const struct fact *fact, const struct model_link *link)
{
	const struct object *pvd;

	if (fact->ifname[0] != '\0')
		return fact_names_link(fact, link);
	pvd = address_pvd(model, &fact->as.data.address);
	return pvd != NULL && object_link(pvd) == link;
}

bool rumour_is_of(const struct model *model, const struct fact *fact, const struct object *pvd)
{
	bool any = false;

	if (pvd->key.family == AF_UNSPEC)
		return false;
	if (is_rumoured_server(fact))
		return server_is_of(model, fact, pvd);
	list_for_each (node, &model->named) {
		const struct fact *server = &container_of(node, struct fact_entry, node)->fact;

		if (!is_rumoured_server(server))
			continue;
		any = true;
		if (!server_is_on(model, server, object_link(pvd)))
			return false;
	}
	return any;
}
