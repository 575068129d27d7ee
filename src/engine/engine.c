/* SPDX-License-Identifier: MIT */
/*
 * Ties the room together: one descriptor over all sources and workers, one timer for all lifetimes,
 * and the way from a change of the model to the sessions.
 */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/departure.h"
#include "engine/session.h"
#include "engine/want.h"

/* What an event of the epoll set is about: a source's index, or one of these. */
enum {
	SLOT_NAMES = ENGINE_SOURCES,
	SLOT_TIMER,
};

static int engine_changed(void *context, struct object *object, enum change change)
{
	struct engine *engine = context;

	/* M29, M24: what depends on a domain ends before the domain is withdrawn. */
	if (object->kind == OBJECT_PVD && change == CHANGE_GONE)
		translations_end(engine, object->id);
	if (change == CHANGE_GONE &&
		(object->kind == OBJECT_PVD || object->kind == OBJECT_INTERFACE))
		wants_end(engine, object);
	if (object->kind == OBJECT_INTERFACE) {
		allowed_note(engine, object, change);
		departure_note(engine, object, change);
	}
	errands_note(engine, object, change);
	return subscriptions_changed(engine->model, object, change);
}

static void engine_default_changed(void *context, uint32_t family, uint64_t pvd)
{
	struct engine *engine = context;

	(void)pvd;
	list_for_each (node, &engine->sessions) {
		struct session *session = container_of(node, struct session, in_engine);

		/* Behind the announcement of the domain that it names. */
		if (session->wants_default)
			session_queue_last(session, &session->defaults[family == MIF_FAMILY_IPV6]);
	}
}

static void engine_came_up(void *context, uint32_t ifindex, uint64_t now)
{
	struct engine *engine = context;

	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if (source->ops->solicit != NULL)
			source->ops->solicit(source, ifindex, now);
	}
}

static void engine_committed(void *context, uint64_t now)
{
	departures_run(context, now);
}

static void engine_ending(void *context, struct model_link *link, uint64_t now)
{
	departure_note_ending(context, link, now);
}

static void engine_noticed(void *context, const struct fact *fact, bool there)
{
	struct engine *engine = context;

	for (size_t i = 0; i < engine->source_count; i++) {
		struct source *source = engine->sources[i];

		if (source->ops->notice != NULL)
			source->ops->notice(source, fact, there, engine->now);
	}
}

static int epoll_add(const struct engine *engine, int fd, uint32_t slot)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = slot};

	return epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

DEFINE_FREEP(engine, engine_free)

int engine_new(struct engine **enginep, unsigned int flags)
{
	_cleanup_(engine_freep) struct engine *engine = calloc(1, sizeof(*engine));
	int r;

	if (engine == NULL)
		return -ENOMEM;
	engine->flags = flags;
	engine->armed = TIME_FOREVER;
	engine->deadline_stale = true;
	engine->next_translation = 1;
	list_init(&engine->sessions);
	list_init(&engine->ready);
	for (size_t i = 0; i < TRANSLATION_BUCKETS; i++)
		list_init(&engine->translations[i]);
	list_init(&engine->errands);
	list_init(&engine->wants);
	list_init(&engine->departures);
	list_init(&engine->orders);
	engine->timer_fd = -1;
	engine->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (engine->epoll_fd < 0)
		return -errno;
	engine->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (engine->timer_fd < 0)
		return -errno;
	r = epoll_add(engine, engine->timer_fd, SLOT_TIMER);
	if (r < 0)
		return r;
	r = model_new(&engine->model);
	if (r < 0)
		return r;
	engine->model->changed = engine_changed;
	engine->model->default_changed = engine_default_changed;
	engine->model->came_up = engine_came_up;
	engine->model->noticed = engine_noticed;
	engine->model->committed = engine_committed;
	engine->model->ending = engine_ending;
	engine->model->context = engine;
	engine->model->engine = engine;
	*enginep = engine;
	engine = NULL;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	list_for_each_safe (node, &engine->sessions)
		session_free(container_of(node, struct session, in_engine));
	errands_free(engine);
	for (size_t i = 0; i < engine->source_count; i++)
		engine->sources[i]->ops->free(engine->sources[i]);
	if (engine->names != NULL)
		engine->names->ops->free(engine->names);
	list_for_each_safe (node, &engine->departures)
		departure_end(container_of(node, struct departure, in_engine), false);
	model_free(engine->model);
	close_fd(engine->timer_fd);
	close_fd(engine->epoll_fd);
	free(engine);
}

int engine_add_source(struct engine *engine, struct source *source)
{
	size_t index = engine->source_count;
	int fd = source->ops->fd(source);
	int r = 0;

	if (index == ENGINE_SOURCES)
		r = -ENOSPC;
	else if (fd >= 0)
		r = epoll_add(engine, fd, (uint32_t)index);
	if (r < 0) {
		source->ops->free(source);
		return r;
	}
	source->owner = (uint32_t)index;
	engine->sources[index] = source;
	engine->pending[index] = true;
	engine->deadline_stale = true;
	engine->source_count++;
	return 0;
}

int engine_set_names(struct engine *engine, struct worker *worker)
{
	int r = engine->names != NULL ? -EBUSY
				      : epoll_add(engine, worker->ops->fd(worker), SLOT_NAMES);

	if (r < 0)
		worker->ops->free(worker);
	else
		engine->names = worker;
	engine->deadline_stale = true;
	return r;
}

void engine_set_counters(struct engine *engine, const struct engine_counter *counters, size_t count)
{
	engine->counters = counters;
	engine->counter_count = count;
}

int engine_fd(const struct engine *engine)
{
	return engine->epoll_fd;
}

static uint64_t deadline_find(const struct engine *engine)
{
	uint64_t deadline = engine->domains_stale ? 0 : model_deadline(engine->model);

	deadline = MIN(deadline, departures_deadline(engine));

	for (size_t i = 0; i < engine->source_count; i++) {
		const struct source *source = engine->sources[i];

		if (engine->pending[i])
			return 0;
		if (source->ops->deadline != NULL)
			deadline = MIN(deadline, source->ops->deadline(source));
	}
	if (engine->names != NULL && engine->names->ops->deadline != NULL)
		deadline = MIN(deadline, engine->names->ops->deadline(engine->names));
	return deadline;
}

/* A host asks after every request, and there may be thousands of links. */
uint64_t engine_deadline(const struct engine *engine)
{
	return engine->deadline_stale ? deadline_find(engine) : engine->deadline;
}

/* The timer makes the engine's descriptor readable at its deadline. */
void engine_arm(struct engine *engine)
{
	uint64_t deadline = deadline_find(engine);
	struct itimerspec when = {0};

	engine->deadline = deadline;
	engine->deadline_stale = false;
	if ((engine->flags & ENGINE_FAKE_CLOCK) != 0 || deadline == engine->armed)
		return;
	if (deadline != TIME_FOREVER) {
		/* Zero would disarm it. */
		deadline = MAX(deadline, 1);
		when.it_value.tv_sec = (time_t)(deadline / NSEC_PER_SEC);
		when.it_value.tv_nsec = (int)(deadline % NSEC_PER_SEC);
	}
	timerfd_settime(engine->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	engine->armed = deadline;
}

/* What is due: descriptors that are readable, deadlines that have passed. */
static int engine_collect(struct engine *engine, bool due[SLOT_TIMER + 1], uint64_t now)
{
	struct epoll_event events[SLOT_TIMER + 1];
	int count = epoll_wait(engine->epoll_fd, events, ARRAY_SIZE(events), 0);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++)
		due[events[i].data.u32] = true;
	for (size_t i = 0; i < engine->source_count; i++) {
		const struct source *source = engine->sources[i];

		due[i] |= engine->pending[i] ||
			(source->ops->deadline != NULL && source->ops->deadline(source) <= now);
	}
	due[SLOT_NAMES] |= engine->names != NULL && engine->names->ops->deadline != NULL &&
		engine->names->ops->deadline(engine->names) <= now;
	return 0;
}

/* A host on a fake clock may be about to do with an earlier time what it has begun. */
void engine_set_time(struct engine *engine, uint64_t now)
{
	engine->now = MAX(engine->now, now);
}

void engine_rest(struct engine *engine)
{
	if (engine->deadline_stale)
		engine_arm(engine);
}

int engine_dispatch(struct engine *engine, uint64_t now)
{
	bool due[SLOT_TIMER + 1] = {false};
	int r = engine_collect(engine, due, now);

	engine_set_time(engine, now);
	/* What sessions have left behind comes before what sources say next. */
	if (engine->departures_stale)
		departures_run(engine, now);
	for (size_t i = 0; r == 0 && i < engine->source_count; i++) {
		if (!due[i])
			continue;
		engine->pending[i] = false;
		r = engine->sources[i]->ops->dispatch(engine->sources[i], engine->model, now);
	}
	if (r == 0 && model_deadline(engine->model) <= now)
		r = model_commit(engine->model, now);
	if (r == 0 && due[SLOT_NAMES]) {
		engine->names->ops->dispatch(engine->names, now);
		r = translations_collect(engine, now);
	}
	errands_run(engine, now);
	departures_run(engine, now);
	/* An expired timer stays readable until it is set anew. */
	if (due[SLOT_TIMER])
		engine->armed = 0;
	engine->deadline_stale = true;
	return r;
}

struct session *engine_next_ready(struct engine *engine)
{
	struct session *session;

	if (list_empty(&engine->ready))
		return NULL;
	session = container_of(engine->ready.next, struct session, ready);
	list_remove(&session->ready);
	return session;
}
