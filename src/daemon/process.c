/* SPDX-License-Identifier: MIT */
/*
 * The engine's process. It makes everything that it will need, closes the cage around itself, and
 * only then reads its first octet from the kernel, the network or a client.
 */
#include "daemon/process.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sanitized.h"
#include "daemon/links.h"
#include "daemon/log.h"
#include "daemon/orphan.h"
#include "daemon/pathing.h"
#include "daemon/server.h"
#include "daemon/steering.h"
#include "engine/engine.h"
#include "engine/source.h"
#include "engine/worker.h"
#include "net/landlock.h"
#include "net/sandbox.h"
#include "net/verb.h"
#include "source/pvd-info.h"
#include "source/script.h"
#include "worker/names.h"

#define SOURCES 16

/* What the server watches for this process. */
enum {
	WATCHED_PARENT,
	WATCHED_STEERING,
	WATCHED_PATHS,
};

/* Besides the clients': sources, DNS sockets, the hosts file. */
#define OTHER_DESCRIPTORS 4096

enum process_counter {
	FILTERED,
	LOCKED,
	PARENTLESS,
	STEERING, /* and those that follow */
	PATHS = STEERING + STEERING_COUNTERS, /* and those that follow */
	COUNTERS = PATHS + PATHS_COUNTERS,
};

static const char *const own_counters[STEERING] = {
	[FILTERED] = "cage: system calls are filtered",
	[LOCKED] = "cage: version of Landlock",
	[PARENTLESS] = "cage: the parent is dead",
};

struct process {
	const struct process_options *options;
	struct source *sources[SOURCES];
	size_t count;
	struct source *information; /* one of the sources, or NULL */
	struct source *complainer; /* the one that reads what people write, or NULL */
	int verb_fd;
	struct worker *names;
	struct engine *engine;
	struct server *server;
	struct steering steering;
	struct links links;
	struct pathing pathing;
	struct orphan orphan;
	uint64_t counters[STEERING];
};

static uint64_t process_now(const struct process *process)
{
	return process->options->script ? source_script_now(process->sources[0]) : clock_boottime();
}

/* The engine's deadlines are told by its descriptor, which is in the server's. */
static int process_timeout(const struct process *process)
{
	uint64_t until = MIN(process->orphan.look_at,
		MIN(steering_deadline(&process->steering), pathing_deadline(&process->pathing)));

	return until == TIME_FOREVER ? -1 : clock_timeout(clock_boottime(), until);
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

/* ---- programs that do one thing for the engine ---- */

static int helper_start(const struct process *process, enum verb_type type, uint32_t number)
{
	const struct verb verb = {.type = (uint32_t)type, .serial = number};

	return verb_send(process->verb_fd, &verb);
}

/* ---- additional information of domains ---- */

static int fetch_start(void *context, uint32_t number)
{
	return helper_start(context, VERB_FETCH, number);
}

static void fetch_started(struct process *process, const struct verb_answer *answer, int passed)
{
	source_pvd_info_started(process->information, answer->serial,
		answer->result < 0 ? answer->result : passed, process_now(process));
	engine_called(process->engine, process->information);
}

static uint64_t realtime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec;
}

static void information_make(struct process *process)
{
	struct pvd_info_options options = {
		.start = fetch_start, .context = process, .realtime = realtime};
	int r = 0;

	if (getrandom(&options.seed, sizeof(options.seed), 0) < 0)
		r = -errno;
	if (r == 0)
		r = source_pvd_info_new(&process->information, &options);
	if (r < 0)
		log_warning("without additional information of domains: %s", strerror(-r));
	else
		process->sources[process->count++] = process->information;
}

/* ---- the Name Service Switch ---- */

static int nss_start(void *context, uint32_t number)
{
	return helper_start(context, VERB_NSS, number);
}

static void nss_begun(struct process *process, const struct verb_answer *answer, int passed)
{
	names_switch_started(process->names, answer->serial,
		answer->result < 0 ? answer->result : passed, process_now(process));
	engine_called_names(process->engine);
}

static int names_make(struct process *process)
{
	const struct names_switch asked = {.start = nss_start, .context = process};
	int r = worker_names_new(&process->names, NULL);

	if (r == 0 && process->options->ask_switch)
		r = names_use_switch(process->names, &asked);
	return r < 0 ? fault("names", r) : 0;
}

/* What the parent says to what was asked of it. Whether clients may have to be told. */
static bool answers_hear(struct process *process)
{
	struct verb_answer answer;
	bool told = false;
	int passed;

	while (verb_answer_receive(process->verb_fd, &answer, &passed) == 1) {
		if (verb_class(answer.type) == VERB_CLASS_ROUTES)
			steering_answered(&process->steering, &answer, process_now(process));
		if (verb_class(answer.type) == VERB_CLASS_LINKS) {
			links_answered(&process->links, &answer, process_now(process));
			told = true;
		}
		if (verb_class(answer.type) == VERB_CLASS_PATHS)
			pathing_answered(&process->pathing, &answer, passed, process_now(process));
		if (answer.type == VERB_FETCH && process->information != NULL)
			fetch_started(process, &answer, passed);
		else if (answer.type == VERB_NSS && process->options->ask_switch)
			nss_begun(process, &answer, passed);
		else
			close_fd(passed);
	}
	return told;
}

/* ---- its parts ---- */

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
		if (r != 0)
			log_warning("without %s: %s", row->name,
				error[0] != '\0' ? error : strerror(-r));
		if (r >= 0)
			process->count++;
	}
	if (options->script && process->count == 0)
		return -ENODATA;
	if (options->fetch && process->count < SOURCES)
		information_make(process);
	return names_make(process);
}

static int landlock_describe(const struct process *process, struct landlock *landlock)
{
	const char *path;
	int r = 0;

	for (size_t i = 0; i < process->count; i++) {
		const struct source *source = process->sources[i];

		if (source->ops->path == NULL)
			continue;
		for (unsigned int n = 0; r == 0 && (path = source->ops->path(source, n)); n++)
			r = landlock_allow(landlock, path);
	}
	if (process->names->ops->path == NULL)
		return r;
	for (unsigned int n = 0; r == 0 && (path = process->names->ops->path(process->names, n));
		n++)
		r = landlock_allow(landlock, path);
	return r;
}

/* The version of it that holds, or negative errno. */
static int process_lock(const struct process *process)
{
	struct landlock *landlock;
	int r = landlock_new(&landlock);

	if (r < 0)
		return r;
	r = landlock_describe(process, landlock);
	if (r == 0)
		r = landlock_enter(landlock);
	landlock_free(landlock);
	return r;
}

/* What this kernel cannot do is missed, and told here and in the counters. */
static void process_cage(struct process *process)
{
	int r;

	if (SANITIZED) {
		log_notice("without a cage: built with a sanitizer");
		return;
	}
	r = process_lock(process);
	if (r < 0)
		log_notice("without a cage of paths (Landlock): %s", strerror(-r));
	process->counters[LOCKED] = (uint64_t)MAX(r, 0);
	r = sandbox_enter(process->options->tell);
	if (r < 0)
		log_warning("without a system call filter: %s", strerror(-r));
	process->counters[FILTERED] = r == 0;
}

static int process_steer(struct process *process)
{
	struct planner_options options = process->options->steer;

	options.verb_fd = process->verb_fd;
	return steering_init(&process->steering, process->engine, &options);
}

static int process_path(struct process *process)
{
	const struct paths_options options = {.verb_fd = process->verb_fd,
		.event_fd = process->options->path_events,
		.takeover = process->options->takeover,
		.engine = process->engine};

	return pathing_init(&process->pathing, &options);
}

static bool process_counter(
	const void *context, unsigned int index, const char **name, uint64_t *value)
{
	const struct process *process = context;

	if (index >= COUNTERS)
		return false;
	if (index >= PATHS) {
		*name = pathing_counter(&process->pathing, index - PATHS, value);
	} else if (index >= STEERING) {
		*name = steering_counter(&process->steering, index - STEERING, value);
	} else {
		*name = own_counters[index];
		*value = process->counters[index];
	}
	return true;
}

static int process_join(struct process *process, int listen_fd)
{
	int r = engine_new(&process->engine, process->options->script ? ENGINE_FAKE_CLOCK : 0);

	if (r < 0)
		return fault("engine", r);
	engine_tell_lifetimes(process->engine, process->options->lifetime_notice);
	for (size_t i = 0; i < process->count; i++) {
		r = engine_add_source(process->engine, process->sources[i]);
		if (r < 0)
			return fault("source", r);
		if (process->sources[i]->ops->complaint != NULL)
			process->complainer = process->sources[i];
	}
	r = engine_set_names(process->engine, process->names);
	if (r < 0)
		return fault("names", r);
	r = process_steer(process);
	if (r < 0)
		return fault("steering", r);
	r = links_init(&process->links, process->engine, process->verb_fd, process->options->links,
		process->options->link_count);
	if (r < 0)
		return fault("links", r);
	r = process_path(process);
	if (r < 0)
		return fault("paths", r);
	engine_set_counters(process->engine, process_counter, process);
	r = server_new(&process->server, process->engine, process->options->access, listen_fd);
	if (r < 0)
		return fault("server", r);
	pathing_serve(&process->pathing, process->server);
	return 0;
}

static int process_watch(struct process *process)
{
	int fd = steering_fd(&process->steering);
	int r = server_watch(process->server, WATCHED_PARENT, process->verb_fd, false);

	/* What the planner hears of routes waits until it has settled. */
	if (r == 0 && fd >= 0)
		r = server_watch(process->server, WATCHED_STEERING, fd, true);
	fd = process->options->path_events;
	if (r == 0 && fd >= 0)
		r = server_watch(process->server, WATCHED_PATHS, fd, false);
	return r;
}

/* What was wrong at the start was said then. */
static void complaint_log(const struct process *process)
{
	struct source *source = process->complainer;
	const char *text = source != NULL ? source->ops->complaint(source) : NULL;

	if (text != NULL)
		log_warning("%s: %s; what was read before stands", source->ops->name, text);
}

static int process_turn(struct process *process)
{
	uint64_t now;
	int r;

	do {
		now = process_now(process);
		r = server_dispatch(process->server, now);
	} while (r == 0 && process->options->script && process_now(process) != now);
	if (server_was_woken(process->server, WATCHED_PARENT) && answers_hear(process) && r == 0)
		r = server_dispatch(process->server, now);
	complaint_log(process);
	links_turn(&process->links, now);
	pathing_turn(&process->pathing, server_was_woken(process->server, WATCHED_PATHS), now);
	server_send(process->server, now);
	/* What any of them has asked of the engine is due. */
	engine_rest(process->engine);
	return r < 0 ? r
		     : steering_turn(&process->steering,
			       server_was_woken(process->server, WATCHED_STEERING), now);
}

static void process_orphaned(struct process *process)
{
	process->counters[PARENTLESS] = 1;
	orphan_begin(&process->orphan, clock_boottime());
	log_error("the parent is dead: this engine serves on, but changes nothing any more and is "
		  "not started again; kill -TERM %d ends it, as does another mifd",
		(int)getpid());
}

static int process_loop(struct process *process)
{
	const char *end = NULL;
	int r = 0;

	while (r == 0 && end == NULL) {
		r = server_wait(process->server, process_timeout(process));
		if (r == 0)
			r = process_turn(process);
		if (server_hung_up(process->server, WATCHED_PARENT) &&
			process->counters[PARENTLESS] == 0)
			process_orphaned(process);
		if (process->orphan.look_at != TIME_FOREVER)
			end = orphan_end(&process->orphan, server_clients(process->server),
				clock_boottime());
	}
	if (end != NULL)
		log_notice("an engine without parent ends: %s", end);
	return r;
}

void process_run(const struct process_options *options, int listen_fd, int verb_fd)
{
	struct process process = {
		.options = options,
		.verb_fd = verb_fd,
	};
	int r;

	orphan_init(&process.orphan, listen_fd);
	descriptors_allow();
	r = process_make(&process);
	if (r == 0) {
		process_cage(&process);
		r = process_join(&process, listen_fd);
	}
	if (r == 0)
		r = process_watch(&process);
	if (r < 0)
		return;
	/* The model first, the clients then: the first one finds it filled. */
	r = engine_dispatch(process.engine, process_now(&process));
	engine_rest(process.engine);
	if (r == 0)
		r = verb_say(verb_fd, VERB_READY);
	if (r == 0 || r == -EPIPE)
		r = process_loop(&process);
	if (r < 0)
		fault("the engine cannot go on", r);
}
