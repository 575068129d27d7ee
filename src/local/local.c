/* SPDX-License-Identifier: MIT */
/*
 * The engine as a link inside the process: a post goes to a session, a get comes from it, and the
 * engine is dispatched whenever one is asked for. Several links share one engine; what one of them
 * makes the engine do may be news for another, so each has a bell beside the engine's descriptor.
 */
#include "local/local.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"

struct shared {
	struct engine *engine;
	size_t links;
	uint64_t (*clock)(void *context);
	void *context;
};

struct link_local {
	struct link link;
	struct shared *shared;
	struct session *session;
	int bell;
	bool rung;
};

static struct link_local *local_of(const struct link *link)
{
	return (struct link_local *)(void *)link;
}

/* Rings for every link that has something to fetch. */
static void shared_ring(struct shared *shared)
{
	struct session *session;

	while ((session = engine_next_ready(shared->engine)) != NULL) {
		struct link_local *local = session_host(session);

		local->rung = eventfd_write(local->bell, 1) == 0;
	}
}

static void local_silence(struct link_local *local)
{
	eventfd_t count;

	if (local->rung)
		local->rung = eventfd_read(local->bell, &count) != 0;
}

static int local_post(struct link *link, const struct mif_message *request)
{
	struct shared *shared = local_of(link)->shared;
	int r = session_post(local_of(link)->session, request, shared->clock(shared->context));

	shared_ring(shared);
	return r;
}

static int local_get(struct link *link, struct mif_message *report)
{
	struct link_local *local = local_of(link);
	struct shared *shared = local->shared;
	uint64_t now = shared->clock(shared->context);
	int r;

	engine_set_time(shared->engine, now);
	r = session_get(local->session, report);
	if (r != 0)
		return r;
	r = engine_dispatch(shared->engine, now);
	if (r == 0)
		r = session_get(local->session, report);
	if (r == 0) {
		local_silence(local);
		engine_rest(shared->engine);
	}
	shared_ring(shared);
	return r;
}

static int local_fd(const struct link *link)
{
	return engine_fd(local_of(link)->shared->engine);
}

static int local_fd_beside(const struct link *link)
{
	return local_of(link)->bell;
}

static void local_free(struct link *link)
{
	struct link_local *local = local_of(link);

	if (local == NULL)
		return;
	session_free(local->session);
	close_fd(local->bell);
	if (--local->shared->links == 0) {
		engine_free(local->shared->engine);
		free(local->shared);
	}
	free(local);
}

static int local_another(struct link *link, struct link **linkp);

static const struct link_ops local_ops = {
	.post = local_post,
	.get = local_get,
	.fd = local_fd,
	.fd_beside = local_fd_beside,
	.another = local_another,
	.free = local_free,
};

static int local_new(struct link **linkp, struct shared *shared)
{
	struct link_local *local = calloc(1, sizeof(*local));
	int r;

	if (local == NULL)
		return -ENOMEM;
	local->link.ops = &local_ops;
	local->shared = shared;
	shared->links++;
	local->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = local->bell < 0 ? -errno : 0;
	if (r == 0)
		r = session_new(&local->session, shared->engine, 0, local);
	if (r < 0) {
		local_free(&local->link);
		return r;
	}
	*linkp = &local->link;
	return 0;
}

/* Not strict, whatever the first is: it is the library's own. */
static int local_another(struct link *link, struct link **linkp)
{
	return local_new(linkp, local_of(link)->shared);
}

void link_local_set_flags(struct link *link, uint32_t flags)
{
	session_set_flags(
		local_of(link)->session, (flags & MIF_HELLO_STRICT) != 0 ? SESSION_STRICT : 0);
}

int link_local_new(struct link **linkp, struct engine *engine, uint64_t (*clock)(void *context),
	void *context, uint32_t flags)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	int r;

	if (shared == NULL) {
		engine_free(engine);
		return -ENOMEM;
	}
	*shared = (struct shared){.engine = engine, .clock = clock, .context = context};
	r = local_new(linkp, shared);
	if (r == 0)
		link_local_set_flags(*linkp, flags);
	return r;
}
