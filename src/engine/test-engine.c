/* SPDX-License-Identifier: MIT */
/* What the engine asks of its sources, and when: on its own descriptor, and in a host's epoll instance. */
#include "engine/engine.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine/session.h"
#include "tap.h"

#define NOW (1000 * NSEC_PER_SEC)

struct counted {
	struct source source;
	int fd;
	unsigned int dispatched;
	uint64_t at, next; /* next: the deadline after the next dispatch */
	unsigned int asked;
	bool commits;
};

static unsigned int commits;

static int counted_fd(const struct source *source)
{
	return ((const struct counted *)source)->fd;
}

static int counted_dispatch(struct source *source, struct model *model, uint64_t now)
{
	struct counted *counted = (struct counted *)source;
	eventfd_t value;

	if (counted->commits)
		model_commit(model, now);
	if (counted->fd >= 0)
		eventfd_read(counted->fd, &value);
	counted->dispatched++;
	counted->at = counted->next;
	return 0;
}

static uint64_t counted_deadline(const struct source *source)
{
	struct counted *counted = (struct counted *)(uintptr_t)source;

	counted->asked++;
	return counted->at;
}

static void counted_free(struct source *source)
{
	if (source != NULL)
		close_fd(((struct counted *)source)->fd);
	free(source);
}

static const struct source_ops counted_ops = {
	.name = "counted",
	.fd = counted_fd,
	.dispatch = counted_dispatch,
	.deadline = counted_deadline,
	.free = counted_free,
};

static struct counted *counted_add(struct engine *engine, int fd)
{
	struct counted *counted = calloc(1, sizeof(*counted));

	if (counted == NULL)
		exit(1);
	*counted = (struct counted){.source = {.ops = &counted_ops},
		.fd = fd,
		.at = TIME_FOREVER,
		.next = TIME_FOREVER};
	if (engine_add_source(engine, &counted->source) < 0)
		exit(1);
	return counted;
}

static void turn(struct engine *engine, uint64_t now)
{
	if (engine_dispatch(engine, now) < 0)
		exit(1);
	engine_rest(engine);
}

static void test_deadlines(struct engine *engine, struct counted *busy, struct counted *calm)
{
	unsigned int asked;

	turn(engine, NOW);
	ok(busy->dispatched == 1 && calm->dispatched == 1, "a new source is dispatched");
	asked = calm->asked;
	busy->next = NOW + NSEC_PER_SEC;
	eventfd_write(busy->fd, 1);
	turn(engine, NOW);
	ok(busy->dispatched == 2 && engine_deadline(engine) == NOW + NSEC_PER_SEC,
		"one that was dispatched is asked when it wants to be called next");
	ok(calm->dispatched == 1 && calm->asked == asked, "one that nobody called is not");
	busy->next = TIME_FOREVER;
	turn(engine, NOW + NSEC_PER_SEC);
	ok(busy->dispatched == 3 && engine_deadline(engine) == TIME_FOREVER,
		"it is called at its deadline");
	calm->at = NOW + 3 * NSEC_PER_SEC;
	engine_called(engine, &calm->source);
	engine_rest(engine);
	ok(engine_deadline(engine) == NOW + 3 * NSEC_PER_SEC,
		"one that its host has called is asked as well");
	calm->at = TIME_FOREVER;
	engine_called(engine, &calm->source);
	engine_rest(engine);
}

static void test_host(struct engine *engine, struct counted *busy, const struct counted *calm)
{
	unsigned int dispatched = busy->dispatched, calmed = calm->dispatched;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	ok(epoll_fd >= 0 && engine_watch_in(engine, epoll_fd) == 0 && engine_fd(engine) < 0,
		"a host watches the engine's descriptors in its own epoll instance");
	ok(epoll_wait(epoll_fd, &event, 1, 0) == 0, "where nothing comes of itself");
	eventfd_write(busy->fd, 1);
	ok(epoll_wait(epoll_fd, &event, 1, 0) == 1 && event.data.u64 < ENGINE_EVENTS,
		"their events are the engine's");
	turn(engine, NOW + NSEC_PER_SEC);
	ok(busy->dispatched == dispatched, "which hears of them");
	engine_woken(engine, event.data.u64);
	turn(engine, NOW + NSEC_PER_SEC);
	ok(busy->dispatched == dispatched + 1 && calm->dispatched == calmed,
		"and calls the source that it is about");
	ok(counted_add(engine, eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK))->source.owner == 2 &&
			epoll_wait(epoll_fd, &event, 1, 0) == 1,
		"a source that comes later is watched there, too");
	engine_free(engine);
	close_fd(epoll_fd);
}

static void commit_count(void *context, uint64_t now)
{
	(void)context;
	(void)now;
	commits++;
}

/* What a host's name is told about may be any of thousands of links. */
static void test_commits(void)
{
	struct engine *engine;
	struct counted *first;

	if (engine_new(&engine, ENGINE_FAKE_CLOCK) < 0)
		abort();
	engine->model->committed = commit_count;
	first = counted_add(engine, -1);
	first->commits = counted_add(engine, -1)->commits = true;
	engine_dispatch(engine, NOW);
	ok(commits == 1, "what two sources say at once is looked at once");
	first->at = NOW;
	engine_called(engine, &first->source);
	engine_dispatch(engine, NOW);
	ok(commits == 2, "what one says, when it says so");
	engine_free(engine);
}

int main(void)
{
	test_commits();
	struct engine *engine;
	struct counted *busy, *calm;

	if (engine_new(&engine, 0) < 0)
		return 1;
	busy = counted_add(engine, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	calm = counted_add(engine, -1);
	test_deadlines(engine, busy, calm);
	test_host(engine, busy, calm);
	return tap_done();
}
