/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mif/message.h>

#include "base/list.h"
#include "client/link.h"
#include "client/loop.h"
#include "client/select.h"

#define VIEW_INTERFACES_MAX 1024
#define VIEW_PVDS_MAX 1024
#define VIEW_ADDRESSES_MAX 256 /* in one domain */
#define VIEW_PENDING_MAX 1024 /* requests that the engine has no room for now */

/* The view's own requests have this bit in their tag; whoever uses view_post() leaves it out. */
#define VIEW_TAG UINT32_C(0x80000000)

struct view_interface {
	struct list node;
	uint64_t id;
	uint32_t ifindex;
	uint32_t flags; /* enum mif_interface_flags */
	uint32_t kind; /* enum mif_kind */
	uint32_t metered;
	bool away; /* it is going away */
	char name[MIF_TEXT_SIZE];
};

struct view_pvd {
	struct list node;
	uint64_t id;
	uint64_t interface;
	uint32_t family; /* enum mif_family */
	uint32_t flags; /* enum mif_pvd_flags */
	uint32_t state; /* enum mif_pvd_state */
	uint32_t egress; /* enum mif_egress */
	char name[MIF_TEXT_SIZE];
	struct select_address *addresses;
	size_t count;
};

/*
 * What the client's own tasks need to know of the host: the mirror that a second, ordinary
 * subscriber keeps of interfaces, domains and their addresses.
 */
struct view {
	struct link *link; /* NULL: not open */
	struct loop *loop;
	struct watch watch, beside; /* the link's descriptors */
	struct list interfaces, pvds; /* in order of arrival */
	size_t interface_count, pvd_count;
	uint64_t default4, default6; /* the domains that unbound sockets use; 0: none */
	struct list pending; /* requests that wait for room */
	size_t pending_count;
	size_t unanswered; /* of the view's own requests */
	uint32_t tag, serial;
	uint64_t translation; /* the last translation identifier given out */

	/* Called after the mirror has taken a report in. report NULL: the view has settled (all
	 * its requests are answered), or, when link is NULL, the engine is gone. Must not close
	 * the view. */
	void (*news)(struct view *view, const struct mif_message *report, uint64_t now);
};

void view_init(struct view *view, struct loop *loop,
	void (*news)(struct view *view, const struct mif_message *report, uint64_t now));

/* Subscribes through this link, which it takes over, also on failure. */
int view_open(struct view *view, struct link *link);
void view_close(struct view *view);

/* Whether everything the engine knew when it was asked last is in the mirror. */
static inline bool view_settled(const struct view *view)
{
	return view->link != NULL && view->unanswered == 0 && view->pending_count == 0;
}

/* Takes in what has been told already, as the loop would: before a task begins with what there is. */
void view_catch_up(struct view *view, uint64_t now);

/* Makes the view unsettled, until all that the engine knows by now is in the mirror: before a
 * task says that something does not exist, for the caller may have heard of it first. */
int view_refresh(struct view *view);

/* NULL: not known. */
struct view_interface *view_interface(const struct view *view, uint64_t id);
struct view_pvd *view_pvd(const struct view *view, uint64_t id);

/* The interface's index of a domain; 0: not known. */
uint32_t view_pvd_ifindex(const struct view *view, const struct view_pvd *pvd);

/* The domain is gone, as heard elsewhere. */
void view_forget_pvd(struct view *view, uint64_t id);

/* Posts, or queues, a request of a task. Its reports come to news. 0, -ENOBUFS, -ENOMEM, -EPIPE. */
int view_post(struct view *view, const struct mif_message *request);

/* A translation identifier that no one has used on this view. */
static inline uint64_t view_translation(struct view *view)
{
	return ++view->translation;
}
