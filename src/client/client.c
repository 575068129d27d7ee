/* SPDX-License-Identifier: MIT */
/*
 * The handle: POST, CHECK and GET (3.3.6). Requests leave by the link or become tasks; reports of
 * the link pass the filter, those of the tasks wait in the outbox; mif_get() hands both out in the
 * order in which they arrived here. Strict handles are strict here and nowhere else: the engine
 * always tells everything, since the library itself needs the extensions.
 */
#include "client/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/public.h"
#include "message/message.h"

/* Descriptors of the caller's that mif_check() takes without an allocation. */
#define CHECK_FEW 30

/* And those of the handle that it waits for. */
#define OWN 3

static void client_news(struct view *view, const struct mif_message *report, uint64_t now)
{
	struct mif *mif = container_of(view, struct mif, view);

	if (report != NULL && report->type == MIF_NO_PVD)
		memory_forget(&mif->memory, report->as.no_pvd.pvd);
	if (report != NULL && report->type == MIF_NO_PVD)
		task_pvd_gone(mif, report->as.no_pvd.pvd, now);
	task_news(mif, report, now);
}

int client_new(struct mif **mifp, struct link *link, int host, unsigned int flags)
{
	struct mif *mif = calloc(1, sizeof(*mif));

	if (mif == NULL) {
		link->ops->free(link);
		return -ENOMEM;
	}
	mif->link = link;
	mif->host = host;
	mif->strict = (flags & MIF_OPEN_STRICT) != 0;
	process_init(&mif->process);
	mif->current_fd = -1;
	filter_init(&mif->filter);
	loop_init(&mif->loop);
	held_init(&mif->held, mif);
	view_init(&mif->view, &mif->loop, client_news);
	list_init(&mif->tasks);
	outbox_init(&mif->outbox);
	memory_init(&mif->memory);
	*mifp = mif;
	return 0;
}

static void message_close(struct mif_message *message)
{
	int *fd = message_fd(message);

	if (fd != NULL)
		*fd = close_fd(*fd);
}

PUBLIC void mif_close(struct mif *mif)
{
	/* A child of fork() shares the sockets and the epoll, and must change nothing of them. */
	if (mif == NULL || !process_is_same(&mif->process))
		return;
	task_free_all(mif);
	held_deinit(&mif->held);
	view_close(&mif->view);
	loop_deinit(&mif->loop);
	outbox_deinit(&mif->outbox);
	memory_deinit(&mif->memory);
	filter_deinit(&mif->filter);
	if (mif->next)
		message_close(&mif->slots[1 - mif->current]);
	close_fd(mif->current_fd);
	mif->link->ops->free(mif->link);
	process_deinit(&mif->process);
	free(mif);
}

PUBLIC int mif_host(const struct mif *mif)
{
	return mif->host;
}

int client_need_view(struct mif *mif)
{
	struct link *link;
	int r;

	if (mif->view.link != NULL)
		return 0;
	r = mif->link->ops->another(mif->link, &link);
	return r < 0 ? r : view_open(&mif->view, link);
}

/* ---- reports ---- */

/* Whether the caller is to see it. */
static bool link_pass(struct mif *mif, struct mif_message *report)
{
	uint64_t pvd = report->as.no_pvd.pvd;

	/* Before NO_PVD, the connections in that domain are answered (M29). */
	if (report->type == MIF_NO_PVD) {
		view_forget_pvd(&mif->view, pvd);
		held_forget(&mif->held, pvd);
		task_pvd_gone(mif, pvd, clock_boottime());
	}
	/* Who is asked to let go shall not hold what it has closed. */
	if (report->type == MIF_INTERFACE_GOING_AWAY)
		held_look(&mif->held, clock_boottime());
	if (!filter_pass(&mif->filter, report))
		return false;
	/* Nobody will ask for it: so it counts as delivered. */
	if (mif->strict && message_info(report->type)->extension) {
		filter_delivered(&mif->filter, report);
		return false;
	}
	return true;
}

/* Receives until the free slot holds a report for the caller, or none waits. */
static void link_fetch(struct mif *mif)
{
	struct mif_message *slot = &mif->slots[1 - mif->current];

	while (!mif->next && mif->broken == 0) {
		int r = mif->link->ops->get(mif->link, slot);

		mif->drained = r != 1;
		if (r < 0 && r != -ENOMEM)
			mif->broken = r;
		if (r != 1)
			return;
		if (!link_pass(mif, slot)) {
			message_close(slot);
			continue;
		}
		mif->next = true;
		mif->next_after = mif->outbox.last;
	}
}

static bool link_pending(const struct mif *mif)
{
	if (mif->link->ops->pending != NULL)
		return mif->link->ops->pending(mif->link);
	return !mif->drained;
}

/* Does what can be done now. Whether mif_get() is worth calling. */
static bool client_advance(struct mif *mif, bool readable)
{
	if (loop_busy(&mif->loop))
		loop_run(&mif->loop, clock_boottime());
	if (mif->outbox.count == 0 && (readable || link_pending(mif)))
		link_fetch(mif);
	return mif->next || mif->outbox.count > 0 || mif->broken != 0;
}

static void current_set_fd(struct mif *mif)
{
	const int *fd = message_fd(&mif->slots[mif->current]);

	mif->current_fd = fd != NULL ? *fd : -1;
}

/* Makes the next message the current one: 1, or 0 if there is none. */
static int client_turn(struct mif *mif)
{
	struct report *report = outbox_first(&mif->outbox);

	if (report != NULL && (!mif->next || report->number <= mif->next_after)) {
		outbox_take(&mif->outbox);
		mif->slots[mif->current] = report->message;
		free(report);
	} else if (mif->next) {
		mif->current = 1 - mif->current;
		mif->next = false;
		filter_delivered(&mif->filter, &mif->slots[mif->current]);
	} else {
		return 0;
	}
	current_set_fd(mif);
	return 1;
}

PUBLIC int mif_get(struct mif *mif, const struct mif_message **reportp)
{
	int r;

	/* A child would take what its parent is told. */
	if (!process_is_same(&mif->process))
		return -ECHILD;
	mif->current_fd = close_fd(mif->current_fd);
	client_advance(mif, true);
	r = client_turn(mif);
	if (r == 1)
		*reportp = &mif->slots[mif->current];
	else
		r = mif->broken;
	loop_arm(&mif->loop, mif->next || mif->outbox.count > 0);
	return r;
}

PUBLIC int mif_message_take_fd(struct mif *mif)
{
	int fd = mif->current_fd;

	if (fd < 0)
		return -ENOENT;
	mif->current_fd = -1;
	return fd;
}

static int link_fd_beside(const struct mif *mif)
{
	const struct link_ops *ops = mif->link->ops;

	return ops->fd_beside != NULL ? ops->fd_beside(mif->link) : -1;
}

PUBLIC int mif_fd(struct mif *mif)
{
	int fd = loop_fd(&mif->loop, mif->link->ops->fd(mif->link), link_fd_beside(mif));

	if (fd >= 0)
		loop_arm(&mif->loop, mif->next || mif->outbox.count > 0 || link_pending(mif));
	return fd;
}

/* ---- waiting ---- */

static int wait_until(struct pollfd *fds, size_t count, uint64_t deadline)
{
	int timeout = -1;

	if (deadline != TIME_FOREVER)
		timeout = deadline == 0 ? 0 : clock_timeout(clock_boottime(), deadline);
	return poll(fds, count, timeout) < 0 ? -errno : 0;
}

/* Where there is nothing but the link to wait for, one system call less. */
static int wait_link(struct mif *mif, struct pollfd *watches, uint64_t deadline)
{
	int timeout = deadline == 0 ? 0 : clock_timeout(clock_boottime(), deadline);
	int r = mif->link->ops->wait(mif->link, timeout);

	watches->revents = r == 1 ? POLLIN : 0;
	if (r == -EINTR)
		return r;
	if (r < 0 && r != -ENOMEM)
		mif->broken = r;
	return 0;
}

/* all: the link's descriptor, that beside it, the loop's, the caller's. */
static int check_until(struct mif *mif, struct pollfd *all, size_t count, uint64_t deadline)
{
	bool waiting = client_advance(mif, false);
	int r, ready;

	if (waiting && count == OWN)
		return 1;
	for (;;) {
		uint64_t until = waiting ? 0 : MIN(deadline, loop_deadline(&mif->loop));

		if (count == OWN && mif->loop.epoll < 0 && mif->link->ops->wait != NULL) {
			r = wait_link(mif, all, until);
		} else {
			all[0].fd = mif->broken == 0 ? mif->link->ops->fd(mif->link) : -1;
			all[1].fd = mif->broken == 0 ? link_fd_beside(mif) : -1;
			all[2].fd = mif->loop.epoll;
			r = wait_until(all, count, until);
		}
		if (r < 0)
			return r;
		waiting = client_advance(mif, all[0].revents != 0 || all[1].revents != 0);
		ready = 0;
		for (size_t i = OWN; i < count; i++)
			ready += all[i].revents != 0;
		if (ready > 0 || waiting)
			return ready + (waiting ? 1 : 0);
		/* Else it was a report that is not for the caller, or something for a task. */
		if (deadline == 0 || (deadline != TIME_FOREVER && clock_boottime() >= deadline))
			return 0;
	}
}

PUBLIC int mif_check(struct mif *mif, struct pollfd *fds, unsigned int count, int timeout_ms)
{
	struct pollfd few[OWN + CHECK_FEW];
	_cleanup_(freep) struct pollfd *many = NULL;
	struct pollfd *all = few;
	size_t given = fds != NULL ? count : 0;
	uint64_t deadline = timeout_ms < 0 ? TIME_FOREVER : 0;
	int r;

	if (!process_is_same(&mif->process))
		return -ECHILD;
	if (timeout_ms > 0)
		deadline = clock_boottime() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	if (given > CHECK_FEW) {
		all = many = reallocarray(NULL, OWN + given, sizeof(*all));
		if (all == NULL)
			return -ENOMEM;
	}
	all[0] = all[1] = all[2] = (struct pollfd){.events = POLLIN};
	if (given > 0)
		memcpy(all + OWN, fds, given * sizeof(*fds));
	r = check_until(mif, all, OWN + given, deadline);
	for (size_t i = 0; r >= 0 && i < given; i++)
		fds[i].revents = all[OWN + i].revents;
	loop_arm(&mif->loop, mif->next || mif->outbox.count > 0);
	return r;
}

int client_wait(struct mif *mif, uint64_t deadline)
{
	struct pollfd watches = {.fd = mif->loop.epoll, .events = POLLIN};
	int r = wait_until(&watches, 1, MIN(deadline, loop_deadline(&mif->loop)));

	if (r == 0)
		loop_run(&mif->loop, clock_boottime());
	return r;
}

/* What mif_post() took over has left this process or become a task, unless the link keeps it for a
 * daemon that is away; but whether the other end is there to read it is worth knowing. */
PUBLIC int mif_flush(struct mif *mif, int timeout_ms)
{
	const struct link_ops *ops = mif->link->ops;
	struct pollfd link = {.fd = ops->fd(mif->link)};
	uint64_t deadline = TIME_FOREVER;
	int r;

	if (!process_is_same(&mif->process))
		return -ECHILD;
	if (mif->broken != 0)
		return -EPIPE;
	if (ops->flush == NULL)
		return poll(&link, 1, 0) == 1 && (link.revents & (POLLHUP | POLLERR)) != 0 ? -EPIPE
											   : 0;
	if (timeout_ms >= 0)
		deadline = clock_boottime() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	link.events = POLLIN;
	while ((r = ops->flush(mif->link)) == -EAGAIN) {
		if (deadline <= clock_boottime())
			return -ETIMEDOUT;
		r = wait_until(&link, 1, deadline);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return r;
}

/* ---- requests ---- */

static bool address_is_canonical(const struct mif_address *address)
{
	static const uint8_t zero[16];
	size_t size = address_size(address);

	return (size != 0 || address->family == AF_UNSPEC) &&
		(address->family == AF_INET6 || address->scope == 0) &&
		memcmp(address->octets + size, zero, sizeof(zero) - size) == 0;
}

/* What the codec could not carry: the daemon would close the connection for it. */
static bool field_is_valid(const struct field_info *field, const void *value)
{
	const struct mif_endpoint *endpoint = value;

	switch (field->type) {
	case FIELD_TYPE_TEXT:
		return memchr(value, '\0', MIF_TEXT_SIZE) != NULL;
	case FIELD_TYPE_ADDRESS:
		return address_is_canonical(value);
	case FIELD_TYPE_ENDPOINT:
		return address_is_canonical(&endpoint->address);
	default:
		return true;
	}
}

static int request_check(const struct mif *mif, const struct mif_message *request)
{
	const struct message_info *info = message_info(request->type);

	/* HELLO is the link's own. */
	if (info == NULL || info->report || info->type == MIF_HELLO)
		return -EINVAL;
	if (mif->strict && info->extension)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < info->count; i++) {
		const struct field_info *field = &info->fields[i];

		if (!field_is_valid(field, (const char *)request + field->offset))
			return -EINVAL;
	}
	return process_is_same(&mif->process) ? 0 : -ECHILD;
}

int client_post(struct mif *mif, const struct mif_message *request)
{
	uint32_t serial = mif->serial == UINT32_MAX ? 1 : mif->serial + 1;
	struct mif_message numbered;
	int r = filter_check(&mif->filter, request);

	if (r < 0)
		return r;
	if (mif->broken != 0)
		return -EPIPE;
	numbered = *request;
	numbered.serial = serial;
	/* An ERROR carries the tag, and no identifier: so the tag tells whose it is. */
	if (request->type == MIF_TRANSLATE_NAME)
		numbered.tag = serial;
	r = mif->link->ops->post(mif->link, &numbered);
	if (r < 0)
		return r;
	mif->serial = serial;
	filter_posted(&mif->filter, &numbered, request->tag);
	return 0;
}

/* A Stop also concerns the report that mif_check() has received already (M5). */
static void next_recheck(struct mif *mif)
{
	struct mif_message *next = &mif->slots[1 - mif->current];

	if (!mif->next || filter_pass(&mif->filter, next))
		return;
	message_close(next);
	mif->next = false;
}

PUBLIC int mif_post(struct mif *mif, const struct mif_message *request)
{
	int r = request_check(mif, request);

	if (r < 0)
		return r;
	switch (request->type) {
	case MIF_CONNECT_TO_ADDRESS:
	case MIF_CONNECT_TO_ADDRESS_FROM_ADDRESS:
		r = connect_start(mif, request, clock_boottime());
		break;
	case MIF_DIAL:
		r = dial_start(mif, request, clock_boottime());
		break;
	case MIF_LISTEN:
		r = listen_start(mif, request, clock_boottime());
		break;
	case MIF_STOP_CONNECTING:
		r = task_stop(mif, request);
		break;
	default:
		r = client_post(mif, request);
		if (r < 0)
			return r;
		held_said(&mif->held, request);
		next_recheck(mif);
		return 0;
	}
	loop_arm(&mif->loop, mif->next || mif->outbox.count > 0);
	return r;
}

/* ---- text ---- */

PUBLIC const char *mif_message_name(uint32_t type)
{
	const struct message_info *info = message_info(type);

	return info != NULL ? info->name : NULL;
}

PUBLIC int mif_message_format(const struct mif_message *message, char *text, size_t size)
{
	return message_format(message, false, text, size);
}
