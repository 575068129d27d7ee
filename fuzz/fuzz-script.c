/* SPDX-License-Identifier: MIT */
/*
 * Text as a script of facts, into a real model: whatever sources may say, in any order. The scenarios
 * of test/scenario/case are the seeds.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/session.h"
#include "source/script.h"

#include <errno.h>
#include <string.h>

/* Told of all interfaces, and asked of every domain for everything. */
static void look(struct session *session, const struct source *script)
{
	struct mif_message report, request = {.type = MIF_ANNOUNCE_INTERFACES};

	PROMISE(session_post(session, &request, source_script_now(script)) == 0);
	while (session_get(session, &report) == 1) {
		if (report.type != MIF_INTERFACE && report.type != MIF_PVD)
			continue;
		request = (struct mif_message){.type = MIF_ANNOUNCE_PVDS,
			.as.announce_pvds.interface = report.as.interface.interface};
		if (report.type == MIF_PVD)
			request = (struct mif_message){.type = MIF_GET_CONFIGURATION_DATA,
				.as.get_configuration_data = {.pvd = report.as.pvd.pvd,
					.information = MIF_INFORMATION_ROUTERS}};
		PROMISE(session_post(session, &request, source_script_now(script)) == 0);
	}
}

static void line_take(struct engine *engine, struct source *script, const char *line)
{
	char error[256];
	int r;

	memset(error, 'x', sizeof(error));
	r = source_script_line(script, engine->model, line, error);
	PROMISE(r == 0 || r == 1 || r == -EINVAL);
	if (r == -EINVAL)
		PROMISE(memchr(error, '\0', sizeof(error)) != NULL || error[0] == 'x');
	if (r == 1)
		PROMISE(model_commit(engine->model, source_script_now(script)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct session *session;
	struct engine *engine;
	struct source *script;
	char *text = malloc(size + 1);
	char *rest = text;
	char *line;

	PROMISE(text != NULL);
	memcpy(text, octets, size);
	text[size] = '\0';
	PROMISE(engine_new(&engine, ENGINE_FAKE_CLOCK) == 0);
	PROMISE(source_script_new(&script, -1) == 0);
	PROMISE(engine_add_source(engine, script) == 0);
	PROMISE(session_new(&session, engine, 0, NULL) == 0);
	while ((line = strsep(&rest, "\n")) != NULL)
		line_take(engine, script, line);
	PROMISE(model_commit(engine->model, source_script_now(script)) == 0);
	look(session, script);
	engine_free(engine);
	free(text);
	return 0;
}
