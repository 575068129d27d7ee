/* SPDX-License-Identifier: MIT */
/*
 * A link that outlives its daemon. Requests enter by post, are remembered as far as they must be
 * repeated, and leave by the inner link; reports come from the inner link, are remembered
 * (steady-live.c) and leave by get. When the inner link is lost, another one is opened from get, by
 * and by and without waiting (steady-connection.c); then is found out what has changed
 * (steady-resume.c).
 *
 * Reports made here carry the serial number of the last request posted: they follow from what is
 * asked for now, so they respect every Stop until then, and a Stop posted later is newer than them.
 */
#include "client/steady.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "client/filter.h"
#include "client/steady-link.h"
#include "message/message.h"

static struct steady *steady_of(const struct link *link)
{
	return container_of((struct link *)(uintptr_t)link, struct steady, link);
}

/* ---- requests ---- */

int steady_send(struct steady *steady, const struct mif_message *request, bool raw)
{
	struct mif_message translated;
	int r;

	if (!raw && steady->names->moved) {
		translated = *request;
		names_to_engine(steady->names, &translated);
		request = &translated;
	}
	r = steady->inner->ops->post(steady->inner, request);
	if (r == -EAGAIN)
		connection_wait_for_room(steady, true);
	if (r == -EPIPE) {
		steady->deaf = true;
		return 0;
	}
	return r;
}

static void send_questions(struct steady *steady)
{
	struct mif_message request;

	list_for_each_safe (node, &steady->asked.questions) {
		struct question *question = container_of(node, struct question, node);

		if (steady->asked.unsent == 0 || steady->deaf)
			return;
		if (question->sent)
			continue;
		picture_message(&request, &question->request);
		request.serial = steady->serial;
		if (steady_send(steady, &request, false) < 0 || steady->deaf)
			return;
		question_sent(&steady->asked, question);
		if (!question_is(&request))
			question_remove(&steady->asked, question);
	}
}

/* What was asked for of single interfaces and domains is a part of that from now on; or ends with it. */
static void post_below(struct steady *steady, bool stop)
{
	const struct want *all = want_find(&steady->asked, RANK_INTERFACE, 0);

	for (enum rank rank = RANK_PVD; rank <= RANK_ADDRESS; rank++) {
		if (!want_has_below(all, rank))
			continue;
		wants_remove(&steady->asked, rank, 0);
		if (stop)
			steady_forget_all(steady, rank, 0);
	}
}

/* What the request changes in what is asked for. */
static int post_wants(struct steady *steady, const struct mif_message *request)
{
	struct want want = want_of_request(request), stop = want_of_stop(request);
	const struct want *before = want_find(&steady->asked, want.rank, want.scope);
	uint32_t option = before != NULL ? before->option : want.option;
	int r = want.rank != RANKS ? want_add(&steady->asked, &want) : 0;

	if (r < 0)
		return r;
	/* Another type of elements: of the others nothing more is told. */
	if (want.rank == RANK_ELEMENT && option != want.option)
		steady_forget_all(steady, RANK_ELEMENT, want.scope);
	if (want.rank == RANK_INTERFACE || stop.rank == RANK_INTERFACE)
		post_below(steady, stop.rank == RANK_INTERFACE);
	if (stop.rank != RANKS) {
		wants_remove(&steady->asked, stop.rank, stop.scope);
		steady_forget_all(steady, stop.rank, stop.scope);
	}
	if (request->type == MIF_STOP_TRANSLATING_NAME) {
		uint64_t number = request->as.stop_translating_name.translation;
		struct question *question = question_translation(&steady->asked, number);

		if (question != NULL)
			question_remove(&steady->asked, question);
	}
	return 0;
}

static bool is_stop(const struct mif_message *request)
{
	return request->type == MIF_STOP_TRANSLATING_NAME || want_of_stop(request).rank != RANKS ||
		request->type == MIF_STOP_ANNOUNCING_PVDS;
}

static struct question *last_question(const struct steady *steady)
{
	return container_of(steady->asked.questions.previous, struct question, node);
}

static int steady_post(struct link *link, const struct mif_message *request)
{
	struct steady *steady = steady_of(link);
	struct want want = want_of_request(request);
	bool live = steady->state == STEADY_LIVE && !steady->deaf;
	bool kept = question_is(request) || (!live && !is_stop(request));
	bool wanted = want.rank == RANKS || want_for(&steady->asked, want.rank, want.scope) != NULL;
	int r = 0;

	if (steady->broken != 0)
		return -EPIPE;
	/* First what may fail here, then what cannot be taken back. */
	if (kept)
		r = question_add(&steady->asked, request, live);
	if (r < 0)
		return r;
	if (!wanted)
		r = want_add(&steady->asked, &want);
	if (r == 0 && live)
		r = steady_send(steady, request, false);
	if (r < 0) {
		if (kept)
			question_remove(&steady->asked, last_question(steady));
		if (!wanted)
			wants_remove(&steady->asked, want.rank, want.scope);
		return r;
	}
	steady->serial = request->serial;
	post_wants(steady, request);
	if (holds_posted(&steady->holds, request, live) < 0)
		steady->forgetful = true;
	if (steady->state == STEADY_COLLECTING)
		resume_push(steady);
	return 0;
}

/* ---- reports ---- */

static int live_get(struct steady *steady, struct mif_message *report)
{
	int r;

	do {
		/* Another link of the handle has seen another engine: this one is dead. */
		if (steady->names->instance != steady->instance)
			r = -EPIPE;
		else
			r = steady->inner->ops->get(steady->inner, report);
		if (r == -EPIPE || r == -EBADMSG) {
			connection_lose(steady, clock_boottime());
			return 0;
		}
	} while (r == 1 && !live_report(steady, report));
	steady->drained = r != 1;
	if (r == 0) {
		steady->resumed = false;
		connection_wait_for_room(steady, false);
		if (steady->asked.unsent > 0)
			send_questions(steady);
	}
	return r;
}

static bool queue_take(struct steady *steady, struct mif_message *report)
{
	struct queued *queued;

	if (list_empty(&steady->queue))
		return false;
	queued = container_of(steady->queue.next, struct queued, node);
	*report = queued->message;
	list_remove(&queued->node);
	free(queued);
	return true;
}

static int steady_get(struct link *link, struct mif_message *report)
{
	struct steady *steady = steady_of(link);

	for (;;) {
		enum steady_state before = steady->state;
		int r;

		if (queue_take(steady, report))
			return 1;
		if (steady->broken != 0)
			return steady->broken;
		if (before == STEADY_LIVE) {
			r = live_get(steady, report);
			if (r != 0)
				return r;
		} else {
			connection_advance(steady);
		}
		if (steady->state == before && list_empty(&steady->queue) && steady->broken == 0)
			return 0;
		/* A try that has failed waits for the next. */
		if (steady->state == STEADY_LOST && clock_boottime() < steady->deadline &&
			steady->broken == 0)
			return 0;
	}
}

/* Whether the inner link has more than its descriptor tells. */
static bool inner_pending(const struct steady *steady)
{
	if (steady->state == STEADY_LIVE && steady->inner->ops->pending != NULL)
		return steady->inner->ops->pending(steady->inner);
	return !steady->drained;
}

static bool steady_pending(const struct link *link)
{
	const struct steady *steady = steady_of(link);

	return !list_empty(&steady->queue) || steady->broken != 0 || steady->resumed ||
		inner_pending(steady);
}

/* The inner link's own way, as long as nothing else is waited for. */
static int steady_wait(struct link *link, int timeout_ms)
{
	struct steady *steady = steady_of(link);
	struct pollfd watch = {.events = POLLIN};
	int r;

	if (steady_pending(link))
		return 1;
	if (steady->state != STEADY_LIVE || steady->waiting || steady->inner->ops->wait == NULL) {
		watch.fd = connection_watch(steady);
		r = poll(&watch, 1, timeout_ms);
		return r < 0 ? -errno : r;
	}
	r = steady->inner->ops->wait(steady->inner, timeout_ms);
	if (r == -EPIPE || r == -EBADMSG) {
		connection_lose(steady, clock_boottime());
		return 1;
	}
	return r;
}

static int steady_fd(const struct link *link)
{
	return connection_watch(steady_of(link));
}

/* Reports that come meanwhile wait in the queue: no more than the socket held. */
static int steady_flush(struct link *link)
{
	struct steady *steady = steady_of(link);
	struct mif_message report;

	while (steady->state == STEADY_LIVE && steady->deaf && steady->broken == 0) {
		int r = live_get(steady, &report);
		uint32_t serial = steady->serial;

		if (r < 0)
			return r;
		if (r == 0 && steady->state == STEADY_LIVE)
			break;
		if (r == 1) {
			steady->serial = report.serial;
			steady_queue(steady, &report);
			steady->serial = serial;
		}
	}
	if (steady->state != STEADY_LIVE)
		connection_advance(steady);
	if (steady->broken != 0)
		return -EPIPE;
	if (steady->state == STEADY_LIVE && steady->asked.unsent > 0)
		send_questions(steady);
	return steady->state == STEADY_LIVE && steady->asked.unsent == 0 ? 0 : -EAGAIN;
}

/* ---- beginning and end ---- */

static void steady_free(struct link *link)
{
	struct steady *steady;
	struct mif_message report;

	if (link == NULL)
		return;
	steady = steady_of(link);
	while (queue_take(steady, &report)) {
		const int *fd = message_fd(&report);

		if (fd != NULL && *fd >= 0)
			close(*fd);
	}
	for (enum rank rank = 0; rank < RANKS; rank++)
		steady_forget_all(steady, rank, 0);
	resume_abandon(steady);
	picture_deinit(&steady->told);
	asked_deinit(&steady->asked);
	holds_deinit(&steady->holds);
	if (steady->inner != NULL)
		connection_drop(steady);
	names_unref(steady->names);
	close_fd(steady->timer);
	close_fd(steady->epoll);
	free(steady);
}

static int steady_another(struct link *link, struct link **linkp);

static const struct link_ops steady_ops = {
	.post = steady_post,
	.get = steady_get,
	.fd = steady_fd,
	.pending = steady_pending,
	.wait = steady_wait,
	.flush = steady_flush,
	.another = steady_another,
	.free = steady_free,
};

/* A link that has lost its daemon, so to speak, before the first. */
static int steady_new(
	struct steady **steadyp, const struct steady_daemon *daemon, struct names *names)
{
	struct steady *steady = calloc(1, sizeof(*steady));
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (steady == NULL || epoll < 0) {
		int r = steady == NULL ? -ENOMEM : -errno;

		free(steady);
		close_fd(epoll);
		return r;
	}
	steady->link.ops = &steady_ops;
	steady->daemon = *daemon;
	steady->names = names;
	steady->state = STEADY_LOST;
	steady->epoll = epoll;
	steady->timer = -1;
	steady->drained = true;
	asked_init(&steady->asked);
	holds_init(&steady->holds);
	picture_init(&steady->told);
	list_init(&steady->queue);
	*steadyp = steady;
	return 0;
}

int steady_open(struct link **linkp, const struct steady_daemon *daemon, int timeout_ms)
{
	struct steady *steady = NULL;
	int r = steady_new(&steady, daemon, NULL);

	if (r < 0)
		return r;
	r = connection_open(steady, timeout_ms);
	if (r < 0) {
		steady_free(&steady->link);
		return r;
	}
	*linkp = &steady->link;
	return 0;
}

/* While the daemon is away, the new link waits for it as the old one does. Its first request is
 * then kept, and asked as after a loss. */
static int steady_another(struct link *link, struct link **linkp)
{
	const struct steady *steady = steady_of(link);
	struct steady *other = NULL;
	int r = steady_new(&other, &steady->daemon, names_ref(steady->names));

	if (r < 0) {
		names_unref(steady->names);
		return r;
	}
	connection_set_deadline(other, clock_boottime());
	*linkp = &other->link;
	return 0;
}
