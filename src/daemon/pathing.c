/* SPDX-License-Identifier: MIT */
/*
 * The manager of paths (path/paths.h) as a part of the engine's process.
 */
#include "daemon/pathing.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/peer.h"

static const char *const names[PATHS_COUNTERS] = {
	[PATHS_CONNECTIONS] = "paths: connections",
	[PATHS_SUBFLOWS] = "paths: subflows",
	[PATHS_ADOPTED] = "paths: sockets adopted",
	[PATHS_JOINED] = "paths: joined",
	[PATHS_FAILED] = "paths: not joined",
	[PATHS_FOREIGN] = "paths: not joined, the address is another host's",
	[PATHS_REFUSED] = "paths: requests beyond the limits",
	[PATHS_OVERFLOWS] = "paths: events were lost, and all looked at again",
};

int pathing_init(struct pathing *pathing, const struct paths_options *options)
{
	struct source *source;
	int r;

	*pathing = (struct pathing){0};
	if (options->event_fd < 0)
		return 0;
	r = paths_new(&pathing->paths, options);
	if (r < 0)
		return r;
	source = paths_source(pathing->paths);
	return source == NULL ? -ENOMEM : engine_add_source(options->engine, source);
}

static void request_take(void *context, struct session *session, uint32_t uid,
	const struct mif_message *request, uint64_t now)
{
	paths_request(context, session, uid, request, now);
}

static void session_leave(void *context, struct session *session)
{
	paths_leave(context, session);
}

static void world_hear(void *context, uint64_t now)
{
	paths_hear_world(context, now);
}

void pathing_serve(struct pathing *pathing, struct server *server)
{
	const struct peer_paths served = {.serves = paths_serves,
		.request = request_take,
		.leave = session_leave,
		.hear = world_hear,
		.context = pathing->paths};

	server_set_paths(server, &served);
}

uint64_t pathing_deadline(const struct pathing *pathing)
{
	return pathing->paths != NULL ? paths_deadline(pathing->paths) : TIME_FOREVER;
}

void pathing_answered(
	struct pathing *pathing, const struct verb_answer *answer, int passed, uint64_t now)
{
	if (pathing->paths != NULL)
		paths_answered(pathing->paths, answer, passed, now);
}

const char *pathing_counter(const struct pathing *pathing, unsigned int index, uint64_t *value)
{
	*value =
		pathing->paths != NULL ? paths_count(pathing->paths, (enum paths_counter)index) : 0;
	return names[index];
}

void pathing_turn(struct pathing *pathing, bool woken, uint64_t now)
{
	if (pathing->paths != NULL)
		paths_dispatch(pathing->paths, woken, now);
}
