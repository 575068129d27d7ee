/* SPDX-License-Identifier: MIT */
/*
 * What the client's own tasks know of the host. The view is a subscriber like any other: it asks
 * for the interfaces, for the domains of each and for the addresses of each domain, by itself, and
 * mirrors what it is told. Reports enter from its link; after the mirror has taken one in, it goes
 * on to news.
 */
#include "client/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "message/message.h"

struct pending {
	struct list node;
	struct mif_message request;
};

void view_init(struct view *view, struct loop *loop,
	void (*news)(struct view *view, const struct mif_message *report, uint64_t now))
{
	*view = (struct view){.loop = loop, .news = news, .watch.fd = -1, .beside.fd = -1};
	list_init(&view->interfaces);
	list_init(&view->pvds);
	list_init(&view->pending);
}

/* ---- requests ---- */

static bool is_own(uint32_t tag)
{
	return (tag & VIEW_TAG) != 0;
}

static bool is_full(int r)
{
	return r == -EAGAIN || r == -ENOBUFS;
}

static int link_post(struct view *view, const struct mif_message *request)
{
	struct mif_message numbered = *request;

	view->serial += view->serial == UINT32_MAX ? 2 : 1;
	numbered.serial = view->serial;
	return view->link->ops->post(view->link, &numbered);
}

static int pending_add(struct view *view, const struct mif_message *request)
{
	struct pending *pending;

	/* The view's own are as many as the objects that it mirrors. */
	if (view->pending_count >= VIEW_PENDING_MAX && !is_own(request->tag))
		return -ENOBUFS;
	pending = malloc(sizeof(*pending));
	if (pending == NULL)
		return -ENOMEM;
	pending->request = *request;
	list_append(&view->pending, &pending->node);
	if (view->pending_count++ == 0)
		loop_change(view->loop, &view->watch, EPOLLIN | EPOLLOUT);
	return 0;
}

static void pending_remove(struct view *view, struct pending *pending)
{
	list_remove(&pending->node);
	free(pending);
	view->pending_count--;
}

int view_post(struct view *view, const struct mif_message *request)
{
	int r = -EAGAIN;

	if (view->link == NULL)
		return -EPIPE;
	if (view->pending_count == 0)
		r = link_post(view, request);
	return is_full(r) ? pending_add(view, request) : r;
}

/* A request of the view's own. 0, or negative errno. */
static int view_ask(struct view *view, struct mif_message request)
{
	int r;

	request.tag = VIEW_TAG | view->tag++;
	r = view_post(view, &request);
	view->unanswered += r == 0;
	return r;
}

static int view_ask_all(struct view *view)
{
	return view_ask(view,
		(struct mif_message){.type = MIF_ANNOUNCE_INTERFACES,
			.as.announce_interfaces.below = MIF_BELOW_PVDS | MIF_BELOW_ADDRESSES});
}

/* What goes by here goes by after all that the engine had to say before. */
int view_refresh(struct view *view)
{
	if (view->link == NULL)
		return -EPIPE;
	return view_ask(view, (struct mif_message){.type = MIF_ANNOUNCE_DEFAULT_PVD});
}

static void own_answered(struct view *view)
{
	if (view->unanswered > 0)
		view->unanswered--;
}

/* Who asked hears why it was not even sent. */
static void pending_failed(
	struct view *view, const struct mif_message *request, int error, uint64_t now)
{
	struct mif_message report = {.type = MIF_ERROR, .tag = request->tag};

	if (is_own(request->tag)) {
		own_answered(view);
		return;
	}
	report.as.error.request = request->type;
	report.as.error.error = (uint32_t)error;
	view->news(view, &report, now);
}

static void pending_flush(struct view *view, uint64_t now)
{
	if (view->pending_count == 0)
		return;
	while (!list_empty(&view->pending)) {
		struct pending *pending = container_of(view->pending.next, struct pending, node);
		int r = link_post(view, &pending->request);

		if (is_full(r))
			return;

		struct mif_message request = pending->request;

		pending_remove(view, pending);
		if (r < 0)
			pending_failed(view, &request, -r, now);
	}
	loop_change(view->loop, &view->watch, EPOLLIN);
}

/* ---- the mirror ---- */

struct view_interface *view_interface(const struct view *view, uint64_t id)
{
	list_for_each (node, &view->interfaces) {
		struct view_interface *interface = container_of(node, struct view_interface, node);

		if (interface->id == id)
			return interface;
	}
	return NULL;
}

struct view_pvd *view_pvd(const struct view *view, uint64_t id)
{
	list_for_each (node, &view->pvds) {
		struct view_pvd *pvd = container_of(node, struct view_pvd, node);

		if (pvd->id == id)
			return pvd;
	}
	return NULL;
}

uint32_t view_pvd_ifindex(const struct view *view, const struct view_pvd *pvd)
{
	const struct view_interface *interface = view_interface(view, pvd->interface);

	return interface != NULL ? interface->ifindex : 0;
}

static void apply_interface(struct view *view, const struct mif_message_interface *report)
{
	struct view_interface *interface = view_interface(view, report->interface);

	if (interface == NULL) {
		if (view->interface_count >= VIEW_INTERFACES_MAX)
			return;
		interface = calloc(1, sizeof(*interface));
		if (interface == NULL)
			return;
		interface->id = report->interface;
		list_append(&view->interfaces, &interface->node);
		view->interface_count++;
	}
	interface->ifindex = report->ifindex;
	interface->flags = report->flags;
	interface->kind = report->kind;
	interface->metered = report->metered;
	memcpy(interface->name, report->name, sizeof(interface->name));
}

static void apply_pvd(struct view *view, const struct mif_message_pvd *report)
{
	struct view_pvd *pvd = view_pvd(view, report->pvd);

	if (pvd == NULL) {
		if (view->pvd_count >= VIEW_PVDS_MAX)
			return;
		pvd = calloc(1, sizeof(*pvd));
		if (pvd == NULL)
			return;
		pvd->id = report->pvd;
		list_append(&view->pvds, &pvd->node);
		view->pvd_count++;
	}
	pvd->interface = report->interface;
	pvd->family = report->family;
	pvd->flags = report->flags;
	pvd->state = report->state;
	pvd->egress = report->egress;
	memcpy(pvd->name, report->name, sizeof(pvd->name));
}

static void pvd_free(struct view *view, struct view_pvd *pvd)
{
	list_remove(&pvd->node);
	view->pvd_count--;
	free(pvd->addresses);
	free(pvd);
}

void view_forget_pvd(struct view *view, uint64_t id)
{
	struct view_pvd *pvd = view_pvd(view, id);

	if (pvd != NULL)
		pvd_free(view, pvd);
	if (view->default4 == id)
		view->default4 = 0;
	if (view->default6 == id)
		view->default6 = 0;
}

static void interface_free(struct view *view, struct view_interface *interface)
{
	list_remove(&interface->node);
	view->interface_count--;
	free(interface);
}

static struct select_address *find_address(
	const struct view_pvd *pvd, const struct mif_address *address)
{
	for (size_t i = 0; i < pvd->count; i++) {
		if (address_equal(&pvd->addresses[i].address, address))
			return &pvd->addresses[i];
	}
	return NULL;
}

static void apply_address(struct view *view, const struct mif_message_address *report)
{
	struct view_pvd *pvd = view_pvd(view, report->pvd);
	struct select_address *address;

	if (pvd == NULL)
		return;
	address = find_address(pvd, &report->address);
	if (address == NULL) {
		if (pvd->count >= VIEW_ADDRESSES_MAX)
			return;
		address = reallocarray(pvd->addresses, pvd->count + 1, sizeof(*address));
		if (address == NULL)
			return;
		pvd->addresses = address;
		address = &pvd->addresses[pvd->count++];
	}
	*address = (struct select_address){
		.address = report->address,
		.flags = report->flags,
		.prefix_length = report->prefix_length,
	};
}

static void apply_no_address(struct view *view, const struct mif_message_no_address *report)
{
	struct view_pvd *pvd = view_pvd(view, report->pvd);
	struct select_address *address = pvd != NULL ? find_address(pvd, &report->address) : NULL;

	if (address == NULL)
		return;
	pvd->count--;
	memmove(address, address + 1,
		(size_t)(pvd->addresses + pvd->count - address) * sizeof(*address));
}

static void apply_away(struct view *view, uint64_t id, bool away)
{
	struct view_interface *interface = view_interface(view, id);

	if (interface != NULL)
		interface->away = away;
}

/* The engine had no room for one of the view's own requests: without it the picture would stay
 * incomplete. */
static void own_refused(struct view *view, const struct mif_message *report)
{
	uint32_t error = report->as.error.error;

	if (error != ENOBUFS && error != ENOMEM && error != EAGAIN)
		return;
	if (report->as.error.request == MIF_ANNOUNCE_INTERFACES)
		view_ask_all(view);
	else
		view_refresh(view);
}

/* Whether it concerns others than the view itself. */
static bool view_apply(struct view *view, const struct mif_message *report)
{
	struct view_interface *interface;

	switch (report->type) {
	case MIF_INTERFACE:
		apply_interface(view, &report->as.interface);
		break;
	case MIF_NO_INTERFACE:
		interface = view_interface(view, report->as.no_interface.interface);
		if (interface != NULL)
			interface_free(view, interface);
		break;
	case MIF_INTERFACE_GOING_AWAY:
		apply_away(view, report->as.interface_going_away.interface, true);
		break;
	case MIF_INTERFACE_GOING_UP:
		apply_away(view, report->as.interface_going_up.interface, false);
		break;
	case MIF_PVD:
		apply_pvd(view, &report->as.pvd);
		break;
	case MIF_NO_PVD:
		view_forget_pvd(view, report->as.no_pvd.pvd);
		break;
	case MIF_ADDRESS:
		apply_address(view, &report->as.address);
		break;
	case MIF_NO_ADDRESS:
		apply_no_address(view, &report->as.no_address);
		break;
	case MIF_DEFAULT_PVD:
		*(report->as.default_pvd.family == MIF_FAMILY_IPV4 ? &view->default4
								   : &view->default6) =
			report->as.default_pvd.pvd;
		break;
	case MIF_ERROR:
	case MIF_END_OF_ANNOUNCEMENTS:
		if (!is_own(report->tag))
			break;
		own_answered(view);
		if (report->type == MIF_ERROR)
			own_refused(view, report);
		return false;
	default:
		break;
	}
	return true;
}

/* ---- the link ---- */

static void view_lost(struct view *view, uint64_t now)
{
	view_close(view);
	view->news(view, NULL, now);
}

static void view_hear(struct view *view, uint64_t now)
{
	bool settled = view_settled(view);
	struct mif_message report;
	int r;

	/* To the end: a link may hold reports that its descriptor does not show. */
	while ((r = view->link->ops->get(view->link, &report)) == 1) {
		int *fd = message_fd(&report);

		if (fd != NULL && *fd >= 0)
			close(*fd);
		if (view_apply(view, &report))
			view->news(view, &report, now);
	}
	if (r < 0 && r != -ENOMEM) {
		view_lost(view, now);
		return;
	}
	pending_flush(view, now);
	if (!settled && view_settled(view))
		view->news(view, NULL, now);
}

void view_catch_up(struct view *view, uint64_t now)
{
	if (view->link != NULL)
		view_hear(view, now);
}

static void view_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	(void)events;
	view_hear(container_of(watch, struct view, watch), now);
}

static void beside_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	(void)events;
	view_hear(container_of(watch, struct view, beside), now);
}

int view_open(struct view *view, struct link *link)
{
	int r = loop_watch(view->loop, &view->watch, link->ops->fd(link), EPOLLIN, view_ready);

	if (r == 0 && link->ops->fd_beside != NULL)
		r = loop_watch(view->loop, &view->beside, link->ops->fd_beside(link), EPOLLIN,
			beside_ready);
	view->link = link;
	if (r == 0 && (view_ask_all(view) < 0 || view_refresh(view) < 0))
		r = -EPIPE;
	if (r < 0)
		view_close(view);
	return r;
}

void view_close(struct view *view)
{
	loop_unwatch(view->loop, &view->watch);
	loop_unwatch(view->loop, &view->beside);
	if (view->link != NULL)
		view->link->ops->free(view->link);
	view->link = NULL;
	list_for_each_safe (node, &view->pending)
		pending_remove(view, container_of(node, struct pending, node));
	list_for_each_safe (node, &view->pvds)
		pvd_free(view, container_of(node, struct view_pvd, node));
	list_for_each_safe (node, &view->interfaces)
		interface_free(view, container_of(node, struct view_interface, node));
	view->default4 = view->default6 = 0;
	view->unanswered = 0;
}
