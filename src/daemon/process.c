/* SPDX-License-Identifier: MIT */
/*
 * The engine's process. It makes everything that it will need, closes the cage around itself, and
 * only then reads its first octet from the kernel, the network or a client.
 */
#include "daemon/process.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/log.h"
#include "daemon/server.h"
#include "engine/engine.h"
#include "net/sandbox.h"
#include "net/verb.h"
#include "source/script.h"
#include "worker/names.h"

#define SOURCES 8

/* Besides the clients': sources, DNS sockets, the hosts file. */
#define OTHER_DESCRIPTORS 4096

struct process {
	const struct process_options *options;
	struct source *sources[SOURCES];
	size_t count;
	struct worker *names;
	struct engine *engine;
	struct server *server;
};

static uint64_t process_now(const struct process *process)
{
	return process->options->script ? source_script_now(process->sources[0]) : clock_boottime();
}

static int fault(const char *what, int r)
{
	log_error("%s: %s", what, strerror(-r));
	return r;
}

static void descriptors_allow(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)SERVER_CLIENTS + OTHER_DESCRIPTORS);
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("RLIMIT_NOFILE: %s", strerror(errno));
}

/* A source that cannot be had is missed, not mourned: the others still tell what they see. */
static int process_make(struct process *process)
{
	const struct process_options *options = process->options;
	char error[256];
	int r;

	for (size_t i = 0; i < options->count && process->count < SOURCES; i++) {
		const struct process_source *row = &options->sources[i];

		if (row->open != NULL && row->fd < 0)
			continue;
		error[0] = '\0';
		r = row->make(&process->sources[process->count], row, error);
		if (r < 0)
			log_warning("without %s: %s", row->name,
				error[0] != '\0' ? error : strerror(-r));
		else
			process->count++;
	}
	if (options->script && process->count == 0)
		return -ENODATA;
	r = worker_names_new(&process->names, NULL);
	return r < 0 ? fault("names", r) : 0;
}

static int process_cage(const struct process *process)
{
	int r = sandbox_enter(process->options->tell);

	if (r < 0)
		log_warning("without a system call filter: %s", strerror(-r));
	else if (r > 0)
		log_notice("without a system call filter: built with a sanitizer");
	return 0;
}

static int process_join(struct process *process, int listen_fd)
{
	int r = engine_new(&process->engine, process->options->script ? ENGINE_FAKE_CLOCK : 0);

	if (r < 0)
		return fault("engine", r);
	for (size_t i = 0; i < process->count; i++) {
		r = engine_add_source(process->engine, process->sources[i]);
		if (r < 0)
			return fault("source", r);
	}
	r = engine_set_names(process->engine, process->names);
	if (r < 0)
		return fault("names", r);
	r = server_new(&process->server, process->engine, listen_fd);
	return r < 0 ? fault("server", r) : 0;
}

static int process_turn(const struct process *process)
{
	uint64_t now;
	int r;

	do {
		now = process_now(process);
		r = server_dispatch(process->server, now);
	} while (r == 0 && process->options->script && process_now(process) != now);
	return r;
}

void process_run(const struct process_options *options, int listen_fd, int verb_fd)
{
	struct process process = {.options = options};
	int r;

	descriptors_allow();
	r = process_make(&process);
	if (r == 0)
		r = process_cage(&process);
	if (r == 0)
		r = process_join(&process, listen_fd);
	if (r < 0)
		return;
	/* The model first, the clients then: the first one finds it filled. */
	r = engine_dispatch(process.engine, process_now(&process));
	if (r == 0)
		r = verb_say(verb_fd, VERB_READY);
	while (r == 0) {
		/* The engine's descriptor, which is in the server's, tells deadlines as well. */
		r = server_wait(process.server, -1);
		if (r == 0)
			r = process_turn(&process);
	}
	fault("the engine cannot go on", r);
}
