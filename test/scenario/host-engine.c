/* SPDX-License-Identifier: MIT */
/*
 * The host for scenarios that holds the engine itself.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "engine/engine.h"
#include "engine/session.h"
#include "local/local.h"
#include "scenario.h"
#include "source/script.h"

static struct {
	struct source *script;
	struct engine *engine;
	struct link *first; /* keeps the engine */
} here;

static uint64_t here_clock(void *context)
{
	(void)context;
	return source_script_now(here.script);
}

static int here_begin(struct host *host)
{
	int r = engine_new(&here.engine, ENGINE_FAKE_CLOCK);

	(void)host;
	if (r == 0)
		r = source_script_new(&here.script, -1);
	if (r == 0)
		r = engine_add_source(here.engine, here.script);
	return r < 0 ? r : link_local_new(&here.first, here.engine, here_clock, NULL, 0);
}

static int here_line(struct host *host, const char *line, char error[256])
{
	int r = source_script_line(here.script, here.engine->model, line, error);

	(void)host;
	if (r != 1)
		return r;
	r = model_commit(here.engine->model, here_clock(NULL));
	return r < 0 ? r : engine_dispatch(here.engine, here_clock(NULL));
}

static int here_open(struct host *host, struct link **linkp)
{
	(void)host;
	return here.first->ops->another(here.first, linkp);
}

static void here_end(struct host *host)
{
	(void)host;
	here.first->ops->free(here.first);
}

struct host host_engine = {
	.name = "engine",
	.begin = here_begin,
	.line = here_line,
	.open = here_open,
	.end = here_end,
};
