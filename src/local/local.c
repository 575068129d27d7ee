/* SPDX-License-Identifier: MIT */
/*
 * The engine as a link inside the process: a post goes to a session, a get comes from it, and the
 * engine is dispatched whenever one is asked for. Several links share one engine.
 */
#include "local/local.h"

#include <errno.h>
#include <stdlib.h>

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
};

static struct link_local *local_of(const struct link *link)
{
	return (struct link_local *)(void *)link;
}

static int local_post(struct link *link, const struct mif_message *request)
{
	struct link_local *local = local_of(link);
	struct shared *shared = local->shared;

	return session_post(local->session, request, shared->clock(shared->context));
}

static int local_get(struct link *link, struct mif_message *report)
{
	struct link_local *local = local_of(link);
	struct shared *shared = local->shared;
	int r = session_get(local->session, report);

	if (r != 0)
		return r;
	r = engine_dispatch(shared->engine, shared->clock(shared->context));
	return r < 0 ? r : session_get(local->session, report);
}

static int local_fd(const struct link *link)
{
	return engine_fd(local_of(link)->shared->engine);
}

static void local_free(struct link *link)
{
	struct link_local *local = local_of(link);

	if (local == NULL)
		return;
	session_free(local->session);
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
	.another = local_another,
	.free = local_free,
};

static int local_new(struct link **linkp, struct shared *shared)
{
	struct link_local *local = calloc(1, sizeof(*local));
	int r;

	if (local == NULL)
		return -ENOMEM;
	r = session_new(&local->session, shared->engine, 0, NULL);
	if (r < 0) {
		free(local);
		return r;
	}
	local->link.ops = &local_ops;
	local->shared = shared;
	shared->links++;
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
	session_set_flags(local_of(link)->session,
		(flags & MIF_HELLO_STRICT) != 0 ? SESSION_STRICT : 0);
}

int link_local_new(struct link **linkp, struct engine *engine, uint64_t (*clock)(void *context),
	void *context, uint32_t flags)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	int r = -ENOMEM;

	if (shared != NULL) {
		*shared = (struct shared){.engine = engine, .clock = clock, .context = context};
		r = local_new(linkp, shared);
	}
	if (r < 0) {
		free(shared);
		engine_free(engine);
		return r;
	}
	link_local_set_flags(*linkp, flags);
	return 0;
}
