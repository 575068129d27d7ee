/* SPDX-License-Identifier: MIT */
/*
 * LISTEN: a socket that accepts connections which come through one domain (3.3.1 of the draft asks
 * that applications can receive connections too). A request becomes a task that waits for the view
 * and ends in one LISTENING or NOT_LISTENING, with the errors of connect.c or those of bind(2) and
 * listen(2).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "client/attempt.h"
#include "client/client.h"

struct listen {
	struct task task;
	struct timer limit;
	uint64_t pvd;
	struct mif_endpoint local;
	int backlog;
	bool refreshed;
};

static struct listen *listen_of(struct task *task)
{
	return container_of(task, struct listen, task);
}

static void listen_free(struct task *task)
{
	struct listen *listen = listen_of(task);

	timer_stop(&listen->limit);
	task_deinit(task);
	free(listen);
}

/* Where others should connect to: an address that lasts and that reaches far; of IPv4 one that the router
 * is a neighbour of. */
static unsigned int address_rank(const struct select_address *address)
{
	unsigned int rank = 0;

	if ((address->flags & MIF_ADDRESS_LINK_SCOPE) != 0)
		rank += 8;
	if ((address->flags & MIF_ADDRESS_DEPRECATED) != 0)
		rank += 4;
	if ((address->flags & MIF_ADDRESS_TEMPORARY) != 0)
		rank += 2;
	if (address->address.family == AF_INET && (address->flags & MIF_ADDRESS_ROUTED) == 0)
		rank += 1;
	return rank;
}

static const struct select_address *find_local(
	const struct view_pvd *pvd, const struct mif_address *wanted)
{
	const struct select_address *best = NULL;

	for (size_t i = 0; i < pvd->count; i++) {
		const struct select_address *address = &pvd->addresses[i];
		struct mif_address scoped = *wanted;

		if (scoped.scope == 0)
			scoped.scope = address->address.scope;
		if (wanted->family != AF_UNSPEC && !address_equal(&address->address, &scoped))
			continue;
		if (best == NULL || address_rank(address) < address_rank(best))
			best = address;
	}
	return best;
}

/* 0, or negative errno. */
static int listen_open(int *fdp, uint32_t ifindex, const struct mif_endpoint *local, int backlog)
{
	struct sockaddr_storage address;
	socklen_t size = mif_endpoint_to_sockaddr(local, &address);
	int index = (int)ifindex;
	_cleanup_(closep) int fd =
		socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	/* Bound to the interface, so that nothing which came in by another one is accepted; the
	 * connections accepted stay bound to it. SO_REUSEADDR: while old ones are in TIME_WAIT. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof(index)) < 0 ||
		bind(fd, (const struct sockaddr *)&address, size) < 0 || listen(fd, backlog) < 0)
		return -errno;
	*fdp = fd;
	fd = -1;
	return 0;
}

static int listen_try(struct listen *listen, int *fdp)
{
	const struct view *view = &listen->task.mif->view;
	const struct view_pvd *pvd = view_pvd(view, listen->pvd);
	uint32_t ifindex = pvd != NULL ? view_pvd_ifindex(view, pvd) : 0;
	const struct select_address *found;
	struct mif_endpoint local = listen->local;
	int r;

	if (ifindex == 0)
		return -ENODEV;
	found = find_local(pvd, &listen->local.address);
	if (found == NULL)
		return listen->local.address.family != AF_UNSPEC ? -EADDRNOTAVAIL : -ENETUNREACH;
	local.address = found->address;
	r = listen_open(fdp, ifindex, &local, listen->backlog);
	if (r == 0)
		listen->local = local;
	return r;
}

static void listen_begin(struct listen *listen)
{
	int fd = -1;
	int r = listen_try(listen, &fd);

	if (r == 0) {
		attempt_source(fd, &listen->local);
		task_listening(&listen->task, fd, listen->pvd, &listen->local);
		return;
	}
	/* As in connect.c: the view may not have heard of it yet. */
	if (!listen->refreshed && view_refresh(&listen->task.mif->view) == 0) {
		listen->refreshed = true;
		return;
	}
	task_failed(&listen->task, -r, "");
}

static void listen_timed_out(struct timer *timer, uint64_t now)
{
	(void)now;
	task_failed(&container_of(timer, struct listen, limit)->task, ETIMEDOUT, "");
}

static void listen_news(struct task *task, const struct mif_message *report, uint64_t now)
{
	(void)now;
	if (report != NULL)
		return;
	if (task->mif->view.link == NULL)
		task_failed(task, EPIPE, "");
	else if (view_settled(&task->mif->view))
		listen_begin(listen_of(task));
}

static void listen_pvd_gone(struct task *task, uint64_t pvd, uint64_t now)
{
	(void)now;
	if (listen_of(task)->pvd == pvd)
		task_failed(task, ENETDOWN, "");
}

static const struct task_ops listen_ops = {
	.news = listen_news,
	.pvd_gone = listen_pvd_gone,
	.free = listen_free,
};

int listen_start(struct mif *mif, const struct mif_message *request, uint64_t now)
{
	const struct mif_message_listen *asked = &request->as.listen;
	_cleanup_(freep) struct listen *listen = NULL;
	struct listen *task;
	int r = task_check(mif, asked->connection);

	if (r == 0)
		r = client_need_view(mif);
	if (r < 0)
		return r;
	listen = calloc(1, sizeof(*listen));
	if (listen == NULL)
		return -ENOMEM;
	r = task_init(
		&listen->task, mif, &listen_ops, &mif->outbox, asked->connection, request->tag);
	if (r < 0)
		return r;
	listen->task.refused = MIF_NOT_LISTENING;
	timer_init(&listen->limit, listen_timed_out);
	listen->pvd = asked->pvd;
	listen->local = asked->local;
	listen->backlog =
		asked->backlog == 0 || asked->backlog > SOMAXCONN ? SOMAXCONN : (int)asked->backlog;
	loop_set_timer(&mif->loop, &listen->limit, now + CLIENT_TIMEOUT);
	task = listen;
	listen = NULL;
	if (view_settled(&mif->view))
		listen_begin(task);
	return 0;
}
