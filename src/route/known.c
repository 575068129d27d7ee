/* SPDX-License-Identifier: MIT */
/*
 * A subscriber of interfaces, and of the domains, elements and addresses that follow. A change makes
 * one domain dirty; of that one, addresses, routers, prefixes and routes are asked for again when its plan
 * is made. The engine does not tell that a lifetime was extended, so it is asked before one ends.
 */
#include "route/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"

struct known_link {
	struct list in_bucket;
	uint64_t interface;
	uint32_t ifindex;
	bool pointed; /* from point to point: a route needs no gateway */
};

static const uint32_t questions[] = {
	MIF_INFORMATION_ROUTERS, MIF_INFORMATION_PREFIXES, MIF_INFORMATION_ROUTES};

/* Reports taken in one turn: the host has clients to serve. */
#define TURN 256

static void known_post(struct known *known, const struct mif_message *request, uint64_t now)
{
	int r = session_post(known->session, request, now);

	known->fault = r < 0 ? r : known->fault;
}

int known_init(struct known *known, struct engine *engine)
{
	*known = (struct known){.ask_at = TIME_FOREVER};
	list_init(&known->domains);
	list_init(&known->dirty);
	for (size_t i = 0; i < KNOWN_BUCKETS; i++) {
		list_init(&known->by_pvd[i]);
		list_init(&known->by_interface[i]);
		list_init(&known->by_ifindex[i]);
	}
	/* Nobody reads where announcements end. */
	return session_new(&known->session, engine, SESSION_STRICT | SESSION_GUEST, NULL);
}

void known_deinit(struct known *known)
{
	if (known->session == NULL)
		return;
	list_for_each_safe (node, &known->domains)
		known_forget(known, container_of(node, struct known_domain, node));
	for (size_t i = 0; i < KNOWN_BUCKETS; i++) {
		list_for_each_safe (node, &known->by_interface[i])
			free(container_of(node, struct known_link, in_bucket));
	}
	session_free(known->session);
	known->session = NULL;
}

/* ---- domains and links ---- */

static struct known_link *link_find(const struct known *known, uint64_t interface)
{
	list_for_each (node, &known->by_interface[interface % KNOWN_BUCKETS]) {
		struct known_link *link = container_of(node, struct known_link, in_bucket);

		if (link->interface == interface)
			return link;
	}
	return NULL;
}

static struct known_domain *domain_find(const struct known *known, uint64_t pvd)
{
	list_for_each (node, &known->by_pvd[pvd % KNOWN_BUCKETS]) {
		struct known_domain *domain = container_of(node, struct known_domain, in_bucket);

		if (domain->pvd == pvd)
			return domain;
	}
	return NULL;
}

/* Those that have a slot come first: what one of them leaves may be what another one needs. */
void known_touch(struct known *known, struct known_domain *domain)
{
	if (list_empty(&domain->dirty))
		list_append(domain->slot != UINT32_MAX ? known->dirty.next : &known->dirty,
			&domain->dirty);
}

void known_forget(struct known *known, struct known_domain *domain)
{
	(void)known;
	list_remove(&domain->node);
	list_remove(&domain->in_bucket);
	list_remove(&domain->beside);
	list_remove(&domain->dirty);
	free(domain);
}

static struct known_domain *domain_make(struct known *known, uint64_t pvd)
{
	struct known_domain *domain = calloc(1, sizeof(*domain));

	if (domain == NULL) {
		known->fault = -ENOMEM;
		return NULL;
	}
	domain->pvd = pvd;
	domain->slot = UINT32_MAX;
	domain->ask_at = TIME_FOREVER;
	list_init(&domain->dirty);
	list_init(&domain->beside);
	list_append(&known->domains, &domain->node);
	list_append(&known->by_pvd[pvd % KNOWN_BUCKETS], &domain->in_bucket);
	return domain;
}

static bool domain_is_beside(const struct known_domain *domain, const struct known_domain *other)
{
	return other != domain && other->ifindex == domain->ifindex && other->ipv6 && !other->gone;
}

/* ---- news ---- */

/* Its plan is to be made again; and, since it may have what they have, those beside it. */
static void domain_changed(struct known *known, struct known_domain *domain)
{
	known_touch(known, domain);
	if (!domain->ipv6)
		return;
	list_for_each (node, &known->by_ifindex[domain->ifindex % KNOWN_BUCKETS]) {
		struct known_domain *other = container_of(node, struct known_domain, beside);

		if (domain_is_beside(domain, other) && other->slot != UINT32_MAX)
			known_touch(known, other);
	}
}

static void hear_interface(struct known *known, const struct mif_message_interface *report)
{
	struct known_link *link = link_find(known, report->interface);

	if (link == NULL) {
		link = calloc(1, sizeof(*link));
		if (link == NULL) {
			known->fault = -ENOMEM;
			return;
		}
		link->interface = report->interface;
		list_append(
			&known->by_interface[report->interface % KNOWN_BUCKETS], &link->in_bucket);
	}
	link->ifindex = report->ifindex;
	link->pointed = report->kind != MIF_KIND_ETHERNET && report->kind != MIF_KIND_WIFI &&
		report->kind != MIF_KIND_BRIDGE;
}

static void hear_no_interface(struct known *known, uint64_t interface)
{
	struct known_link *link = link_find(known, interface);

	if (link == NULL)
		return;
	list_remove(&link->in_bucket);
	free(link);
}

static void hear_pvd(struct known *known, const struct mif_message_pvd *report)
{
	struct known_domain *domain = domain_find(known, report->pvd);
	const struct known_link *link = link_find(known, report->interface);

	if (link == NULL)
		return;
	if (domain == NULL) {
		domain = domain_make(known, report->pvd);
		if (domain == NULL)
			return;
	}
	domain->ifindex = link->ifindex;
	list_remove(&domain->beside);
	list_append(&known->by_ifindex[link->ifindex % KNOWN_BUCKETS], &domain->beside);
	domain->ipv6 =
		report->family != MIF_FAMILY_IPV4 && (report->flags & MIF_PVD_LINK_SCOPE) == 0;
	domain->has_default = link->pointed && (report->flags & MIF_PVD_DEFAULT_ROUTE) != 0;
	domain->named = (report->flags & MIF_PVD_EXPLICIT) != 0;
	/* Nothing leaves a link by link-local addresses. */
	if ((report->flags & MIF_PVD_LINK_SCOPE) == 0 || domain->slot != UINT32_MAX)
		domain_changed(known, domain);
}

static void hear_no_pvd(struct known *known, uint64_t pvd)
{
	struct known_domain *domain = domain_find(known, pvd);

	if (domain == NULL)
		return;
	domain->gone = true;
	domain_changed(known, domain);
}

/* Something in it has changed. */
static void hear_part(struct known *known, uint64_t pvd)
{
	struct known_domain *domain = domain_find(known, pvd);

	if (domain != NULL)
		domain_changed(known, domain);
}

/* ---- answers ---- */

static void hear_router(struct plan_domain *plan, const struct mif_message_configuration_data *data)
{
	if (plan->router_count < PLAN_ROUTERS)
		plan->routers[plan->router_count++] =
			(struct plan_router){.address = data->address, .until = data->valid_until};
}

/* Of DHCP's routes, the text is their router; 0.0.0.0 is none (RFC 3442). */
static struct plan_prefix prefix_of(const struct mif_message_configuration_data *data)
{
	struct plan_prefix prefix = {
		.prefix = address_network(&data->address, data->prefix_length),
		.length = data->prefix_length,
		.advertised = data->origin == MIF_ELEMENT_RA,
		.until = data->valid_until,
	};

	if (data->text[0] != '\0' && mif_address_parse(&prefix.gateway, data->text) == 0 &&
		address_is_unspecified(&prefix.gateway)) {
		prefix.gateway = (struct mif_address){0};
		prefix.on_link = true;
	}
	return prefix;
}

/* Of the domain that is asked for its addresses, an answer. */
static void hear_address(struct known *known, const struct mif_message_address *report)
{
	struct plan_domain *plan = &known->plan;

	if ((report->flags & MIF_ADDRESS_LINK_SCOPE) != 0)
		return;
	if (known->asking == NULL || known->asking->pvd != report->pvd)
		hear_part(known, report->pvd);
	else if (plan->address_count == PLAN_ADDRESSES)
		known->beyond++;
	else
		plan->addresses[plan->address_count++] = (struct plan_address){
			.address = report->address, .prefix_length = report->prefix_length};
}

static void hear_data(struct known *known, const struct mif_message_configuration_data *data)
{
	struct plan_domain *plan = &known->plan;

	if (data->information == MIF_INFORMATION_ROUTERS)
		hear_router(plan, data);
	else if (data->information == MIF_INFORMATION_PREFIXES &&
		plan->prefix_count < PLAN_PREFIXES)
		plan->prefixes[plan->prefix_count++] = prefix_of(data);
	else if (data->information == MIF_INFORMATION_ROUTES && plan->route_count < PLAN_ROUTES)
		plan->routes[plan->route_count++] = prefix_of(data);
	known->unanswered -= data->index + 1 == data->count;
}

static void hear(struct known *known, const struct mif_message *report)
{
	switch (report->type) {
	case MIF_INTERFACE:
		hear_interface(known, &report->as.interface);
		break;
	case MIF_NO_INTERFACE:
		hear_no_interface(known, report->as.no_interface.interface);
		break;
	case MIF_PVD:
		hear_pvd(known, &report->as.pvd);
		break;
	case MIF_NO_PVD:
		hear_no_pvd(known, report->as.no_pvd.pvd);
		break;
	case MIF_ELEMENT:
		hear_part(known, report->as.element.pvd);
		break;
	case MIF_NO_ELEMENT:
		hear_part(known, report->as.no_element.pvd);
		break;
	case MIF_ADDRESS:
		hear_address(known, &report->as.address);
		break;
	case MIF_NO_ADDRESS:
		if (!address_is_link_local(&report->as.no_address.address))
			hear_part(known, report->as.no_address.pvd);
		break;
	case MIF_CONFIGURATION_DATA:
		if (known->asking != NULL && report->tag == known->tag)
			hear_data(known, &report->as.configuration_data);
		break;
	case MIF_NO_CONFIGURATION_DATA:
		known->unanswered -= known->asking != NULL && report->tag == known->tag;
		break;
	default:
		break;
	}
}

/* Who is told first of what there is at the start, are others. */
static void known_ask(struct known *known, uint64_t now)
{
	const struct mif_message request = {
		.type = MIF_ANNOUNCE_INTERFACES,
		.as.announce_interfaces.below =
			MIF_BELOW_PVDS | MIF_BELOW_ELEMENTS | MIF_BELOW_ADDRESSES,
	};

	known_post(known, &request, now);
	known->asked = known->fault == 0;
}

int known_hear(struct known *known, uint64_t now)
{
	struct mif_message report;
	int r;

	if (!known->asked)
		known_ask(known, now);
	for (int i = 0; i < TURN && session_get(known->session, &report) == 1; i++)
		hear(known, &report);
	r = known->fault;
	known->fault = 0;
	return r;
}

bool known_waits(const struct known *known)
{
	return !known->asked || session_ready(known->session);
}

/* ---- asking ---- */

static uint64_t plan_end(const struct plan_domain *plan)
{
	uint64_t end = TIME_FOREVER;

	for (size_t i = 0; i < plan->router_count; i++)
		end = MIN(end, plan->routers[i].until);
	for (size_t i = 0; i < plan->other_count; i++)
		end = MIN(end, plan->others[i].until);
	for (size_t i = 0; i < plan->prefix_count; i++)
		end = MIN(end, plan->prefixes[i].until);
	for (size_t i = 0; i < plan->route_count; i++)
		end = MIN(end, plan->routes[i].until);
	return end;
}

/* The engine answers while it is asked. */
static void question_ask(struct known *known, const struct mif_message *request, uint64_t now)
{
	struct mif_message report;

	known_post(known, request, now);
	while (session_get(known->session, &report) == 1)
		hear(known, &report);
}

static void addresses_ask(struct known *known, struct known_domain *domain, uint64_t now)
{
	struct mif_message request = {.type = MIF_ANNOUNCE_ADDRESSES};

	request.as.announce_addresses.pvd = domain->pvd;
	known->beyond = 0;
	question_ask(known, &request, now);
	if (known->beyond > domain->refused)
		known->refused += known->beyond - domain->refused;
	domain->refused = known->beyond;
}

/* So many of the questions. */
static void data_ask(
	struct known *known, const struct known_domain *domain, size_t count, uint64_t now)
{
	struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA, .tag = ++known->tag};

	request.as.get_configuration_data.pvd = domain->pvd;
	known->unanswered += (unsigned int)count;
	for (size_t i = 0; i < count; i++) {
		request.as.get_configuration_data.information = questions[i];
		question_ask(known, &request, now);
	}
}

/* Whether it has every IPv6 address of the other one. */
static bool plan_covers(const struct plan_domain *plan, const struct plan_domain *own)
{
	for (size_t i = 0; i < own->address_count; i++) {
		size_t at = 0;

		while (at < plan->address_count &&
			!address_equal(&plan->addresses[at].address, &own->addresses[i].address))
			at++;
		if (own->addresses[i].address.family == AF_INET6 && at == plan->address_count)
			return false;
	}
	return true;
}

static void others_add(struct plan_domain *own, const struct plan_domain *other)
{
	for (size_t i = 0; i < other->router_count && own->other_count < PLAN_ROUTERS; i++) {
		size_t at = 0;

		while (at < own->router_count &&
			!address_equal(&own->routers[at].address, &other->routers[i].address))
			at++;
		if (other->routers[i].address.family == AF_INET6 && at == own->router_count)
			own->others[own->other_count++] = other->routers[i];
	}
}

/* Routers beside it that have advertised what its addresses are made of, too. */
static void others_ask(struct known *known, const struct known_domain *domain, uint64_t now)
{
	struct plan_domain own = known->plan;

	list_for_each (node, &known->by_ifindex[domain->ifindex % KNOWN_BUCKETS]) {
		struct known_domain *other = container_of(node, struct known_domain, beside);

		if (!domain_is_beside(domain, other))
			continue;
		known->plan = (struct plan_domain){0};
		known->asking = other;
		addresses_ask(known, other, now);
		if (!plan_covers(&known->plan, &own))
			continue;
		data_ask(known, other, 1, now);
		others_add(&own, &known->plan);
	}
	known->plan = own;
}

static void domain_ask(struct known *known, struct known_domain *domain, uint64_t now)
{
	uint64_t end;

	known->unanswered = 0;
	known->asking = domain;
	addresses_ask(known, domain, now);
	data_ask(known, domain, ARRAY_SIZE(questions), now);
	if (domain->ipv6 && plan_has_family(&known->plan, AF_INET6))
		others_ask(known, domain, now);
	known->asking = NULL;
	end = plan_end(&known->plan);
	domain->ask_at = TIME_FOREVER;
	if (known->unanswered > 0 || known->fault < 0)
		domain->ask_at = now + KNOWN_PAUSE;
	else if (end != TIME_FOREVER)
		domain->ask_at = MAX(now + (end > now ? (end - now) / 2 : 0), now + KNOWN_PAUSE);
	known->ask_at = MIN(known->ask_at, domain->ask_at);
}

static void domains_touch_due(struct known *known, uint64_t now)
{
	known->ask_at = TIME_FOREVER;
	list_for_each (node, &known->domains) {
		struct known_domain *domain = container_of(node, struct known_domain, node);

		if (domain->ask_at <= now)
			known_touch(known, domain);
		else
			known->ask_at = MIN(known->ask_at, domain->ask_at);
	}
}

struct known_domain *known_next(struct known *known, uint64_t now)
{
	struct known_domain *domain;

	if (known->ask_at <= now)
		domains_touch_due(known, now);
	if (list_empty(&known->dirty))
		return NULL;
	domain = container_of(known->dirty.next, struct known_domain, dirty);
	list_remove(&domain->dirty);
	known->plan = (struct plan_domain){.ifindex = domain->ifindex};
	if (!domain->gone)
		domain_ask(known, domain, now);
	known->plan.named = domain->named;
	known->plan.has_default = domain->has_default;
	return domain;
}

uint64_t known_deadline(const struct known *known)
{
	return list_empty(&known->dirty) ? known->ask_at : 0;
}
