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
	SLOTS,
};

#define SOURCES ((1U << ENGINE_SOURCES) - 1)

_Static_assert(SLOTS <= ENGINE_EVENTS && ENGINE_EVENTS <= 32, "a bit of engine->woken for each");

/* Takes the lowest one out of a set of them. */
static size_t slot_take(uint32_t *slots)
{
	size_t slot = (size_t)__builtin_ctz(*slots);

	*slots &= *slots - 1;
	return slot;
}

static int engine_changed(void *context, struct object *object, enum change change)
{
	struct engine *engine = context;

	/* M29, M24: what depends on a domain ends before the domain is withdrawn. */
	if (object->kind == OBJECT_PVD && change == CHANGE_GONE)
		translations_end(engine, object_id(object));
	if (change == CHANGE_GONE &&
		(object->kind == OBJECT_PVD || object->kind == OBJECT_INTERFACE))
		wants_end(engine, object);
	if (object->kind == OBJECT_INTERFACE) {
		allowed_note(engine, object, change);
		departure_note(engine, object, change);
		forecast_note(engine, object, change);
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

		if (source->ops->solicit == NULL)
			continue;
		source->ops->solicit(source, ifindex, now);
		engine_called(engine, source);
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

static bool engine_becomes(void *context, struct model_link *link, const char *name)
{
	return absent_becomes(context, link, name);
}

static bool engine_remains(void *context, struct model_link *link)
{
	return absent_remains(context, link);
}

static void engine_noticed(void *context, const struct fact *fact, bool there)
{
	struct engine *engine = context;

	for (uint32_t sources = engine->noticing; sources != 0;) {
		struct source *source = engine->sources[slot_take(&sources)];

		source->ops->notice(source, fact, there, engine->now);
		engine_called(engine, source);
	}
}

static int epoll_add(const struct engine *engine, int fd, uint64_t slot)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = slot};
	int epoll = engine->host_epoll_fd >= 0 ? engine->host_epoll_fd : engine->epoll_fd;

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

DEFINE_FREEP(engine, engine_free)

int engine_new(struct engine **enginep, unsigned int flags)
{
	_cleanup_(engine_freep) struct engine *engine = calloc(1, sizeof(*engine));
	int r;

	if (engine == NULL)
		return -ENOMEM;
	engine->flags = flags;
	engine->armed = engine->deadlines[SLOT_NAMES] = TIME_FOREVER;
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
	engine->timer_fd = engine->host_epoll_fd = -1;
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
	engine->model->becomes = engine_becomes;
	engine->model->remains = engine_remains;
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
	if (engine->model != NULL)
		absents_free(engine);
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
		r = epoll_add(engine, fd, index);
	if (r < 0) {
		source->ops->free(source);
		return r;
	}
	source->owner = (uint32_t)index;
	engine->sources[index] = source;
	if (source->ops->notice != NULL)
		engine->noticing |= 1U << index;
	engine->pending |= 1U << index;
	engine_called(engine, source);
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
	engine_called_names(engine);
	return r;
}

void engine_set_counters(struct engine *engine, engine_counter *counter, const void *context)
{
	engine->counter = counter;
	engine->counter_context = context;
}

int engine_fd(const struct engine *engine)
{
	return engine->epoll_fd;
}

int engine_watch_in(struct engine *engine, int epoll_fd)
{
	int r;

	engine->epoll_fd = close_fd(engine->epoll_fd);
	engine->host_epoll_fd = epoll_fd;
	r = epoll_add(engine, engine->timer_fd, SLOT_TIMER);
	if (r == 0 && engine->names != NULL)
		r = epoll_add(engine, engine->names->ops->fd(engine->names), SLOT_NAMES);
	for (size_t i = 0; r == 0 && i < engine->source_count; i++) {
		int fd = engine->sources[i]->ops->fd(engine->sources[i]);

		if (fd >= 0)
			r = epoll_add(engine, fd, i);
	}
	return r;
}

void engine_woken(struct engine *engine, uint64_t event)
{
	engine->woken |= 1U << event;
}

/* ---- deadlines ---- */

void engine_called(struct engine *engine, const struct source *source)
{
	engine->called |= 1U << source->owner;
	engine->deadline_stale = true;
}

void engine_called_names(struct engine *engine)
{
	engine->called |= 1U << SLOT_NAMES;
	engine->deadline_stale = true;
}

/* Asked only when it may have changed: there are many, and each lies elsewhere in memory. */
static uint64_t source_deadline(const struct engine *engine, size_t index)
{
	const struct source *source = engine->sources[index];

	if ((engine->called & 1U << index) == 0)
		return engine->deadlines[index];
	return source->ops->deadline != NULL ? source->ops->deadline(source) : TIME_FOREVER;
}

static uint64_t names_deadline(const struct engine *engine)
{
	if ((engine->called & 1U << SLOT_NAMES) == 0)
		return engine->deadlines[SLOT_NAMES];
	if (engine->names == NULL || engine->names->ops->deadline == NULL)
		return TIME_FOREVER;
	return engine->names->ops->deadline(engine->names);
}

static uint64_t deadline_find(const struct engine *engine)
{
	uint64_t deadline = engine->domains_stale ? 0 : model_deadline(engine->model);

	deadline = MIN(deadline, departures_deadline(engine));
	if (engine->pending != 0)
		return 0;
	for (size_t i = 0; i < engine->source_count; i++)
		deadline = MIN(deadline, source_deadline(engine, i));
	return MIN(deadline, names_deadline(engine));
}

/* A host asks after every request, and there may be thousands of links. */
uint64_t engine_deadline(const struct engine *engine)
{
	return engine->deadline_stale ? deadline_find(engine) : engine->deadline;
}

/* The timer makes the engine's descriptor readable at its deadline. */
void engine_arm(struct engine *engine)
{
	struct itimerspec when = {0};
	uint64_t deadline;

	for (uint32_t called = engine->called & SOURCES; called != 0;) {
		size_t i = slot_take(&called);

		engine->deadlines[i] = source_deadline(engine, i);
	}
	engine->deadlines[SLOT_NAMES] = names_deadline(engine);
	engine->called = 0;
	engine->deadline = deadline = deadline_find(engine);
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

/* Which descriptors are readable: 1 << slot. */
static int engine_look(struct engine *engine, uint32_t *woken)
{
	struct epoll_event events[SLOTS];
	int count = 0;

	*woken = engine->woken;
	engine->woken = 0;
	if (engine->epoll_fd >= 0)
		count = epoll_wait(engine->epoll_fd, events, ARRAY_SIZE(events), 0);
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++)
		*woken |= 1U << events[i].data.u64;
	return 0;
}

/* Of deadlines that have passed: 1 << slot. */
static uint32_t engine_expired(const struct engine *engine, uint64_t now)
{
	uint32_t expired = 0;

	if (engine_deadline(engine) > now)
		return 0;
	for (size_t i = 0; i < engine->source_count; i++)
		expired |= source_deadline(engine, i) <= now ? 1U << i : 0;
	return expired | (names_deadline(engine) <= now ? 1U << SLOT_NAMES : 0);
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

static bool is_several(uint32_t sources)
{
	return (sources & (sources - 1)) != 0;
}

int engine_dispatch(struct engine *engine, uint64_t now)
{
	uint32_t due;
	int r = engine_look(engine, &due);

	due |= engine->pending | engine_expired(engine, now);
	engine_set_time(engine, now);
	/* What sessions have left behind comes before what sources say next. */
	if (engine->departures_stale)
		departures_run(engine, now);
	if (is_several(due & SOURCES))
		model_hold(engine->model);
	for (uint32_t sources = due & SOURCES; sources != 0 && r == 0;) {
		struct source *source = engine->sources[slot_take(&sources)];

		engine->pending &= ~(1U << source->owner);
		r = source->ops->dispatch(source, engine->model, now);
		engine_called(engine, source);
	}
	/* -ENOMEM: the model tries again by itself. */
	model_release(engine->model, now);
	if (r == 0 && model_deadline(engine->model) <= now)
		r = model_commit(engine->model, now);
	if (r == 0 && (due & 1U << SLOT_NAMES) != 0) {
		engine->names->ops->dispatch(engine->names, now);
		engine_called_names(engine);
		r = translations_collect(engine, now);
	}
	errands_run(engine, now);
	departures_run(engine, now);
	/* An expired timer stays readable until it is set anew. */
	if ((due & 1U << SLOT_TIMER) != 0)
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
